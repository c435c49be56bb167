"""Where adoption, revenue and support disagree about an account: by playbooks that mark accounts, and by what its sources say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from metrics.accounts import Account
from metrics.insight.actions import asking, judging
from metrics.insight.actions.playbook import Playbook
from metrics.layer import Layer

#: What the sources of one account say against each other, apart from the marks.
CONFLICTS = ("churned_pays", "active_unpaid", "prospect_pays", "plans_differ", "used_after_churn", "over_seats", "no_owner")

#: Of each account the playbooks that mark it, in their order, with the numbers that they judged by.
Marks = Mapping[str, Mapping[str, Mapping[str, float | None]]]


def marks(layer: Layer, playbooks: Iterable[Playbook], until: date | None = None) -> Marks:
    """The accounts that playbooks with a mark are about, as of the end of the day before `until`, whatever they are worth.

    The rules are those of `metrics/playbooks/disagreements.yml` and of the workspace's own files over them. An account is judged
    among all. What nothing is loaded for marks nothing.
    """
    chosen = [one for one in playbooks if one.mark is not None]
    ends = {one.name: asking.until_of(layer, one, until) for one in chosen}
    looks = [judging.look_of(layer, one, end, {}) for one in chosen if (end := ends[one.name]) is not None]
    answers = asking.answers(layer, sorted({ask for look in looks for ask in look.within.values()}, key=repr))
    found: dict[str, dict[str, Mapping[str, float | None]]] = {}
    for look in looks:
        if all(ask in answers for ask in look.within.values()):
            for (account,), (values, _margin) in judging.accounts_of(layer, look, answers).get((), {}).items():
                found.setdefault(account, {})[look.playbook.name] = values
    return found


@dataclass(frozen=True)
class Weight:
    """How many accounts a rule marks, and what they pay together."""

    accounts: int = 0
    mrr: float = 0.0


def weighed(layer: Layer, found: Marks, until: date) -> dict[str, Weight]:
    """How much each rule concerns, those with the most MRR at the end of the day before `until` first."""
    whole = asking.whole_until(layer, [asking.MRR], until) if asking.MRR in layer.metrics else None
    paid = asking.answers(layer, [asked]).get(asked, {}) if whole and (asked := asking.paid(whole)) else {}
    told: dict[str, list[str]] = {}
    for account, kinds in found.items():
        for kind in kinds:
            told.setdefault(kind, []).append(account)
    weights = {kind: Weight(len(accounts), sum(paid.get((one,)) or 0.0 for one in accounts)) for kind, accounts in told.items()}
    return dict(sorted(weights.items(), key=lambda item: (-item[1].mrr, item[0])))


def conflicts(account: Account) -> tuple[str, ...]:
    """Which of CONFLICTS hold for an account."""
    life, pays = (account.lifecycle or "").lower(), account.mrr > 0
    left = life == "churned" or account.churned_on is not None
    holds = {
        "churned_pays": left and pays,
        "active_unpaid": life == "active" and not left and not pays,
        "prospect_pays": life == "prospect" and pays,
        "plans_differ": bool(account.plan and account.billed_plan) and str(account.plan).lower() != str(account.billed_plan).lower(),
        "used_after_churn": bool(account.churned_on and account.last_used_on and account.last_used_on > account.churned_on),
        "over_seats": bool(account.seats) and account.users > (account.seats or 0),
        "no_owner": not account.owner and (pays or account.uses > 0),
    }
    return tuple(kind for kind in CONFLICTS if holds[kind])
