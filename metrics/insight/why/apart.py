"""Members of what cannot be added up, such as a median: each is looked at by itself, and the metric without it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from metrics.columns import NOTHING
from metrics.insight.why import cautions, standout
from metrics.insight.why.breakdown import AND, Breakdown, ordered
from metrics.insight.why.cautions import Caution
from metrics.insight.why.decompose import Decomposition, Part
from metrics.insight.why.matter import Matter, number
from metrics.insight.why.natures import COUNTED
from metrics.insight.why.standout import Excess
from metrics.sql import literal

#: Of so many members the metric is asked without each.
_MOST_MEMBERS = 12


def by(matter: Matter, dimensions: tuple[str, ...]) -> Breakdown | None:
    """The value and the rows of each member, and the metric without it; None where there is nothing to tell apart. Raises Problem."""
    names: dict[str, tuple[str, ...]] = {}
    sides: list[dict[str, tuple[float | None, float | None]]] = []
    asked = (matter.name, COUNTED) if COUNTED in matter.full.metrics else (matter.name,)
    for span in (matter.then, matter.now):
        rows = matter.ask(asked, span, dimensions)
        told = {AND.join(member := tuple(str(row[one]) for one in dimensions)): (member, row) for row in rows}
        names |= {name: member for name, (member, _row) in told.items()}
        sides.append({name: (number(row[matter.name]), number(row.get(COUNTED))) for name, (_member, row) in told.items()})
    if len(names) < 2:
        return None
    nothing = (None, None)
    parts = [Part(name, sides[0].get(name, nothing)[0], sides[1].get(name, nothing)[0], {}, *_n(name, sides)) for name in names]
    then, now = matter.values
    without = {part.member: _without(matter, dimensions, names[part.member]) for part in parts} if len(parts) <= _MOST_MEMBERS else {}
    standing = {name: _left_out(matter, one, parts, name) for name, one in without.items()}
    order = sorted(parts, key=lambda part: ordered(part, standing, names, (now or 0.0) - (then or 0.0)))
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
    """How much of the change goes with a member, beyond its share of the rows: three times that share is clear.

    What is above zero is compared in proportion: where every channel takes twice as long, the slow one explains nothing, though most
    of the hours are its.
    """
    (then, now), part = matter.values, next(one for one in parts if one.member == name)
    rows = sum((one.n_then or 0) + (one.n_now or 0) for one in parts)
    left_then, left_now = without
    if then is None or now is None or left_then is None or left_now is None or not rows or now == then:
        return standout.NONE
    share = ((part.n_then or 0) + (part.n_now or 0)) / rows
    if min(then, now, left_then, left_now) > 0:
        explained = 1 - math.log(left_now / left_then) / math.log(now / then)
    else:
        explained = 1 - (left_now - left_then) / (now - then)
    amount = (explained - share) * (now - then)
    z = explained / share if share and explained > 0.5 else 0.0
    return Excess(amount, math.copysign(z, amount), abs(amount) / max(abs(then), abs(now)))
