"""The gap between adopters and others week by week, and whether they went alike before: the event study and its pre-trend test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.insight.impact.did import Scale, gap, line
from metrics.insight.impact.effects import Array, Estimate, joint
from metrics.insight.impact.matching import Flags, Matching

#: So many weeks before are tested as one: single weeks would be more estimates than few accounts bear.
BLOCK = 4


@dataclass(frozen=True)
class Study:
    """One estimate a week (the weeks before a release first), and the p of all deviations before it being zero together."""

    weeks: tuple[Estimate, ...]
    pretrend: float


def study(values: Array, adopters: Flags, matching: Matching, before: int, scale: Scale) -> Study:
    """The coefficients by relative week; `values` is accounts × weeks, the first `before` of which lie before the release.

    Each is the gap of its week minus the straight line through the weeks before. These are tested in blocks of four weeks.
    Source: Freyaldenhoven, Hansen and Shapiro, Pre-event Trends in the Panel Event-Study Design, American Economic Review 109
    (2019), 3307-3338; on what such a test cannot see: Roth, American Economic Review: Insights 4 (2022), 305-322.
    """
    contrasts = line(before, values.shape[1])
    found = gap(values, adopters, matching, contrasts, scale)
    blocks = np.array(_blocks(before, values.shape[1]))
    # A line through the blocks leaves two deviations fewer than there are blocks.
    tested = _independent(blocks @ contrasts)
    deviations = gap(values, adopters, matching, tested, scale)
    weeks = tuple(found.one(place) for place in range(values.shape[1]))
    return Study(weeks, joint(deviations.values, deviations.covariance, deviations.effective))


def _blocks(before: int, weeks: int) -> list[Array]:
    """The weights of the mean of each block of weeks before the release; the oldest takes what is left over."""
    found = []
    for end in range(before, BLOCK - 1, -BLOCK):
        start = 0 if end < 2 * BLOCK else end - BLOCK
        place = np.zeros(weeks)
        place[start:end] = 1.0 / (end - start)
        found.append(place)
    return found


def _independent(contrasts: Array) -> Array:
    """As many contrasts, at right angles, as these are in truth."""
    _left, sizes, right = np.linalg.svd(contrasts, full_matrices=False)
    found: Array = right[sizes > 1e-8 * max(float(sizes.max(initial=0.0)), 1e-300)]
    return found
