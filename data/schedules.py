"""Schedules: the hours in which a team works, as sources.yml tells them, and the time that passes in them.

Business time is read off the wall clock of the schedule: how far its hours have moved on between two readings. A day of
24 hours counts 24, also the one that a clock change makes last 23 or 25.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data import yaml_file
from data.errors import Problem, did_you_mean

#: Minutes of a day at which work begins and ends, in order.
Spans = tuple[tuple[int, int], ...]

DEFAULT = "default"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KEYS = ("timezone", *WEEKDAYS, "holidays", "special_days", "in_force_from")


@dataclass(frozen=True)
class Version:
    """A schedule's hours while they stay the same: in force from a day (None: always) until the next version is."""

    timezone: str
    week: tuple[Spans, ...]
    special: Mapping[date, Spans] = field(default_factory=dict)
    in_force_from: date | None = None

    @cached_property
    def begins_at(self) -> datetime | None:
        """The moment at which the first day in force begins."""
        day = self.in_force_from
        return None if day is None else datetime.combine(day, time(), ZoneInfo(self.timezone)).astimezone(UTC)

    def hours(self, day: date) -> Spans:
        """The spans of a day."""
        return self.special.get(day, self.week[day.weekday()])

    def minutes_before(self, day: date) -> int:
        """Working minutes from the calendar's beginning (a Monday) until this day begins, by the clock on the wall."""
        weeks, days = divmod(day.toordinal() - 1, 7)
        return weeks * self._week_before[7] + self._week_before[days] + self._special_before[bisect_left(self._special_days, day)]

    def passed(self, began: datetime, ended: datetime) -> timedelta:
        """The working time between two moments, never less than none."""
        return max(self._reading(ended) - self._reading(began), timedelta())

    @cached_property
    def _week_before(self) -> list[int]:
        return list(accumulate((_length(spans) for spans in self.week), initial=0))

    @cached_property
    def _special_days(self) -> list[date]:
        return sorted(self.special)

    @cached_property
    def _special_before(self) -> list[int]:
        more = (_length(self.special[day]) - _length(self.week[day.weekday()]) for day in self._special_days)
        return list(accumulate(more, initial=0))

    def _reading(self, moment: datetime) -> timedelta:
        wall = moment.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)
        today = wall - datetime.combine(wall.date(), time())
        worked = timedelta(minutes=self.minutes_before(wall.date()))
        for start, end in self.hours(wall.date()):
            worked += min(max(today, timedelta(minutes=start)), timedelta(minutes=end)) - timedelta(minutes=start)
        return worked


@dataclass(frozen=True)
class Schedule:
    """A named schedule: its versions, in the order in which they come into force."""

    name: str
    versions: tuple[Version, ...]

    def in_force(self) -> Iterator[tuple[Version, datetime | None, datetime | None]]:
        """Each version with the moments between which it is in force; None has no end."""
        for version, following in pairwise((*self.versions, None)):
            if version is not None:
                yield version, version.begins_at, following.begins_at if following else None

    def passed(self, began: datetime, ended: datetime, *, last: bool = False) -> timedelta:
        """Business time between two moments: by each version while it was in force, or all by the `last` one that was.

        Nothing when the end lies before the beginning, and nothing while no version is in force.
        """
        began, ended = began.astimezone(UTC), ended.astimezone(UTC)  # times of one zone would be compared by their clocks
        if last:
            known = [version for version, begins, _ in self.in_force() if begins is None or begins < ended]
            return known[-1].passed(began, ended) if known else timedelta()
        return sum((self._part(one, began, ended) for one in self.in_force()), timedelta())

    @staticmethod
    def _part(one: tuple[Version, datetime | None, datetime | None], began: datetime, ended: datetime) -> timedelta:
        version, begins, ends = one
        since, until = max(began, begins or began), min(ended, ends or ended)
        return version.passed(since, until) if since < until else timedelta()


def read(block: yaml_file.Mapping, timezone: str) -> dict[str, Schedule]:
    """The schedules of sources.yml by name; `timezone` is the company's, for those that name none. Raises Problem with the line."""
    found: dict[str, Schedule] = {}
    for name, told in block.items():
        listed = told if isinstance(told, list) else [told]
        if not listed or not all(isinstance(one, yaml_file.Mapping) for one in listed):
            said = f'schedule "{name}" must be a mapping, or a list of them that each say in_force_from'
            raise block.problem(name, said, 'For example default: {mon: [["09:00", "18:00"]]}.', value=True)
        found[name] = Schedule(name, _in_order(listed, tuple(_version(one, name, timezone) for one in listed)))
    return found


def _in_order(blocks: list[yaml_file.Mapping], versions: tuple[Version, ...]) -> tuple[Version, ...]:
    for number, (block, version) in enumerate(zip(blocks, versions, strict=True)):
        if number == 0:
            continue
        before = versions[number - 1].in_force_from or date.min
        if version.in_force_from is None:
            raise block.problem(None, "a schedule that follows another must say from which day it is in force", "Add in_force_from.")
        if version.in_force_from <= before:
            said = f"in_force_from {version.in_force_from} is not later than that of the schedule before it, {before}"
            raise block.problem("in_force_from", said, "List them from the oldest to the newest.", value=True)
    return versions


def _version(block: yaml_file.Mapping, name: str, timezone: str) -> Version:
    block.only(_KEYS, f"schedule {name}")
    zone = str(block.get("timezone") or timezone)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise block.problem("timezone", f'unknown time zone "{zone}"', "Use a name such as Europe/Paris.", value=True) from None
    since = block.get("in_force_from")
    week = tuple(_spans(block, day, block.get(day)) for day in WEEKDAYS)
    return Version(zone, week, _special(block), None if since is None else _day(block, "in_force_from", since))


def _special(block: yaml_file.Mapping) -> dict[date, Spans]:
    """Holidays, without hours, and the days that have hours of their own."""
    holidays = block.get("holidays") or []
    if not isinstance(holidays, list):
        raise block.problem("holidays", "holidays is a list of days", "For example [2026-12-25].", value=True)
    special: dict[date, Spans] = {_day(block, "holidays", day): () for day in holidays}
    own = block.get("special_days") or yaml_file.Mapping()
    if not isinstance(own, yaml_file.Mapping):
        raise block.problem("special_days", "special_days is a mapping of days to hours", value=True)
    for key, told in own.items():
        day = _day(own, key, key, value=False)
        if day in special:
            raise own.problem(key, f"{day} is a holiday or a special day already", "Keep one.")
        special[day] = _spans(own, key, told)
    return special


def _day(block: yaml_file.Mapping, key: str, told: Any, *, value: bool = True) -> date:
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        raise block.problem(key, f'"{told}" is not a day', "Write it as 2026-12-25.", value=value) from None


def _spans(block: yaml_file.Mapping, key: str, told: Any) -> Spans:
    pairs = [] if told is None else told
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise block.problem(key, f"{key} is a list of spans", 'For example [["09:00", "12:00"], ["13:00", "18:00"]].', value=True)
    spans = sorted((_minute(block, key, start), _minute(block, key, end)) for start, end in pairs)
    for start, end in spans:
        if end <= start:
            said = f"{key}: a span ends at {_clock(end)}, which is not after its start at {_clock(start)}"
            raise block.problem(key, said, "A span over midnight is two: until 24:00, and from 00:00 on the next day.", value=True)
    for (start, end), (following, _) in pairwise(spans):
        if following < end:
            said = f"{key}: the span from {_clock(following)} overlaps the one from {_clock(start)} to {_clock(end)}"
            raise block.problem(key, said, value=True)
    return tuple(spans)


def _minute(block: yaml_file.Mapping, key: str, told: Any) -> int:
    """The minute of the day that HH:MM means; 24:00 is its end."""
    hours, _, minutes = str(told).partition(":")
    if hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and int(minutes) < 60:
        found = int(hours) * 60 + int(minutes)
        if found <= 1440:
            return found
    raise block.problem(key, f'{key}: "{told}" is not a time of day', 'Write "09:00"; the day ends at "24:00".', value=True)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _length(spans: Spans) -> int:
    return sum(end - start for start, end in spans)


def known(schedules: Mapping[str, Schedule], name: str) -> Schedule:
    """The schedule of that name. Raises Problem with the names that exist."""
    if name not in schedules:
        raise Problem(f'there is no schedule "{name}"', "sources.yml", remedy=did_you_mean(name, schedules))
    return schedules[name]
