"""Where the numbers of a review stand against their targets: the same reckoning as on every page, by pace (metrics/target.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from metrics import target
from metrics.definition import Metric
from metrics.insight.review.model import Aim
from metrics.insight.review.values import Values
from metrics.insight.review.weeks import Span

_DAY = timedelta(days=1)


def needed(metric: Metric, targets: Mapping[str, float], now: Span) -> Span | None:
    """The stretch whose value tells whether a metric is on its way: since the target's period began, or as long as `now` before it."""
    held = target.in_force(targets, now.last)
    if held is None or metric.good == "neutral":
        return None
    return Span(held.start, now.last) if target.adds_up(metric) else Span(held.start - (now.last - now.first) - _DAY, held.start - _DAY)


def aim(metric: Metric, targets: Mapping[str, float], now: Span, values: Values) -> Aim | None:
    """The target in force on the last day, and whether the value keeps pace with it; None where there is none."""
    held, asked = target.in_force(targets, now.last), needed(metric, targets, now)
    if held is None:
        return None
    if asked is None:
        return Aim(held.value, held.last_day)
    value, told = values.cell(metric.name, now).value, values.cell(metric.name, asked).value
    adds_up = target.adds_up(metric)
    reached, before = (told, None) if adds_up else (value, told)
    share = target.elapsed(held, (now.until - held.start).days)
    found = target.pace(reached, before, held, share, metric.good, adds_up=adds_up)
    status = target.on_pace(found, held) if found else target.judge(reached, held.value, metric.good)
    return Aim(held.value, held.last_day, status, found.behind if found and found.behind > 0 else None)


def mark(metric: Metric, targets: Mapping[str, float], span: Span) -> float | None:
    """The target that a value over a stretch can be held against: what adds up needs one for that very stretch."""
    held = target.in_force(targets, span.last)
    if held is None or (target.adds_up(metric) and (held.start, held.end) != (span.first, span.until)):
        return None
    return held.value
