"""An effect with its uncertainty: interval, p, the smallest effect that would have been seen, and what many outcomes do to p."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Of a 95 % interval, and of a test at 5 %.
LEVEL = 0.05
#: The share of true effects that a design should find.
POWER = 0.8
#: What is smaller is what adding up leaves behind, and zero.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error, its 95 % interval, and the p of its being zero; `df` are the degrees of freedom of Student's t."""

    value: float
    se: float
    df: float
    low: float
    high: float
    p: float


def estimate(value: float, se: float, df: float) -> Estimate:
    """The 95 % interval and the two-sided p by Student's t. With a standard error of zero the interval is the value itself."""
    from scipy.special import stdtr, stdtrit

    df = max(df, 1.0)
    reach = float(stdtrit(df, 1 - LEVEL / 2)) * se
    p = 2.0 * float(stdtr(df, -abs(value) / se)) if se > _ROUNDING else float(abs(value) <= _ROUNDING)
    return Estimate(value, se, df, value - reach, value + reach, p)


def as_share(found: Estimate) -> Estimate:
    """An estimate on the logarithmic scale as a relative change: 0.04 becomes 0.0408, which is 4.08 % more."""
    low, high = math.expm1(min(found.low, 700.0)), math.expm1(min(found.high, 700.0))
    return Estimate(math.expm1(found.value), found.se, found.df, low, high, found.p)


def minimum_detectable(se: float, df: float) -> float:
    """The true effect that a test at 5 % finds in 80 of 100 cases: (t₀.₉₇₅ + t₀.₈) standard errors.

    Source: Bloom, Minimum Detectable Effects, Evaluation Review 19 (1995), 547-556.
    """
    from scipy.special import stdtrit

    df = max(df, 1.0)
    return float(stdtrit(df, 1 - LEVEL / 2) + stdtrit(df, POWER)) * se


def holm(ps: Sequence[float]) -> list[float]:
    """p-values corrected for there being several: a false call among all of them stays at 5 %, however they hang together.

    Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6 (1979), 65-70.
    """
    corrected, worst = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda one: ps[one])):
        worst = max(worst, min(1.0, (len(ps) - rank) * ps[place]))
        corrected[place] = worst
    return corrected


def joint(values: Array, covariance: Array, clusters: float) -> float:
    """The p of several estimates all being zero: Wald's statistic, by F with `clusters` − 1 degrees of freedom below the line.

    The statistic is scaled as Hotelling's T² is, since its covariance is estimated from the clusters themselves.
    Source: Cameron and Miller, A Practitioner's Guide to Cluster-Robust Inference, Journal of Human Resources 50 (2015), section VII.
    """
    from scipy.special import fdtrc

    if not len(values) or float(covariance.diagonal().max()) <= _ROUNDING**2:
        return 1.0  # where nothing varies, nothing deviates
    count, below = len(values), max(clusters - len(values), 1.0)
    statistic = float(values @ np.linalg.pinv(covariance, hermitian=True) @ values)
    return float(fdtrc(count, below, statistic / count * below / max(clusters - 1, 1.0)))
