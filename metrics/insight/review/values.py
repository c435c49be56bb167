"""The values of many metrics over many stretches of days, asked from the layer in as few queries as give the same answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from data.errors import Problem
from metrics.definition import Metric
from metrics.insight.review.weeks import Cell, Span, month_of
from metrics.layer import Layer
from metrics.made_of import alike, facts_of, leaves
from metrics.result import value_of

_NOTHING = Cell(None, False)


@dataclass
class Values:
    """What was asked: a cell by metric and stretch; by metric why there is none; by metric how far its data reaches."""

    cells: dict[tuple[str, Span], Cell] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    reach: dict[str, tuple[date | None, datetime | None]] = field(default_factory=dict)

    def cell(self, name: str, span: Span) -> Cell:
        """The value of a metric over a stretch."""
        return self.cells.get((name, span), _NOTHING)

    def reaches(self, name: str, span: Span, zone: ZoneInfo) -> bool:
        """Whether the metric's data reaches to the end of a stretch."""
        until = self.reach.get(name, (None, None))[1]
        return until is not None and until >= datetime(span.until.year, span.until.month, span.until.day, tzinfo=zone)


def ask(layer: Layer, wanted: Mapping[str, Iterable[Span]]) -> Values:
    """The value of each metric over each of its stretches, measured over the stretch: a ratio is a ratio of its parts' totals.

    A value counts as final when its stretch is wholly loaded, from its first day on, and nothing is still waited for. A metric that
    cannot be computed takes no other one away; the reason is kept.
    """
    known, found = layer.metrics, Values()
    found.reach = _reach(layer, list(wanted))
    by_spans: dict[tuple[Span, ...], list[str]] = {}
    for name, spans in wanted.items():
        by_spans.setdefault(tuple(sorted(set(spans))), []).append(name)
    for spans, names in by_spans.items():
        for group in _groups(names, known):
            _fill(layer, found, group, spans)
    return found


def _groups(names: Sequence[str], known: Mapping[str, Metric]) -> list[tuple[str, ...]]:
    """Metrics over the same facts together; those that run on from period to period, and those with rows of their own, each alone."""
    alone = [name for name in names if known[name].kind == "score" or _runs_on(name, known)]
    return [*alike([name for name in names if name not in alone], known), *((name,) for name in alone)]


def _runs_on(name: str, known: Mapping[str, Metric]) -> bool:
    """Whether a metric goes on counting from one period to the next, so that it must be asked for each stretch by itself."""
    metric = known[name]
    return metric.kind == "cumulative" or any(_runs_on(part, known) for part in metric.parts if part in known)


def _fill(layer: Layer, found: Values, names: tuple[str, ...], spans: Sequence[Span]) -> None:
    try:
        for run, options in _queries(spans, singly=any(_runs_on(name, layer.metrics) for name in names)):
            result = layer.query(*names, since=run[0].first, until=run[-1].until, **options)
            rows = {row["period"]: row for row in result.rows} if options else dict.fromkeys([run[0].first], next(iter(result.rows), {}))
            for span in run:
                row = rows.get(span.first, {})
                for name in names:
                    found.cells[name, span] = _cell(layer.metrics, found, name, span, row)
    except Problem as problem:
        if len(names) == 1:
            found.problems[names[0]] = str(problem)
            return
        for name in names:
            _fill(layer, found, (name,), spans)


def _queries(spans: Sequence[Span], *, singly: bool) -> list[tuple[list[Span], dict[str, Any]]]:
    """Stretches that follow each other as calendar months or weeks go into one query, all others into one each."""
    made: list[tuple[list[Span], dict[str, Any]]] = []
    for options, kin in groupby(sorted(spans, key=lambda span: (_kind(span), span)), key=_kind):
        run: list[Span] = []
        for span in kin:
            if run and (singly or not options or run[-1].until != span.first):
                made.append((run, {} if singly else dict(options)))
                run = []
            run.append(span)
        made.append((run, {} if singly else dict(options)))
    return made


def _kind(span: Span) -> tuple[tuple[str, str], ...]:
    """How the layer counts a stretch in a row of others like it: the options of a query; none for a stretch of its own."""
    if span == month_of(span.first):
        return (("grain", "month"),)
    if span.last - span.first == timedelta(days=6) and span.first.weekday() in (0, 6):
        return (("grain", "week"), ("week_start", "sunday" if span.first.weekday() else "monday"))
    return ()


def _cell(known: Mapping[str, Metric], found: Values, name: str, span: Span, row: Mapping[str, Any]) -> Cell:
    value = value_of(row, name)
    since = found.reach[name][0]
    whole = since is None or since <= span.first or _is_level(name, known)
    return Cell(None if value is None else float(value), bool(row.get("complete")) and whole)


def _is_level(name: str, known: Mapping[str, Metric]) -> bool:
    """Whether a metric looks at the last day of a stretch alone, so that it does not matter when loading began."""
    return all(one.kind == "snapshot" for one in leaves((name,), known).values())


def _reach(layer: Layer, names: Sequence[str]) -> dict[str, tuple[date | None, datetime | None]]:
    """By metric, the first day that all its facts are loaded from, and the moment that all of them are loaded until."""
    with layer.reader.open() as snapshot:
        loaded = layer.loaded(snapshot)
    found: dict[str, tuple[date | None, datetime | None]] = {}
    for name in names:
        facts = [loaded[fact] for fact in facts_of(leaves((name,), layer.metrics).values()) if fact in loaded]
        since, until = [one.since for one in facts if one.since], [one.until for one in facts]
        found[name] = (max(since, default=None), min((end for end in until if end), default=None) if all(until) else None)
    return found
