"""Whether the last periods differ from what was to be expected: the limits of the XmR chart, and means of several periods.

A value outside 2.660 average moving ranges is rare by chance, but a shift of two standard deviations is seen that way in one week of
six. So the mean of the last three to eight periods is held against the baseline too (a generalized likelihood ratio over the place
of the change: Lai, *Sequential changepoint detection in quality control*, JRSS B 57, 1995), each with a threshold of its own.
The thresholds are for independent normal values with a baseline of about two years: together they flag one week in a hundred.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from metrics.insight.signal import xmr
from metrics.insight.signal.memory import weights
from metrics.insight.signal.steady import Steady

#: Standard errors that the mean of the last so many periods must lie off, by how many they are.
THRESHOLDS = {3: 2.85, 4: 2.65, 5: 3.5, 6: 3.5, 7: 3.5, 8: 3.5}
#: The same where what a baseline is made of is less sure: it is shorter than this, or has heavy tails.
UNSURE, SHORT = THRESHOLDS | {3: 3.1, 4: 3.0}, 50
#: The same where errors were freed of a memory: that is estimated, too, and means of different lengths repeat each other less.
FREED = THRESHOLDS | {3: 3.3, 4: 3.2}
#: The same of a single value, which must also lie outside the limits; of a change that began before the last eight periods.
ALONE, OLDER = 2.95, 3.5
#: By how much it must exceed the farthest value of the baseline, so that heavy tails, which reach out now and then, do not cry wolf.
FARTHER = 1.15
#: How far the last value must lie off itself, in standard deviations: what is over is no news.
STILL = 1.0
#: How many periods at the end are in question; how many when the change may have begun before them.
QUESTION, LONGER = max(THRESHOLDS), 20


@dataclass(frozen=True)
class Shift:
    """What was found. `rule` is outside (the limits), shift (the mean of some periods) or run (eight or more on one side).

    It began at the place `since` and holds for `periods`; `direction` is 1 or -1, `size` how far off, in the unit of the values;
    `strength` the standard errors that the mean lies off.
    """

    rule: str
    since: int
    periods: int
    direction: int
    size: float
    strength: float


def find(steady: Steady, limits: xmr.Limits) -> Shift | None:
    """What the last period says, together with those before it; None where it is what was to be expected.

    `limits` are those of the errors of the baseline.
    """
    last = len(steady.errors) - 1
    error = steady.errors[last]
    if error is None:
        return None
    found = [told for told in (_mean(steady, count) for count in _windows(steady, last)) if told]
    alone = _alone(steady, limits, last, error)
    likeliest = max([*found, *([alone] if alone else [])], key=lambda told: told.strength, default=None)
    return _as_run(steady, likeliest) if likeliest and likeliest.periods >= xmr.RUN else likeliest


def _windows(steady: Steady, last: int) -> list[int]:
    """How many periods at the end may have changed together: three to eight, and more where the baseline ends earlier."""
    return [*THRESHOLDS, *range(QUESTION + 1, last + 2 - steady.end)]


def _threshold(steady: Steady, count: int) -> float:
    unsure = steady.freedom < SHORT or math.isfinite(steady.tails.cut)
    return (FREED if steady.memory else UNSURE if unsure else THRESHOLDS).get(count, OLDER)


def _mean(steady: Steady, count: int) -> Shift | None:
    """The last `count` periods as a lasting change of level, where they are one."""
    last = len(steady.errors) - 1
    first = last + 1 - count
    errors = steady.errors[first:]
    if first < steady.end or any(error is None for error in errors):
        return None
    weight = list(weights(steady.memory, count))
    total = sum(w * steady.tails.held(error or 0.0) for w, error in zip(weight, errors, strict=True))
    lean = sum(w * steady.design[first + place] for place, w in enumerate(weight))
    own = sum(w * w for w in weight)
    error_of = steady.tails.sigma * math.sqrt(own + float(lean @ steady.spread @ lean))
    strength = normal(total / error_of, steady.freedom) if error_of > 0 else math.copysign(math.inf, total) if total else 0.0
    direction = 1 if strength > 0 else -1
    still = direction * (steady.distances[last] or 0.0) > STILL * steady.sigma
    if abs(strength) <= steady.tails.beyond(_threshold(steady, count), direction, count) or not still:
        return None
    return Shift("shift", first, count, direction, total / own, abs(strength))


def _as_run(steady: Steady, told: Shift) -> Shift:
    """The same as a run, where every one of its periods lies on its side."""
    held = all(told.direction * (distance or 0.0) > 0 for distance in steady.distances[told.since :])
    return replace(told, rule="run") if held else told


def _alone(steady: Steady, limits: xmr.Limits, last: int, error: float) -> Shift | None:
    """The last value, where it lies outside the limits, and farther off than any value of the baseline."""
    if limits.lower <= error <= limits.upper:
        return None
    lean = steady.design[last]
    error_of = steady.sigma * math.sqrt(1 + float(lean @ steady.spread @ lean))
    strength = normal(error / error_of, steady.freedom) if error_of > 0 else math.copysign(math.inf, error)
    farthest = max((abs(one) for one in steady.baseline if one is not None), default=0.0)
    if abs(strength) <= ALONE or abs(error) <= FARTHER * farthest:
        return None
    return Shift("outside", last, 1, 1 if error > 0 else -1, error, abs(strength))


def normal(value: float, freedom: int) -> float:
    """Student's t as a standard normal of the same probability, by Wallace (Annals of Mathematical Statistics 30, 1959); within 0.1."""
    told = (8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(value * value / freedom))
    return math.copysign(told, value)
