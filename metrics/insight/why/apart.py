"""Members of what cannot be added up, such as a median: each is looked at by itself, and the metric without it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metrics.columns import NOTHING
from metrics.insight.why import cautions, natures, standout
from metrics.insight.why.breakdown import AND, Breakdown, ordered
from metrics.insight.why.cautions import Caution
from metrics.insight.why.decompose import Decomposition, Part
from metrics.insight.why.matter import Matter, number
from metrics.insight.why.natures import COUNTED, HIGH, LOW
from metrics.insight.why.standout import Excess
from metrics.sql import literal

#: Of so many members the metric is asked without each.
_MOST_MEMBERS = 12
#: Fewer rows do not tell how they scatter.
_FEWEST_ROWS = 10


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
    left = {part.member: _without(matter, dimensions, names[part.member]) for part in parts} if len(parts) <= _MOST_MEMBERS else {}
    whole = _both(matter, None)
    standing = {name: _left_out(matter, whole, one) for name, one in left.items()}
    without = {name: (one[0].value, one[1].value) for name, one in left.items()}
    order = sorted(parts, key=lambda part: ordered(part, standing, names, (now or 0.0) - (then or 0.0)))
    found = Decomposition("own", then or 0.0, now or 0.0, tuple(order))
    few = tuple(part.member for part in order if min(part.n_then or 0, part.n_now or 0) < cautions.MINIMUM_N)
    told_of = [Caution("not_additive"), *([Caution("small_n", few, {"minimum": cautions.MINIMUM_N})] if few and COUNTED in asked else [])]
    return Breakdown(dimensions, found, names, standing, tuple(told_of), without)


def _n(name: str, sides: Sequence[Mapping[str, tuple[float | None, float | None]]]) -> tuple[float | None, float | None]:
    then, now = (side.get(name, (None, None))[1] for side in sides)
    return then, now


@dataclass(frozen=True)
class _Side:
    """A median or percentile in a period, the rows that it rests on, and the percentiles a little below and above it."""

    value: float | None
    rows: float = 0.0
    low: float | None = None
    high: float | None = None


def _without(matter: Matter, dimensions: tuple[str, ...], member: tuple[str, ...]) -> tuple[_Side, _Side]:
    others = (
        f"{one} is not null" if name == NOTHING else f"({one} is null or {one} <> {literal(name)})"
        for one, name in zip(dimensions, member, strict=True)
    )
    return _both(matter, " or ".join(others))


def _both(matter: Matter, where: str | None) -> tuple[_Side, _Side]:
    names = [one for one in (matter.name, COUNTED, LOW, HIGH) if one == matter.name or one in matter.full.metrics]
    found = []
    for span in (matter.then, matter.now):
        rows = matter.ask(names, span, where=where)
        value, count, low, high = (number(rows[0].get(one)) if rows else None for one in (matter.name, COUNTED, LOW, HIGH))
        found.append(_Side(value, count or 0.0, low, high))
    return found[0], found[1]


def _left_out(matter: Matter, whole: tuple[_Side, _Side], left: tuple[_Side, _Side]) -> Excess:
    """How otherwise the metric moved without a member, by more than chance; where most of the change stays, it is not the member's.

    What is above zero is compared in proportion: where every channel takes twice as long, the slow one explains nothing, though most
    of the hours are its. The variance of a percentile is p (1 − p) / (n f²), its density f taken from the percentiles around it
    (Bloch and Gastwirth, Ann. Math. Stat. 39 (1968) 1083); that of its distance from the one without some of the rows is the
    difference of their variances. Where that is not known nothing stands out.
    """
    told = natures.around(matter.layer.metrics[matter.name])
    every = [value for side in (*whole, *left) for value in (side.value, side.low, side.high)]
    known = [value for value in every if value is not None]
    if told is None or len(known) < len(every) or min(side.rows for side in left) < _FEWEST_ROWS:
        return standout.NONE
    scale = math.log if min(known) > 0 else float
    moved, away = (scale(now.value or 0.0) - scale(then.value or 0.0) for then, now in (whole, left))
    variance = math.fsum(_variance(one, scale, *told) * (1 - one.rows / side.rows) for one, side in zip(left, whole, strict=True))
    if variance <= 0 or not moved or (moved - away) / moved <= 0.5:
        return standout.NONE
    values = [side.value or 0.0 for side in whole]
    amount = (moved - away) / moved * (values[1] - values[0])
    return Excess(amount, math.copysign((moved - away) / math.sqrt(variance), amount), abs(amount) / max(map(abs, values)))


def _variance(side: _Side, scale: Callable[[float], float], at: float, step: float) -> float:
    sparsity = (scale(side.high or 0.0) - scale(side.low or 0.0)) / (2 * step)
    return at * (1 - at) / side.rows * sparsity**2
