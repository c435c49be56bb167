"""Attempts at a funnel in SQL: each entity's rows in order, where each step is served next, and the attempt that came furthest.

Nothing is joined with everything. Window functions tell of each row the place of the next row that serves a step, so that an
attempt is followed by looking up one row a step. To take the next one is never too early: whatever could serve the steps after
it still can. Only where strict order lets repeats pass is there a choice; there the places are found from the last step back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from metrics.facts import facts
from metrics.kinds import funnel_any
from metrics.kinds.sequence import BEFORE, LATER, NEXT, after, arrival, over, place, select
from metrics.question import Question
from metrics.sql import literal

if TYPE_CHECKING:
    from metrics.kinds.funnel import Exclusion, Funnel

#: Further than any row: what is nowhere sorts last.
FAR = 9_000_000_000_000_000


def best(spec: Funnel, question: Question) -> None:
    """Adds the CTE `best`: of each entity (in each period, for a trend) the attempt that came furthest, of equals the earliest.

    Its columns: the keys, `reached`, `at_1`, `at_2`, …, and for members that steps' rows decide `told_1`, `member_1_1`, ….
    """
    _numbered(spec, question)
    keys = keys_of(spec, question)
    {"any": funnel_any.places, "strict_repeats_ok": _back_from_the_last}.get(spec.order, _next_rows)(spec, question, keys)
    _attempts(spec, question, keys)
    kept = [f"NOT coalesce({_void(spec, number, one)}, FALSE)" for number, one in enumerate(spec.exclude, 1)]
    apart = [*keys, *(("period",) if spec.show == "trend" else ())]
    each, first = f"DISTINCT ON ({', '.join(apart)}) *", f"\n  ORDER BY {', '.join(apart)}, reached DESC, place"
    question.ctes["best"] = select([each], "attempts", "\n    AND ".join(kept)) + first


def keys_of(spec: Funnel, question: Question) -> list[str]:
    """What tells sequences of rows apart: the entity; with `attribution: all` each of its members too."""
    return ["entity", *(question.dims if spec.attribution == "all" else ())]


def _numbered(spec: Funnel, question: Question) -> None:
    """The rows that matter, in order: those that serve a step or exclude; for a strict order every row."""
    request, keys = question.request, keys_of(spec, question)
    extra = {f"step_{number}": ("boolean", step.condition) for number, step in enumerate(spec.steps, 1)}
    extra |= {f"exclude_{number}": ("boolean", one.event) for number, one in enumerate(spec.exclude, 1)}
    where = "" if spec.order.startswith("strict") else " OR ".join(extra)
    if request.by and spec.attribution.endswith("touch"):
        extra["told"] = ("boolean", " OR ".join(f"CAST({dim} AS VARCHAR) <> ''" for dim in request.by))
    flags = [f"CASE WHEN {flag} THEN 1 ELSE 0 END AS {flag}" for flag in extra]
    extra |= arrival(spec.fact)
    end = request.until if spec.inside_range else after(request.until, spec.within)
    until = question.counted_until(spec.fact, end) or request.since
    trend = spec.show == "trend"
    question.happened("activity", spec.fact, spec.entity, where=spec.where, since=request.since, until=until, period=trend, extra=extra)
    moment = "activity.at" if _clocked(spec, question) else "CAST(activity.at AS TIMESTAMP)"
    columns = ["entity", *question.dims, f"{moment} AS moment", *(("period",) if trend else ()), *flags, place(keys, extra)]
    question.ctes["numbered"] = select(columns, "activity", where)


def _clocked(spec: Funnel, question: Question) -> bool:
    fact = facts()[spec.fact]
    return fact.has_clock(question.metric.time if question.metric.time in fact.times else fact.time)


def _served(spec: Funnel, named: str, value: str = "place") -> dict[str, str]:
    """For each step but the first, the value of the rows that serve it."""
    return {named.format(step): f"CASE WHEN step_{step} = 1 THEN {value} END" for step in range(2, len(spec.steps) + 1)}


def _met(spec: Funnel) -> dict[str, str]:
    return {f"met_{number}": f"CASE WHEN exclude_{number} = 1 THEN place END" for number in range(1, len(spec.exclude) + 1)}


def _next_rows(spec: Funnel, question: Question, keys: list[str]) -> None:
    """`ahead`: where after each row every step is served next; in strict order only by the very next row."""
    if spec.order == "ordered":
        first_after(question, "ahead", "numbered", {**_served(spec, "next_{}"), **_met(spec)}, keys, spec.strictly_later)
        return
    columns = {name: f"min({value}) OVER beside" for name, value in _served(spec, "next_{}").items()}
    if spec.strictly_later:
        columns = {name: f"CASE WHEN min(moment) OVER beside > moment THEN {value} END" for name, value in columns.items()}
    shown = ["*", *(f"{value} AS {name}" for name, value in columns.items())]
    source = "beside_it" if spec.exclude else "ahead"
    question.ctes[source] = select(shown, "numbered", beside=over(keys, NEXT))
    if spec.exclude:
        first_after(question, "ahead", source, _met(spec), keys, spec.strictly_later)


def first_after(question: Question, name: str, source: str, wanted: Mapping[str, str], keys: list[str], strictly: bool) -> None:
    """Adds to each row of a CTE the first value among the rows after it; with `strictly`, after its moment."""
    if not strictly:
        shown = ["*", *(f"min({value}) OVER later AS {column}" for column, value in wanted.items())]
        question.ctes[name] = select(shown, source, **({"later": over(keys, LATER)} if wanted else {}))
        return
    # What follows the last row of a moment follows the moment, and is further than what follows the others.
    shown = ["*", *(f"coalesce(min({value}) OVER later, {FAR}) AS after_{column}" for column, value in wanted.items())]
    question.ctes[f"{name}_in_order"] = select(shown, source, **({"later": over(keys, LATER)} if wanted else {}))
    shown = ["*", *(f"nullif(max(after_{column}) OVER peers, {FAR}) AS {column}" for column in wanted)]
    peers = f"PARTITION BY {', '.join([*keys, 'moment'])}"
    question.ctes[name] = select(shown, f"{name}_in_order", **({"peers": peers} if wanted else {}))


def _back_from_the_last(spec: Funnel, question: Question, keys: list[str]) -> None:
    """`ahead` when repeats of the current step may pass: the earliest places that lead on, found from the last step back.

    A run is what a row that serves a step can see: the rows that repeat the step, and the first that does not.
    """
    count = len(spec.steps)
    runs = [f"coalesce(sum(1 - step_{step}) OVER earlier, 0) AS run_{step}" for step in range(1, count)]
    question.ctes["runs"] = select(["*", *runs], "numbered", **({"earlier": over(keys, BEFORE)} if runs else {}))
    source = "runs"
    for step in range(count - 1, 0, -1):
        wanted = {f"place_{step}_{last}": f"place_{step + 1}_{last}" for last in range(step + 2, count + 1)}
        wanted = {f"place_{step}_{step + 1}": "place", **wanted}
        wanted = {column: f"CASE WHEN step_{step + 1} = 1 THEN {value} END" for column, value in wanted.items()}
        first_after(question, f"from_{step}", source, wanted, [*keys, f"run_{step}"], spec.strictly_later)
        source = f"from_{step}"
    first_after(question, "ahead", source, _met(spec), keys, spec.strictly_later)


def _source_of(spec: Funnel, step: int) -> str:
    """The column that holds the place at which an attempt is served a step."""
    if spec.order == "any":
        return f"s1.place_{step}"
    return f"s1.place_1_{step}" if spec.order == "strict_repeats_ok" else f"s{step - 1}.next_{step}"


def _attempts(spec: Funnel, question: Question, keys: list[str]) -> None:
    """`attempts`: a row for each entry, with the row of each step looked up, and how far it came within the window."""
    steps, window = range(1, len(spec.steps) + 1), f"s1.moment + INTERVAL '{int(spec.within.total_seconds())} seconds'"
    same = "".join(f" AND {{0}}.{key} = {{1}}.{key}" for key in keys)
    lines = ["ahead AS s1"]
    for step in steps[1:]:
        lines.append(f"LEFT JOIN ahead AS s{step} ON s{step}.place = {_source_of(spec, step)}{same.format(f's{step}', 's1')}")
    for number, one in enumerate(spec.exclude, 1):
        lines.append(f"LEFT JOIN ahead AS x{number} ON x{number}.place = s{one.after}.met_{number}{same.format(f'x{number}', 's1')}")
    came = " ".join(f"WHEN s{step}.moment <= {window} THEN {step}" for step in reversed(steps[1:]))
    shown = [f"s1.{name} AS {name}" for name in (*keys, *(("period",) if spec.show == "trend" else ()), "place")]
    shown += [f"CASE {came} ELSE 1 END AS reached" if came else "1 AS reached"]
    shown += [f"s{step}.moment AS at_{step}" for step in steps]
    for number, one in enumerate(spec.exclude, 1):
        shown += [f"x{number}.moment AS excluded_at_{number}", f"x{number}.place AS excluded_{number}"]
        shown += [f"s{one.before}.place AS before_{number}", f"{window} AS closes_{number}"]
    shown += _members(spec, question)
    entry = " OR ".join(f"s1.step_{step} = 1" for step in steps) if spec.order == "any" else "s1.step_1 = 1"
    until = question.request.until
    end = literal(until) if _clocked(spec, question) else f"TIMESTAMP '{until.date()}'"
    question.ctes["attempts"] = select(shown, "\n  ".join(lines), f"({entry}) AND s1.moment < {end}")


def _members(spec: Funnel, question: Question) -> list[str]:
    """The members on the rows that may decide to which of them an attempt belongs."""
    steps = range(1, len(spec.steps) + 1)
    if spec.attribution == "all":
        return []
    steps_that_tell = [spec.at_step] if spec.attribution == "step" else list(steps)
    told = [f"s{step}.told AS told_{step}" for step in steps_that_tell] if question.dims and spec.attribution.endswith("touch") else []
    named = enumerate(question.dims, 1)
    return told + [f"s{step}.{dim} AS member_{number}_{step}" for number, dim in named for step in steps_that_tell]


def _void(spec: Funnel, number: int, one: Exclusion) -> str:
    """Whether the excluded event came after its step and before the other, or inside the window when that never came."""
    earlier = f"excluded_at_{number} < at_{one.before}" if spec.strictly_later else f"excluded_{number} < before_{number}"
    in_time = f"CASE WHEN reached >= {one.before} THEN {earlier} ELSE excluded_at_{number} <= closes_{number} END"
    return f"(reached >= {one.after} AND {in_time})"
