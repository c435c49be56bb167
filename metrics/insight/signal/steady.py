"""What a series does when nothing happens: its level or trend, its rhythm, its memory; and how much it varies around that.

Which terms are used is decided by the data, on the periods before those in question, with Schwarz's criterion: a rhythm is taken out
only where that leaves less variance, and its parameters paid for. All of it is plain linear algebra over a hundred numbers or so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from metrics.insight.signal.memory import Array
from metrics.insight.signal.regression import Fit, Terms, fit
from metrics.insight.signal.tails import Tails

#: Periods that a baseline needs by grain (else `LEAST`): of weeks nearly a year, as until then a season looks like a change.
NEEDED, LEAST = {"week": 40}, 12
#: How many periods a rhythm has by grain, and how many pairs of waves may describe it (three of seven days are the whole week).
RHYTHM: dict[str, tuple[float, tuple[int, ...]]] = {
    "day": (7.0, (3,)),
    "week": (365.2425 / 7, (1, 2)),
    "month": (12.0, (1, 2)),
    "quarter": (4.0, (1,)),
}
#: Periods back to the same one of the year before.
YEAR = {"week": 52, "month": 12, "quarter": 4}
#: The share of a wave that must have been seen and the periods that it takes, and what a comparison with the year before must gain.
_SEEN, _WAVE, _GAIN = 0.7, 16, 10.0
#: What a model without memory must gain over one with: an overlooked memory is what cries wolf.
_CAUTION = 3.0
#: Beyond this sum of the parameters of its memory changes alone may describe the series, and do where that costs no more than caution.
_LONG = 0.7
#: What a change of level must gain to be one, how near an end it is looked for, how many there may be.
_CUT, _EDGE, _STEPS = 8.0, 8, 3


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
    terms: Terms
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


def needed(grain: str) -> int:
    """How many periods a baseline needs."""
    return NEEDED.get(grain, LEAST)


def steady(values: Sequence[float | None], end: int, grain: str = "week", *, every: int = 1, stock: bool = False) -> Steady | None:
    """What the values before `end` say is to be expected, before and after it; None where there are too few of them.

    `every` tells that each so many periods stand here, `stock` that a value carries over from the period before (a sum that runs up,
    what stood on the last day), so that only its changes are news. A change of level before `end` is a step that the model knows once
    twelve periods follow it; until then the baseline ends where it happened.
    """
    known = np.array([np.nan if value is None else float(value) for value in values])
    start = next((place for place, value in enumerate(values) if value is not None), len(known))
    behind, least = (1 if stock else 0), needed(grain) if every == 1 else LEAST
    if _count(_less(known, behind)[start:end]) < least:
        return None
    ways = _Ways(grain, every)
    found, end = _stretch(_less(known, behind), slice(start + behind, end), ways)
    if not behind and found.memory.sum() > _LONG and _count(_less(known, 1)[start:end]) >= least:
        changes, until = _stretch(_less(known, 1), slice(start + 1, end), ways)
        if changes.criterion < found.criterion + _CAUTION:
            behind, found, end = 1, changes, until
    year = YEAR.get(grain, 0) if every == 1 else 0
    if not behind and year and _count(_less(known, year)[start + year : end]) >= 2 * LEAST:
        yearly = _best(_less(known, year), slice(start + year, end), _Ways("", every))
        if yearly.criterion + _GAIN < fit(known, slice(start, end), found.terms, start + year).criterion:
            behind, found = year, yearly
    return _told(known, found, start, end, behind)


@dataclass(frozen=True)
class _Ways:
    """What a model may be made of."""

    grain: str
    every: int

    def waves(self, count: int) -> list[Terms]:
        """The rhythms that so many periods can tell."""
        period, pairs = RHYTHM.get(self.grain, (0.0, ()))
        period /= self.every
        return [Terms(waves=pair, period=period) for pair in pairs if period > 2 * pair and count >= max(_SEEN * pair * period, _WAVE)]


def _count(stretch: Array) -> int:
    return int(np.isfinite(stretch).sum())


def _less(known: Array, behind: int) -> Array:
    """The values less those so many periods before; unknown at the beginning."""
    return known if not behind else np.concatenate([np.full(behind, np.nan), known[behind:] - known[:-behind]])


def _told(known: Array, found: Fit, start: int, end: int, behind: int) -> Steady:
    errors = tuple(None if math.isnan(one) else float(one) for one in found.errors)
    return Steady(
        start=start,
        end=end,
        expected=tuple(None if one is None else float(known[place]) - one for place, one in enumerate(errors)),
        errors=errors,
        distances=tuple(None if math.isnan(one) else float(one) for one in found.distances),
        level=float(np.nanmean(known[max(start, *found.terms.steps, 0) : end])),
        sigma=found.sigma,
        freedom=found.freedom,
        terms=found.terms,
        memory=tuple(float(one) for one in found.memory),
        behind=behind,
        design=found.design,
        spread=found.spread,
        tails=Tails.of(found.told, found.sigma),
    )


def _stretch(target: Array, part: slice, ways: _Ways) -> tuple[Fit, int]:
    """The best model of a part, with the steps that it needs, and where its baseline ends: before a step too young to be one."""
    found = _best(target, part, ways)
    for _step in range(_STEPS):
        place = _likeliest(target, part, found)
        if place is None:
            break
        stepped = _best(target, part, ways, (*found.terms.steps, place))
        if stepped.criterion + _CUT > found.criterion:
            break
        if part.stop - place < LEAST:
            return _best(target, slice(part.start, place), ways, found.terms.steps), place
        found = stepped
    return found, part.stop


def _likeliest(target: Array, part: slice, found: Fit) -> int | None:
    """Where the level most likely changed beside the steps that are known; None where nothing speaks for a change."""
    level = found if not found.terms.trend else fit(target, part, replace(found.terms, trend=False))
    rest = level.distances[part]
    count = len(rest)
    if count < 2 * LEAST or np.isnan(rest).any():
        return None
    sums, places = np.cumsum(rest), np.arange(1, count)
    gain = (sums[:-1] - places * sums[-1] / count) ** 2 / (places * (count - places) / count)
    gain[: _EDGE - 1] = gain[count - _EDGE :] = 0.0
    for step in found.terms.steps:  # beside a known step there is no other
        gain[max(step - part.start - _EDGE, 0) : step - part.start + _EDGE] = 0.0
    place = 1 + int(np.argmax(gain))
    return part.start + place if gain[place - 1] > _CUT * found.sigma**2 else None


def _best(target: Array, part: slice, ways: _Ways, steps: tuple[int, ...] = ()) -> Fit:
    """The model with the least criterion: level or trend, with or without a rhythm; without memory only where that is clear."""
    plain = _least([fit(target, part, Terms(trend, steps=steps)) for trend in (False, True)])
    rhythms = ways.waves(part.stop - part.start)
    return _least([plain, *(fit(target, part, replace(one, trend=plain.terms.trend, steps=steps)) for one in rhythms)])


def _least(fits: Sequence[Fit]) -> Fit:
    remembers = any(len(one.memory) for one in fits)
    return min(fits, key=lambda one: one.criterion + (_CAUTION if remembers and not len(one.memory) else 0.0))
