"""`retention: {start, return, entity, mode, counting, at_least, periods, base, same_on_return}`: who started, and who came back when.

A cohort is everybody who did the start in a period of the range; offset k is the k-th period after it, offset 0 the start itself.
Cells reach to the last period of the range, with `periods: N` to offset N - 1 and past the range if need be, and never past the
period that is being loaded: that one is counted so far, its share is NULL. Members are those of the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlglot import exp

from data import expressions
from data.errors import Problem
from data.yaml_file import Mapping
from metrics.calendar import Window, windows
from metrics.kinds import shapes
from metrics.kinds.aggregate import where_of
from metrics.leaf import gathered
from metrics.question import Question, Shaped, just_after
from metrics.slice import Leaf
from metrics.sql import literal

KEYS = ("in", "where")
GRAIN = "week"
OPTIONS = ("start", "return", "entity", "mode", "counting", "at_least", "periods", "base", "same_on_return")
MODES = ("recurring", "first_time", "first_ever")
MOST_PERIODS, MOST_CELLS = 1_000, 250_000


@dataclass(frozen=True)
class Retention:
    """What begins a cohort, what counts as coming back, whose, and how it is counted. `named` is the event's name in `start`."""

    fact: str
    entity: str
    where: str | None
    start: str | None
    back: str | None
    mode: str
    named: str | None
    or_after: bool
    at_least: int
    periods: int | None
    from_previous: bool
    same: bool
    parts: tuple[str, ...] = ()


def read(verb: str, block: Mapping, name: str) -> Retention:
    """Reads a definition."""
    fact, told = shapes.fact_and_block(verb, block, name, OPTIONS)
    mode, start = shapes.choice(told, "mode", name, MODES), shapes.condition(told, "start", name)
    return Retention(
        fact=fact,
        entity=shapes.entity(told, name),
        where=where_of(block, name),
        start=start,
        back=shapes.condition(told, "return", name),
        mode=mode,
        named=_named(told, start, name) if start and mode == "first_ever" else None,
        or_after=shapes.choice(told, "counting", name, ("exact", "on_or_after")) == "on_or_after",
        at_least=shapes.whole(told, "at_least", name, 1),
        periods=shapes.whole(told, "periods", name, 1, most=MOST_PERIODS) if "periods" in told else None,
        from_previous=shapes.choice(told, "base", name, ("first", "previous")) == "previous",
        same=shapes.flag(told, "same_on_return", name),
    )


def _named(told: Mapping, start: str, name: str) -> str | None:
    """The part of a condition that is about the event's name alone: of those joined by AND, the ones that look at nothing else."""
    try:
        tree = expressions.check(start)
    except Problem as problem:
        raise told.problem("start", f"{name}: {problem.message}", problem.remedy, value=True) from None
    joined = [tree]
    while any(isinstance(one.unnest(), exp.And) for one in joined):
        joined = [part for one in joined for part in (one.unnest().flatten() if isinstance(one.unnest(), exp.And) else (one,))]
    of_name = [one for one in joined if {column.parts[0].name for column in expressions.columns(one)} == {"event"}]
    return shapes.both(*(expressions.sql(one) for one in of_name))


def format_of(verb: str) -> str:
    """The share that came back."""
    del verb
    return "percent"


def leaf(spec: Retention) -> Leaf:
    """Those who started."""
    return Leaf(spec.fact, "count_distinct", spec.entity, shapes.both(spec.start, spec.where))


def conditions(spec: Retention) -> list[tuple[tuple[str, ...], str, str]]:
    """Where each condition of the definition stands, and the fact that it is about."""
    return [((key,), spec.fact, told) for key, told in (("start", spec.start), ("return", spec.back)) if told is not None]


def shape(spec: Retention, question: Question) -> Shaped:
    """Rows `cohort, offset, size, retained, value, complete`."""
    cohorts, shown = _periods(spec, question)
    begun = _begun(spec, question, shown)
    _frame(spec, question, len(cohorts), shown, begun)
    _starts(spec, question, cohorts)
    _returns(spec, question, shown)
    _count(spec, question)
    dims = question.dims
    base = "size"
    if spec.from_previous:
        partition = ", ".join([*dims, "cohort"])
        base = f'CASE WHEN "offset" = 0 THEN size ELSE lag(retained) OVER (PARTITION BY {partition} ORDER BY "offset") END'
    columns = [*dims, "cohort", '"offset"', "size", "retained"]
    value = f"CASE WHEN closed THEN CAST(retained AS DOUBLE) / nullif({base}, 0) END AS value"
    listed = ",\n  ".join([*columns, value, "complete"])
    names = (*question.request.by, "cohort", "offset", "size", "retained", "value", "complete")
    return Shaped(question.finish(f"SELECT\n  {listed}\nFROM cells\nORDER BY {_places(len(dims) + 2)}"), names)


def _periods(spec: Retention, question: Question) -> tuple[list[Window], list[Window]]:
    """The periods that have a cohort, and those that are looked at; the last of the range is whole, also if the range ends inside it."""
    request, calendar, grain = question.request, question.request.calendar, question.request.grain or GRAIN
    cohorts = windows(calendar, grain, request.since, calendar.ceiling(request.until, grain))
    last = calendar.step(cohorts[-1].key, grain, spec.periods or 1)
    shown = windows(calendar, grain, request.since, last) if spec.periods else cohorts
    if sum(min(spec.periods or len(shown), len(shown) - place) for place in range(len(cohorts))) > MOST_CELLS:
        raise Problem(f"{question.metric.name}: more than {MOST_CELLS:,} cells", remedy="Ask for a coarser grain, or set periods.")
    return cohorts, shown


def _begun(spec: Retention, question: Question, shown: Sequence[Window]) -> int:
    """How many of the periods have begun where loading ends; the others are no rows."""
    end = just_after(question.known(spec.fact).until)
    return sum(end is not None and window.start < end for window in shown)


def _frame(spec: Retention, question: Question, cohorts: int, shown: Sequence[Window], begun: int) -> None:
    """`periods`: each with a number, whether it is over and loaded, and whether the cells of its cohort can be final.

    On or after, a later return may still raise a cell, until the last period that is looked at is over.
    """
    known = question.known(spec.fact)
    closed = [known.covers(window) for window in shown]
    final = [window.whole and closed[place] for place, window in enumerate(shown)]
    if spec.or_after:
        ends = [min(place + (spec.periods or len(shown)), len(shown)) - 1 for place in range(len(shown))]
        final = [one and closed[end] for one, end in zip(final, ends, strict=True)]
    keys = [_key(question, window) for window in shown]
    numbers = range(1, len(shown) + 1)
    question.values("periods", {"number": numbers, "period": keys, "closed": closed, "final": final})
    within = f" AND later.number < cohorts.number + {spec.periods}" if spec.periods else ""
    question.ctes["frame"] = (
        '  SELECT cohorts.period AS cohort, later.period AS later, later.number - cohorts.number AS "offset",\n'
        "    later.closed, cohorts.final AND later.closed AS complete\n  FROM periods AS cohorts\n  CROSS JOIN periods AS later\n"
        f"  WHERE cohorts.number <= {cohorts} AND later.number >= cohorts.number{within} AND later.number <= {begun}"
    )


def _starts(spec: Retention, question: Question, cohorts: Sequence[Window]) -> None:
    """`starts`: entity, period of the cohort, members; in the modes of a first time only the first over the whole history."""
    since, until = question.request.since, question.counted_until(spec.fact, cohorts[-1].end)
    ever = spec.mode == "first_ever"
    where = shapes.both(spec.named if ever else spec.start, spec.where)
    extra = {"matches": ("boolean", spec.start)} if ever and spec.start else None
    first = spec.mode != "recurring"
    begins = None if first else since
    question.happened("started", spec.fact, spec.entity, where=where, since=begins, until=until, period=True, gather=False, extra=extra)
    source, kept = "started", list[str]()
    clipped = [] if cohorts[0].whole else [question.from_on(spec.fact, since, "ranked")]
    if first and not extra and not question.dims:
        # Who did it in which periods answers for the starts, and for returns of the same condition.
        moments = ["at", "day"] if clipped else []
        shown = ["entity", "started.period", *(f"min(started.{one}) AS {one}" for one in moments)]
        shown += ["count(*) AS times"] if spec.at_least > 1 else []
        question.ctes["active"] = f"  SELECT {', '.join(shown)}\n  FROM started\n  GROUP BY entity, started.period"
        firsts = ", ".join(f"min(active.{one}) AS {one}" for one in ("period", *moments))
        question.ctes["ranked"] = f"  SELECT entity, {firsts}\n  FROM active\n  GROUP BY entity"
        source, kept = "ranked", clipped
    elif first:
        # Of rows of one moment the one that matches, then the first by its members, so that the answer never depends on chance.
        order = ", ".join(["started.at", *(["CASE WHEN matches THEN 0 ELSE 1 END"] if extra else []), *question.dims])
        question.ctes["ranked"] = f"  SELECT *, row_number() OVER (PARTITION BY entity ORDER BY {order}) AS place\n  FROM started"
        source = "ranked"
        kept = ["place = 1", *(["matches"] if extra else []), *clipped]
    listed = ("" if first else "DISTINCT ") + ", ".join(["entity", f"{source}.period", *question.dims])
    in_range = f"{source}.period BETWEEN {literal(_key(question, cohorts[0]))} AND {literal(_key(question, cohorts[-1]))}"
    question.ctes["starts"] = f"  SELECT {listed}\n  FROM {source}\n  WHERE {' AND '.join([in_range, *kept])}"


def _returns(spec: Retention, question: Question, shown: Sequence[Window]) -> None:
    """`returns`: entity and each period in which it came back often enough."""
    since, until = question.request.since, question.counted_until(spec.fact, shown[-1].end)
    if "active" in question.ctes and spec.back == spec.start and not spec.periods:
        enough = f"\n  WHERE active.times >= {spec.at_least}" if spec.at_least > 1 else ""
        question.ctes["returns"] = f"  SELECT entity, active.period\n  FROM active{enough}"
        return
    where = shapes.both(spec.back, spec.where)
    question.happened(
        "returned", spec.fact, spec.entity, where=where, since=since, until=until, period=True, members=spec.same, gather=False
    )
    dims = question.dims if spec.same else []
    enough = f"\n  HAVING count(*) >= {spec.at_least}" if spec.at_least > 1 else ""
    grouped = ", ".join(["entity", "returned.period", *dims])
    question.ctes["returns"] = f"  SELECT {grouped}\n  FROM returned\n  GROUP BY {grouped}{enough}"


def _count(spec: Retention, question: Question) -> None:
    """`cells`: the frame with sizes and returns."""
    named = gathered({dim: f"starts.{dim}" for dim in question.dims}, question.request.top, question.parameters)
    members = [f"{sql} AS {dim}" for dim, sql in named.items()]
    keys = [*members, "starts.period"]
    # An entity that started with two members that are Other counts once.
    how_many = "count(DISTINCT starts.entity)" if question.request.top else "count(*)"
    question.ctes["sizes"] = f"  SELECT {', '.join([*keys, f'{how_many} AS size'])}\n  FROM starts\n  GROUP BY {_places(len(keys))}"
    on = ["returns.entity = starts.entity", "returns.period > starts.period"]
    on += [f"returns.{dim} = starts.{dim}" for dim in question.dims] if spec.same else []
    source = f"FROM starts\n  JOIN returns ON {' AND '.join(on)}"
    if spec.or_after:
        # An entity counts in all periods up to the last that it came back in: those who came that late are added up below.
        last = [*keys, "starts.entity", "max(returns.period) AS came"]
        looked_at = "JOIN frame ON frame.cohort = starts.period AND frame.later = returns.period"
        question.ctes["reached"] = f"  SELECT {', '.join(last)}\n  {source}\n  {looked_at}\n  GROUP BY {_places(len(keys) + 1)}"
        shown, source = [*question.dims, "period", "came", "count(*) AS entities"], "FROM reached"
    else:
        shown = [*keys, "returns.period AS came", f"{how_many} AS entities"]
    question.ctes["counts"] = f"  SELECT {', '.join(shown)}\n  {source}\n  GROUP BY {_places(len(keys) + 1)}"
    question.ctes["cells"] = _cells(spec, question)


def _cells(spec: Retention, question: Question) -> str:
    dims, crossed = question.dims, ""
    if dims:
        question.ctes["members"] = f"  SELECT DISTINCT {', '.join(dims)} FROM sizes"
        crossed = " CROSS JOIN members"
    members = [f"members.{dim}" for dim in dims]
    shown = [*members, "frame.cohort", 'frame."offset"', "frame.closed", "frame.complete", "coalesce(sizes.size, 0) AS size"]
    came = "coalesce(counts.entities, 0)"
    if spec.or_after:
        cohort = ", ".join([*members, "frame.cohort"])
        over = f'PARTITION BY {cohort} ORDER BY frame."offset" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'
        came = f"CAST(sum({came}) OVER ({over}) AS BIGINT)"
    shown += [f'CASE WHEN frame."offset" = 0 THEN coalesce(sizes.size, 0) ELSE {came} END AS retained']
    of_size = ["sizes.period = frame.cohort", *(f"sizes.{dim} = members.{dim}" for dim in dims)]
    reached = ["counts.period = frame.cohort", "counts.came = frame.later", *(f"counts.{dim} = members.{dim}" for dim in dims)]
    listed = ",\n    ".join(shown)
    return (
        f"  SELECT\n    {listed}\n  FROM frame{crossed}\n"
        f"  LEFT JOIN sizes ON {' AND '.join(of_size)}\n  LEFT JOIN counts ON {' AND '.join(reached)}"
    )


def _key(question: Question, window: Window) -> date | datetime:
    """A period as the rows of its facts name it."""
    return window.key if question.request.grain == "hour" else window.key.date()


def _places(count: int) -> str:
    """The first columns of a SELECT, as GROUP BY names them."""
    return ", ".join(str(place + 1) for place in range(count))
