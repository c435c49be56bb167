"""Objectives and key results: the metrics with targets under each objective, how far they are, and the projects that serve it.

A key result is a metric whose definition names the objective and has a target in force (Doerr, Measure What Matters, 2018: what is
reached is told by numbers); what drives it is its branch of the metric tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from data.errors import Problem
from data.journal import Journal
from metrics import target
from metrics.definition import Metric
from metrics.drivers import tree
from metrics.insight.priorities.candidates import Candidate
from metrics.layer import Layer
from metrics.made_of import is_shaped
from metrics.target import Target

#: What a key result is driven by: the metric and one level below it.
_LEVELS = 2


@dataclass(frozen=True)
class KeyResult:
    """A metric on its way: from `start` when the target's period began to `target` at its end; `progress` is the share of this way.

    `due` is where it should stand by now, `elapsed` the share of the period that is over, `status` on, risk or off. What adds up
    starts at nothing.
    """

    metric: str
    start: float | None
    now: float | None
    target: float
    progress: float | None
    due: float | None
    elapsed: float
    status: str | None
    since: date
    until: date
    drivers: tuple[str, ...]


@dataclass(frozen=True)
class Objective:
    """An objective, its key results, and the open projects that serve it. `id` is empty for a heading that only definitions name."""

    id: str
    name: str
    results: tuple[KeyResult, ...]
    projects: tuple[Candidate, ...]

    @property
    def progress(self) -> float | None:
        """The mean progress of its key results; each counts as at least nothing and at most done."""
        told = [min(max(one.progress, 0.0), 1.0) for one in self.results if one.progress is not None]
        return sum(told) / len(told) if told else None

    @property
    def lag(self) -> float:
        """How far its key results are behind the time, at most; below zero where all are ahead of it."""
        return max((one.elapsed - one.progress for one in self.results if one.progress is not None), default=-1.0)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        results = [{**vars(one), "since": one.since.isoformat(), "until": one.until.isoformat()} for one in self.results]
        projects = [{"key": one.key, "name": one.name} for one in self.projects]
        return {"id": self.id, "name": self.name, "progress": self.progress, "key_results": results, "projects": projects}


def objectives(layer: Layer, book: Journal, projects: tuple[Candidate, ...], since: date, until: date) -> tuple[Objective, ...]:
    """The objectives that have key results or open projects, those furthest behind the time first.

    `since` and `until` are the span that levels and ratios are measured over, as on a page; `projects` are the open ones.
    """
    names, known = layer.objectives(), _aimed(layer.metrics, book.targets.in_force())
    results: dict[str, list[KeyResult]] = {}
    for metric in known.values():
        held = target.in_force(metric.targets, until - timedelta(days=1))
        if metric.objective and held and metric.good != "neutral" and not is_shaped(metric):
            results.setdefault(_title(metric.objective, names), []).append(_result(layer, metric, held, since, until, known))
    serving: dict[str, list[Candidate]] = {}
    for project in projects:
        if project.kind == "project" and project.objective:
            serving.setdefault(_title(project.objective, names), []).append(project)
    ids = {name: key for key, name in names.items()}
    found = [
        Objective(ids.get(title, ""), title, tuple(results.get(title, ())), tuple(serving.get(title, ())))
        for title in {**results, **serving}
    ]
    return tuple(sorted(found, key=lambda one: (-one.lag, one.name)))


def progress(start: float, now: float, aim: float, good: str) -> float:
    """The share of the way from `start` to `aim` that is gone: below 0 on the wrong way, above 1 past the target.

    What was at its target from the start has no way to go: 1 as long as it stays there, else 0.
    """
    if target.judge(start, aim, good) == "on":
        return float(target.judge(now, aim, good) == "on")
    return (now - start) / (aim - start)


def _result(layer: Layer, metric: Metric, held: Target, since: date, until: date, known: Mapping[str, Metric]) -> KeyResult:
    adds_up = target.adds_up(metric)
    now = _value(layer, metric.name, held.start if adds_up else since, until)
    start = 0.0 if adds_up else _value(layer, metric.name, held.start - (until - since), held.start)
    elapsed = target.elapsed(held, (until - held.start).days)
    pace = target.pace(now, start, held, elapsed, metric.good, adds_up=adds_up)
    reached = target.judge(now, held.value, metric.good) == "on"
    status = "on" if reached and not adds_up else target.on_pace(pace, held) if pace else target.judge(now, held.value, metric.good)
    return KeyResult(
        metric=metric.name,
        start=start,
        now=now,
        target=held.value,
        progress=progress(start, now, held.value, metric.good) if now is not None and start is not None else None,
        due=pace.due if pace else None,
        elapsed=elapsed,
        status=status,
        since=held.start,
        until=held.end,
        drivers=tuple(branch.name for branch in tree(metric.name, known, _LEVELS).inputs),
    )


def _value(layer: Layer, name: str, since: date, until: date) -> float | None:
    try:
        rows = layer.query(name, since=since, until=until).rows
    except Problem:
        return None  # before there was anything, say
    return float(rows[0][name]) if rows and rows[0][name] is not None else None


def _aimed(known: Mapping[str, Metric], own: Mapping[str, Mapping[str, float]]) -> dict[str, Metric]:
    """The definitions with the targets that people set on a page over their own."""
    return {name: replace(one, targets={**one.targets, **own[name]}) if name in own else one for name, one in known.items()}


def _title(objective: str, names: Mapping[str, str]) -> str:
    """An objective is named by its id or its name; any other heading stands for itself."""
    return names.get(objective, objective)
