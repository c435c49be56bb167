"""The individuals and moving range chart (XmR): which values are ordinary variation, and which are signals.

After Donald J. Wheeler, *Understanding Variation* (SPC Press, 2nd ed. 2000) and *Making Sense of Data* (SPC Press, 2003). The limits
come from the moving range, never from the standard deviation of all values, which a shift among them would widen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

Center = Literal["mean", "median"]
Values = Sequence[float | None]

#: By what the average (median) moving range is multiplied: for the limits of the values, and for the upper limit of the ranges.
FACTORS: dict[str, tuple[float, float]] = {"mean": (2.660, 3.268), "median": (3.145, 3.865)}
#: The average (median) range of two normal values, in standard deviations (d2, d4 for n = 2).
PER_SIGMA: dict[str, float] = {"mean": 1.128, "median": 0.954}
#: So many values in a row on one side of the centre are a run; three of four nearer a limit than the centre are a short one.
RUN, NEAR, OF = 8, 3, 4


@dataclass(frozen=True)
class Point:
    """One value. `moving_range` is its distance from the value just before it; both are None in a gap.

    `run` says that it belongs to a run on one side of the centre, `near` to three of four that are nearer a limit than the centre.
    """

    value: float | None
    moving_range: float | None = None
    outside: bool = False
    run: bool = False
    near: bool = False
    range_outside: bool = False

    @property
    def rules(self) -> tuple[str, ...]:
        """Which rules make it a signal."""
        told = {"outside": self.outside, "run": self.run, "near": self.near, "range_outside": self.range_outside}
        return tuple(name for name, holds in told.items() if holds)


@dataclass(frozen=True)
class Limits:
    """A centre with its limits, all in the unit of the values; `moving_range` is the average (median) of the ranges, where known."""

    center: float
    lower: float
    upper: float
    moving_range: float | None = None
    range_upper: float | None = None


@dataclass(frozen=True)
class Chart:
    """The limits and every point; `method` says whether mean or median made them, or that they were given."""

    limits: Limits
    method: str
    points: tuple[Point, ...]

    @property
    def signals(self) -> tuple[int, ...]:
        """The places (from 0) of the points that are signals."""
        return tuple(place for place, point in enumerate(self.points) if point.rules)


def moving_ranges(values: Values) -> list[float | None]:
    """The distance of each value from the one before; None for the first, in a gap and just after one."""
    before = [None, *values][: len(values)]
    return [None if one is None or was is None else abs(one - was) for one, was in zip(values, before, strict=True)]


def limits(values: Values, center: Center = "mean") -> Limits | None:
    """The limits of these values: centre ± 2.660 times the mean moving range (3.145 times the median one, around the median).

    None where there are fewer than two values in a row to tell a range from.
    """
    known = [value for value in values if value is not None]
    ranges = [one for one in moving_ranges(values) if one is not None]
    if not ranges:
        return None
    average = fmean if center == "mean" else median
    middle, spread = average(known), average(ranges)
    width, upper = FACTORS[center]
    return Limits(middle, middle - width * spread, middle + width * spread, spread, upper * spread)


def chart(
    values: Values, *, baseline: slice | None = None, center: Center = "mean", given: Limits | None = None, near: bool = False
) -> Chart | None:
    """The chart of values in the order of time; None where nothing gives limits.

    The limits come from `baseline` (all values when left out), or are `given` and used as they are. None among the values is a gap:
    no moving range crosses it, and a run neither counts nor ends there. A point on a limit is no signal, a value on the centre ends
    a run. `near` adds the rule of three out of four, which costs more false alarms than the others together.
    """
    found = given or limits(values[baseline] if baseline else values, center)
    if found is None:
        return None
    ranges = moving_ranges(values)
    runs, close = _runs(values, found.center), _near(values, found) if near else [False] * len(values)
    points = [
        Point(
            value=value,
            moving_range=moved,
            outside=value is not None and _beyond(value, found),
            run=runs[place],
            near=close[place],
            range_outside=moved is not None and found.range_upper is not None and _above(moved, found.range_upper),
        )
        for place, (value, moved) in enumerate(zip(values, ranges, strict=True))
    ]
    return Chart(found, "given" if given else center, tuple(points))


def _above(value: float, limit: float) -> bool:
    """Above, by more than the last digits of floating point: what lies on a limit as people compute it is no signal."""
    return value > limit and not math.isclose(value, limit, rel_tol=1e-9, abs_tol=1e-12)


def _beyond(value: float, found: Limits) -> bool:
    return _above(value, found.upper) or _above(-value, -found.lower)


def side(value: float | None, center: float) -> int:
    """On which side of the centre a value lies: 1 above, -1 below, 0 on it or unknown."""
    if value is None or math.isclose(value, center, rel_tol=1e-9, abs_tol=1e-12):
        return 0
    return 1 if value > center else -1


def _runs(values: Values, center: float) -> list[bool]:
    """Which values belong to a run of eight or more on one side; the whole run does."""
    flagged, run, on = [False] * len(values), list[int](), 0
    for place, value in enumerate(values):
        if value is None:
            continue
        here = side(value, center)
        run, on = ([*run, place] if here == on and here else [place]), here
        if on and len(run) >= RUN:
            for one in run:
                flagged[one] = True
    return flagged


def _near(values: Values, found: Limits) -> list[bool]:
    """Which values are among three of four in a row that lie, on the same side, nearer the limit than the centre."""
    flagged = [False] * len(values)
    known = [place for place, value in enumerate(values) if value is not None]
    for sign, limit in ((1, found.upper), (-1, found.lower)):
        halfway = (found.center + limit) / 2
        for first in range(len(known) - OF + 1):
            window = known[first : first + OF]
            close = [place for place in window if sign * ((values[place] or 0.0) - halfway) > 0]
            if len(close) >= NEAR:
                for place in close:
                    flagged[place] = True
    return flagged
