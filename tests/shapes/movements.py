"""Movements by hand: day after day (or from one end of a period to the other) what each payer paid before and pays after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.evaluator_calendar import Ask, Span, Where, label, periods
from tests.evaluator_revenue import Member, amount_of, local_day, paid_on, payer_of
from tests.shapes import common

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")
CHANGING = ("account.plan", "account.segment", "account.owner")
Moves = dict[tuple[Member, str], Decimal]


class Books:
    """What payers pay on any day, as seen with the attributes of any other."""

    def __init__(self, ask: Ask, definition: Mapping[str, Any], of: Mapping[str, Any], own: Where | None) -> None:
        self.ask, self.own, self.column = ask, own, of["snapshot"]
        self.told = {"include": [*definition.get("include", []), *of.get("include", [])]}
        self._first = [
            day for row in ask.company.tables.get("subscription_period", []) if (day := local_day(ask.company, row["valid_from"]))
        ]

    def levels(self, day: date, seen_on: date) -> dict[str, tuple[Decimal, Member, bool]]:
        """Amount, member and whether the request's condition holds, for each payer with a row."""
        found: dict[str, tuple[Decimal, Member, bool]] = {}
        for row in paid_on(self.ask.company, self.told, day, seen_on=seen_on, zone=self.ask.zone):
            if self.own is None or self.own(row):
                amount = found[payer_of(row)][0] if payer_of(row) in found else Decimal(0)
                chosen = self.ask.where is None or bool(self.ask.where(row))
                found[payer_of(row)] = (amount + amount_of(row, self.column), common.member_of(row, self.ask), chosen)
        return found

    def paid_up_to(self, payer: str, day: date) -> bool:
        """Whether somebody paid anything on any day up to this one."""
        one = min(self._first, default=day)
        while one <= day:
            if self.levels(one, one).get(payer, (Decimal(0),))[0] > 0:
                return True
            one += timedelta(days=1)
        return False

    def moves(self, opening: date, closing: date) -> Moves:
        """Amounts by member and kind of all that moved between the ends of two days."""
        before, after = self.levels(opening, opening), self.levels(closing, closing)
        already, still = self.levels(opening, closing), self.levels(closing, opening)
        found: Moves = defaultdict(Decimal)
        for payer in {*before, *after}:
            nothing = (Decimal(0), (), False)
            was, now, had, has = (level.get(payer, nothing) for level in (before, after, already, still))
            old = was if was[1:] != nothing[1:] else has
            new = now if now[1:] != nothing[1:] else had
            own: Moves = defaultdict(Decimal)
            if now[0] > had[0]:
                kind = "expansion" if had[0] > 0 else "reactivation" if self.paid_up_to(payer, opening) else "new"
                self._book(own, new, kind, now[0] - had[0])
            if has[0] < was[0]:
                self._book(own, old, "contraction" if has[0] > 0 else "churn", has[0] - was[0])
            self._book(own, old, "transfer", -min(was[0], has[0]))
            self._book(own, new, "transfer", min(had[0], now[0]))
            for key, amount in own.items():
                if amount:
                    found[key] += amount
        return found

    @staticmethod
    def _book(moves: Moves, side: tuple[Decimal, Member, bool], kind: str, amount: Decimal) -> None:
        if side[2]:
            moves[side[1], kind] += amount


def rows(ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where]) -> list[dict[str, Any]]:
    """`period, kind, value` for every kind, member and period."""
    block = definition["movements"]
    of = ask.company.metrics[block["of"]]
    books = Books(ask, definition, of, expressions[of["where"]] if of.get("where") else None)
    said = next((text for text, where in expressions.items() if where is ask.where), "") + of.get("where", "")
    kinds = KINDS + (("transfer",) if any(name in said or name in ask.by for name in CHANGING) else ())
    spans, end = periods(ask), common.loaded(ask, {"in": "mrr_day"})[1]
    moved = [_moved(ask, books, span, end, block.get("at", "day")) for span in spans]
    if ask.top:
        largest = _largest(ask, books, end)
        moved = [one and _gathered(one, largest) for one in moved]
    members = sorted({member for one in moved for member, _ in one or {}} if ask.by else {()})
    found = []
    for span, one in zip(spans, moved, strict=True):
        whole = span.since == span.first and span.until == span.last and one is not None and end is not None and span.last <= end
        for member in members:
            for kind in kinds:
                value = None if one is None else float(one.get((member, kind), 0))
                named = dict(zip(ask.by, member, strict=True))
                found.append({"period": label(span, ask), **named, "kind": kind, "value": value, "complete": whole})
    return found


def _moved(ask: Ask, books: Books, span: Span, end: datetime | None, at: str) -> Moves | None:
    """The moves of a period as far as it is loaded; None where nothing of it is."""
    since = [told for _, name, told, _ in ask.company.freshness() if name == "subscription_period" and told is not None]
    if end is None or span.since >= end or (since and span.until <= min(since)):
        return None
    first = span.since.astimezone(ask.zone).date()
    last = (min(span.until, end) - timedelta(microseconds=1)).astimezone(ask.zone).date()
    if at == "period_ends":
        return books.moves(first - timedelta(days=1), last)
    found: Moves = defaultdict(Decimal)
    for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
        for key, amount in books.moves(day - timedelta(days=1), day).items():
            found[key] += amount
    return found


def _largest(ask: Ask, books: Books, end: datetime | None) -> set[Member]:
    """The members that pay most on the last loaded day of the range."""
    last = (min(ask.until, end or ask.until) - timedelta(microseconds=1)).astimezone(ask.zone).date()
    sizes: dict[Member, Decimal] = defaultdict(Decimal)
    for amount, member, chosen in books.levels(last, last).values():
        sizes[member] += amount if chosen else 0
    return set(sorted(sizes, key=lambda member: (-sizes[member], member))[: ask.top])


def _gathered(moves: Moves, largest: set[Member]) -> Moves:
    found: Moves = defaultdict(Decimal)
    for (member, kind), amount in moves.items():
        found[member if member in largest else ("Other",) * len(member), kind] += amount
    return found
