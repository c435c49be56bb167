"""From a request to one readable SQL statement: a CTE for each metric that counts rows, joined on periods × members.

Each fact is aggregated alone, so that no join multiplies rows. What a row of the answer covers is decided in Python
(metrics/calendar.py); the SQL gets dates.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from data.errors import Problem
from metrics import columns, shared
from metrics.calendar import Window, compared, cut, trailing, windows
from metrics.definition import Metric
from metrics.facts import Fact, facts
from metrics.frame import Frame
from metrics.kinds import KINDS
from metrics.leaf import Made, render
from metrics.made_of import check_conditions, check_written, facts_of, is_shaped, leaves, resolved, time_of
from metrics.question import Loaded, Question, just_after
from metrics.request import Request
from metrics.slice import Leaf, Slice
from metrics.sql import Bound, quote, title


@dataclass(frozen=True)
class Compiled:
    """SQL and what it binds; the rows' windows and whether each is complete, in the order of the periods.

    A kind with rows of its own (`shaped`) has a `complete` among its columns, or one for all its rows. `pieces` are the slices
    of facts that were looked at, each with its metric; `summary` names the columns that say the same on every row of a member.
    """

    sql: str
    parameters: dict[str, Bound]
    windows: tuple[Window, ...]
    complete: tuple[bool, ...]
    facts: tuple[str, ...]
    columns: tuple[str, ...]
    shaped: bool = False
    pieces: tuple[tuple[Metric, Slice], ...] = ()
    summary: tuple[str, ...] = ()


#: A leaf in a request: its metric, whether it is the compared one, whether it runs up.
_Key = tuple[str, bool, bool]


@dataclass
class _Build:
    request: Request
    catalogue: Mapping[str, Metric]
    counted: Mapping[str, Metric]
    loaded: Mapping[str, Loaded]
    asked: list[Window]
    frame: Frame
    values: dict[_Key, str] = field(default_factory=dict)
    #: The leaves that share a CTE with others, each with all of them.
    together: dict[_Key, dict[_Key, Slice]] = field(default_factory=dict)
    pieces: list[tuple[Metric, Slice]] = field(default_factory=list)
    slices: dict[_Key, Slice | None] = field(default_factory=dict)


def compile(request: Request, catalogue: Mapping[str, Metric], loaded: Mapping[str, Loaded]) -> Compiled:
    """The statement that answers a request. Raises Problem that names the definition or the part of the request."""
    asked = windows(request.calendar, request.grain, request.since, request.until)
    counted = leaves(request.metrics, catalogue)
    if any(is_shaped(metric) for metric in counted.values()):
        return _shaped(Question(_only(request, catalogue), request, loaded, asked))
    build = _Build(request, catalogue, counted, loaded, asked, Frame(request, asked))
    for metric in counted.values():
        _check_asked(metric.name, metric, request)
    _gather(build)
    shown: list[str] = []
    for name in request.metrics:
        now = _value(build, name)
        shown.append(f"{now} AS {quote(name)}")
        if request.compare:
            then = _value(build, name, compare=True)
            shown += [f"{then} AS {quote(f'{name}_compared')}", f"{now} - {then} AS {quote(f'{name}_change')}"]
    names = [name + tail for name in request.metrics for tail in (("", "_compared", "_change") if request.compare else ("",))]
    for column, told in _beside(build).items():
        if column not in (*names, *request.by):
            shown.append(f"{told} AS {quote(column)}")
            names.append(column)
    complete = _complete(build)
    shown_as = (("period",) if request.grain else ()) + request.by + tuple(names)
    sql, used = build.frame.statement(shown), facts_of(counted.values())
    return Compiled(sql, build.frame.parameters, tuple(asked), complete, used, shown_as, pieces=tuple(build.pieces))


def _beside(build: _Build) -> dict[str, str]:
    """What a metric shows beside its value when nothing else is asked: how many it rests on, and how sure it is."""
    name = build.request.metrics[0]
    kind = KINDS[build.catalogue[name].kind]
    if len(build.request.metrics) > 1 or not hasattr(kind, "beside"):
        return {}
    piece = next((piece for _, piece in build.pieces), None)
    told: dict[str, str] = kind.beside(build.counted[name].spec, piece.title if piece else "")
    if piece is None:
        return dict.fromkeys(told, "NULL")
    return {column: build.frame.zero(piece, sql) if column == "n" else sql for column, sql in told.items()}


def _only(request: Request, catalogue: Mapping[str, Metric]) -> Metric:
    """The metric of a request for one that has rows of its own. Raises Problem when anything else is asked with it."""
    if len(request.metrics) > 1:
        alone = next(name for name in request.metrics if any(is_shaped(one) for one in leaves((name,), catalogue).values()))
        raise Problem(f"{alone} has rows of its own and cannot be asked together with other metrics", remedy="Ask for it alone.")
    metric = resolved(catalogue[request.metrics[0]], catalogue)
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
    pieces = tuple((metric, piece) for piece in question.pieces)
    return Compiled(
        made.sql,
        question.parameters,
        tuple(question.asked),
        complete,
        facts_of((metric,)),
        made.columns,
        shaped=True,
        pieces=pieces,
        summary=made.summary,
    )


def _complete(build: _Build) -> tuple[bool, ...]:
    """Whether the values of each row are final: its period is whole and loaded, and whatever else a kind waits for has come."""
    known, waits = set(), []
    for metric in build.counted.values():
        kind = KINDS[metric.kind]
        known.add(build.loaded.get(kind.leaf(metric.spec).fact, Loaded()))
        if hasattr(kind, "is_final"):
            waits.append(partial(kind.is_final, metric.spec, question=Question(metric, build.request, build.loaded, build.asked)))
    return tuple(
        window.whole and all(one.covers(window) for one in known) and all(is_final(window) for is_final in waits) for window in build.asked
    )


def _value(build: _Build, name: str, *, compare: bool = False, running: bool = False) -> str:
    """SQL of a metric's value in a row of the frame; its leaves are added to the frame as they are met."""
    metric = build.catalogue[name]
    if not metric.parts:
        counted = build.counted[name]
        running = running and not KINDS[counted.kind].leaf(counted.spec).is_of_the_end
        key = (name, compare, running)
        if key not in build.values and key in build.together:
            build.values |= _together(build, build.together[key])
        elif key not in build.values:
            build.values[key] = _leaf(build, counted, compare, running)
        return build.values[key]
    kind = KINDS[metric.kind]
    running = running or getattr(kind, "RUNNING", False)
    combined: str = kind.combine(metric.spec, {part: _value(build, part, compare=compare, running=running) for part in metric.parts})
    return f"({combined})"


def _leaf(build: _Build, metric: Metric, compare: bool, running: bool) -> str:
    """Adds the CTE of a leaf; gives the SQL of its value in a row of the frame."""
    kind = KINDS[metric.kind]
    piece = _piece(build, metric, compare, running)
    if piece is None:
        check_written(metric)
        return "NULL"
    question = Question(metric, build.request, build.loaded, build.asked)
    with _told_by(metric):
        made: Made | None = kind.measure(metric.spec, piece, question) if hasattr(kind, "measure") else render(piece)
    build.pieces += [(metric, one) for one in (piece, *question.pieces)]
    if made is None:
        return "NULL"
    value = build.frame.add(piece.title, made)
    return value if hasattr(kind, "measure") else build.frame.filled(piece, value)


def _gather(build: _Build) -> None:
    """Finds the leaves of a request that look at the same rows."""
    groups: dict[Hashable, dict[_Key, Slice]] = {}
    reached = dict.fromkeys(one for name in build.request.metrics for one in _reached(build, name))
    if len(reached) > 1:
        for compare in (False, True) if build.request.compare else (False,):
            for name, running in reached:
                metric = build.counted[name]
                piece = None if hasattr(KINDS[metric.kind], "measure") else _piece(build, metric, compare, running)
                if piece and (rows := shared.rows_of(piece)):
                    groups.setdefault((compare, rows), {})[name, compare, running] = piece
    for group in groups.values():
        if len(group) > 1:
            build.together |= dict.fromkeys(group, group)


def _reached(build: _Build, name: str, running: bool = False) -> Iterator[tuple[str, bool]]:
    """The leaves of a metric, each with whether it runs up."""
    metric = build.catalogue[name]
    if not metric.parts:
        counted = build.counted[name]
        yield name, running and not KINDS[counted.kind].leaf(counted.spec).is_of_the_end
    for part in metric.parts:
        yield from _reached(build, part, running or getattr(KINDS[metric.kind], "RUNNING", False))


def _together(build: _Build, group: Mapping[_Key, Slice]) -> dict[_Key, str]:
    """Adds the CTE that leaves share; gives the SQL of the value of each."""
    columns_of = {(name, compare, running): name + ("_so_far" if running else "") for name, compare, running in group}
    for (name, _, _), piece in group.items():
        with _told_by(build.counted[name]):
            _ = piece.parts
    fact = next(iter(group.values())).fact
    named = title(f"{fact.name}_counted", "_compared" if next(iter(group))[1] else "")
    while named in build.frame.ctes:
        named += "_too"
    made = shared.render(named, {columns_of[key]: piece for key, piece in group.items()})
    build.frame.add(named, made)
    build.pieces += [(build.counted[name], replace(piece, title=named)) for (name, _, _), piece in group.items()]
    return {key: build.frame.filled(piece, f"{named}.{quote(columns_of[key])}") for key, piece in group.items()}


@contextmanager
def _told_by(metric: Metric) -> Iterator[None]:
    """What is wrong with an expression is told where the metric is defined."""
    try:
        yield
    except Problem as problem:
        if problem.file is None:
            raise metric.problem(problem.message, problem.remedy) from None
        raise


def _check_clock(metric: Metric, fact: Fact, time: str, request: Request) -> None:
    if request.grain == "hour" and not fact.has_clock(time):
        raise metric.problem(f"{fact.name} has days, not hours", "Ask for the day grain or a coarser one.")


def _check_asked(name: str, metric: Metric, request: Request) -> None:
    """A dimension or a condition of the request that this leaf cannot follow is the request's fault, not the definition's."""
    leaf: Leaf = KINDS[metric.kind].leaf(metric.spec)
    try:
        for dim in (*request.by, *(dim for dim, _ in request.members)):
            columns.dimension(leaf.fact, dim)
        if request.accounts is not None:
            columns.value(leaf.fact, "account_id", False)
        if request.where:
            columns.condition(leaf.fact, request.where, "where")
        for told in (*request.by, *([request.where] if request.where else [])) if leaf.of_account else ():
            columns.only_of_account(leaf.fact, told)
    except Problem as problem:
        raise Problem(f"{name}: {problem.message}", remedy=problem.remedy) from None


def piece_of(name: str, request: Request, catalogue: Mapping[str, Metric], loaded: Mapping[str, Loaded]) -> Slice | None:
    """A leaf in a request, on its own; None when nothing of the range is loaded."""
    asked = windows(request.calendar, request.grain, request.since, request.until)
    build = _Build(request, catalogue, {}, loaded, asked, Frame(request, asked))
    return _piece(build, resolved(catalogue[name], catalogue), compare=False, running=False)


def _piece(build: _Build, metric: Metric, compare: bool, running: bool) -> Slice | None:
    key = (metric.name, compare, running)
    if key not in build.slices:
        build.slices[key] = _slice(build, metric, compare, running)
    return build.slices[key]


def _slice(build: _Build, metric: Metric, compare: bool, running: bool) -> Slice | None:
    leaf: Leaf = KINDS[metric.kind].leaf(metric.spec)
    fact, request = facts()[leaf.fact], build.request
    time = time_of(metric, fact)
    _check_clock(metric, fact, time, request)
    found = _windows_of(build, leaf, compare, running)
    if not found:
        return None
    timed = request.timed or request.grain == "hour" or (compare and not all(one.on_days for one in found))
    named = title(metric.name, ("_so_far" if running else "") + ("_compared" if compare else ""))
    return Slice(named, leaf, fact, time, metric.include, tuple(found), request, timed and fact.has_clock(time), running=running)


def _windows_of(build: _Build, leaf: Leaf, compare: bool, running: bool) -> list[Window]:
    """The stretches that a leaf counts: what is loaded of each row, or the earlier stretch that it is compared with.

    A running one begins where the first of them does.
    """
    request, known = build.request, build.loaded.get(leaf.fact, Loaded())
    found = cut(build.asked, just_after(known.until))
    if compare and request.compare:
        asked = {window.key: window for window in build.asked}
        found = [compared(one, request.calendar, request.grain, request.compare, asked[one.key]) for one in found]
    if running:
        found = [replace(one, start=found[0].start) for one in found]
    if leaf.over_days and request.grain == "hour":
        found = [trailing(one, request.calendar, 24 * leaf.over_days) for one in found]
    known_since = known.since
    return [window for window in found if known_since is None or window.end_day > known_since]
