"""A decomposition as the bars of a waterfall, rounded so that what is read adds up: from the value of then to the value of now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from metrics.insight.why.decompose import Decomposition

#: Decimals that are shown of each format: cents of money, hundredths of a point of a share.
DIGITS = {"integer": 0, "money": 2, "percent": 4, "decimal": 3, "duration": 0}
#: The bars of one waterfall; what moved less is gathered.
MOST = 8
OTHERS = "(others)"


@dataclass(frozen=True)
class Bar:
    """One bar: `kind` is then, part, rest or now; it goes from `left` to `right`, shares (0 to 1) of the axis."""

    kind: Literal["then", "part", "rest", "now"]
    name: str
    amount: float
    left: float
    right: float


@dataclass(frozen=True)
class Waterfall:
    """The bars in their order, the axis beginning at `start`; the rounded parts make the rounded change exactly."""

    bars: tuple[Bar, ...]
    start: float


def waterfall(found: Decomposition, kind: str, most: int = MOST) -> Waterfall:
    """The waterfall of a decomposition over its members, or over its effects where it has one member only.

    `kind` is the format of the metric. Rests come last; more than `most` members are gathered.
    """
    digits = DIGITS.get(kind, 3)
    told = _told(found, most)
    ends = round(found.then, digits), round(found.now, digits)
    amounts = settled([amount for _kind, _name, amount in told], ends[1] - ends[0], digits)
    levels, level = [], ends[0]
    for amount in amounts:
        levels.append((level, level + amount))
        level += amount
    start, width = _axis([*ends, *(level for pair in levels for level in pair)])
    bars = [Bar("then", "", ends[0], *_shares(start, ends[0], start, width))]
    for (which, name, _amount), amount, (begins, stops) in zip(told, amounts, levels, strict=True):
        bars.append(Bar("rest" if which == "rest" else "part", name, amount, *_shares(begins, stops, start, width)))
    return Waterfall((*bars, Bar("now", "", ends[1], *_shares(start, ends[1], start, width))), start)


def _told(found: Decomposition, most: int) -> list[tuple[str, str, float]]:
    if len(found.parts) == 1:
        told = [("part", name, amount) for name, amount in found.parts[0].effects.items()]
    else:
        told = [("part", part.member, part.contribution) for part in found.parts[:most]]
        if others := found.parts[most:]:
            told.append(("part", OTHERS, math.fsum(part.contribution for part in others)))
    return told + [("rest", name, amount) for name, amount in found.rests.items()]


def settled(amounts: Sequence[float], total: float, digits: int) -> list[float]:
    """Amounts rounded to `digits` decimals so that they make the rounded total: the largest remainders are rounded up (Hare)."""
    unit = Fraction(10) ** digits
    exact = [Fraction(amount) * unit for amount in amounts]
    floors = [math.floor(amount) for amount in exact]
    missing = round(Fraction(total) * unit) - sum(floors)
    order = sorted(range(len(exact)), key=lambda place: (floors[place] - exact[place], place))
    extra, each = divmod(missing, len(exact)) if exact else (0, 0)
    for rank, place in enumerate(order):
        floors[place] += extra + (rank < each)
    return [float(Fraction(floor) / unit) for floor in floors]


def _axis(levels: Sequence[float]) -> tuple[float, float]:
    """Where the axis begins, above zero where the parts would be too small to be seen, and how far it reaches."""
    low, high = min(levels), max(levels)
    room = (high - low) or abs(high) or 1.0
    start = max(0.0, low - room * 0.6) if low >= 0 else low
    return start, (max(high, 0.0) - start) or 1.0


def _shares(begins: float, ends: float, start: float, width: float) -> tuple[float, float]:
    low, high = sorted((begins, ends))
    return (low - start) / width, (high - start) / width
