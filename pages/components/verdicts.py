"""Where the sources disagree about one account, in sentences with the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from metrics import disagree
from metrics.accounts import Account
from metrics.insight.actions.playbook import Playbook
from pages.components import format as fmt
from pages.components import plays
from pages.components.board import Board
from pages.components.i18n import _, ngettext

_TONES = {"churned_pays": "bad"}


@dataclass(frozen=True)
class Verdict:
    """One disagreement; `tone` (bad, warn) is its shape and colour."""

    kind: str
    text: str
    tone: str


def sentences(board: Board, account: Account) -> list[Verdict]:
    """What marks an account, and what its sources say against each other. The board is narrowed to the account."""
    rules, marks = plays.marking(board), plays.marks(board).get(account.account_id, {})
    told = [Verdict(kind, plays.of_account(board, rules[kind], values), _tone(rules[kind])) for kind, values in marks.items()]
    say = _conflicts(board, account)
    return [*told, *(Verdict(kind, say[kind](), _TONES.get(kind, "warn")) for kind in disagree.conflicts(account))]


def _tone(one: Playbook) -> str:
    """A mark is drawn as bad or as a warning beside its sentence."""
    return "bad" if one.mark and one.mark.tone == "bad" else "warn"


def _money(board: Board, account: Account) -> str:
    return fmt.full(account.mrr, "money", board.currency)


def _people(account: Account) -> str:
    return ngettext("{count} person", "{count} people", account.users).format(count=fmt.full(account.users, "integer"))


def _conflicts(board: Board, account: Account) -> dict[str, Callable[[], str]]:
    told = {
        "source": account.source,
        "billing": account.billed_by or _("billing"),
        "money": _money(board, account),
        "people": _people(account),
        "seats": account.seats,
        "left": fmt.day(account.churned_on) if account.churned_on else "",
        "last": fmt.day(account.last_used_on) if account.last_used_on else "",
        "plan": account.plan,
        "billed": account.billed_plan,
    }
    return {
        "churned_pays": lambda: _("{source} says that it left, and {billing} still bills {money} a month.").format(**told),
        "active_unpaid": lambda: _("{source} says that it is an active customer, and nothing is billed.").format(**told),
        "prospect_pays": lambda: _("{source} says that it is a prospect, and {billing} bills {money} a month.").format(**told),
        "plans_differ": lambda: _("{source} says plan {plan}, {billing} bills plan {billed}.").format(**told),
        "used_after_churn": lambda: _("It left on {left}, and its people used the product until {last}.").format(**told),
        "over_seats": lambda: _("{people} used the product in the last 28 days, of {seats} seats.").format(**told),
        "no_owner": lambda: _("Nobody owns it; it pays {money} a month.").format(**told),
    }
