"""The members of a dimension, then and now: what each did to the change, and how far it stands out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from metrics.columns import NOTHING
from metrics.insight.why import cautions, decompose, standout
from metrics.insight.why.cautions import Caution
from metrics.insight.why.decompose import Decomposition, Pair, Part
from metrics.insight.why.matter import ACCOUNT, Matter, number
from metrics.insight.why.spans import Span
from metrics.insight.why.standout import Cell, Excess

#: How the members of a dimension that is a pair of two are written.
AND = " · "
REMAINDER = "(others)"


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

    def judged_as(self, other: Breakdown) -> Breakdown:
        """This one with the order of another's members, along the same dimension, and how far they stand out there."""
        order = {part.member: place for place, part in enumerate(other.found.parts)}
        parts = sorted(self.found.parts, key=lambda part: order.get(part.member, len(order)))
        return replace(self, found=replace(self.found, parts=tuple(parts)), standing=other.standing)

    def shortened(self, most: int) -> Decomposition:
        """The decomposition with its first `most` members, of accounts as many that rose and as many that fell; the others in one."""
        kept = self.found.parts[:most]
        if self.by == (ACCOUNT,):
            rose, fell = ([part for part in self.found.parts if (part.contribution < 0) is down][:most] for down in (False, True))
            kept = tuple(part for part in self.found.parts if part in rose or part in fell)
        others = [part for part in self.found.parts if part not in kept]
        if not others:
            return self.found
        names = dict.fromkeys(name for part in others for name in part.effects)
        effects = {name: math.fsum(part.effects.get(name, 0.0) for part in others) for name in names}
        return replace(self.found, parts=(*kept, Part(REMAINDER, None, None, effects)))


def by(matter: Matter, dimensions: tuple[str, ...], convention: str) -> Breakdown | None:
    """The breakdown along a dimension, or two together; None where there is nothing to tell apart. Raises Problem."""
    clusters = _clusters(matter, dimensions)
    own = dimensions == (ACCOUNT,) or clusters is None
    summed = clusters is not None and matter.nature.sort == "additive"
    cells = {member: standout.total(of.values()) for member, of in (clusters or {}).items()} if summed else _cells(matter, dimensions)
    names = {AND.join(member): member for member in cells}
    if len(names) < 2:
        return None
    found = _decomposed(matter, {name: cells[member] for name, member in names.items()}, convention)
    standing = _single(matter, cells) if own else _standing(matter, clusters or {})
    order = sorted(found.parts, key=lambda part: ordered(part, standing, names, found.change))
    found = replace(found, parts=tuple(order))
    return Breakdown(dimensions, found, names, standing, cautions.of(found))


def ordered(
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
