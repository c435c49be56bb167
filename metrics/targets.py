"""Targets: for which days each is meant, and which of a metric's is in force."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from metrics.calendar import add_months

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


def in_force(targets: Mapping[str, float], day: date) -> Target | None:
    """The target of the shortest period (2026, 2026-Q4, 2026-11, 2026-W47, 2026-11-23) that holds a day."""
    held = [Target(value, start, end) for start, end, value in _spans(targets) if start <= day < end]
    return min(held, key=lambda one: one.end - one.start, default=None)


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
