"""`lifecycle: {event, entity, new_means: first_event|created_at}`: in each period the new, the returning, the resurrecting, the dormant.

New: the first event ever falls into the period. Returning: active now and in the period before. Resurrecting: active now, neither
new nor active in the period before. Dormant, as a negative number: active in the period before, not now; counted once, in the
first period without an event. History before the range counts, and so do the whole first and last period, also if the range
begins or ends inside them. The status is the entity's, whatever the breakdown, which tells with which members it was active: in
the period, or, for the dormant, in the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.yaml_file import Mapping
from metrics.calendar import Window, windows
from metrics.kinds import shapes
from metrics.kinds.aggregate import where_of
from metrics.question import Question, Shaped, just_after
from metrics.slice import Leaf

KEYS = ("in", "where")
GRAIN = "week"
STATUSES = ("new", "returning", "resurrecting", "dormant")
#: When an entity came to be, for `new_means: created_at`.
_CREATED = {"account_id": "account.created_at", "person_id": "first_seen_at"}


@dataclass(frozen=True)
class Lifecycle:
    """Which rows are activity, whose, and the column that tells of its creation when that is what new means."""

    fact: str
    entity: str
    where: str | None
    event: str | None
    created: str | None = None
    parts: tuple[str, ...] = ()


def read(verb: str, block: Mapping, name: str) -> Lifecycle:
    """Reads a definition."""
    fact, told = shapes.fact_and_block(verb, block, name, ("event", "entity", "new_means"))
    entity, created = shapes.entity(told, name), None
    if shapes.choice(told, "new_means", name, ("first_event", "created_at")) == "created_at":
        created = _CREATED.get(entity)
        if created is None:
            said = f'{name}: new_means: created_at is for accounts and persons, not "{entity}"'
            raise told.problem("new_means", said, "Leave it out, or count by entity: account.", value=True)
    return Lifecycle(fact, entity, where_of(block, name), shapes.condition(told, "event", name), created)


def format_of(verb: str) -> str:
    """Entities are whole."""
    del verb
    return "integer"


def leaf(spec: Lifecycle) -> Leaf:
    """Those who were active."""
    return Leaf(spec.fact, "count_distinct", spec.entity, shapes.both(spec.event, spec.where))


def conditions(spec: Lifecycle) -> list[tuple[tuple[str, ...], str, str]]:
    """Where each condition of the definition stands, and the fact that it is about."""
    return [(("event",), spec.fact, spec.event)] if spec.event is not None else []


def shape(spec: Lifecycle, question: Question) -> Shaped:
    """Rows `period, status, value`: all four statuses in every period."""
    request, calendar, grain = question.request, question.request.calendar, question.request.grain or GRAIN
    shown = windows(calendar, grain, request.since, calendar.ceiling(request.until, grain))
    before = calendar.step(shown[0].key, grain, -1)
    _told(spec, question, [Window(before, before, shown[0].key), *shown])
    question.happened(
        "happened",
        spec.fact,
        spec.entity,
        where=shapes.both(spec.event, spec.where),
        until=question.counted_until(spec.fact, shown[-1].end),
        period=True,
        extra={"created": ("text", spec.created)} if spec.created else None,
    )
    _active(spec, question)
    _counted(question)
    return Shaped(_rows(question), ("period", *request.by, "status", "value", "complete"))


def _told(spec: Lifecycle, question: Question, periods: Sequence[Window]) -> None:
    """`periods`: number 1 is the one before the range. What has not begun, or ended before loading began, is unknown."""
    known = question.known(spec.fact)
    end = just_after(known.until)
    unknown = [end is None or one.key >= end or bool(known.since and one.end_day <= known.since) for one in periods]
    columns: dict[str, Sequence[object]] = {
        "number": range(1, len(periods) + 1),
        "period": [one.key if question.request.grain == "hour" else one.key.date() for one in periods],
        "known": [not one for one in unknown],
        "complete": [one.whole and known.covers(one) for one in periods],
    }
    if spec.created:
        columns |= {"begins": [one.key for one in periods], "ends": [one.end for one in periods]}
    question.values("periods", columns)
    question.values("statuses", {"place": range(1, len(STATUSES) + 1), "status": STATUSES})


def _active(spec: Lifecycle, question: Question) -> None:
    """`active`: entity, number of each period in which it did something, members; `born`: the period in which it is new."""
    listed = ", ".join(["entity", "periods.number", *question.dims])
    question.ctes["active"] = f"  SELECT DISTINCT {listed}\n  FROM happened\n  JOIN periods ON periods.period = happened.period"
    own, joined = "min(period) AS period", "JOIN periods ON periods.period = own.period"
    if spec.created:
        own, joined = "max(created) AS created", "CROSS JOIN periods\n  WHERE own.created >= periods.begins AND own.created < periods.ends"
    question.ctes["born"] = (
        f"  SELECT own.entity, periods.number\n  FROM (SELECT entity, {own} FROM happened GROUP BY entity) AS own\n  {joined}"
    )


def _counted(question: Question) -> None:
    """`counted`: how many had a status in a period. Who is not active in the next period is dormant there."""
    dims = question.dims
    question.ctes["steps"] = (
        "  SELECT entity, number,\n"
        "    coalesce(lag(number) OVER (PARTITION BY entity ORDER BY number), 0) AS last_number,\n"
        "    coalesce(lead(number) OVER (PARTITION BY entity ORDER BY number), 0) AS next_number\n"
        f"  FROM {'(SELECT DISTINCT entity, number FROM active) AS once' if dims else 'active'}"
    )
    question.ctes["judged"] = (
        "  SELECT steps.entity, steps.number AS active_in, steps.number,\n"
        "    CASE WHEN born.number IS NOT NULL THEN 1 WHEN last_number = steps.number - 1 THEN 2 ELSE 3 END AS place\n"
        "  FROM steps\n  LEFT JOIN born ON born.entity = steps.entity AND born.number = steps.number\n  UNION ALL\n"
        "  SELECT entity, number AS active_in, number + 1 AS number, 4 AS place FROM steps WHERE next_number <> number + 1"
    )
    keys = ", ".join(["judged.number", "place", *(f"active.{dim}" for dim in dims)])
    joined = "\n  JOIN active ON active.entity = judged.entity AND active.number = judged.active_in" if dims else ""
    question.ctes["counted"] = f"  SELECT {keys}, count(*) AS entities\n  FROM judged{joined}\n  GROUP BY {keys}"


def _rows(question: Question) -> str:
    """The statement: periods × members × statuses, each with its number; what is not known is no number."""
    dims, frame = question.dims, "FROM periods\nCROSS JOIN statuses"
    if dims:
        shown = "SELECT DISTINCT " + ", ".join(f"counted.{dim}" for dim in dims)
        question.ctes["members"] = f"  {shown}\n  FROM counted\n  JOIN periods ON periods.number = counted.number AND periods.number > 1"
        frame += "\nCROSS JOIN members"
    on = ["counted.number = periods.number", "counted.place = statuses.place", *(f"counted.{dim} = members.{dim}" for dim in dims)]
    value = f"CASE WHEN statuses.status = '{STATUSES[-1]}' THEN -1 ELSE 1 END * coalesce(counted.entities, 0)"
    listed = [
        "periods.period",
        *(f"members.{dim}" for dim in dims),
        "statuses.status",
        f"CASE WHEN periods.known THEN {value} END AS value",
    ]
    order = ", ".join([*(str(place + 1) for place in range(len(dims) + 1)), "statuses.place"])
    body = ",\n  ".join([*listed, "periods.complete"])
    return question.finish(
        f"SELECT\n  {body}\n{frame}\nLEFT JOIN counted ON {' AND '.join(on)}\nWHERE periods.number > 1\nORDER BY {order}"
    )
