"""`stickiness: {event, entity, each: ">= 1", cumulative: false}`: how many entities were active in how many intervals of the range.

The interval is the grain of the request. It is active for an entity when the number of its events there meets `each`, and at
least one of them happened. With `cumulative` a row counts those who were active in that many intervals or more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.yaml_file import Mapping
from metrics.kinds import shapes
from metrics.kinds.aggregate import where_of
from metrics.question import Question, Shaped
from metrics.slice import Leaf

KEYS = ("in", "where")
GRAIN = "day"
_EACH = re.compile(r"^\s*(>=|<=|=)\s*(\d{1,9})\s*$")


@dataclass(frozen=True)
class Stickiness:
    """Which rows are activity, whose, and when an interval counts as active."""

    fact: str
    entity: str
    event: str | None
    where: str | None = None
    each: str = ">= 1"
    cumulative: bool = False
    parts: tuple[str, ...] = ()


def read(verb: str, block: Mapping, name: str) -> Stickiness:
    """Reads a definition."""
    fact, told = shapes.fact_and_block(verb, block, name, ("event", "entity", "each", "cumulative"))
    each = str(told.get("each", ">= 1"))
    match = _EACH.match(each)
    if not match:
        raise told.problem("each", f'{name}: each is a comparison such as ">= 2", not "{each}"', value=True)
    return Stickiness(
        fact=fact,
        entity=shapes.entity(told, name),
        event=shapes.condition(told, "event", name),
        where=where_of(block, name),
        each=f"{match[1]} {int(match[2])}",
        cumulative=shapes.flag(told, "cumulative", name),
    )


def format_of(verb: str) -> str:
    """Entities are whole."""
    del verb
    return "integer"


def leaf(spec: Stickiness) -> Leaf:
    """The entities that were active."""
    return Leaf(spec.fact, "count_distinct", spec.entity, shapes.both(spec.event, spec.where))


def conditions(spec: Stickiness) -> list[tuple[tuple[str, ...], str, str]]:
    """Where each condition of the definition stands, and the fact that it is about."""
    return [(("event",), spec.fact, spec.event)] if spec.event is not None else []


def shape(spec: Stickiness, question: Question) -> Shaped:
    """Rows `active_periods, value`, one for each possible number of intervals, zero or not."""
    since, until, where = question.request.since, question.counted_until(spec.fact), shapes.both(spec.event, spec.where)
    question.happened("activity", spec.fact, spec.entity, where=where, since=since, until=until, period=True)
    dims = question.dims
    keys = ", ".join(["entity", *dims])
    question.ctes["active"] = f"  SELECT {keys}, period FROM activity GROUP BY {keys}, period HAVING count(*) {spec.each}"
    question.ctes["entities"] = f"  SELECT {keys}, count(*) AS active_periods FROM active GROUP BY {keys}"
    counted = ", ".join([*dims, "active_periods"])
    question.ctes["counted"] = f"  SELECT {counted}, count(*) AS entities FROM entities GROUP BY {counted}"
    question.values("numbers", {"active_periods": range(1, len(question.asked) + 1)})
    frame, members = "numbers", [f"members.{dim}" for dim in dims]
    if dims:
        question.ctes["members"] = f"  SELECT DISTINCT {', '.join(dims)} FROM entities"
        frame = "numbers CROSS JOIN members"
    value = "coalesce(counted.entities, 0)"
    if spec.cumulative:
        partition = f"PARTITION BY {', '.join(members)} " if dims else ""
        over = f"{partition}ORDER BY numbers.active_periods DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        value = f"CAST(sum({value}) OVER ({over}) AS BIGINT)"
    on = ["counted.active_periods = numbers.active_periods", *(f"counted.{dim} = members.{dim}" for dim in dims)]
    order = ", ".join(str(place + 1) for place in range(len(dims) + 1))
    body = (
        f"SELECT\n  {', '.join([*members, 'numbers.active_periods'])},\n  {value} AS value\nFROM {frame}\n"
        f"LEFT JOIN counted ON {' AND '.join(on)}\nORDER BY {order}"
    )
    columns = (*question.request.by, "active_periods", "value")
    return Shaped(question.finish(body), columns, complete=question.is_complete(spec.fact))
