"""Where adoption, revenue and support disagree about an account: what is decided here, and nowhere in the pages."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from metrics.accounts import Account

#: What `marks` judges by: metrics that are asked by account_id.
ASKED = ("accounts_at_risk", "paying_idle_accounts", "meaningful_events", "mrr", "tickets_created", "tickets_per_active_user")
#: The marks of an account among all, the most urgent first.
MARKS = ("pays_idle", "use_falls", "many_tickets", "pays_little")
#: What the sources of one account say against each other, apart from the marks.
CONFLICTS = ("churned_pays", "active_unpaid", "prospect_pays", "plans_differ", "used_after_churn", "over_seats", "no_owner")

#: Many: more than twice as many tickets a person as all customers together, and three at least.
_MANY, _AT_LEAST = 2, 3
#: Much: no less use than half of the accounts that use the product. Little: for each event less than a quarter of what all pay for one.
_LITTLE = 0.25


def marks(rows: Iterable[Mapping[str, Any]], usual: float | None) -> dict[str, tuple[str, ...]]:
    """The marks of each account, by its id; accounts without any are left out.

    `rows` are the values of ASKED by account_id, of all accounts: an account is judged against the others. `usual` is
    tickets_per_active_user of all of them together. A metric that is not defined marks nothing.
    """
    told = list(rows)
    uses = [number for row in told if (number := _number(row, "meaningful_events")) > 0]
    much, price = statistics.median(uses or [0.0]), _price(told)
    found = {str(row["account_id"]): _marks(row, much, price, usual) for row in told if row["account_id"] is not None}
    return {account: kinds for account, kinds in found.items() if kinds}


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


def _marks(row: Mapping[str, Any], much: float, price: float, usual: float | None) -> tuple[str, ...]:
    idle = _number(row, "paying_idle_accounts") > 0
    uses, tickets = _number(row, "meaningful_events"), _number(row, "tickets_created")
    holds = {
        "pays_idle": idle,
        "use_falls": _number(row, "accounts_at_risk") > 0 and not idle,
        "many_tickets": tickets >= _AT_LEAST and bool(usual) and _per_person(row) > _MANY * (usual or 0.0),
        "pays_little": uses >= max(much, 1.0) and _number(row, "mrr") < _LITTLE * price * uses,
    }
    return tuple(kind for kind in MARKS if holds[kind])


def _per_person(row: Mapping[str, Any]) -> float:
    """Tickets a person; of an account that asks and is not used, more than any."""
    value = row.get("tickets_per_active_user")
    return float("inf") if value is None else float(value)


def _price(rows: Iterable[Mapping[str, Any]]) -> float:
    """What the accounts that pay pay for each event, all of them together."""
    paying = [(_number(row, "mrr"), _number(row, "meaningful_events")) for row in rows if _number(row, "mrr") > 0]
    uses = sum(used for _mrr, used in paying)
    return sum(mrr for mrr, _used in paying) / uses if uses else 0.0


def _number(row: Mapping[str, Any], name: str) -> float:
    return float(row.get(name) or 0.0)
