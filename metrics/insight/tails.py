"""How the errors of a series lean and reach, and what that does to a threshold made for normal ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metrics.insight.memory import Array

#: The largest excess kurtosis that the expansion is good for.
_MOST = 3.0


@dataclass(frozen=True)
class Tails:
    """How the errors of a baseline lean and reach: skewness and excess kurtosis, less what chance alone gives in so short a series."""

    skew: float = 0.0
    excess: float = 0.0

    @classmethod
    def of(cls, errors: Array) -> Tails:
        """Of the errors of a baseline; their standard errors are √(6/n) and √(24/n)."""
        count, power = len(errors), float((errors**2).mean()) if len(errors) else 0.0
        if power <= 0:
            return cls()
        skew, excess = float((errors**3).mean()) / power**1.5, float((errors**4).mean()) / power**2 - 3
        lean = max(abs(skew) - math.sqrt(6 / count), 0.0)
        return cls(math.copysign(lean, skew), min(max(excess - math.sqrt(24 / count), 0.0), _MOST))

    def beyond(self, threshold: float, direction: int, count: int) -> float:
        """The threshold for a mean of `count` such errors, by Cornish & Fisher (1938): as rare as `threshold` is for normal ones."""
        skew, excess = direction * self.skew / math.sqrt(count), self.excess / count
        square = threshold * threshold
        moved = (square - 1) * skew / 6 + threshold * (square - 3) * excess / 24 - threshold * (2 * square - 5) * skew * skew / 36
        return threshold + max(moved, 0.0)
