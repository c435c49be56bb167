"""A recommendation: what should be done by whom, on which evidence, against which, for which prize, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from metrics.insight.actions.confidence import Confidence
from metrics.insight.actions.playbook import Expect, Playbook


@dataclass(frozen=True)
class Evidence:
    """A number that a condition spoke of: of which metric, over which half-open stretch, of which members and accounts.

    `of` is member, all, accounts (their sum), each (of one account; no single value) or computed.
    """

    name: str
    value: float | None
    format: str
    of: str = "member"
    metric: str | None = None
    label: str | None = None
    since: date | None = None
    until: date | None = None
    members: tuple[tuple[str, str], ...] = ()
    where: str | None = None
    trend: int | None = None
    show: str | None = None
    step: str | None = None


@dataclass(frozen=True)
class Check:
    """Something that would speak against a recommendation, and whether it does; None where that cannot be told."""

    says: str
    speaks: bool | None


@dataclass(frozen=True)
class Prize:
    """What is at stake: accounts, their MRR in the reporting currency, and what that money is (see `playbook.KINDS`).

    `says` is what the playbook says of the money: how it is found or, where there is none, why.
    """

    kind: str
    accounts: int | None
    money: float | None
    says: str | None = None


@dataclass(frozen=True)
class Action:
    """One recommendation. `id` stays the same for the same playbook and subject, so that decisions hold on to it.

    `members` are the dimensions and members that it is about, `named` what these are called; `accounts` the accounts, those
    with the most MRR first. `also` are recommendations of the same cause that it stands for, `related` others about the same.
    """

    id: str
    playbook: Playbook
    members: tuple[tuple[str, str], ...]
    named: tuple[str, ...]
    owner: str
    evidence: tuple[Evidence, ...]
    against: tuple[Check, ...]
    prize: Prize
    confidence: Confidence
    until: date
    accounts: tuple[str, ...] = ()
    also: tuple[Action, ...] = ()
    related: tuple[str, ...] = ()

    @property
    def team(self) -> str:
        """Who acts."""
        return self.playbook.team

    @property
    def expect(self) -> Expect | None:
        """What should come of it."""
        return self.playbook.expect

    @property
    def values(self) -> dict[str, Evidence]:
        """Its numbers by name, for the words of the playbook."""
        return {one.name: one for one in self.evidence}
