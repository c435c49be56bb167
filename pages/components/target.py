"""Targets: which one is in force, and whether a value is on it. Shape and word go with the colour everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from metrics.calendar import add_months

Status = Literal["on", "risk", "off"]
#: A miss of up to this share of the target is at risk, a larger one off target.
AT_RISK = 0.05
_PERIOD = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|W(\d{2})|(\d{2})(?:-(\d{2}))?))?$")


def in_force(targets: Mapping[str, float], day: date) -> float | None:
    """The target of the shortest period (2026, 2026-Q4, 2026-11, 2026-W47, 2026-11-23) that holds a day."""
    held = [(end - start, value) for start, end, value in _spans(targets) if start <= day < end]
    return min(held)[1] if held else None


def coming(day: date) -> list[str]:
    """The periods that a target may be set for: the year, quarter and month that hold a day, and the next of each."""
    later = {1: add_months(day.replace(day=1), 1), 3: add_months(day.replace(day=1), 3)}
    quarters = [f"{one.year}-Q{(one.month + 2) // 3}" for one in (day, later[3])]
    return [str(day.year), *quarters, *(f"{one:%Y-%m}" for one in (day, later[1])), str(day.year + 1)]


def judge(value: float | None, target: float | None, good: str) -> Status | None:
    """Whether a value is on, nearly on (within 5 %) or off its target; None where there is no target or no good direction."""
    if value is None or target is None or good not in ("up", "down"):
        return None
    short = target - value if good == "up" else value - target
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
