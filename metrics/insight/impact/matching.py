"""Which accounts that did not adopt resemble those that did: the same segment and plan, a like level and a like course before.

Each is weighted by the odds of adopting, as a logistic regression over the accounts gives them, so that those who did not adopt
come to look, taken together, like those who did. Source: Hirano, Imbens and Ridder, Econometrica 71 (2003), 1161-1189; Abadie,
Semiparametric Difference-in-Differences Estimators, Review of Economic Studies 72 (2005), 1-19.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.insight.impact.effects import Array

Flags = NDArray[np.bool_]
#: Adopters whose odds lie further above those of everyone else than so many standard deviations have no like. Source: Austin,
#: Optimal Caliper Widths for Propensity-Score Matching, Pharmaceutical Statistics 10 (2011), 150-161.
CALIPER = 0.2
#: A little of each coefficient is held back, so that an attribute that tells the two apart perfectly does not run off.
_RIDGE = 0.1


@dataclass(frozen=True)
class Matching:
    """Weights of accounts: 1 for an adopter, the odds for another, 0 for who is left out.

    `chance` is how likely each was to adopt, `design` what that was reckoned from (accounts × columns). `apart` and `matched` are
    the largest standardised mean differences between the two sides, unweighted and weighted.
    """

    weight: Array
    chance: Array
    design: Array
    apart: float
    matched: float

    @property
    def kept(self) -> Flags:
        """Who counts."""
        return self.weight > 0


def match(adopters: Flags, strata: NDArray[np.int_], covariates: Array) -> Matching:
    """Weights for accounts by their stratum (a number for each segment and plan) and `covariates` (accounts × columns).

    Strata in which there are only adopters, or only others, are left out, and so are adopters beyond the caliper.
    """
    shared = np.isin(strata, np.intersect1d(strata[adopters], strata[~adopters]))
    chance, design = np.zeros(len(adopters)), _design(strata, covariates, shared)
    if shared.any():
        chance[shared] = logistic(design[shared], adopters[shared].astype(float))
    inside = shared & (~adopters | _within(chance, adopters & shared, ~adopters & shared))
    weight = np.where(adopters, 1.0, chance / np.maximum(1.0 - chance, 1e-9)) * inside
    apart = _difference(design, adopters, shared.astype(float))
    return Matching(weight, chance, design, apart, _difference(design, adopters, weight))


def logistic(design: Array, outcome: Array, ridge: float = _RIDGE) -> Array:
    """The fitted chances of a logistic regression by Newton's method; the first column is the constant and is not held back."""
    held = np.full(design.shape[1], ridge)
    held[0] = 1e-6
    found = np.zeros(design.shape[1])
    for _step in range(25):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -30, 30)))
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(held)
        step = np.linalg.solve(curve, design.T @ (outcome - chance) - held * found)
        found = found + step
        if np.abs(step).max() < 1e-8:
            break
    return 1.0 / (1.0 + np.exp(-np.clip(design @ found, -30, 30)))


def course(values: Array) -> Array:
    """What an account is matched by, from its weeks before a release (accounts × weeks, the oldest first), on a logarithmic scale.

    Its level, the growth of the last quarter of these weeks over the quarter before, and of the last two weeks over the two
    before. Growth over all of the weeks is left out: it would be matched with chance in it, and what differs between the two sides
    over all of them is taken off as a straight line (`did.line`) without that harm.
    """
    quarter = max(values.shape[1] // 4, 2)

    def level(weeks: Array) -> Array:
        found: Array = np.log(np.maximum(weeks.mean(axis=1), 0.0) + 0.5)
        return found

    def growth(weeks: int) -> Array:
        return level(values[:, -weeks:]) - level(values[:, -2 * weeks : -weeks])

    return np.stack([level(values), growth(quarter), growth(2)], axis=1)


def _design(strata: NDArray[np.int_], covariates: Array, of: Flags) -> Array:
    """A constant, the covariates in standard deviations, a column for each stratum but the first."""
    centre, width = (covariates[of].mean(axis=0), covariates[of].std(axis=0)) if of.any() else (0.0, np.ones(covariates.shape[1]))
    varies = np.asarray(width) > 1e-9
    scaled = ((covariates - centre) / np.where(varies, width, 1.0))[:, varies]
    dummies = [(strata == one).astype(float) for one in np.unique(strata[of])[1:]]
    return np.column_stack([np.ones(len(strata)), scaled, *dummies])


def _within(chance: Array, adopters: Flags, others: Flags) -> Flags:
    """Whether a chance is not far beyond the highest among the others."""
    odds = np.log(np.clip(chance, 1e-9, 1 - 1e-9) / (1 - np.clip(chance, 1e-9, 1 - 1e-9)))
    if not others.any():
        return np.zeros(len(chance), dtype=bool)
    found: Flags = odds <= odds[others].max() + CALIPER * odds[adopters | others].std()
    return found


def _difference(design: Array, adopters: Flags, weight: Array) -> float:
    """The largest difference of weighted means between the two sides, in standard deviations of an account within its side."""
    mine, theirs = weight * adopters, weight * ~adopters
    if mine.sum() <= 0 or theirs.sum() <= 0:
        return float("nan")
    columns = design[:, 1:]
    apart = mine @ columns / mine.sum() - theirs @ columns / theirs.sum()
    sides = [columns[side & (weight > 0)] for side in (adopters, ~adopters)]
    width = np.sqrt(sum(side.var(axis=0) for side in sides) / 2)
    return float(np.abs(apart[width > 1e-9] / width[width > 1e-9]).max(initial=0.0))
