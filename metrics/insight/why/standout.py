"""Which part of a whole moved otherwise than the rest, by more than chance: what an explanation should begin with.

A large part explains much of any change because it is large. What counts is its *excess*: its change beyond what it would have
been had it moved as everything else did. An excess is judged against how differently the clusters within the part (its accounts, or
days) moved, so that one loud account does not make a region stand out. Pure functions over plain numbers.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

#: Excess that is this share of the whole counts half: what is certain and tiny explains nothing.
MATERIAL = 0.01
#: From how many standard errors on a part clearly stands out, or may do so (one chance in ten, for each part that is looked at).
CLEAR, FAINT = 3.0, 1.645
#: Fewer clusters say nothing about how alike they are.
_FEWEST = 3
#: Accounts with fewer rows do not tell how much accounts differ.
_SIZEABLE = 20.0

Verdict = Literal["clear", "faint", "even"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cluster of a part has in both periods: an amount, or for a ratio what is above and below its line."""

    then: float = 0.0
    now: float = 0.0
    below_then: float = 0.0
    below_now: float = 0.0

    def __add__(self, other: Cell) -> Cell:
        return Cell(self.then + other.then, self.now + other.now, self.below_then + other.below_then, self.below_now + other.below_now)

    def __sub__(self, other: Cell) -> Cell:
        return Cell(self.then - other.then, self.now - other.now, self.below_then - other.below_then, self.below_now - other.below_now)


Clusters = Mapping[str, Cell]


@dataclass(frozen=True)
class Excess:
    """How far a part moved beyond the rest, in the metric's unit; in standard errors (`z`); as a share of the whole (`share`)."""

    amount: float
    z: float
    share: float

    @property
    def weight(self) -> float:
        """How material it is, from 0 to 1: share / (share + 1 %)."""
        return self.share / (self.share + MATERIAL)

    def explains(self, change: float) -> float:
        """How well it explains a change of the whole: certainty times materiality. What pulls against the change explains less of it:
        four fifths, and half where the change is larger than the excess, so that it did not stop it."""
        against = self.amount * change < 0
        return abs(self.z) * self.weight * (1.0 if not against else 0.8 if abs(change) <= abs(self.amount) else 0.5)

    def among(self, many: int) -> Excess:
        """What is certain of it beyond chance among so many that were looked at: the largest is √(2 ln K) standard errors out anyway."""
        return replace(self, z=math.copysign(math.sqrt(max(self.z**2 - 2 * math.log(many), 0.0)), self.z))

    @property
    def verdict(self) -> Verdict:
        """In a word: it stands out clearly, faintly, or not at all."""
        return "clear" if abs(self.z) >= CLEAR else "faint" if abs(self.z) >= FAINT else "even"


NONE = Excess(0.0, 0.0, 0.0)


def total(cells: Iterable[Cell]) -> Cell:
    """Cells added up."""
    every = list(cells)
    return Cell(*(math.fsum(getattr(cell, name) for cell in every) for name in ("then", "now", "below_then", "below_now")))


def of_amount(part: Clusters, rest: Clusters, unit: float | None = None) -> Excess:
    """The excess of a part of a sum: now − G · then, where G is how the whole grew; over all parts it sums to nothing.

    Its certainty is that of ln(now / (g · then)), with g how everything else grew, so that a rise and the fall that undoes it count
    alike. The variance is that of a
    ratio estimated from clusters (Cochran, Sampling Techniques, 3rd ed., 6.4 and 9A.2), at least that of a count where `unit`, what
    one row adds, is known, and never less than a tenth of what the excess itself has. Amounts around zero, such as movements, have
    no such ratio: their plain change is looked at. A part that less than three clusters make has no excess.
    """
    own, others = total(part.values()), total(rest.values())
    whole = max(abs(own.then + others.then), abs(own.now + others.now))
    if not whole or _effective(part) < _FEWEST:
        return NONE
    sides = {math.copysign(1.0, value) for value in (own.then, own.now, others.then, others.now) if value}
    if len(sides) > 1 or not others.then or not others.now:
        return _excess(own.now - own.then, math.fsum((cell.now - cell.then) ** 2 for cell in part.values()), own.now - own.then, whole)
    grown = others.now / others.then
    amount = own.now - (own.now + others.now) / (own.then + others.then) * own.then
    typical = unit or (abs(own.then) + abs(own.now)) / (2 * len(part))
    now, then = abs(own.now) + typical / 2, grown * abs(own.then) + typical / 2
    spread = _corrected(((cell.now / now - grown * cell.then / then) ** 2 for cell in part.values()), len(part))
    counted = 1 / (abs(own.now) / unit + 0.5) + 1 / (abs(own.then) / unit + 0.5) if unit else 0.0
    least = 0.1 * math.fsum((cell.now - grown * cell.then) ** 2 for cell in part.values()) / ((now + then) / 2) ** 2
    elsewhere = _corrected(((cell.now / others.now - cell.then / others.then) ** 2 for cell in rest.values()), len(rest))
    return _excess(amount, max(spread, counted, least) + elsewhere, math.copysign(math.log(now / then), amount), whole)


def of_ratio(part: Clusters, rest: Clusters) -> Excess:
    """The excess of a segment of a ratio: what its rate did beyond the rates elsewhere, weighed, and what its share did.

    w̄ · (Δr − Δr elsewhere) + Δw · (r̄ − R̄), with cluster-robust variances of the rates; a rate of few clusters is taken to vary at
    least half as much as that of all.
    """
    own, others = total(part.values()), total(rest.values())
    weights, elsewhere = (own.below_then, own.below_now), (others.below_then, others.below_now)
    if _effective(part) < _FEWEST or not all((*weights, *elsewhere)):
        return NONE
    rates = own.then / weights[0], own.now / weights[1]
    away = others.then / elsewhere[0], others.now / elsewhere[1]
    shares = tuple(mine / (mine + other) for mine, other in zip(weights, elsewhere, strict=True))
    weight, shifted = sum(shares) / 2, shares[1] - shares[0]
    moved = (rates[1] - rates[0]) - (away[1] - away[0])
    level = (sum(rates) - sum(away)) / 2 * (1 - weight)
    variance = weight**2 * sum(_variance(cells, side, rest if cells is part else part) for cells in (part, rest) for side in (0, 1))
    everything = own + others
    whole = max(abs(everything.then / everything.below_then), abs(everything.now / everything.below_now))
    amount = weight * moved + shifted * level
    return _excess(amount, variance, amount, whole)


def of_single(parts: Mapping[str, Cell], unit: float = 1.0) -> dict[str, Excess]:
    """The excess of each of many things that have no clusters of their own, such as accounts, judged by how much they all differ.

    Its variance is that of a count, and (τ · mean size)², where τ is the spread (1.4826 · MAD) of the log-ratios of the sizeable.
    """
    every = total(parts.values())
    whole, found = max(abs(every.then), abs(every.now)), {}
    grown = every.now / every.then if every.then else 1.0
    if not whole or grown <= 0:
        return dict.fromkeys(parts, NONE)
    logs = [
        math.log((cell.now + unit / 2) / (grown * cell.then + unit / 2))
        for cell in parts.values()
        if cell.then >= _SIZEABLE * unit and cell.now >= 0
    ]
    middle = statistics.median(logs) if logs else 0.0
    spread = 1.4826 * statistics.median(abs(one - middle) for one in logs) if len(logs) > _FEWEST else 0.5
    for name, cell in parts.items():
        expected = grown * cell.then
        variance = unit * (abs(cell.now) + grown**2 * abs(cell.then)) + (spread * (expected + cell.now) / 2) ** 2
        found[name] = _excess(cell.now - expected, variance, cell.now - expected, whole)
    return found


def _excess(amount: float, variance: float, distance: float, whole: float) -> Excess:
    """An excess whose certainty is a distance of that variance."""
    if not amount or not whole:
        return NONE
    return Excess(amount, distance / math.sqrt(variance) if variance > 0 else 0.0, abs(amount) / whole)


def _effective(part: Clusters) -> float:
    """How many clusters of like size would weigh like these: (Σ x)² / Σ x², after Kish."""
    sizes = [abs(cell.then) + abs(cell.now) + abs(cell.below_then) + abs(cell.below_now) for cell in part.values()]
    squares = math.fsum(size * size for size in sizes)
    return math.fsum(sizes) ** 2 / squares if squares else 0.0


def _variance(cells: Clusters, side: int, others: Clusters) -> float:
    """The variance of a rate from its clusters: Σ (aᵢ − r bᵢ)² / B²."""
    sides = [_side(cell, side) for cell in cells.values()]
    both = [*sides, *(_side(cell, side) for cell in others.values())]
    weight, all_weight = sum(below for _, below in sides), sum(below for _, below in both)
    residual, all_residual = _residual(sides), _residual(both)
    return max(residual / weight**2, all_residual / all_weight / weight / 2)


def _residual(sides: list[tuple[float, float]]) -> float:
    weighty = [(above, below) for above, below in sides if below or above]
    weight = sum(below for _, below in weighty)
    rate = sum(above for above, _ in weighty) / weight
    return _corrected(((above - rate * below) ** 2 for above, below in weighty), len(weighty))


def _side(cell: Cell, side: int) -> tuple[float, float]:
    return (cell.now, cell.below_now) if side else (cell.then, cell.below_then)


def _corrected(squares: Iterable[float], count: int) -> float:
    """A sum of squares of residuals with the usual correction for having estimated one thing from them."""
    return math.fsum(squares) * count / (count - 1) if count > 1 else math.fsum(squares)
