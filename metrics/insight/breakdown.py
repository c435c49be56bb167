"""The members of a dimension, then and now: what each did to the change, and how far it stands out. Here the layer is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from metrics.columns import NOTHING
from metrics.insight import cautions, decompose, standout
from metrics.insight.cautions import Caution
from metrics.insight.decompose import Decomposition, Pair, Part
from metrics.insight.natures import COUNTED, Nature, counted, nature
from metrics.insight.spans import Span
from metrics.insight.standout import Cell, Excess
from metrics.kinds import KINDS
from metrics.layer import Layer
from metrics.made_of import leaves
from metrics.sql import literal

#: Where an account stands in facts that have any.
ACCOUNT = "account_id"
#: What accounts are told apart by.
ATTRIBUTES = ("account.segment", "account.plan", "account.region", "account.industry")
#: So many accounts are looked at one by one, to see whether a part moved as a whole; more take too long.
MOST_CLUSTERS = 4000
#: Fewer accounts than this do not tell; days do, then.
_FEWEST_ACCOUNTS = 5
#: How the members of a dimension that is a pair of two are written.
AND = " · "
REMAINDER = "(others)"


@dataclass(frozen=True)
class Matter:
    """What is to be explained: a metric between two spans, of the accounts that the reader chose."""

    layer: Layer
    name: str
    now: Span
    then: Span
    where: str | None = None
    accounts: tuple[str, ...] | None = None

    @cached_property
    def nature(self) -> Nature:
        """How the metric divides."""
        return nature(self.name, self.layer.metrics)

    @cached_property
    def full(self) -> Layer:
        """The layer with the metrics that the nature needs beside those of the catalogue."""
        unsaved = {**self.nature.unsaved, **counted(self.layer.metrics[self.name])}
        return self.layer.over(unsaved) if unsaved else self.layer

    @cached_property
    def dimensions(self) -> list[str]:
        """What the metric can be split by."""
        return self.layer.dimensions(self.name)

    @cached_property
    def values(self) -> tuple[float | None, float | None]:
        """The metric then and now."""
        return self.value(self.name, self.then), self.value(self.name, self.now)

    def value(self, name: str, span: Span) -> float | None:
        """Any metric over a span."""
        rows = self.ask((name,), span)
        return number(rows[0][name]) if rows else None

    def ask(
        self, names: Sequence[str], span: Span, by: Sequence[str] = (), where: str | None = None, grain: str | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """The rows of a query in the reader's accounts and conditions; `where` narrows further."""
        condition = " AND ".join(f"({one})" for one in (self.where, where) if one) or None
        options: dict[str, Any] = {"by": tuple(by), "where": condition, "accounts": self.accounts, "grain": grain}
        return self.full.query(*names, since=span.since, until=span.until, **options).rows

    @cached_property
    def clusters_by(self) -> str | None:
        """What a part is divided into to see whether it moved as a whole: accounts, else days; None where neither can be."""
        if ACCOUNT in self.dimensions and self.layer.metrics[self.name].kind not in ("retained",):
            accounts = [row for row in self.ask((self.counts[0],), self.now, (ACCOUNT,)) if row[ACCOUNT] != NOTHING]
            if _FEWEST_ACCOUNTS <= len(accounts) <= MOST_CLUSTERS:
                return ACCOUNT
        return None if self.nature.weight or self.of_the_end or self.nature.sort == "distinct" else "period"

    @property
    def counts(self) -> tuple[str, ...]:
        """The metrics whose values make a member: of a ratio what is above and below its line."""
        if self.nature.sort != "ratio":
            return (self.name,)
        return (self.nature.above, self.nature.below) if self.nature.above else (self.nature.of or self.name,)

    @cached_property
    def profile(self) -> tuple[str, ...]:
        """The attributes of accounts that are asked for together, where members add up: one query then serves them all."""
        together = self.nature.sort == "additive" and self.clusters_by == ACCOUNT
        return tuple(one for one in ATTRIBUTES if one in self.dimensions) if together else ()

    @cached_property
    def of_the_end(self) -> bool:
        """Whether it looks at the end of a span, however long that is."""
        return any(KINDS[one.kind].leaf(one.spec).is_of_the_end for one in leaves((self.name,), self.layer.metrics).values())


@dataclass(frozen=True)
class Breakdown:
    """A change by the members of a dimension (or of two together). `members` maps what a part is called to its members.

    `standing` says how far each stands out. `without` has, where members cannot be added up, what the metric is then and now
    without each. `lead` is the member to begin with: the first that is not missing.
    """

    by: tuple[str, ...]
    found: Decomposition
    members: Mapping[str, tuple[str, ...]]
    standing: Mapping[str, Excess] = field(default_factory=dict)
    cautions: tuple[Caution, ...] = ()
    without: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)

    @property
    def lead(self) -> Part | None:
        """The member that explains most beyond its size."""
        return next((part for part in self.found.parts if NOTHING not in self.members.get(part.member, ())), None)

    @property
    def excess(self) -> Excess:
        """How far the lead stands out."""
        return self.standing.get(self.lead.member, standout.NONE) if self.lead else standout.NONE

    def shortened(self, most: int) -> Decomposition:
        """The decomposition with its first `most` members, and the others gathered in one."""
        kept, others = self.found.parts[:most], self.found.parts[most:]
        if not others:
            return self.found
        names = dict.fromkeys(name for part in others for name in part.effects)
        effects = {name: math.fsum(part.effects.get(name, 0.0) for part in others) for name in names}
        return replace(self.found, parts=(*kept, Part(REMAINDER, None, None, effects)))


def by(matter: Matter, dimensions: tuple[str, ...], convention: str) -> Breakdown | None:
    """The breakdown along a dimension, or two together; None where there is nothing to tell apart. Raises Problem."""
    found = _by_own(matter, dimensions) if matter.nature.sort == "own" else _by_sum(matter, dimensions, convention)
    return found if found and len(found.found.parts) > 1 else None


def _by_sum(matter: Matter, dimensions: tuple[str, ...], convention: str) -> Breakdown | None:
    clusters = _clusters(matter, dimensions)
    own = dimensions == (ACCOUNT,) or clusters is None
    summed = clusters is not None and matter.nature.sort == "additive"
    cells = {member: standout.total(of.values()) for member, of in (clusters or {}).items()} if summed else _cells(matter, dimensions)
    names = {AND.join(member): member for member in cells}
    if len(names) < 2:
        return None
    found = _decomposed(matter, {name: cells[member] for name, member in names.items()}, convention)
    standing = _single(matter, cells) if own else _standing(matter, clusters or {})
    order = sorted(found.parts, key=lambda part: _order(part, standing, names, found.change))
    found = replace(found, parts=tuple(order))
    return Breakdown(dimensions, found, names, standing, cautions.of(found))


def _order(
    part: Part, standing: Mapping[str, Excess], names: Mapping[str, tuple[str, ...]], change: float
) -> tuple[bool, float, float, str]:
    """Members by how well they explain; what has no member comes last, for it names nobody."""
    excess = standing.get(part.member, standout.NONE)
    return NOTHING in names[part.member], -excess.explains(change), -abs(part.contribution), part.member


def _decomposed(matter: Matter, cells: Mapping[str, Cell], convention: str) -> Decomposition:
    then, now = matter.values
    if matter.nature.sort != "ratio":
        found = decompose.additive({name: (cell.then, cell.now) for name, cell in cells.items()}, then or 0.0, now or 0.0)
        is_count = matter.nature.unit == 1.0
        parts = [replace(part, n_then=part.then, n_now=part.now) if is_count else part for part in found.parts]
        return replace(found, parts=tuple(parts))
    scale, offset = matter.nature.scale, matter.nature.offset
    pairs = [
        Pair(
            name, cell.then * scale + offset * cell.below_then, cell.below_then, cell.now * scale + offset * cell.below_now, cell.below_now
        )
        for name, cell in cells.items()
    ]
    return decompose.mix_rate(pairs, convention, then, now)


def _standing(matter: Matter, clusters: Mapping[tuple[str, ...], Mapping[str, Cell]]) -> dict[str, Excess]:
    whole: dict[str, Cell] = {}
    for of in clusters.values():
        for cluster, cell in of.items():
            whole[cluster] = whole[cluster] + cell if cluster in whole else cell
    found = {}
    for member, of in clusters.items():
        rest = {cluster: cell - of[cluster] if cluster in of else cell for cluster, cell in whole.items()}
        if matter.nature.sort == "ratio":
            found[AND.join(member)] = standout.of_ratio(
                of, {name: cell for name, cell in rest.items() if cell.below_then or cell.below_now}
            )
        else:
            found[AND.join(member)] = standout.of_amount(of, rest, matter.nature.unit)
    return found


def _single(matter: Matter, cells: Mapping[tuple[str, ...], Cell]) -> dict[str, Excess]:
    """How far members without clusters stand out. Of a ratio nothing is known but its size: they are not judged."""
    if matter.nature.sort == "ratio":
        return {}
    told = {AND.join(member): cell for member, cell in cells.items()}
    return standout.of_single(told, _unit(matter, told))


def _unit(matter: Matter, whole: Mapping[str, Cell]) -> float:
    """What one row adds: 1 to a count; to an amount of money what an account has on average."""
    if matter.nature.unit:
        return matter.nature.unit
    amounts = [abs(cell.now) for cell in whole.values() if cell.now]
    return math.fsum(amounts) / len(amounts) if amounts else 1.0


def _clusters(matter: Matter, dimensions: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, Cell]] | None:
    """What each member has by account (or day); None where it cannot be told, or the members are accounts themselves."""
    by = matter.clusters_by
    if by is None or ACCOUNT in dimensions:
        return None
    found: dict[tuple[str, ...], dict[str, Cell]] = {}
    for member, cluster, cell in _asked(matter, dimensions, by):
        of = found.setdefault(member, {})
        of[cluster] = of[cluster] + cell if cluster in of else cell
    return found


def _cells(matter: Matter, dimensions: tuple[str, ...]) -> dict[tuple[str, ...], Cell]:
    found: dict[tuple[str, ...], Cell] = {}
    for member, _cluster, cell in _asked(matter, dimensions, None):
        found[member] = found.get(member, Cell()) + cell
    return found


def _asked(matter: Matter, dimensions: tuple[str, ...], clusters: str | None) -> Iterator[tuple[tuple[str, ...], str, Cell]]:
    """What every member (and cluster in it) has in either period."""
    grain = "day" if clusters == "period" else None
    together = matter.profile if clusters == ACCOUNT and {*dimensions} <= {*matter.profile} else dimensions
    split = (*together, *((ACCOUNT,) if clusters == ACCOUNT else ()))
    for span, is_now in ((matter.then, False), (matter.now, True)):
        weights = _weights(matter, span, split) if matter.nature.weight else None
        for row in matter.ask(matter.counts, span, split, grain=grain):
            member = tuple(str(row[dimension]) for dimension in dimensions)
            above = number(row[matter.counts[0]])
            below = number(row[matter.counts[1]]) if len(matter.counts) > 1 else None
            if weights is not None:
                below = weights.get(tuple(row[one] for one in split))
                above = above * below if above is not None and below is not None else None
            if above is not None or below:
                # Days are told by their place in the period, so that the third Tuesday has a twin in the other one.
                cluster = str((row["period"] - span.since).days) if grain else str(row[clusters]) if clusters else ""
                yield member, cluster, _cell(above or 0.0, below or 0.0, is_now)


def _weights(matter: Matter, span: Span, split: Sequence[str]) -> dict[tuple[Any, ...], float | None]:
    name = matter.nature.weight
    rows = matter.ask((name,), matter.nature.weighed_on(span), split)
    return {tuple(row[one] for one in split): number(row[name]) for row in rows}


def _cell(above: float, below: float, is_now: bool) -> Cell:
    return Cell(now=above, below_now=below) if is_now else Cell(then=above, below_then=below)


def _by_own(matter: Matter, dimensions: tuple[str, ...]) -> Breakdown | None:
    """Members of what cannot be added up: the value and the rows of each, and the metric without it."""
    names: dict[str, tuple[str, ...]] = {}
    sides: list[dict[str, tuple[float | None, float | None]]] = []
    asked = (matter.name, COUNTED) if COUNTED in matter.full.metrics else (matter.name,)
    for span in (matter.then, matter.now):
        rows = matter.ask(asked, span, dimensions)
        told = {AND.join(member := tuple(str(row[one]) for one in dimensions)): (member, row) for row in rows}
        names |= {name: member for name, (member, _row) in told.items()}
        sides.append({name: (number(row[matter.name]), number(row.get(COUNTED))) for name, (_member, row) in told.items()})
    nothing = (None, None)
    parts = [Part(name, sides[0].get(name, nothing)[0], sides[1].get(name, nothing)[0], {}, *_n(name, sides)) for name in names]
    then, now = matter.values
    without = {part.member: _without(matter, dimensions, names[part.member]) for part in parts} if len(parts) <= 12 else {}
    standing = {name: _left_out(matter, one, parts, name) for name, one in without.items()}
    order = sorted(parts, key=lambda part: _order(part, standing, names, (now or 0.0) - (then or 0.0)))
    found = Decomposition("own", then or 0.0, now or 0.0, tuple(order))
    few = tuple(part.member for part in order if min(part.n_then or 0, part.n_now or 0) < cautions.MINIMUM_N)
    told_of = [Caution("not_additive"), *([Caution("small_n", few, {"minimum": cautions.MINIMUM_N})] if few and COUNTED in asked else [])]
    return Breakdown(dimensions, found, names, standing, tuple(told_of), without)


def _n(name: str, sides: Sequence[Mapping[str, tuple[float | None, float | None]]]) -> tuple[float | None, float | None]:
    then, now = (side.get(name, (None, None))[1] for side in sides)
    return then, now


def _without(matter: Matter, dimensions: tuple[str, ...], member: tuple[str, ...]) -> tuple[float | None, float | None]:
    others = (
        f"{one} is not null" if name == NOTHING else f"({one} is null or {one} <> {literal(name)})"
        for one, name in zip(dimensions, member, strict=True)
    )
    kept = " or ".join(others)
    values = []
    for span in (matter.then, matter.now):
        rows = matter.ask((matter.name,), span, where=kept)
        values.append(number(rows[0][matter.name]) if rows else None)
    return values[0], values[1]


def _left_out(matter: Matter, without: tuple[float | None, float | None], parts: Sequence[Part], name: str) -> Excess:
    """How much of the change goes with a member, beyond its share of the rows: three times that share is clear."""
    (then, now), part = matter.values, next(one for one in parts if one.member == name)
    rows = sum((one.n_then or 0) + (one.n_now or 0) for one in parts)
    if then is None or now is None or None in without or not rows or now == then:
        return standout.NONE
    gone = (now - then) - (float(without[1] or 0) - float(without[0] or 0))
    share = ((part.n_then or 0) + (part.n_now or 0)) / rows
    amount = gone - share * (now - then)
    explained = gone / (now - then)
    z = explained / share if share and explained > 0.5 else 0.0
    return Excess(amount, math.copysign(z, amount), abs(amount) / max(abs(then), abs(now)))


def number(value: Any) -> float | None:
    """A value as a float; None for what is unknown."""
    return None if value is None else float(value)
