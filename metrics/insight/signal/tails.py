"""How the errors of a series lean and reach, and what that does to a threshold made for normal ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metrics.insight.signal.memory import Array

#: The largest excess kurtosis that the expansion is good for.
_MOST = 3.0


#: Errors with heavy tails are cut at so many standard deviations before a mean of them is taken.
_CUT = 2.25


@dataclass(frozen=True)
class Tails:
    """How the errors of a baseline reach and lean, less what chance alone gives in so short a series.

    Heavy ones are `cut`, as Huber (1964) does, so that one far value neither makes a mean nor hides one; `sigma` is the standard
    deviation of what is left, `skew` and `excess` its skewness and excess kurtosis.
    """

    sigma: float
    cut: float = math.inf
    skew: float = 0.0
    excess: float = 0.0

    @classmethod
    def of(cls, errors: Array, sigma: float) -> Tails:
        """Of the errors of a baseline, whose standard deviation is `sigma`."""
        if not sigma > 0:
            return cls(sigma)
        _skew, excess = _shape(errors)
        if not excess:
            return cls(sigma, skew=_skew)
        cut = _CUT * sigma
        held = np.clip(errors, -cut, cut)
        left = math.sqrt(float((held**2).sum()) / max(float((errors**2).sum()), 1e-300))
        return cls(sigma * left, cut, *_shape(held))

    def held(self, error: float) -> float:
        """An error, cut."""
        return min(max(error, -self.cut), self.cut)

    def beyond(self, threshold: float, direction: int, count: int) -> float:
        """The threshold for a mean of `count` such errors, by Cornish & Fisher (1938): as rare as `threshold` is for normal ones."""
        skew, excess = direction * self.skew / math.sqrt(count), self.excess / count
        square = threshold * threshold
        moved = (square - 1) * skew / 6 + threshold * (square - 3) * excess / 24 - threshold * (2 * square - 5) * skew * skew / 36
        return threshold + max(moved, 0.0)


def _shape(errors: Array) -> tuple[float, float]:
    """Skewness and excess kurtosis, each less its standard error, √(6/n) and √(24/n)."""
    count, power = len(errors), float((errors**2).mean()) if len(errors) else 0.0
    if power <= 0:
        return 0.0, 0.0
    skew, excess = float((errors**3).mean()) / power**1.5, float((errors**4).mean()) / power**2 - 3
    lean = max(abs(skew) - math.sqrt(6 / count), 0.0)
    return math.copysign(lean, skew), min(max(excess - math.sqrt(24 / count), 0.0), _MOST)
