"""What a weekly series would have done by itself: a straight line, what moves with it, and shocks that fade, fitted before a day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from metrics.insight.impact.effects import Array, Estimate, estimate

#: How much of a week's shock is left in the next, and what share of the noise is of one week alone.
_FADING = tuple(step / 20 for step in range(20))
_ALONE = (0.0, 0.3, 0.6)
#: Shocks that fade slowly look as if they faded fast where there are few weeks (Marriott and Pope, Biometrika 41 (1954), 390-402):
#: they get a little more weight, (1.05 − fading) to the power of −0.4.
_SLOW = 0.4


@dataclass(frozen=True)
class Forecast:
    """The expected values of the weeks to come with their covariance; `df` are the degrees of freedom."""

    values: Array
    covariance: Array
    df: float

    def weeks(self) -> list[Estimate]:
        """Each week with its 95 % interval."""
        width = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return [estimate(float(value), float(one), self.df) for value, one in zip(self.values, width, strict=True)]

    def mean_above(self, seen: Array) -> Estimate:
        """By how much what was seen lies above what was expected, on average over these weeks."""
        return estimate(float((seen - self.values).mean()), float(np.sqrt(self.covariance.mean())), self.df)


def forecast(series: Array, moving: Array, ahead: int) -> Forecast:
    """The next `ahead` values of a series of n numbers; `moving` (n + ahead × columns) is known for those to come as well.

    A regression on a constant, a straight line and the columns of `moving`, whose errors are a first-order autoregression plus noise
    of single weeks. Its two shares are reckoned over a grid by restricted likelihood and averaged by it, so that the interval holds
    what is not known of the coefficients, of how fast shocks fade, and of the weeks themselves; it is by the residuals' own size.
    Sources: Harville, JASA 72 (1977), 320-338 (restricted likelihood); Brodersen et al., Annals of Applied Statistics 9 (2015),
    247-274 (a series' own forecast, with series that the cause does not reach, as the measure of its effect).
    """
    count = len(series)
    time = np.arange(count + ahead) / count
    design = np.column_stack([np.ones(count + ahead), time, moving])
    design = design[:, [place == 0 or design[:count, place].std() > 1e-9 for place in range(design.shape[1])]]
    found = [one for fading in _FADING for one in _ways(series, design, fading)]
    best = max(likelihood for likelihood, *_rest in found)
    weights = np.array([np.exp(likelihood - best) for likelihood, *_rest in found])
    weights = weights / weights.sum()
    means, covariances = np.array([one[1] for one in found]), np.array([one[2] for one in found])
    mean = weights @ means
    around = means - mean
    covariance = np.tensordot(weights, covariances, axes=1) + (around * weights[:, None]).T @ around
    return Forecast(mean, covariance, float(count - design.shape[1] - 1))


def _ways(series: Array, design: Array, fading: float) -> list[tuple[float, Array, Array]]:
    """For one speed of fading and each share of noise: the restricted log-likelihood, the forecast, its covariance."""
    count, columns = len(series), design.shape[1]
    known, coming = design[:count], design[count:]
    found = []
    for alone in _ALONE if fading else (0.0,):
        inverse, log_determinant, full = _noise(count, len(design), fading, alone)
        normal = known.T @ inverse @ known
        spread = np.linalg.inv(normal)
        fitted = spread @ known.T @ inverse @ series
        left = series - known @ fitted
        variance = max(float(left @ inverse @ left) / (count - columns), 1e-12)
        likelihood = -0.5 * ((count - columns) * np.log(variance) + log_determinant + np.linalg.slogdet(normal)[1])
        likelihood -= _SLOW * np.log(1.05 - fading)
        carried = full[count:, :count] @ inverse
        open_ = coming - carried @ known
        covariance = variance * (full[count:, count:] - carried @ full[:count, count:] + open_ @ spread @ open_.T)
        found.append((float(likelihood), coming @ fitted + carried @ left, covariance))
    return found


@lru_cache(maxsize=1000)
def _noise(count: int, whole: int, fading: float, alone: float) -> tuple[Array, float, Array]:
    """The correlations of the weeks: their inverse and log-determinant for the first `count`, and all of them."""
    apart = np.abs(np.arange(whole)[:, None] - np.arange(whole)[None, :])
    full = (1.0 - alone) * np.power(fading, apart) + alone * np.eye(whole)
    known = full[:count, :count]
    return np.linalg.inv(known), float(np.linalg.slogdet(known)[1]), full
