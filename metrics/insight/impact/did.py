"""Difference in differences: of plain means as in the textbook, and of adopters against weighted others over weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metrics.insight.impact.effects import Array, Estimate, estimate
from metrics.insight.impact.matching import Flags, Matching

#: A ratio of sums, on the logarithmic scale; or a difference of means per account.
Scale = Literal["ratio", "difference"]


@dataclass(frozen=True)
class Gap:
    """Contrasts of the weekly gap between adopters and others: their values, covariance, and the lesser number of effective accounts.

    `effective` is (Σw)² / Σw² of the smaller side, w being an account's share of it: few large accounts count as few.
    """

    values: Array
    covariance: Array
    effective: float

    def one(self, place: int = 0) -> Estimate:
        """One of the contrasts with its interval."""
        return estimate(float(self.values[place]), float(np.sqrt(max(self.covariance[place, place], 0.0))), self.effective - 1)


def of_waves(treated: tuple[Array, Array], control: tuple[Array, Array]) -> Estimate:
    """Before and after of two groups by the means of whoever was observed in each wave; the four samples count as independent.

    Source: Card and Krueger, Minimum Wages and Employment, American Economic Review 84 (1994), table 3, row 3.
    """
    samples = (treated[1], treated[0], control[1], control[0])
    variances = [float(sample.var(ddof=1)) / len(sample) for sample in samples]
    value = float(treated[1].mean() - treated[0].mean() - control[1].mean() + control[0].mean())
    return estimate(value, sum(variances) ** 0.5, _welch(variances, [len(sample) for sample in samples]))


def of_changes(treated: Array, control: Array) -> Estimate:
    """The same by the changes of the units observed in both waves: the difference of their mean changes (table 3, row 4)."""
    variances = [float(changes.var(ddof=1)) / len(changes) for changes in (treated, control)]
    return estimate(float(treated.mean() - control.mean()), sum(variances) ** 0.5, _welch(variances, [len(treated), len(control)]))


def line(before: int, weeks: int) -> Array:
    """For each of the weeks the weights (weeks × weeks) that give it minus the straight line through the weeks before.

    Two sides that grow apart by so much a week would have gone on to do so: that is no effect. Source: Angrist and Pischke, Mostly
    Harmless Econometrics (2009), section 5.2.1, on trends of their own.
    """
    time = np.arange(weeks) - before
    design = np.stack([np.ones(weeks), time], axis=1)
    fitted = np.zeros((weeks, weeks))
    fitted[:, :before] = design @ np.linalg.pinv(design[:before])
    found: Array = np.eye(weeks) - fitted
    return found


def gap(values: Array, adopters: Flags, matching: Matching, contrasts: Array, scale: Scale) -> Gap:
    """Contrasts (contrasts × weeks, each adding up to zero) of the gap between adopters and weighted others; `values` is accounts × weeks.

    As a ratio the gap of a week is log(sum of adopters) − log(weighted sum of others), so that what multiplies all accounts alike
    cancels; as a difference it is that of the means. The covariance is cluster-robust by account: an account's weeks enter as the one
    number that they contribute, so that nothing is assumed of how they hang together, each over 1 − its share of its side (CR2:
    Bell and McCaffrey, Survey Methodology 28 (2002), 169-181). What the weights owe to their own estimation is taken into account
    (Newey and McFadden, Handbook of Econometrics 4 (1994), theorem 6.1).
    """
    weight = matching.weight
    sign = np.where(adopters, 1.0, -1.0) * (weight > 0)
    level = weight * (np.maximum(values.mean(axis=1), 0.0) if scale == "ratio" else 1.0)
    told, parts = np.zeros(contrasts.shape[0]), np.zeros((len(values), contrasts.shape[0]))
    share, effective = np.zeros(len(values)), np.inf
    for side in (adopters, ~adopters):
        mean = weight[side] @ values[side] / weight[side].sum()
        each = values[side] / mean if scale == "ratio" else values[side] - mean
        parts[side] = (sign[side] * weight[side] / weight[side].sum())[:, None] * (each @ contrasts.T)
        told += (1.0 if side is adopters else -1.0) * (contrasts @ (np.log(mean) if scale == "ratio" else mean))
        share[side] = level[side] / level[side].sum()
        effective = min(effective, 1.0 / float((share[side] ** 2).sum()))
    parts = parts + _owed(parts, adopters, matching)
    scaled = parts / np.sqrt(1.0 - np.minimum(share, 0.9))[:, None]
    return Gap(told, scaled.T @ scaled, effective)


def _owed(parts: Array, adopters: Flags, matching: Matching) -> Array:
    """What each account moves the contrasts by through the weights that it has a part in."""
    kept = matching.weight > 0
    design, chance = matching.design * kept[:, None], matching.chance
    others = ~adopters & kept
    # The weight of another account moves with its odds, that is by its row of the design.
    moves = matching.design[others].T @ parts[others]
    information = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-8 * np.eye(design.shape[1])
    score = design * (adopters - chance)[:, None]
    found: Array = score @ np.linalg.solve(information, moves)
    return found


def _welch(variances: list[float], counts: list[int]) -> float:
    """Welch and Satterthwaite's degrees of freedom of a sum of means."""
    below = sum(one**2 / (count - 1) for one, count in zip(variances, counts, strict=True))
    return sum(variances) ** 2 / below if below else float(min(counts) - 1)
