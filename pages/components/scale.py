"""Where an axis begins and ends, and the round values that it names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

#: An axis spans at least this share of its highest value, so that noise does not look like a drama.
LEAST_SPAN = 0.08
_DURATIONS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 4320, 7200, 10080, 14400, 20160, 43200)


@dataclass(frozen=True)
class Scale:
    """The ends of an axis and the values on it that are named, lowest first."""

    low: float
    high: float
    ticks: tuple[float, ...]


def scale(values: Iterable[float | None], *, kind: str = "decimal", from_zero: bool = True, steps: int = 4) -> Scale:
    """A scale that holds all the values, with about `steps` round intervals.

    Bars and areas start at zero. A line may leave zero out (`from_zero=False`), and does when its values lie close together.
    """
    known = [value for value in values if value is not None and math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if from_zero or low <= 0 or low < high * 0.55:
        low, high = min(low, 0.0), max(high, 0.0)
    missing = LEAST_SPAN * max(abs(low), abs(high)) - (high - low)
    if missing > 0:
        low, high = low - missing / 2, high + missing / 2
    elif low == high:
        high = 1.0
    step = _step((high - low) / steps, kind)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Scale(_clean(first * step), _clean(last * step), tuple(_clean(number * step) for number in range(first, last + 1)))


def _step(rough: float, kind: str) -> float:
    if kind == "duration" and rough <= _DURATIONS[-1]:
        return float(next(step for step in _DURATIONS if step >= max(rough * 0.8, 1)))
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = min((1, 2, 2.5, 5, 10), key=lambda nice: abs(nice * magnitude - rough)) * magnitude
    return max(step, 1.0) if kind == "integer" else step


def _clean(value: float) -> float:
    """Without the noise of binary fractions, which would be written out on the axis."""
    return float(f"{value:.12g}")
