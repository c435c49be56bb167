"""Retained revenue by hand: who paid then, what the same payers pay now, and whether they ever paid nothing in between."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.company import Company
from tests.evaluator_calendar import Ask, Where
from tests.evaluator_rows import FACTS, Row, joined, midnight

Member = tuple[str, ...]


def retained(ask: Ask, definition: Mapping[str, Any], own: Where | None, now: date) -> dict[Member, float]:
    """For each member the share of what was paid on the earlier day that its payers pay on the later one."""
    then = day_earlier(now, definition["compared_to"])
    before: dict[str, Decimal] = defaultdict(Decimal)
    members: dict[str, Member] = {}
    for row in paid_on(ask.company, definition, then, seen_on=then, zone=ask.zone):
        if (own is None or own(row)) and (ask.where is None or ask.where(row)):
            before[payer_of(row)] += amount_of(row, definition["retained"])
            members[payer_of(row)] = tuple(_named(row[dimension]) for dimension in ask.by)
    paid, kept = defaultdict(Decimal), defaultdict(Decimal)
    for payer, amount in before.items():
        if amount > 0:
            paid[members[payer]] += amount
            kept[members[payer]] += _kept(ask, definition, own, payer, amount, then, now)
    return {member: float(kept[member] / amount) for member, amount in paid.items()}


def _kept(ask: Ask, definition: Mapping[str, Any], own: Where | None, payer: str, amount: Decimal, then: date, now: date) -> Decimal:
    def level(day: date) -> Decimal:
        rows = paid_on(ask.company, definition, day, seen_on=then, zone=ask.zone)
        return sum(
            (amount_of(row, definition["retained"]) for row in rows if payer_of(row) == payer and (own is None or own(row))), Decimal(0)
        )

    if not definition.get("count_reactivation"):
        day = then + timedelta(days=1)
        while day < now:
            if level(day) <= 0:
                return Decimal(0)
            day += timedelta(days=1)
    later = max(level(now), Decimal(0))
    return min(later, amount) if definition.get("gross") else later


def paid_on(company: Company, definition: Mapping[str, Any], day: date, *, seen_on: date, zone: ZoneInfo) -> Iterator[Row]:
    """The prices in force on a day, with the account as it was on another."""
    at = midnight(seen_on, zone)
    for period in company.tables.get("subscription_period", []):
        if period.get("deleted_at") is not None or period.get("status", "active") not in ("active", "past_due", None):
            continue
        start, end = (local_day(company, period.get(key)) for key in ("valid_from", "valid_to"))
        if start is None or day < start or (end is not None and day >= end):
            continue
        row = Row(period, at, joined(company, FACTS["mrr_day"], period, at))
        if "test" in definition.get("include", []) or not (row.joined.get("account") or {}).get("is_test"):
            yield row


def local_day(company: Company, value: Any) -> date | None:
    """The company's day of a moment."""
    return None if value is None else company.moment(value).astimezone(company.zone).date()


def payer_of(row: Row) -> str:
    """Who pays: the account, or a subscription that belongs to none."""
    return f"account {row['account_id']}" if row["account_id"] is not None else f"subscription {row['subscription_id']}"


def amount_of(row: Row, column: str) -> Decimal:
    """What a price is."""
    return Decimal(str(row[column])) if row[column] is not None else Decimal(0)


def day_earlier(now: date, ago: str) -> date:
    """The day so much earlier; the last day of a month answers to the last day of a month."""
    count, unit, _ = ago.split()
    if unit.rstrip("s") in ("day", "week"):
        return now - timedelta(days=int(count) * (7 if unit.startswith("week") else 1))
    months = now.year * 12 + now.month - 1 - int(count) * {"month": 1, "quarter": 3, "year": 12}[unit.rstrip("s")]
    last = monthrange(months // 12, months % 12 + 1)[1]
    at_end = now.day == monthrange(now.year, now.month)[1]
    return date(months // 12, months % 12 + 1, last if at_end else min(now.day, last))


def _named(value: Any) -> str:
    return "(none)" if value is None else str(value)
