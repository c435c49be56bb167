"""Signal, usual, or cannot tell: the verdict on the last value of a series, with the reason and its numbers, and what a chart shows of it.

Nothing here is words or dates: a verdict names places in the series, codes and numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from metrics.insight.signal import shift, xmr
from metrics.insight.signal.steady import LEAST, Steady, needed, steady

#: A deviation below this share of the level is not worth a reader's time, unless the definition says otherwise.
MATERIALITY = 0.01
#: Counts below this, on average, are too few for limits around a mean.
FEWEST = 5


@dataclass(frozen=True)
class Place:
    """One value with what was to be expected of it, and its limits. `judged` says that it is in question, `signal` that it is one."""

    value: float | None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    baseline: bool = False
    signal: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the last value says. `verdict` is signal, usual or cannot_tell; `reason` why, with its `numbers`.

    Of a signal: outside, shift or run, since the place `since`, for `periods`, in `direction` (1, -1), `size` off what was expected.
    Usual: within (its limits), or immaterial (a signal whose size lies below the floor; its rule stands in `rule`). Cannot tell:
    too_few (periods: found, needed), no_value, no_variation, small_n (found, needed), small_count (found, needed).
    `level` is the average of the baseline, `lower` and `upper` what the last value may usually be.
    """

    verdict: str
    reason: str
    numbers: dict[str, float] = field(default_factory=dict)
    rule: str = ""
    since: int | None = None
    periods: int = 0
    direction: int = 0
    size: float = 0.0
    strength: float = 0.0
    level: float | None = None
    lower: float | None = None
    upper: float | None = None
    places: tuple[Place, ...] = ()
    steady: Steady | None = None

    @property
    def is_signal(self) -> bool:
        """Whether it is one."""
        return self.verdict == "signal"


@dataclass(frozen=True)
class Asked:
    """How a series is to be judged; see `judge`."""

    grain: str = "week"
    every: int = 1
    stock: bool = False
    counts: bool = False
    materiality: float = MATERIALITY
    minimum_n: float = 0
    sizes: Sequence[float | None] | None = None


def judge(values: Sequence[float | None], asked: Asked | None = None) -> Verdict:
    """The verdict on the last of some values, oldest first; None is a gap.

    Values of the baseline with less than `minimum_n` behind them (`sizes`, one for each value) are left out of it; the last one is then
    not judged. `counts` tells that values are numbers of rare things, which need to be five on average; `stock` that each carries
    over from the one before.
    """
    asked = asked or Asked()
    kept, short = _large_enough(values, asked)
    if not values or values[-1] is None:
        return _unknown("no_value", values)
    if short is not None:
        return _unknown("small_n", values, found=short, needed=asked.minimum_n)
    found = steady(kept, max(len(kept) - shift.QUESTION, 0), asked.grain, every=asked.every, stock=asked.stock)
    if found is None:
        known = sum(value is not None for value in kept)
        return _unknown("too_few", values, found=known, needed=_least(asked) + shift.QUESTION)
    if asked.counts and found.level < FEWEST:
        return _unknown("small_count", values, found=found.level, needed=FEWEST)
    ranges = xmr.limits(found.baseline)
    if ranges is None or not ranges.moving_range or found.sigma <= 1e-9 * max(abs(found.level), 1e-300):
        return _unknown("no_variation", values)
    limits = _around_zero(ranges.moving_range)
    return _said(kept, *_dated(kept, found, limits, shift.find(found, limits), asked), asked)


def _least(asked: Asked) -> int:
    return needed(asked.grain) if asked.every == 1 else LEAST


def _around_zero(moving_range: float) -> xmr.Limits:
    width = xmr.FACTORS["mean"][0] * moving_range
    return xmr.Limits(0.0, -width, width, moving_range)


def _dated(
    values: Sequence[float | None], found: Steady, limits: xmr.Limits, told: shift.Shift | None, asked: Asked
) -> tuple[Steady, xmr.Limits, shift.Shift | None]:
    """The same, or, where a change fills all that was in question, seen from farther back: it may have begun before, in the baseline."""
    if told is None or told.periods < shift.QUESTION:
        return found, limits, told
    earlier = steady(values, len(values) - shift.LONGER, asked.grain, every=asked.every, stock=asked.stock)
    ranges = xmr.limits(earlier.baseline) if earlier else None
    if earlier is None or ranges is None or not ranges.moving_range:
        return found, limits, told
    seen = shift.find(earlier, _around_zero(ranges.moving_range))
    return (earlier, _around_zero(ranges.moving_range), seen) if seen and seen.periods >= told.periods else (found, limits, told)


def _large_enough(values: Sequence[float | None], asked: Asked) -> tuple[list[float | None], float | None]:
    """The values with enough behind them, and how much the last one has where that is too little."""
    if asked.sizes is None or not asked.minimum_n:
        return list(values), None
    sizes = [size or 0.0 for size in asked.sizes]
    kept = [value if size >= asked.minimum_n else None for value, size in zip(values, sizes, strict=True)]
    return kept, sizes[-1] if sizes and sizes[-1] < asked.minimum_n else None


def _unknown(reason: str, values: Sequence[float | None], **numbers: float) -> Verdict:
    return Verdict("cannot_tell", reason, numbers, places=tuple(Place(value) for value in values))


def _said(values: Sequence[float | None], found: Steady, limits: xmr.Limits, told: shift.Shift | None, asked: Asked) -> Verdict:
    places = _places(values, found, limits, told)
    last = places[-1]
    verdict, reason, numbers = "usual", "within", {}
    if told:
        moved = abs(told.size) * (told.periods if found.changes else 1)
        floor = asked.materiality * abs(found.level)
        verdict, reason = ("signal", told.rule) if moved >= floor else ("usual", "immaterial")
        numbers = {"moved": moved, "floor": floor}
    return Verdict(
        verdict=verdict,
        reason=reason,
        numbers=numbers,
        rule=told.rule if told else "",
        since=told.since if told else None,
        periods=told.periods if told else 0,
        direction=told.direction if told else 0,
        size=told.size if told else 0.0,
        strength=told.strength if told else 0.0,
        level=found.level,
        lower=last.lower,
        upper=last.upper,
        places=places,
        steady=found,
    )


def _places(values: Sequence[float | None], found: Steady, limits: xmr.Limits, told: shift.Shift | None) -> tuple[Place, ...]:
    """Every value with the limits that it is seen in: of the stretch in force only, as what came before was another level.

    For a lasting change they are those of the level before it, not of the values that are already part of the change.
    """
    first = found.start + found.behind + len(found.memory)
    never_negative = all(value is None or value >= 0 for value in values)
    until = told.since if told else len(values)
    shown = []
    for place, value in enumerate(values):
        expected = found.expected[place] if place >= first else None
        if expected is None:
            shown.append(Place(value))
            continue
        lower, upper = expected + limits.lower, expected + limits.upper
        lower = max(lower, 0.0) if never_negative else lower
        shown.append(Place(value, expected, lower, upper, place < found.end, place >= until and value is not None))
    return tuple(shown)
