"""What a metric is made of, and what drives it: its change along identities that hold on the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from metrics.columns import NOTHING
from metrics.insight.why import cautions, decompose, natures
from metrics.insight.why.breakdown import AND, Breakdown
from metrics.insight.why.decompose import Decomposition, Pair
from metrics.insight.why.matter import Matter, number
from metrics.insight.why.spans import Span
from metrics.kinds.aggregate import Aggregate
from metrics.made_of import is_shaped

#: More things than this are not fetched one by one to see which came and went.
MOST_ENTITIES = 50_000
#: How near two sides of an identity must be: the noise of binary fractions.
_SAME = 1e-9
_ALL = "all"


@dataclass(frozen=True)
class Step:
    """A change along an identity: `along` is movements, entities, ratio, formula, product or drivers.

    `metrics` maps a part (or an effect) to the metric that it is, where it is one.
    """

    along: str
    found: Decomposition
    metrics: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Driver:
    """A metric that a definition names as driving this one, then and now. What it did is told beside, not counted."""

    metric: str
    then: float | None
    now: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        change = self.now - self.then if self.now is not None and self.then is not None else None
        return {"metric": self.metric, "then": self.then, "now": self.now, "change": change}


def steps(matter: Matter) -> list[Step]:
    """Every identity of a metric that holds on the data, the one that tells most first."""
    return [step for make in (_movements, _entities, _formula, _ratio, _drivers, _product) for step in make(matter)]


def drivers(matter: Matter) -> list[Driver]:
    """The metrics that the definition names as drivers, then and now."""
    known, found = matter.layer.metrics, []
    for name in known[matter.name].drivers:
        if name in known and not is_shaped(known[name]):
            found.append(Driver(name, matter.value(name, matter.then), matter.value(name, matter.now)))
    return found


def by_product(matter: Matter, method: str, convention: str, dimensions: Sequence[tuple[str, ...]]) -> list[Breakdown]:
    """The metric as rate × amount along dimensions (as a whole for LMDI, where none is asked for), by LMDI or as price and volume."""
    factors = next(iter(_factors(matter)), None)
    if factors is None:
        return []
    _rate, amount = factors
    if method == "lmdi":
        return [_lmdi_by(matter, factors, one) for one in dimensions]
    found = []
    for one in dimensions:
        pairs, names = _pairs(matter, amount, one)
        made = decompose.price_volume(pairs, convention)
        found.append(Breakdown(one, made, names, cautions=cautions.of(made)))
    return found


def _lmdi_by(matter: Matter, factors: tuple[str, str], dimension: tuple[str, ...]) -> Breakdown:
    pairs, names = _pairs(matter, factors[1], dimension)
    members = {
        pair.member: tuple(
            {factors[1]: below, factors[0]: above / below if below else 0.0}
            for above, below in ((pair.above_then, pair.below_then), (pair.above_now, pair.below_now))
        )
        for pair in pairs
    }
    return Breakdown(dimension, decompose.lmdi({name: (then, now) for name, (then, now) in members.items()}), names)


def _pairs(matter: Matter, amount: str, dimension: tuple[str, ...]) -> tuple[list[Pair], dict[str, tuple[str, ...]]]:
    sides: list[dict[tuple[str, ...], tuple[float, float]]] = []
    for span in (matter.then, matter.now):
        rows = matter.ask((matter.name, amount), span, dimension)
        sides.append(
            {tuple(str(row[one]) for one in dimension): (number(row[matter.name]) or 0.0, number(row[amount]) or 0.0) for row in rows}
        )
    members = list(dict.fromkeys((*sides[0], *sides[1])))
    nothing = (0.0, 0.0)
    return (
        [Pair(AND.join(one), *sides[0].get(one, nothing), *sides[1].get(one, nothing)) for one in members],
        {AND.join(one): one for one in members},
    )


def _movements(matter: Matter) -> Iterator[Step]:
    """What moved a level, by kind, from the end of then to the end of now; only where then ends first."""
    known = matter.layer.metrics
    name = next((one.name for one in known.values() if one.kind == "movements" and getattr(one.spec, "of", "") == matter.name), None)
    if name is None or matter.then.until >= matter.now.until:
        return
    rows = matter.ask((name,), Span(matter.then.until, matter.now.until))
    moved: dict[str, float] = {}
    for row in rows:
        moved[str(row["kind"])] = moved.get(str(row["kind"]), 0.0) + (number(row["value"]) or 0.0)
    before, after = matter.values
    parts = {kind: (0.0, amount) for kind, amount in moved.items()}
    found = decompose.additive(parts, before or 0.0, after or 0.0)
    rests = {decompose.UNEXPLAINED: found.rest} if found.rest else {}
    told = tuple(replace(part, then=None, now=None) for part in found.parts)
    yield Step("movements", Decomposition("movements", found.then, found.now, told, rests=rests), dict.fromkeys(moved, name))


def _entities(matter: Matter) -> Iterator[Step]:
    """A count of distinct things as those that entered, less those that left."""
    metric, (before, after) = matter.layer.metrics[matter.name], matter.values
    leaf = metric.spec.leaf if isinstance(metric.spec, Aggregate) else None
    if (
        leaf is None
        or leaf.verb != "count_distinct"
        or leaf.column not in matter.dimensions
        or max(before or 0, after or 0) > MOST_ENTITIES
    ):
        return
    sides = [
        {
            str(row[leaf.column])
            for row in matter.ask((matter.name,), span, (leaf.column,))
            if row[matter.name] and row[leaf.column] != NOTHING
        }
        for span in (matter.then, matter.now)
    ]
    found = decompose.entities(*sides)
    if (found.then, found.now) == matter.values:
        yield Step("entities", found)


def _formula(matter: Matter) -> Iterator[Step]:
    """Arithmetic over metrics, by the mean over all orders in which its parts could have changed."""
    metric = matter.layer.metrics[matter.name]
    if metric.kind != "formula" or not natures.computable(metric.spec.text) or len(metric.parts) > 8:
        return
    zero = 0.0 if metric.spec.missing == "zero" else None
    then, now = ({part: _value(matter, part, span, zero) for part in metric.parts} for span in (matter.then, matter.now))
    if None in then.values() or None in now.values():
        return
    plain = [{part: value for part, value in side.items() if value is not None} for side in (then, now)]
    found = decompose.shapley(natures.value_of(metric.spec.text), *plain)
    if found and _same(found.then, matter.values[0]) and _same(found.now, matter.values[1]):
        yield Step("formula", found, {part: part for part in metric.parts})


def _ratio(matter: Matter) -> Iterator[Step]:
    """A ratio as what is above its line times one over what is below it, by LMDI; by Shapley where one of them is not above zero."""
    metric = matter.layer.metrics[matter.name]
    if metric.kind != "ratio":
        return
    above, below = metric.spec.of, metric.spec.to
    sides = [(matter.value(above, span), matter.value(below, span)) for span in (matter.then, matter.now)]
    (above_then, below_then), (above_now, below_now) = sides
    if above_then is None or below_then is None or above_now is None or below_now is None or not below_then or not below_now:
        return
    named = {above: above, below: below}
    if min(above_then, above_now, below_then, below_now) > 0:
        then, now = {above: above_then, below: 1 / below_then}, {above: above_now, below: 1 / below_now}
        yield Step("ratio", decompose.lmdi({_ALL: (then, now)}), named)
        return
    found = decompose.shapley(
        lambda values: values[above] / values[below] if values[below] else None,
        {above: above_then, below: below_then},
        {above: above_now, below: below_now},
    )
    if found:
        yield Step("ratio", found, named)


def _drivers(matter: Matter) -> Iterator[Step]:
    """Drivers that make the metric: their sum, or the product of two of them, holds in both periods."""
    if matter.layer.metrics[matter.name].kind in ("ratio", "formula"):
        return
    told = [one for one in drivers(matter) if one.then is not None and one.now is not None]
    pairs = {one.metric: (one.then or 0.0, one.now or 0.0) for one in told}
    before, after = matter.values
    if len(pairs) > 1 and _same(sum(then for then, _ in pairs.values()), before) and _same(sum(now for _, now in pairs.values()), after):
        yield Step("drivers", decompose.additive(pairs, before, after), {name: name for name in pairs})
    for left, right in combinations(pairs, 2):
        if all(_same(pairs[left][side] * pairs[right][side], (before, after)[side]) for side in (0, 1)):
            yield from _multiplied(matter, (left, right))


def _product(matter: Matter) -> Iterator[Step]:
    """The metric as a ratio of the catalogue times what that is a ratio to."""
    for factors in _factors(matter)[:1]:
        yield from _multiplied(matter, factors)


def _factors(matter: Matter) -> list[tuple[str, str]]:
    """The ratios that have this metric above their line, each with what is below it; those that drivers speak of first."""
    known = matter.layer.metrics
    named = known[matter.name].drivers
    found = [(one.name, one.spec.to) for one in known.values() if one.kind == "ratio" and one.spec.of == matter.name]
    return sorted(found, key=lambda one: (not {*one} & {*named},))


def _multiplied(matter: Matter, factors: tuple[str, str]) -> Iterator[Step]:
    then, now = ({one: matter.value(one, span) for one in factors} for span in (matter.then, matter.now))
    plain = [{one: value for one, value in side.items() if value} for side in (then, now)]
    if any(len(side) < len(factors) or min(side.values()) <= 0 for side in plain):
        return
    found = decompose.lmdi({_ALL: (plain[0], plain[1])})
    if _same(found.then, matter.values[0]) and _same(found.now, matter.values[1]):
        yield Step("product", found, {one: one for one in factors})


def _value(matter: Matter, name: str, span: Span, zero: float | None) -> float | None:
    found = matter.value(name, span)
    return zero if found is None else found


def _same(one: float, other: float | None) -> bool:
    return other is not None and abs(one - other) <= _SAME * max(abs(one), abs(other), 1.0)
