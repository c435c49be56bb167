"""Why a number moved, exactly: its change split into effects that add up to it. Textbook formulas over plain numbers.

Everything but LMDI is computed in fractions, so that nothing is lost to rounding; what is left over is never hidden, but stands
in `rest` with its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

from data.errors import Problem

#: How an effect of two things that changed together is told: halved, named apart, or given to the rate (the price).
CONVENTIONS = ("midpoint", "with_interaction", "new_share")
#: What a rest may be: both changed together; rows that belong to several members; what no part explains.
INTERACTION, OVERLAP, UNEXPLAINED = "interaction", "overlap", "unexplained"
#: Half a cent: what is nearer to nothing adds up.
_HALF_A_CENT = 0.005
_NONE, _HALF = Fraction(), Fraction(1, 2)


@dataclass(frozen=True)
class Part:
    """One member of a decomposition: its value then and now (None where it has none), what it rests on, and its effects."""

    member: str
    then: float | None
    now: float | None
    effects: Mapping[str, float]
    n_then: float | None = None
    n_now: float | None = None

    @property
    def contribution(self) -> float:
        """What it adds to the change."""
        return math.fsum(self.effects.values())


@dataclass(frozen=True)
class Decomposition:
    """A change as the sum of effects over members, and of `rests`, by what each of them is."""

    method: str
    then: float
    now: float
    parts: tuple[Part, ...]
    convention: str | None = None
    rests: Mapping[str, float] = field(default_factory=dict)

    @property
    def rest(self) -> float:
        """What no effect of a member explains."""
        return math.fsum(self.rests.values())

    @property
    def change(self) -> float:
        """Now minus then."""
        return float(Fraction(self.now) - Fraction(self.then))

    @property
    def effects(self) -> dict[str, float]:
        """Each effect over all members, in the order in which they are told."""
        names = dict.fromkeys(name for part in self.parts for name in part.effects)
        return {name: math.fsum(part.effects.get(name, 0.0) for part in self.parts) for name in names}

    @property
    def off(self) -> float:
        """How far effects and rest miss the change: 0.00, or the decomposition is wrong."""
        return self.change - math.fsum([*(part.contribution for part in self.parts), self.rest])

    @property
    def adds_up(self) -> bool:
        """Whether effects and rest make the change, to the cent."""
        return abs(self.off) < _HALF_A_CENT and abs(self.off) <= 1e-9 * max(abs(self.then), abs(self.now), 1.0)


@dataclass(frozen=True)
class Pair:
    """A member whose value is `above` / `below` (a rate and its weight), or `above` = price × `below` (a quantity), then and now."""

    member: str
    above_then: float
    below_then: float
    above_now: float
    below_now: float


def additive(members: Mapping[str, tuple[float, float]], then: float | None = None, now: float | None = None) -> Decomposition:
    """The parts of a sum: each contributes its own change. `members` are their values then and now.

    Where the totals are given and the members do not make them (distinct things that belong to several), the rest is the overlap.
    """
    exact = {name: (Fraction(was), Fraction(is_now)) for name, (was, is_now) in members.items()}
    then = float(sum((was for was, _ in exact.values()), Fraction())) if then is None else then
    now = float(sum((is_now for _, is_now in exact.values()), Fraction())) if now is None else now
    parts = tuple(Part(name, float(was), float(is_now), {"change": float(is_now - was)}) for name, (was, is_now) in exact.items())
    return _with_rest("additive", then, now, parts, OVERLAP)


def lmdi(members: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]]) -> Decomposition:
    """A product of factors, summed over members: ΔV_k = Σ L(V_now, V_then) · ln(x_k,now / x_k,then), L(a, b) = (a − b) / (ln a − ln b).

    Additive LMDI-I (B. W. Ang, Energy Policy 32 (2004) 1131 and 33 (2005) 867): exact, without a rest, and the same backwards in
    time. Zeros take their analytical limits (Ang, Zhang and Choi, Energy 23 (1998) 489, table 2; Wood and Lenzen, Energy Policy 34
    (2006) 1326): what begins at or falls to zero has all of the change; several factors that do so together share it alike.
    `members` are the factors then and now. Raises Problem for a factor that changes its sign: it has no logarithm.
    """
    parts = []
    for name, (was, is_now) in members.items():
        before, after = math.prod(was.values()), math.prod(is_now.values())
        parts.append(Part(name, before, after, _lmdi_of(name, was, is_now, before, after)))
    total = [math.fsum(value or 0.0 for value in side) for side in ([p.then for p in parts], [p.now for p in parts])]
    return Decomposition("lmdi", total[0], total[1], tuple(parts))


def _lmdi_of(name: str, was: Mapping[str, float], is_now: Mapping[str, float], before: float, after: float) -> dict[str, float]:
    if before == 0 or after == 0:
        side = is_now if after == 0 else was
        zeros = [factor for factor, value in side.items() if value == 0] if before != after else []
        return {factor: (after - before) / len(zeros) if factor in zeros else 0.0 for factor in was}
    ratios = {factor: is_now[factor] / was[factor] for factor in was}
    if wrong := next((factor for factor, ratio in ratios.items() if ratio <= 0), None):
        said = f"LMDI needs factors that keep their sign, and {wrong} of {name} goes from {was[wrong]:g} to {is_now[wrong]:g}"
        raise Problem(said, remedy="Compare by mix_rate or price_volume, or leave this member out.")
    grown = math.fsum(math.log(ratio) for ratio in ratios.values())
    weight = before if abs(grown) < 1e-12 else (after - before) / grown
    return {factor: weight * math.log(ratio) for factor, ratio in ratios.items()}


def mix_rate(pairs: Sequence[Pair], convention: str = "midpoint", then: float | None = None, now: float | None = None) -> Decomposition:
    """A ratio over segments: the part of its change that comes from their rates r, and from their shares w of the weight.

    `midpoint` (no rest): rate = (w₀ + w₁)/2 · Δr, mix = Δw · ((r₀ + r₁)/2 − (R₀ + R₁)/2); the effects of Marshall and Edgeworth, also
    known as the three-point or Shapley split (Sun, Energy Economics 20 (1998) 85). `with_interaction`: rate = w₀ · Δr,
    mix = Δw · (r₀ − R₀), rest = Σ Δw · Δr, as shift-share analysis (Dunn, 1960). `new_share` (no rest): rate = w₁ · Δr,
    mix = Δw · (r₀ − R₀). A segment that has no weight in a period has the rate of the other: coming and going is mix.
    Raises Problem where nothing has any weight.
    """
    weights = [sum(Fraction(getattr(pair, side)) for pair in pairs) for side in ("below_then", "below_now")]
    if not weights[0] or not weights[1]:
        raise Problem("no segment has any weight in one of the periods, so that there is no ratio to explain")
    totals = [sum(Fraction(getattr(pair, side)) for pair in pairs) for side in ("above_then", "above_now")]
    old, new = (Fraction(total) / Fraction(weight) for total, weight in zip(totals, weights, strict=True))
    parts, together = [], Fraction()
    for pair in pairs:
        rates = _rates(pair)
        shares = Fraction(pair.below_then) / Fraction(weights[0]), Fraction(pair.below_now) / Fraction(weights[1])
        rate, mix, both = _mix_rate_of(rates, shares, (old, new), convention)
        together += both
        values = [float(one) if weighs else None for one, weighs in zip(rates, shares, strict=True)]
        parts.append(Part(pair.member, values[0], values[1], {"rate": float(rate), "mix": float(mix)}, pair.below_then, pair.below_now))
    ends = float(old) if then is None else then, float(new) if now is None else now
    return _with_rest("mix_rate", *ends, tuple(parts), OVERLAP, convention, together)


def _mix_rate_of(
    rates: tuple[Fraction, Fraction], shares: tuple[Fraction, Fraction], totals: tuple[Fraction, Fraction], convention: str
) -> tuple[Fraction, Fraction, Fraction]:
    moved, shifted = rates[1] - rates[0], shares[1] - shares[0]
    if convention == "midpoint":
        return (shares[0] + shares[1]) * _HALF * moved, shifted * (rates[0] + rates[1] - totals[0] - totals[1]) * _HALF, Fraction()
    mix = shifted * (rates[0] - totals[0])
    return (shares[1] * moved, mix, Fraction()) if convention == "new_share" else (shares[0] * moved, mix, shifted * moved)


def _rates(pair: Pair) -> tuple[Fraction, Fraction]:
    """The rate then and now; where there is no weight, that of the other period."""
    then, now = (
        Fraction(above) / Fraction(below) if below else None
        for above, below in ((pair.above_then, pair.below_then), (pair.above_now, pair.below_now))
    )
    known = then if then is not None else now if now is not None else Fraction()
    return (then if then is not None else known), (now if now is not None else known)


def price_volume(pairs: Sequence[Pair], convention: str = "midpoint") -> Decomposition:
    """An amount of prices p and quantities q: `above` = p · q, `below` = q.

    `with_interaction`: price = q₀ · Δp, volume = p₀ · Δq, rest = Σ Δp · Δq, the sequential method of management accounting.
    `new_share` (no rest): price = q₁ · Δp (Paasche), volume = p₀ · Δq (Laspeyres). `midpoint` (no rest): each at the mean of the
    other, after Bennet (1920). A member that is sold in one period only has the price of that period: it is all volume.
    """
    parts, together = [], Fraction()
    for pair in pairs:
        prices, amounts = _rates(pair), (Fraction(pair.below_then), Fraction(pair.below_now))
        dearer, more = prices[1] - prices[0], amounts[1] - amounts[0]
        if convention == "midpoint":
            effects = {"price": (amounts[0] + amounts[1]) * _HALF * dearer, "volume": (prices[0] + prices[1]) * _HALF * more}
        elif convention == "new_share":
            effects = {"price": amounts[1] * dearer, "volume": prices[0] * more}
        else:
            effects = {"price": amounts[0] * dearer, "volume": prices[0] * more}
            together += dearer * more
        told = {name: float(effect) for name, effect in effects.items()}
        parts.append(Part(pair.member, pair.above_then, pair.above_now, told, pair.below_then, pair.below_now))
    totals = [float(sum(Fraction(getattr(pair, side)) for pair in pairs)) for side in ("above_then", "above_now")]
    return _with_rest("price_volume", totals[0], totals[1], tuple(parts), UNEXPLAINED, convention, together)


def shapley(
    formula: Callable[[Mapping[str, Fraction]], Fraction | None], then: Mapping[str, float], now: Mapping[str, float]
) -> Decomposition | None:
    """Any formula of parts: each has the mean of what its change adds, over all orders in which the parts could have changed.

    Shapley (1953), for decompositions Albrecht, François and Schoors, Energy Policy 30 (2002) 727. Exact, without a rest; of a sum
    it is each term's change, of a product of two the midpoint. None where the formula has no value for some mixture of old and new
    (a division by zero).
    """
    names = list(then)
    values: dict[frozenset[str], Fraction] = {}
    for size in range(len(names) + 1):
        for changed in map(frozenset, combinations(names, size)):
            value = formula({name: Fraction(now[name] if name in changed else then[name]) for name in names})
            if value is None:
                return None
            values[changed] = value
    parts = []
    for name in names:
        others = [one for one in names if one != name]
        effect = sum(
            Fraction(math.factorial(len(some)) * math.factorial(len(others) - len(some)), math.factorial(len(names)))
            * (values[some | {name}] - values[some])
            for size in range(len(others) + 1)
            for some in map(frozenset, combinations(others, size))
        )
        parts.append(Part(name, then[name], now[name], {"change": float(effect)}))
    return Decomposition("shapley", float(values[frozenset()]), float(values[frozenset(names)]), tuple(parts))


def entities(then: set[str], now: set[str]) -> Decomposition:
    """A count of distinct things: those that entered less those that left, exactly; those that stayed change nothing."""
    entered, left = len(now - then), len(then - now)
    stayed = len(now & then)
    parts = (
        Part("entered", 0, entered, {"change": entered}),
        Part("left", left, 0, {"change": -left}),
        Part("stayed", stayed, stayed, {"change": 0.0}),
    )
    return Decomposition("entities", len(then), len(now), parts)


def _with_rest(
    method: str,
    then: float,
    now: float,
    parts: tuple[Part, ...],
    rest_is: str,
    convention: str | None = None,
    together: Fraction = _NONE,
) -> Decomposition:
    """The decomposition; what its parts leave of the change, beyond the noise of binary fractions, is a rest of its own."""
    rests = {INTERACTION: float(together)} if convention == "with_interaction" else {}
    found = Decomposition(method, then, now, parts, convention, rests)
    # What large parts that cancel out leave behind is noise of theirs, however small the totals are.
    largest = max((abs(effect) for part in parts for effect in part.effects.values()), default=0.0)
    if abs(found.off) <= max(1e-9 * max(abs(then), abs(now), 1e-9), 1e-14 * len(parts) * largest):
        return found
    return Decomposition(method, then, now, parts, convention, {**rests, rest_is: found.off})
