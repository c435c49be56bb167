"""What a series does when nothing happens: its level or trend, its rhythm, its memory; and how much it varies around that.

Least squares with autoregressive errors (Cochrane & Orcutt 1949) on the periods before those in question; which terms are used is
decided by the data with Schwarz's criterion (1978), so that a rhythm is taken out only where that leaves less variance, and its
parameters paid for. All of it is plain linear algebra over a hundred numbers or so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metrics.insight.memory import Array, memory_of, whitened
from metrics.insight.tails import Tails

#: Periods that a baseline needs; a baseline this long after a change of level begins a new stretch.
LEAST = 12
#: How many periods a rhythm has by grain, and how many pairs of waves may describe it (three of seven days are the whole week).
RHYTHM: dict[str, tuple[float, tuple[int, ...]]] = {
    "day": (7.0, (3,)),
    "week": (365.2425 / 7, (1, 2)),
    "month": (12.0, (1, 2)),
    "quarter": (4.0, (1,)),
}
#: Periods back to the same one of the year before.
YEAR = {"week": 52, "month": 12, "quarter": 4}
#: Cycles of a rhythm that must have been seen, and what a comparison with the year before must gain over the best other model.
_CYCLES, _GAIN = 1.5, 10.0
#: Beyond this sum of the parameters of its memory changes alone may describe the series, and do where that costs no more than this.
_LONG, _CAUTION = 0.7, 3.0
#: What a change of level must gain to end a stretch, and how near an end of it one is looked for.
_CUT, _EDGE = 8.0, 8


@dataclass(frozen=True)
class Steady:
    """What was to be expected, period by period, as the periods from `start` up to `end` (without it) tell.

    `expected` and `errors` (value less expectation, both in the unit of the values) look one period ahead and are None where nothing
    can be said; `distances` are from the level, trend and rhythm alone. `sigma` is the standard deviation of the errors of the
    baseline, with `freedom` degrees; `design` the rows of the regression without memory, `spread` the inverse of its cross product.
    """

    start: int
    end: int
    expected: tuple[float | None, ...]
    errors: tuple[float | None, ...]
    distances: tuple[float | None, ...]
    level: float
    sigma: float
    freedom: int
    trend: bool
    waves: int
    memory: tuple[float, ...]
    behind: int
    design: Array
    spread: Array
    tails: Tails

    @property
    def changes(self) -> bool:
        """Whether what is judged is the change from one period to the next."""
        return self.behind == 1

    @property
    def baseline(self) -> list[float | None]:
        """The errors of the baseline, from which limits are made."""
        return list(self.errors[self.start + self.behind + len(self.memory) : self.end])


@dataclass(frozen=True)
class _Fit:
    """A model of `target` from `first` up to `end`; `criterion` is Schwarz's, of the periods from `judged` on."""

    beta: Array
    memory: Array
    errors: Array
    distances: Array
    design: Array
    spread: Array
    told: Array
    sigma: float
    freedom: int
    criterion: float
    trend: bool
    waves: int


def steady(values: Sequence[float | None], end: int, grain: str = "week", *, stock: bool = False) -> Steady | None:
    """What the values before `end` say is to be expected, before and after it; None where fewer than twelve can say it.

    `stock` tells that a value carries over from the period before (a sum that runs up, what stood on the last day), so that only its
    changes are news. A change of level among the periods before `end` begins a new stretch once twelve follow it; until then the
    baseline ends where it happened.
    """
    known = np.array([np.nan if value is None else float(value) for value in values])
    start = next((place for place, value in enumerate(values) if value is not None), len(known))
    behind = 1 if stock else 0
    if not _enough(_less(known, behind)[start:end]):
        return None
    found = _stretch(_less(known, behind), start + behind, end, grain)
    if not behind and found[0].memory.sum() > _LONG and _enough(_less(known, 1)[found[1] : found[2]]):
        changes = _stretch(_less(known, 1), found[1] + 1, found[2], grain)
        if changes[0].criterion < found[0].criterion + _CAUTION:
            behind, found = 1, changes
    fit, first, until = found
    year = YEAR.get(grain, 0)
    if not behind and year and _enough(_less(known, year)[first:until], 2):
        yearly = _best(_less(known, year), first + year, until, grain, first + year, rhythms=False)
        again = _best(known, first, until, grain, first + year)
        if yearly.criterion + _GAIN < again.criterion:
            fit, behind = yearly, year
    return _told(known, fit, max(first - (behind if behind == 1 else 0), 0), until, behind)


def _enough(stretch: Array, times: int = 1) -> bool:
    """Whether so many values of a stretch are known that a model can be made of them."""
    return int(np.isfinite(stretch).sum()) >= times * LEAST


def _less(known: Array, behind: int) -> Array:
    """The values less those so many periods before; unknown at the beginning."""
    return known if not behind else np.concatenate([np.full(behind, np.nan), known[behind:] - known[:-behind]])


def _told(known: Array, fit: _Fit, start: int, end: int, behind: int) -> Steady:
    errors = tuple(None if math.isnan(one) else float(one) for one in fit.errors)
    distances = tuple(None if math.isnan(one) else float(one) for one in fit.distances)
    expected = tuple(None if one is None else float(known[place]) - one for place, one in enumerate(errors))
    return Steady(
        start=start,
        end=end,
        expected=expected,
        errors=errors,
        distances=distances,
        level=float(np.nanmean(known[start:end])),
        sigma=fit.sigma,
        freedom=fit.freedom,
        trend=fit.trend,
        waves=fit.waves,
        memory=tuple(float(one) for one in fit.memory),
        behind=behind,
        design=fit.design,
        spread=fit.spread,
        tails=Tails.of(fit.told),
    )


def _stretch(target: Array, start: int, end: int, grain: str) -> tuple[_Fit, int, int]:
    """The best model of the latest stretch without a change of level, and where that begins and ends."""
    fit = _best(target, start, end, grain, start)
    while (cut := _change(target, start, end, fit.criterion)) is not None:
        if end - cut < LEAST:
            return _best(target, start, cut, grain, start), start, cut
        start = cut
        fit = _best(target, start, end, grain, start)
    return fit, start, end


def _change(target: Array, start: int, end: int, criterion: float) -> int | None:
    """Where the level changed, if that explains the stretch better than the best model without a change; the likeliest place."""
    stretch = target[start:end]
    if len(stretch) < LEAST + _EDGE or np.isnan(stretch).any():
        return None
    count = len(stretch)
    sums, places = np.cumsum(stretch), np.arange(1, count)
    gain = (sums[:-1] - places * sums[-1] / count) ** 2 / (places * (count - places) / count)
    place = _EDGE + int(np.argmax(gain[_EDGE - 1 : count - _EDGE]))
    if place < LEAST:
        return None if count - place < LEAST else _accepted(stretch, place, start, criterion)
    return _accepted(stretch, place, start, criterion)


def _accepted(stretch: Array, place: int, start: int, criterion: float) -> int | None:
    before, after = stretch[:place], stretch[place:]
    rest = np.concatenate([before - before.mean(), after - after.mean()])
    memory = memory_of(rest)
    errors = whitened(rest, memory)[len(memory) :]
    parameters = 3 + len(memory)  # two levels and the place between them
    return start + place if _schwarz(errors, len(stretch), parameters) + _CUT < criterion else None


def _best(target: Array, start: int, end: int, grain: str, judged: int, rhythms: bool = True) -> _Fit:
    """The model with the least criterion; level or trend, with or without a rhythm."""
    period, waves = RHYTHM.get(grain, (0.0, ()))
    long_enough = end - start >= _CYCLES * period and end - start >= 2 * LEAST
    tried = waves if rhythms and long_enough else ()
    plain = min((_fit(target, start, end, judged, trend, 0, period) for trend in (False, True)), key=_criterion)
    return min((plain, *(_fit(target, start, end, judged, plain.trend, count, period) for count in tried)), key=_criterion)


def _criterion(fit: _Fit) -> float:
    return fit.criterion


def _columns(count: int, start: int, end: int, trend: bool, waves: int, period: float) -> Array:
    """The regressors of every period: one, time in units of the baseline's length, waves."""
    places = np.arange(count, dtype=float)
    columns = [np.ones(count)]
    if trend:
        columns.append((places - (start + end - 1) / 2) / max(end - start, 1))
    for number in range(1, waves + 1):
        angle = 2 * math.pi * number * places / period
        columns += [np.cos(angle), np.sin(angle)]
    return np.column_stack(columns)


def _fit(target: Array, start: int, end: int, judged: int, trend: bool, waves: int, period: float) -> _Fit:
    """Least squares, and once more without the memory of what is left where there is any."""
    columns = _columns(len(target), start, end, trend, waves, period)
    beta, _spread = _solved(columns[start:end], target[start:end])
    memory = memory_of(np.nan_to_num((target - columns @ beta)[start:end]))
    if len(memory):
        design, goal = whitened(columns, memory), whitened(np.nan_to_num(target - columns @ beta), memory)
        step, spread = _solved(design[start + len(memory) : end], goal[start + len(memory) : end])
        beta = beta + step
        memory = memory_of(np.nan_to_num((target - columns @ beta)[start:end]), len(memory))
    design = whitened(columns, memory)
    spread = _inverse(design[start + len(memory) : end][np.isfinite(target[start + len(memory) : end])])
    distances = target - columns @ beta
    distances[:start] = np.nan
    errors = np.where(np.isnan(distances), np.nan, whitened(np.nan_to_num(distances), memory))
    told = errors[start + len(memory) : end]
    told = told[np.isfinite(told)]
    parameters = columns.shape[1] + len(memory)
    freedom = max(len(told) - parameters, 1)
    judged_errors = errors[max(judged, start + len(memory)) : end]
    return _Fit(
        beta=beta,
        memory=memory,
        errors=errors,
        distances=distances,
        design=design,
        spread=spread,
        told=told,
        sigma=math.sqrt(float((told**2).sum()) / freedom),
        freedom=freedom,
        criterion=_schwarz(judged_errors[np.isfinite(judged_errors)], end - judged, parameters),
        trend=trend,
        waves=waves,
    )


def _schwarz(errors: Array, count: int, parameters: int) -> float:
    """Schwarz's criterion of normal errors; `count` periods, so that models of different memory are compared on the same ones."""
    variance = float((errors**2).mean()) if len(errors) else 0.0
    return count * math.log(max(variance, 1e-300)) + parameters * math.log(max(count, 2))


def _solved(columns: Array, goal: Array) -> tuple[Array, Array]:
    known = np.isfinite(goal)
    spread = _inverse(columns[known])
    return spread @ (columns[known].T @ goal[known]), spread


def _inverse(columns: Array) -> Array:
    return np.asarray(np.linalg.inv(columns.T @ columns), dtype=float)
