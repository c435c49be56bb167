"""`paths: {from|to, within, depth, top}`: what people did after an event, or before it, step by step.

Each entity has one path: `from` its first such event in the range, or back from its last one (`to`). It holds the events within
elapsed time of that one, or of the same session, in which case sessions are counted. Repeats in a row are one. A row of the answer
says how many went from one event to another at a step; whatever leaves an event has come to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from data.yaml_file import Mapping
from metrics.columns import names
from metrics.facts import facts
from metrics.kinds import shapes
from metrics.kinds.aggregate import where_of
from metrics.kinds.sequence import after, arrival, place, select
from metrics.leaf import OTHER
from metrics.question import Question, Shaped
from metrics.slice import Leaf
from metrics.sql import literal

KEYS = ("in", "where")
SESSION, LONGEST_SESSION = "session", timedelta(days=1)
_EVENT = re.compile(r"[$\w:-]+")
MOST_STEPS = 50


@dataclass(frozen=True)
class Paths:
    """Where paths begin (or end), and how much of them is told; `top` None is every branch."""

    fact: str
    where: str | None
    entity: str
    key: str
    named: str
    within: timedelta
    depth: int
    top: int | None
    parts: tuple[str, ...] = ()

    @property
    def backwards(self) -> bool:
        """Whether paths are followed back from where they end."""
        return self.key == "to"


def read(verb: str, block: Mapping, name: str) -> Paths:
    """Reads a definition."""
    fact, told = shapes.fact_and_block(verb, block, name, ("from", "to", "within", "depth", "top", "entity"))
    if "event" not in facts()[fact].columns:
        raise block.problem("in", f"{name}: paths are of events, {fact} have none", "Write in: events.", value=True)
    given = [key for key in ("from", "to") if told.get(key) is not None]
    if len(given) != 1:
        raise told.problem("to" if given else None, f"{name}: paths go from an event, or to one", "Write from: signed_up, or to: it.")
    by_session = told.get("within") == SESSION
    depth = shapes.whole(told, "depth", name, 5)
    if depth > MOST_STEPS:
        raise told.problem("depth", f"{name}: depth is at most {MOST_STEPS}", value=True)
    return Paths(
        fact=fact,
        where=where_of(block, name),
        entity="session_id" if by_session else shapes.entity(told, name),
        key=given[0],
        named=_condition(fact, shapes.condition(told, given[0], name) or ""),
        within=LONGEST_SESSION if by_session else shapes.stretch(told, "within", name, "30 minutes"),
        depth=depth,
        top=shapes.whole(told, "top", name, 1) if "top" in told else None,
    )


def _condition(fact: str, told: str) -> str:
    """A condition as it is; a text that is only a name, and no column's, is the name of an event."""
    bare = _EVENT.fullmatch(told.strip()) and told.strip() not in (*names(facts()[fact]), "TRUE")
    return f"event = '{told.strip()}'" if bare else told


def format_of(verb: str) -> str:
    """Entities are whole."""
    del verb
    return "integer"


def leaf(spec: Paths) -> Leaf:
    """Those whose path begins (or ends) there."""
    return Leaf(spec.fact, "count_distinct", spec.entity, shapes.both(spec.named, spec.where))


def conditions(spec: Paths) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Where the condition stands under the verb, the fact it is about, and its text."""
    yield (spec.key,), spec.fact, spec.named


def shape(spec: Paths, question: Question) -> Shaped:
    """Rows `step, from, to, value`, steps counted from where paths begin, or back from where they end."""
    _rows(spec, question)
    _sequences(spec, question)
    _nodes(spec, question)
    dims = question.dims
    keys = ", ".join(["entity", *dims])
    before = f"min(called) OVER (PARTITION BY {keys} ORDER BY level ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS near"
    question.ctes["edges"] = select([*dims, "level - 1 AS step", "called AS far", before], "nodes")
    begins, ends = ("far", "near") if spec.backwards else ("near", "far")
    shown = [*dims, "step", f'{begins} AS "from"', f'{ends} AS "to"', "count(*) AS value"]
    group = ", ".join([*dims, "step", "near", "far"])
    order = ", ".join([*dims, "step", "value DESC", begins, ends])
    body = "SELECT\n  " + ",\n  ".join(shown) + f"\nFROM edges\nWHERE step >= 1\nGROUP BY {group}\nORDER BY {order}"
    columns = (*question.request.by, "step", "from", "to", "value")
    return Shaped(question.finish(body), columns, complete=_is_complete(spec, question))


def _rows(spec: Paths, question: Question) -> None:
    """`numbered`: the events that may lie on a path, in order of arrival."""
    request = question.request
    since = after(request.since, -spec.within) if spec.backwards else request.since
    until = request.until if spec.backwards else after(request.until, spec.within)
    extra = {"begins": ("boolean", spec.named), "called": ("text", "event"), **arrival(spec.fact)}
    ends = question.counted_until(spec.fact, until) or since
    question.happened("activity", spec.fact, spec.entity, where=spec.where, since=since, until=ends, extra=extra)
    inside = f"activity.at >= {literal(request.since)} AND activity.at < {literal(request.until)}"
    begins = f"CASE WHEN begins AND {inside} THEN 1 ELSE 0 END AS begins"
    columns = ["entity", *question.dims, "activity.at AS moment", "coalesce(called, '') AS called", begins]
    question.ctes["numbered"] = select([*columns, place(["entity"], extra)], "activity")


def _sequences(spec: Paths, question: Question) -> None:
    """`followed`: of each entity the events of its path, from the one where it begins (or back from where it ends)."""
    first = "DESC" if spec.backwards else "ASC"
    choice = f"row_number() OVER (PARTITION BY entity ORDER BY place {first}) AS choice"
    shown = ["entity", *question.dims, "moment", "place"]
    starts = select([*shown, choice], "numbered", "begins = 1").replace("\n", "\n  ")
    question.ctes["starts"] = f"  SELECT * FROM (\n  {starts}\n  ) AS ranked\n  WHERE choice = 1"
    stretch = f"INTERVAL '{int(spec.within.total_seconds())} seconds'"
    conditions = ["numbered.place >= starts.place", f"numbered.moment <= starts.moment + {stretch}"]
    if spec.backwards:
        conditions = ["numbered.place <= starts.place", f"numbered.moment >= starts.moment - {stretch}"]
    columns = ["starts.entity AS entity", *(f"starts.{dim} AS {dim}" for dim in question.dims), "numbered.called AS called"]
    distance = "starts.place - numbered.place" if spec.backwards else "numbered.place - starts.place"
    source = "starts\n  JOIN numbered ON numbered.entity = starts.entity"
    question.ctes["followed"] = select([*columns, f"{distance} AS place"], source, " AND ".join(conditions))


def _nodes(spec: Paths, question: Question) -> None:
    """`nodes`: the events of a path without repeats in a row, as many as are told, those beyond the top ones as Other.

    Where a path begins is level 1, not 0: a `row_number() - 1` that is compared and joined again comes out as the row number
    from DuckDB 2.0.0.
    """
    dims, keys = question.dims, ", ".join(["entity", *question.dims])
    before = f"min(called) OVER (PARTITION BY {keys} ORDER BY place ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before"
    question.ctes["beside"] = select(["*", before], "followed")
    level = f"row_number() OVER (PARTITION BY {keys} ORDER BY place) AS level"
    question.ctes["levels"] = select(["entity", *dims, "called", level], "beside", "place = 0 OR called <> before")
    source = "levels" if spec.top else "nodes"
    kept = select(["entity", *dims, "called", "level"], "levels", f"level <= {spec.depth + 1}")
    if not spec.top:
        question.ctes[source] = kept
        return
    question.ctes["told"] = kept
    apart = ", ".join([*dims, "level"])
    place_of = f"row_number() OVER (PARTITION BY {apart} ORDER BY count(*) DESC, called) AS branch"
    question.ctes["branches"] = select([*dims, "level", "called", place_of], "told") + f"\n  GROUP BY {apart}, called"
    same = "".join(f" AND branches.{dim} = told.{dim}" for dim in dims)
    called = f"CASE WHEN told.level = 1 OR branches.branch <= {spec.top} THEN told.called ELSE '{OTHER}' END AS called"
    columns = ["told.entity AS entity", *(f"told.{dim} AS {dim}" for dim in dims), called, "told.level AS level"]
    joined = f"told\n  JOIN branches ON branches.level = told.level AND branches.called = told.called{same}"
    question.ctes["nodes"] = select(columns, joined)


def _is_complete(spec: Paths, question: Question) -> bool:
    """Whether the range is loaded, and what may follow the last of its events too."""
    known, until = question.known(spec.fact), question.request.until
    if known.until is None or (known.since and until.date() <= known.since):
        return False
    return known.until >= (until if spec.backwards else after(until, spec.within))
