"""From a request to one readable SQL statement: a CTE for each metric that counts rows, joined on periods × members.

Each fact is aggregated alone, so that no join multiplies rows. What a row of the answer covers is decided in Python
(metrics/calendar.py); the SQL gets dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from data.errors import Problem, did_you_mean
from metrics import columns
from metrics.calendar import Window, compared, cut, windows
from metrics.definition import Metric
from metrics.facts import Fact, facts
from metrics.kinds import KINDS
from metrics.leaf import render
from metrics.question import Loaded, Question, just_after
from metrics.request import Request
from metrics.slice import Leaf, Slice
from metrics.sql import calendar, quote, title


@dataclass(frozen=True)
class Compiled:
    """SQL and what it binds; the rows' windows and whether each is complete, in the order of the periods.

    A kind with rows of its own (`shaped`) has a `complete` among its columns, or one for all its rows.
    """

    sql: str
    parameters: dict[str, str]
    windows: tuple[Window, ...]
    complete: tuple[bool, ...]
    facts: tuple[str, ...]
    columns: tuple[str, ...]
    shaped: bool = False


@dataclass
class _Build:
    request: Request
    catalogue: Mapping[str, Metric]
    loaded: Mapping[str, Loaded]
    asked: list[Window]
    ctes: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    keys: dict[str, list[date | datetime | None]] = field(default_factory=dict)

    @property
    def dims(self) -> tuple[str, ...]:
        return self.request.by


def leaves(names: tuple[str, ...], catalogue: Mapping[str, Metric], within: tuple[str, ...] = ()) -> dict[str, Metric]:
    """The metrics that count rows, among these and what they are made of. Raises Problem for unknown names and cycles."""
    found: dict[str, Metric] = {}
    for name in names:
        metric = catalogue.get(name)
        if metric is None:
            said = f'unknown metric "{name}"'
            remedy = did_you_mean(name, catalogue)
            raise catalogue[within[-1]].problem(said, remedy) if within else Problem(said, remedy=remedy)
        if name in within:
            raise metric.problem(f"is made of itself ({' → '.join((*within[within.index(name) :], name))})")
        found |= leaves(metric.parts, catalogue, (*within, name)) if metric.parts else {name: metric}
    return found


def compile(request: Request, catalogue: Mapping[str, Metric], loaded: Mapping[str, Loaded]) -> Compiled:
    """The statement that answers a request. Raises Problem that names the definition or the part of the request."""
    asked = windows(request.calendar, request.grain, request.since, request.until)
    counted = leaves(request.metrics, catalogue)
    if any(is_shaped(metric) for metric in counted.values()):
        return _shaped(Question(_only(request, catalogue), request, loaded, asked))
    build = _Build(request, catalogue, loaded, asked)
    values = {name: _leaf(build, name, metric) for name, metric in counted.items()}
    earlier = {name: _leaf(build, name, metric, compare=True) for name, metric in counted.items()} if request.compare else {}
    shown: list[str] = []
    for name in request.metrics:
        now = _value(name, catalogue, values)
        shown.append(f"{now} AS {quote(name)}")
        if request.compare:
            then = _value(name, catalogue, earlier)
            shown += [f"{then} AS {quote(f'{name}_compared')}", f"{now} - {then} AS {quote(f'{name}_change')}"]
    used = tuple(dict.fromkeys(KINDS[metric.kind].leaf(metric.spec).fact for metric in counted.values()))
    complete = tuple(all(_is_complete(window, loaded.get(fact, Loaded())) for fact in used) for window in asked)
    names = [name + tail for name in request.metrics for tail in (("", "_compared", "_change") if request.compare else ("",))]
    shown_as = (("period",) if request.grain else ()) + request.by + tuple(names)
    return Compiled(_statement(build, shown), build.parameters, tuple(asked), complete, used, shown_as)


def is_shaped(metric: Metric) -> bool:
    """Whether a metric answers with rows of its own kind (cohorts, steps, …) instead of one value a period."""
    return hasattr(KINDS[metric.kind], "shape")


def _only(request: Request, catalogue: Mapping[str, Metric]) -> Metric:
    """The metric of a request for one that has rows of its own. Raises Problem when anything else is asked with it."""
    if len(request.metrics) > 1:
        alone = next(name for name in request.metrics if any(is_shaped(one) for one in leaves((name,), catalogue).values()))
        raise Problem(f"{alone} has rows of its own and cannot be asked together with other metrics", remedy="Ask for it alone.")
    metric = catalogue[request.metrics[0]]
    if not is_shaped(metric):
        part = next(name for name, one in leaves((metric.name,), catalogue).items() if is_shaped(one))
        raise metric.problem(f"{part} has rows of its own, which cannot be computed with", "Use a metric that has one value a period.")
    if request.compare:
        raise Problem(f"{metric.name} cannot be compared: its rows are no periods", remedy="Ask for both ranges, one after the other.")
    return metric


def _shaped(question: Question) -> Compiled:
    """The statement of a kind with rows of its own."""
    metric, kind = question.metric, KINDS[question.metric.kind]
    _check_asked(metric.name, metric, question.request)
    check_conditions(metric)
    fact = facts()[kind.leaf(metric.spec).fact]
    _check_clock(metric, fact, time_of(metric, fact), question.request)
    made = kind.shape(metric.spec, question)
    complete = () if made.complete is None else (made.complete,)
    used = tuple(dict.fromkeys((kind.leaf(metric.spec).fact, *getattr(metric.spec, "also", ()))))
    return Compiled(made.sql, question.parameters, tuple(question.asked), complete, used, made.columns, shaped=True)


def _is_complete(window: Window, known: Loaded) -> bool:
    return window.whole and known.covers(window)


def _value(name: str, catalogue: Mapping[str, Metric], values: Mapping[str, str]) -> str:
    if name in values:
        return values[name]
    metric = catalogue[name]
    combined: str = KINDS[metric.kind].combine(metric.spec, {part: _value(part, catalogue, values) for part in metric.parts})
    return f"({combined})"


def _leaf(build: _Build, name: str, metric: Metric, compare: bool = False) -> str:
    """Adds the CTE of a leaf; gives the SQL of its value in a row of the frame."""
    _check_asked(name, metric, build.request)
    piece = _piece(build, name, metric, compare)
    if piece is None:
        return "NULL"
    try:
        made = render(piece)
    except Problem as problem:
        if problem.file is None:
            raise metric.problem(problem.message, problem.remedy) from None
        raise
    build.ctes |= made.ctes
    build.parameters |= made.parameters
    build.sources.append(piece.title)
    build.keys[piece.title] = _keys(build.asked, list(piece.windows), made.bucketed, build.request)
    return _filled(build, piece)


def time_of(metric: Metric, fact: Fact) -> str:
    """The moment that a metric counts at. Raises Problem when its fact has no such time."""
    time = metric.time or fact.time
    if time not in fact.times:
        raise metric.problem(f'{fact.name} has no time "{time}"', did_you_mean(time, fact.times), key="time")
    return time


def _check_clock(metric: Metric, fact: Fact, time: str, request: Request) -> None:
    if request.grain == "hour" and not fact.has_clock(time):
        raise metric.problem(f"{fact.name} has days, not hours", "Ask for the day grain or a coarser one.")


def check_conditions(metric: Metric) -> None:
    """The conditions of a kind that holds several, each judged where it is written. Raises Problem."""
    kind = KINDS[metric.kind]
    for path, fact, told in kind.conditions(metric.spec) if hasattr(kind, "conditions") else ():
        try:
            columns.condition(fact, told)
        except Problem as problem:
            block = metric.block[metric.kind]
            for key in path[:-1]:
                block = block[key]
            raise block.problem(path[-1], f"{metric.name}: {problem.message}", problem.remedy, value=True) from None


def _check_asked(name: str, metric: Metric, request: Request) -> None:
    """A dimension or a condition of the request that this leaf cannot follow is the request's fault, not the definition's."""
    fact = KINDS[metric.kind].leaf(metric.spec).fact
    try:
        for dim in (*request.by, *(dim for dim, _ in request.members)):
            columns.dimension(fact, dim)
        if request.where:
            columns.condition(fact, request.where, "where")
    except Problem as problem:
        raise Problem(f"{name}: {problem.message}", remedy=problem.remedy) from None


def piece_of(name: str, request: Request, catalogue: Mapping[str, Metric], loaded: Mapping[str, Loaded]) -> Slice | None:
    """A leaf in a request, on its own; None when nothing of the range is loaded."""
    build = _Build(request, catalogue, loaded, windows(request.calendar, request.grain, request.since, request.until))
    return _piece(build, name, catalogue[name], compare=False)


def _piece(build: _Build, name: str, metric: Metric, compare: bool) -> Slice | None:
    leaf: Leaf = KINDS[metric.kind].leaf(metric.spec)
    fact, request = facts()[leaf.fact], build.request
    time = time_of(metric, fact)
    _check_clock(metric, fact, time, request)
    found = _windows_of(build, leaf, compare)
    if not found:
        return None
    timed = request.timed or request.grain == "hour" or (compare and not all(one.on_days for one in found))
    return Slice(
        title(name, "_compared" if compare else ""), leaf, fact, time, metric.include, tuple(found), request, timed and fact.has_clock(time)
    )


def _windows_of(build: _Build, leaf: Leaf, compare: bool) -> list[Window]:
    """The stretches that a leaf counts: what is loaded of each row, or the earlier stretch that it is compared with."""
    request, known = build.request, build.loaded.get(leaf.fact, Loaded())
    found = cut(build.asked, just_after(known.until))
    if compare and request.compare:
        asked = {window.key: window for window in build.asked}
        found = [compared(one, request.calendar, request.grain, request.compare, asked[one.key]) for one in found]
    known_since = known.since
    return [window for window in found if known_since is None or window.end_day > known_since]


def _keys(asked: list[Window], found: list[Window], bucketed: bool, request: Request) -> list[date | datetime | None]:
    """For each row, the period under which its leaf's CTE has its value."""
    grain, calendar = request.grain, request.calendar
    if grain is None:
        return []
    at = {window.key: (calendar.floor(window.start, grain) if bucketed else window.key) for window in found}
    keys = [at.get(window.key) for window in asked]
    return [key if key is None or grain == "hour" else key.date() for key in keys]


def _filled(build: _Build, piece: Slice) -> str:
    """The value of a leaf in a row: counts and sums are 0 inside what is loaded, and unknown outside it."""
    value = f"{piece.title}.measure"
    if not piece.leaf.zero_when_none or (piece.leaf.on_last_day and not piece.fact.every_day):
        return value
    if len(piece.windows) == len(build.asked) or not build.request.grain:
        return f"coalesce({value}, 0)"
    first, last = (_literal(edge.key, build.request.grain) for edge in (piece.windows[0], piece.windows[-1]))
    return f"CASE WHEN frame.period BETWEEN {first} AND {last} THEN coalesce({value}, 0) END"


def _literal(moment: datetime, grain: str | None) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'" if grain == "hour" else f"DATE '{moment.date()}'"


def _statement(build: _Build, shown: list[str]) -> str:
    """The whole statement: the leaves' CTEs, the frame of periods × members, and one row of values for each."""
    dims = [quote(dim) for dim in build.dims]
    grain = build.request.grain
    ctes = dict(build.ctes)
    selected = (["frame.period"] if grain else []) + [f"frame.{dim}" for dim in dims]
    if grain:
        ctes = {"periods": _periods(build), **ctes}
    if dims:
        ctes["members"] = _members(build, dims)
    frame = "periods CROSS JOIN members" if grain and dims else "periods" if grain else "members" if dims else ""
    if grain and dims:
        ctes["frame"] = f"  SELECT * FROM {frame}"
    lines = ["FROM frame" if grain and dims else f"FROM {frame} AS frame"] if frame else []
    key_columns = _key_columns(build) if grain else {}
    for source in build.sources:
        on = ([f"{source}.period = frame.{key_columns[source]}"] if grain else []) + [f"{source}.{dim} = frame.{dim}" for dim in dims]
        joined = f"LEFT JOIN {source} ON {' AND '.join(on)}" if on else f"CROSS JOIN {source}"
        lines.append(joined if lines else f"FROM {source}")
    order = f"\nORDER BY {', '.join(str(i + 1) for i in range(len(selected)))}" if selected else ""
    head = "WITH\n" + ",\n".join(f"{name} AS (\n{body}\n)" for name, body in ctes.items()) + "\n" if ctes else ""
    body = "SELECT\n  " + ",\n  ".join(selected + shown)
    return head + body + ("\n" + "\n".join(lines) if lines else "") + order


def _members(build: _Build, dims: list[str]) -> str:
    """The members that were seen, in any of the metrics."""
    listed_dims = ", ".join(dims)
    if not build.sources:
        return "  SELECT " + ", ".join(f"'' AS {dim}" for dim in dims) + " WHERE FALSE"
    if len(build.sources) == 1:
        return f"  SELECT DISTINCT {listed_dims} FROM {build.sources[0]}"
    return "\n  UNION\n".join(f"  SELECT {listed_dims} FROM {source}" for source in build.sources)


def _key_columns(build: _Build) -> dict[str, str]:
    """For each CTE the column of the frame that its periods stand in; those that share their periods share a column."""
    own = tuple(_keys(build.asked, build.asked, False, build.request))
    named: dict[tuple[date | datetime | None, ...], str] = {own: "period"}
    found: dict[str, str] = {}
    for source in build.sources:
        keys = tuple(key if key is not None else mine for key, mine in zip(build.keys[source], own, strict=True))
        found[source] = named.setdefault(keys, f"{source}_period" if "compared_period" in named.values() else "compared_period")
    return found


def _periods(build: _Build) -> str:
    columns = {"period": _keys(build.asked, build.asked, False, build.request)}
    for source, column in _key_columns(build).items():
        columns.setdefault(column, build.keys[source])
    return calendar(columns)
