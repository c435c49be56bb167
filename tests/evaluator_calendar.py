"""The evaluator's calendar: a request with its zone settled, its periods, and the earlier ones that they are compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.company import Company
from tests.evaluator_rows import Row, midnight

Where = Callable[[Row], bool | None]


@dataclass(frozen=True)
class Span:
    """Part of time, half-open: the whole calendar period that it belongs to, and what of it counts."""

    first: datetime
    last: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Ask:
    """A request with its calendar settled."""

    company: Company
    metrics: tuple[str, ...]
    since: datetime
    until: datetime
    zone: ZoneInfo
    grain: str | None = None
    week_start: str = "monday"
    by: tuple[str, ...] = ()
    where: Where | None = None
    compare: str | None = None
    top: int | None = None


def local(at: datetime, ask: Ask) -> datetime:
    """Local clock time; with the hour grain time simply passes, so UTC serves."""
    return at.astimezone(UTC if ask.grain == "hour" else ask.zone).replace(tzinfo=None)


def _instant(clock: datetime, ask: Ask) -> datetime:
    return clock.replace(tzinfo=UTC if ask.grain == "hour" else ask.zone).astimezone(UTC)


def plus(at: datetime, by: timedelta, ask: Ask) -> datetime:
    """The instant at which the local clock shows that much more."""
    return _instant(local(at, ask) + by, ask)


def shifted(ask: Ask, span: Span) -> tuple[datetime, datetime]:
    """The calendar period to compare a span's period with."""
    compare = ask.compare or ""
    if compare == "year":
        if ask.grain == "week":
            return plus(span.first, timedelta(days=-364), ask), plus(span.last, timedelta(days=-364), ask)
        first, last = local(span.first, ask), local(span.last, ask)
        return _instant(first.replace(year=first.year - 1), ask), _instant(last.replace(year=last.year - 1), ask)
    if compare == "previous":
        if ask.grain in (None, "hour"):
            return plus(span.first, local(span.first, ask) - local(span.last, ask), ask), span.first
        before = (local(span.first, ask) - timedelta(days=1)).date()
        return midnight(floor(before, ask), ask.zone), span.first
    days = timedelta(days=-int(compare.rstrip("d")))
    return plus(span.first, days, ask), plus(span.last, days, ask)


def periods(ask: Ask) -> list[Span]:
    """The calendar periods that a range touches, each with the part that lies inside the range."""
    if ask.grain is None:
        return [Span(ask.since, ask.until, ask.since, ask.until)]
    found, first = [], _start(ask)
    while first < ask.until:
        last = first + timedelta(hours=1) if ask.grain == "hour" else _next(first, ask)
        found.append(Span(first, last, max(first, ask.since), min(last, ask.until)))
        first = last
    return found


def start_of_hour(at: datetime, ask: Ask) -> datetime:
    """When the local clock last showed a full hour."""
    clock = at.astimezone(ask.zone)
    return at - timedelta(minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _start(ask: Ask) -> datetime:
    if ask.grain == "hour":
        return start_of_hour(ask.since, ask)
    return midnight(floor(ask.since.astimezone(ask.zone).date(), ask), ask.zone)


def _next(first: datetime, ask: Ask) -> datetime:
    day = first.astimezone(ask.zone).date()
    later = day + timedelta(days={"day": 1, "week": 7, "month": 31, "quarter": 93, "year": 366}[ask.grain or "day"])
    return midnight(floor(later, ask), ask.zone)


def floor(day: date, ask: Ask) -> date:
    """The first day of the calendar period that a day belongs to."""
    if ask.grain == "day":
        return day
    if ask.grain == "week":
        return day - timedelta(days=(day.weekday() - (0 if ask.week_start == "monday" else 6)) % 7)
    back = {
        "month": 0,
        "quarter": (day.month - ask.company.fiscal_year_start) % 3,
        "year": (day.month - ask.company.fiscal_year_start) % 12,
    }
    months = day.year * 12 + day.month - 1 - back[ask.grain or ""]
    return date(months // 12, months % 12 + 1, 1)


def label(span: Span, ask: Ask) -> str | None:
    """How a row names its period: a day, or the hour with its offset."""
    if ask.grain is None:
        return None
    clock = span.first.astimezone(ask.zone)
    return clock.isoformat() if ask.grain == "hour" else clock.date().isoformat()
