"""Targets: which one is in force, whether a value is on it, and whether it is on the way there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from metrics.calendar import add_months
from metrics.definition import Metric

Status = Literal["on", "risk", "off"]
#: A miss of up to this share of the target is at risk, a larger one off target.
AT_RISK = 0.05
#: Kinds whose value grows with the length of the range: they are judged by what came together since their target's period began.
_ADD_UP = ("count", "sum", "count_distinct", "cumulative")
_PERIOD = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|W(\d{2})|(\d{2})(?:-(\d{2}))?))?$")


@dataclass(frozen=True)
class Target:
    """What is to be reached by the end of a half-open period of days."""

    value: float
    start: date
    end: date

    @property
    def last_day(self) -> date:
        """The day by which it is to be reached."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True)
class Pace:
    """Where a value should stand by now, and how far it falls short of that: below zero it is ahead."""

    due: float
    behind: float


def in_force(targets: Mapping[str, float], day: date) -> Target | None:
    """The target of the shortest period (2026, 2026-Q4, 2026-11, 2026-W47, 2026-11-23) that holds a day."""
    held = [Target(value, start, end) for start, end, value in _spans(targets) if start <= day < end]
    return min(held, key=lambda one: one.end - one.start, default=None)


def coming(day: date) -> list[str]:
    """The periods that a target may be set for: the year, quarter and month that hold a day, and the next of each."""
    later = {1: add_months(day.replace(day=1), 1), 3: add_months(day.replace(day=1), 3)}
    quarters = [f"{one.year}-Q{(one.month + 2) // 3}" for one in (day, later[3])]
    return [str(day.year), *quarters, *(f"{one:%Y-%m}" for one in (day, later[1])), str(day.year + 1)]


def adds_up(metric: Metric) -> bool:
    """Whether a metric's value grows with the length of the range."""
    return metric.kind in _ADD_UP and not metric.block.get("over_last")


def judge(value: float | None, target: float | None, good: str) -> Status | None:
    """Whether a value is on, nearly on (within 5 %) or off its target; None where there is no target or no good direction."""
    if value is None or target is None or good not in ("up", "down"):
        return None
    return _judged(_short(value, target, good), target)


def pace(value: float | None, before: float | None, aim: Target, elapsed: float, good: str, *, adds_up: bool) -> Pace | None:
    """Whether a value is on the way to a target of which the share `elapsed` of the period is over; None where nothing can be said.

    What adds up (a count, a sum) is judged by what came together since the period began:

        due = target × elapsed

    Everything else (a level, a ratio, a median) by the straight line from `before`, its value when the period began:

        due = before + (target − before) × elapsed

    What was already better than its target when the period began has to stay there: due = target. Of 100 to be reached in a year
    from 60, 80 are due half-way; of 100 deals in a year 50 are.
    """
    if value is None or good not in ("up", "down") or (before is None and not adds_up):
        return None
    if adds_up or before is None:
        due = aim.value * elapsed
    elif _short(before, aim.value, good) <= 0:
        due = aim.value
    else:
        due = before + (aim.value - before) * elapsed
    return Pace(due, _short(value, due, good))


def on_pace(found: Pace, aim: Target) -> Status:
    """Whether a value keeps pace: a miss of up to 5 % of the target is at risk, a larger one off."""
    return _judged(found.behind, aim.value)


def elapsed(aim: Target, days: float) -> float:
    """The share of a target's period that is over when this many days of it are."""
    return min(max(days / (aim.end - aim.start).days, 0.0), 1.0)


def _short(value: float, wanted: float, good: str) -> float:
    return wanted - value if good == "up" else value - wanted


def _judged(short: float, target: float) -> Status:
    if short <= 0:
        return "on"
    return "risk" if short <= AT_RISK * abs(target) else "off"


def _spans(targets: Mapping[str, float]) -> list[tuple[date, date, float]]:
    return [(*span, value) for text, value in targets.items() if (span := _span(str(text)))]


def _span(text: str) -> tuple[date, date] | None:
    match = _PERIOD.match(text)
    if not match:
        return None
    year, quarter, week, month, day = (int(part) if part else 0 for part in match.groups())
    if day:
        return date(year, month, day), date(year, month, day) + timedelta(days=1)
    if week:
        return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 1) + timedelta(days=7)
    first = date(year, month or (quarter - 1) * 3 + 1 if month or quarter else 1, 1)
    return first, add_months(first, 1 if month else 3 if quarter else 12)
