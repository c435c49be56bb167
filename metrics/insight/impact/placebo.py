"""Dates on which nothing was released: a design that finds effects there finds them anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.insight.impact.did import Scale, gap
from metrics.insight.impact.effects import LEVEL, Array, Estimate
from metrics.insight.impact.forecast import forecast
from metrics.insight.impact.matching import Flags, Matching

#: At most so many dates, so many weeks apart; each needs so many weeks before it.
MOST, APART, LEAST = 5, 4, 12


@dataclass(frozen=True)
class Placebo:
    """What the design finds so many weeks before the release, had it come then."""

    weeks_before: int
    found: Estimate


def passes(found: tuple[Placebo, ...]) -> bool:
    """Whether none of the dates shows an effect, at 5 % for all of them together (Bonferroni)."""
    return all(one.found.p >= LEVEL / len(found) for one in found)


def in_series(series: Array, moving: Array, ahead: int) -> tuple[Placebo, ...]:
    """The forecast from pseudo-dates within a series that ends before the release, each by the weeks before it alone."""
    found = []
    for back in _dates(len(series), ahead):
        start = len(series) - back
        made = forecast(series[:start], moving[: start + ahead], ahead)
        found.append(Placebo(back, made.mean_above(series[start : start + ahead])))
    return tuple(found)


def in_panel(values: Array, adopters: Flags, matching: Matching, ahead: int, scale: Scale) -> tuple[Placebo, ...]:
    """The same of adopters against others: `values` (accounts × weeks) end before the release."""
    weeks = values.shape[1]
    found = []
    for back in _dates(weeks, ahead):
        start = weeks - back
        time = np.arange(weeks) - start
        design = np.stack([np.ones(weeks), time], axis=1)
        place = np.zeros(weeks)
        place[start : start + ahead] = 1.0 / ahead
        place[:start] -= (place[start:] @ design[start:]) @ np.linalg.pinv(design[:start])
        found.append(Placebo(back, gap(values, adopters, matching, place[None, :], scale).one()))
    return tuple(found)


def _dates(weeks: int, ahead: int) -> range:
    """How many weeks before the end the pseudo-dates lie, the latest first."""
    last = min(weeks - LEAST, ahead + APART * (MOST - 1))
    return range(ahead, last + 1, APART)
