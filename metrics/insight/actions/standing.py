"""How recommendations stand: what is still to be decided, what somebody has taken up, and what came of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from data.journal.decisions import TAKEN_UP, Decision
from metrics.insight.actions import outcome
from metrics.insight.actions.action import Action
from metrics.insight.actions.outcome import Outcome
from metrics.layer import Layer

OPEN = "open"
STATES = (OPEN, *TAKEN_UP, "snoozed", "rejected")


@dataclass(frozen=True)
class Standing:
    """A recommendation and how it stands: one of STATES. `again` says that it was taken up before, its time is over, and it still holds."""

    action: Action
    state: str
    decision: Decision | None = None
    again: bool = False


@dataclass(frozen=True)
class Followed:
    """Something that was taken up: how that began, the latest word, and what came of it so far (None where nothing was expected)."""

    began: Decision
    latest: Decision
    came: Outcome | None


def standings(found: Iterable[Action], decided: Mapping[str, Decision], today: date) -> list[Standing]:
    """The recommendations in their order, each with how it stands on a day."""
    return [_standing(one, decided.get(one.id), today) for one in found]


def _standing(one: Action, decision: Decision | None, today: date) -> Standing:
    if decision is None or not decision.holds(today):
        return Standing(one, OPEN, decision)
    due = decision.written_at.date() + timedelta(days=one.expect.within if one.expect else 0)
    over = decision.state in TAKEN_UP and one.expect is not None and today >= due
    return Standing(one, OPEN if over else decision.state, decision, again=over)


def followed(layer: Layer, taken_up: Sequence[tuple[Decision, Decision]], today: date) -> list[Followed]:
    """What came of everything that was taken up; `today` is the first day that is not whole."""
    zone = ZoneInfo(layer.workspace.company.timezone)
    told = []
    for began, latest in taken_up:
        day = began.written_at.astimezone(zone).date()
        told.append(Followed(began, latest, outcome.outcome(layer, began.frozen, day, today)))
    return told
