"""Periods: which rows of a table of results there are, and which stretch of time each one counts.

All moments here are aware datetimes. Periods of a day and longer are wall-clock periods of the reporting zone; hours are
elapsed time, so the night when clocks go back has 25 of them. Nothing of this is left to SQL.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from data.errors import Problem

GRAINS = ("hour", "day", "week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MIDNIGHT = time()
_SHIFT = re.compile(r"(\d{1,4})([dwmqy])", re.ASCII)
#: Years that a range may lie in, with room for comparisons and windows on both sides.
_YEARS = range(1000, 4001)


@dataclass(frozen=True)
class Calendar:
    """How a company counts time: its zone, the day its weeks begin on, the month its year begins in."""

    zone: ZoneInfo
    week_start: str = "monday"
    fiscal_year_start: int = 1

    def midnight(self, day: date) -> datetime:
        """The first moment of a calendar day."""
        return datetime.combine(day, time(), self.zone)

    def floor(self, moment: datetime, grain: str) -> datetime:
        """The first moment of the period that holds a moment."""
        if grain == "hour":
            offset = (moment.astimezone(self.zone).utcoffset() or timedelta()) % timedelta(hours=1)
            shifted = moment.astimezone(UTC) + offset
            return shifted.replace(minute=0, second=0, microsecond=0) - offset
        day = moment.astimezone(self.zone).date()
        if grain == "week":
            return self.midnight(day - timedelta(days=(day.weekday() + (self.week_start == "sunday")) % 7))
        if grain in _MONTHS:
            since_year_start = (day.month - self.fiscal_year_start) % 12 if grain != "month" else 0
            return self.midnight(add_months(day.replace(day=1), -(since_year_start % _MONTHS[grain])))
        return self.midnight(day)

    def ceiling(self, moment: datetime, grain: str) -> datetime:
        """The end of the period that holds the last moment before this one."""
        start = self.floor(moment, grain)
        return moment if start == moment else self.step(start, grain)

    def step(self, start: datetime, grain: str, count: int = 1) -> datetime:
        """The start of the period `count` periods after one that begins at `start`."""
        if grain == "hour":
            return start + timedelta(hours=count)
        if grain in _MONTHS:
            return self.midnight(add_months(start.date(), count * _MONTHS[grain]))
        return self.midnight(start.date() + timedelta(days=count * (7 if grain == "week" else 1)))


@dataclass(frozen=True)
class Window:
    """A stretch of time, half-open, that the row `key` counts. `whole` tells that it is all of its calendar period."""

    key: datetime
    start: datetime
    end: datetime
    whole: bool = True

    @property
    def first_day(self) -> date:
        """The first calendar day in the window."""
        return self.start.date()

    @cached_property
    def end_day(self) -> date:
        """The day after the last calendar day that the window touches."""
        day = self.end.date()
        return day if self.end.time() == _MIDNIGHT else day + timedelta(days=1)

    @property
    def on_days(self) -> bool:
        """Whether the window begins and ends at midnight, so that dates alone can decide what is in it."""
        return self.start.time() == _MIDNIGHT and self.end.time() == _MIDNIGHT


def add_months(day: date, count: int) -> date:
    """The same day `count` months later; the last day of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, day.day if day.day <= 28 else min(day.day, monthrange(year, month + 1)[1]))


def day_before(day: date, count: int, unit: str) -> date:
    """The day `count` days, weeks, months, quarters or years earlier; the last day of a month leads to the last day of a month."""
    if unit in ("day", "week"):
        return day - timedelta(days=count * (7 if unit == "week" else 1))
    tomorrow, months = day + timedelta(days=1), count * {**_MONTHS, "year": 12}[unit]
    return add_months(tomorrow, -months) - timedelta(days=1) if tomorrow.day == 1 else add_months(day, -months)


def windows(calendar: Calendar, grain: str | None, since: datetime, until: datetime) -> list[Window]:
    """The rows from `since` to `until`: one a period, clipped at both ends; a single one when there is no grain."""
    if until <= since:
        raise Problem("the range is empty: since must lie before until", remedy="since is inclusive, until exclusive.")
    if grain is None:
        return [Window(since, since, until)]
    found: list[Window] = []
    start = calendar.floor(since, grain)
    while start < until:
        end = calendar.step(start, grain)
        found.append(Window(start, max(start, since), min(end, until), whole=start >= since and end <= until))
        start = end
        if len(found) > 20_000:
            raise Problem(f"the range holds more than 20,000 {grain}s", remedy="Ask for a coarser grain or a shorter range.")
    return found


def cut(found: list[Window], loaded_until: datetime | None) -> list[Window]:
    """What of the windows is loaded; those of which nothing is loaded fall away."""
    if loaded_until is None:
        return []
    return [
        window if window.end <= loaded_until else Window(window.key, window.start, loaded_until.astimezone(window.start.tzinfo), False)
        for window in found
        if window.start < loaded_until
    ]


def trailing(window: Window, calendar: Calendar, hours: int) -> Window:
    """So many hours, of which the last is the one that a window ends in."""
    return replace(window, start=calendar.ceiling(window.end, "hour") - timedelta(hours=hours))


def compared(window: Window, calendar: Calendar, grain: str | None, how: str, asked: Window) -> Window:
    """The earlier window that a window is compared with: as long, from the same point of its period (like for like).

    `asked` is the row's whole period, so that a month that is over is compared with all of the month before.
    """
    start_of = _earlier_start(asked, calendar, grain, how)
    begins = start_of(asked.key)
    ends = start_of(_end_of(asked, calendar, grain))
    start = begins + (window.start - asked.key)
    over = window.end == _end_of(asked, calendar, grain)
    end = ends if over else min(begins + (window.end - asked.key), ends)
    return Window(window.key, start, end, whole=window.whole)


def _end_of(asked: Window, calendar: Calendar, grain: str | None) -> datetime:
    return asked.end if grain is None else calendar.step(asked.key, grain)


def _earlier_start(asked: Window, calendar: Calendar, grain: str | None, how: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    if how == "previous":
        if grain is None:
            days = timedelta(days=max(1, (asked.end_day - asked.first_day).days))
            return lambda moment: moment - days
        return lambda moment: calendar.step(moment, grain, -1)
    if how == "year":
        if grain == "week":
            return lambda moment: moment - timedelta(days=364)
        return lambda moment: _months_back(moment, calendar, 12)
    match = _SHIFT.fullmatch(how)
    if not match:
        raise Problem(f'cannot compare with "{how}"', remedy="Use previous, year, or a shift such as 7d, 4w, 1m, 1q, 1y.")
    count, unit = int(match[1]), match[2]
    if unit in "dw":
        return lambda moment: moment - timedelta(days=count * (7 if unit == "w" else 1))
    return lambda moment: _months_back(moment, calendar, count * {"m": 1, "q": 3, "y": 12}[unit])


def _months_back(moment: datetime, calendar: Calendar, count: int) -> datetime:
    local = moment.astimezone(calendar.zone)
    return datetime.combine(add_months(local.date(), -count), local.time(), calendar.zone)


def moment(text: str | date | datetime, calendar: Calendar) -> datetime:
    """A moment from what people write: a date (its midnight in the reporting zone) or an ISO 8601 time."""
    if isinstance(text, str):
        try:
            text = datetime.fromisoformat(text.strip())
        except ValueError:
            raise Problem(f'"{text}" is neither a date nor a time', remedy="Write 2026-01-05 or 2026-01-05T13:00.") from None
    if text.year not in _YEARS:
        raise Problem(f"{text} lies outside the years {_YEARS[0]} to {_YEARS[-1]}")
    if not isinstance(text, datetime):
        return calendar.midnight(text)
    return text if text.tzinfo else text.replace(tzinfo=calendar.zone)
