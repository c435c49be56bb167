"""Where the sources disagree about one account, in sentences with the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metrics import disagree
from metrics.accounts import Account
from pages.components import format as fmt
from pages.components import present
from pages.components.board import Board
from pages.components.i18n import _, ngettext

_TONES = {"pays_idle": "bad", "use_falls": "bad", "churned_pays": "bad"}


@dataclass(frozen=True)
class Verdict:
    """One disagreement; `tone` (bad, warn) is its shape and colour."""

    kind: str
    text: str
    tone: str


def sentences(board: Board, account: Account, marks: Sequence[str]) -> list[Verdict]:
    """The marks of an account and what its sources say against each other. The board is narrowed to the account."""
    say: dict[str, Callable[[], str]] = {
        "pays_idle": lambda: _pays_idle(board, account),
        "use_falls": lambda: _use_falls(board, account),
        "many_tickets": lambda: _many_tickets(board),
        "pays_little": lambda: _pays_little(board, account),
        **_conflicts(board, account),
    }
    return [Verdict(kind, say[kind](), _TONES.get(kind, "warn")) for kind in (*marks, *disagree.conflicts(account))]


def _money(board: Board, account: Account) -> str:
    return fmt.full(account.mrr, "money", board.currency)


def _people(account: Account) -> str:
    return ngettext("{count} person", "{count} people", account.users).format(count=fmt.full(account.users, "integer"))


def _events(count: int) -> str:
    return ngettext("{count} event", "{count} events", count).format(count=fmt.full(count, "integer"))


def _pays_idle(board: Board, account: Account) -> str:
    if account.last_used_on is None:
        return _("It pays {money} a month, and nobody has ever used the product.").format(money=_money(board, account))
    said = _("It pays {money} a month, and nobody has used the product in 28 days; the last use was on {day}.")
    return said.format(money=_money(board, account), day=fmt.day(account.last_used_on))


def _use_falls(board: Board, account: Account) -> str:
    said = _("It pays {money} a month, and its use fell to {now} in 28 days, from {before} in the 28 days before.")
    return said.format(money=_money(board, account), now=_events(account.uses), before=fmt.full(account.uses_before, "integer"))


def _many_tickets(board: Board) -> str:
    name, everyone = "tickets_per_active_user", board.everyone()
    count = present.value(board, "tickets_created")
    opened = ngettext("It opened {count} ticket", "It opened {count} tickets", count or 0).format(count=fmt.full(count, "integer"))
    own, usual = present.value(board, name), present.value(everyone, name)
    if own is None:
        return _("{opened}, though nobody used the product in this range.").format(opened=opened)
    said = _("{opened} in this range, {own} for each person who uses the product; all accounts together have {usual}.")
    return said.format(opened=opened, own=fmt.full(own), usual=fmt.full(usual))


def _pays_little(board: Board, account: Account) -> str:
    said = _(
        "It is among the half of the accounts that use the product most ({events} by {people} in 28 days) and pays {money} a month: "
        "for its use, less than a quarter of what the others pay."
    )
    return said.format(events=_events(account.uses), people=_people(account), money=_money(board, account))


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
