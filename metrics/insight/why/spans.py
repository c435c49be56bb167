"""Periods as people write them, and two of them made alike: 2026, 2026-Q3, 2026-09, 2026-W36, 2026-09-14, 2026-09-01..2026-09-15."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.errors import Problem
from metrics.calendar import Calendar, Window, add_months, compared

_NAMED = re.compile(r"(\d{4})(?:-(?:Q([1-4])|W(\d{2})|(\d{2})(?:-(\d{2}))?))?", re.ASCII)
_FORMS = "Write 2026, 2026-Q3, 2026-09, 2026-W36, 2026-09-14, or two days: 2026-09-01..2026-09-15, the second not included."


@dataclass(frozen=True)
class Span:
    """A stretch of days, half-open: `until` is the first day after it. `name` is what it was called."""

    since: date
    until: date
    name: str = ""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.until - timedelta(days=1)

    def to_dict(self) -> dict[str, str | int]:
        """As JSON has it."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), "days": self.days, "name": self.name}


def read(text: str, calendar: Calendar) -> Span:
    """A period from what people write. Quarters and years are the company's fiscal ones, weeks those of ISO 8601 from its first day.

    Raises Problem for anything else.
    """
    told = text.strip()
    if ".." in told:
        ends = [_day(part, text) for part in told.split("..", 1)]
        if ends[0] >= ends[1]:
            raise Problem(f'the period "{text}" is empty', remedy="The second day is not included, and lies after the first.")
        return Span(ends[0], ends[1], told)
    match = _NAMED.fullmatch(told)
    if not match:
        raise Problem(f'"{text}" is not a period', remedy=_FORMS)
    year, quarter, week, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        return replace(_named(year, quarter, week, month, day, calendar), name=told)
    except ValueError:
        raise Problem(f'there is no period "{text}"', remedy=_FORMS) from None


def _day(text: str, whole: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Problem(f'"{whole}" is not a period: "{text.strip()}" is no day', remedy=_FORMS) from None


def _named(year: int, quarter: int, week: int, month: int, day: int, calendar: Calendar) -> Span:
    if day:
        return Span(date(year, month, day), date(year, month, day) + timedelta(days=1))
    if week:
        first = date.fromisocalendar(year, week, 1) - timedelta(days=calendar.week_start == "sunday")
        return Span(first, first + timedelta(days=7))
    if month:
        return Span(date(year, month, 1), add_months(date(year, month, 1), 1))
    first = add_months(date(year, calendar.fiscal_year_start, 1), (quarter - 1) * 3 if quarter else 0)
    return Span(first, add_months(first, 3 if quarter else 12))


def like_for_like(now: Span, then: Span, loaded_until: datetime | None, zone: ZoneInfo) -> tuple[Span, Span]:
    """Both periods as far as they can be compared: an unfinished one is cut to its whole loaded days, the other to as many.

    Raises Problem when nothing of a period is loaded.
    """
    if loaded_until is None:
        raise Problem("nothing is loaded for this metric yet", remedy="Load once: python -m connectors sync")
    day = loaded_until.astimezone(zone).date()
    for span in (now, then):
        if span.since >= day:
            raise Problem(f"of {span.name or span.since} no whole day is loaded: the data ends on {day - timedelta(days=1)}")
    return _cut(now, then, day), _cut(then, now, day)


def _cut(span: Span, other: Span, day: date) -> Span:
    """A period, cut to what is loaded of it, and to as many days as are loaded of the other when that one is unfinished."""
    until = min(span.until, day)
    if other.until > day:
        until = min(until, span.since + timedelta(days=(day - other.since).days))
    return replace(span, until=until)


def before(span: Span, calendar: Calendar) -> Span:
    """As many days just before; of a calendar month, quarter or year the one before."""
    for grain in ("month", "quarter", "year"):
        start = calendar.midnight(span.since)
        if calendar.floor(start, grain) == start and calendar.step(start, grain).date() == span.until:
            return Span(calendar.step(start, grain, -1).date(), span.since)
    return Span(span.since - timedelta(days=span.days), span.since)


def compared_with(span: Span, how: str, calendar: Calendar) -> Span:
    """What a range is compared with on a page: `previous` (as many days before), `year`, or a shift such as 7d."""
    window = Window(calendar.midnight(span.since), calendar.midnight(span.since), calendar.midnight(span.until))
    earlier = compared(window, calendar, None, how, window)
    return Span(earlier.first_day, earlier.end_day)


def recent(until: date, calendar: Calendar, *, weeks: int = 9, months: int = 13, quarters: int = 5) -> list[Span]:
    """The latest periods to choose from, the newest first: weeks, months and quarters that have begun before a day."""
    found = []
    for grain, count in (("week", weeks), ("month", months), ("quarter", quarters)):
        start = calendar.floor(calendar.midnight(until - timedelta(days=1)), grain)
        for back in range(count):
            first = calendar.step(start, grain, -back)
            found.append(Span(first.date(), calendar.step(first, grain).date(), grain))
    return found
