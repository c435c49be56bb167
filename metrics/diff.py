"""What a change of a definition does to its numbers, before it is saved: each period as it is and as it would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from data.errors import Problem
from metrics import load
from metrics.asked import Moment
from metrics.definition import Metric
from metrics.explain import definition
from metrics.layer import Layer
from metrics.result import Result, plain, shown, value_of
from metrics.validate import known

#: The columns that tell the rows of an answer apart: of periods, and of the kinds with rows of their own.
_KEYS = (
    "period",
    "cohort",
    "offset",
    "step",
    "name",
    "kind",
    "status",
    "active_periods",
    "from",
    "to",
    "from_seconds",
    "to_seconds",
    "elapsed_days",
)
_CLOSE = 1e-9


@dataclass(frozen=True)
class Row:
    """One row before and after; `keys` say which. A side is None where the definition has no such row, or no value."""

    keys: Mapping[str, Any]
    before: Any
    after: Any
    complete: bool

    @property
    def change(self) -> float | None:
        """After minus before."""
        return self.after - self.before if _is_number(self.before) and _is_number(self.after) else None

    @property
    def differs(self) -> bool:
        """Whether the change is more than what adding in another order does."""
        if self.change is None:
            return bool(self.before != self.after)
        return bool(abs(self.change) > _CLOSE * max(1.0, abs(self.before), abs(self.after)))

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        told = {key: plain(value) for key, value in self.keys.items()}
        return told | {"before": self.before, "after": self.after, "change": self.change, "complete": self.complete}


@dataclass(frozen=True)
class Affected:
    """A metric that is computed from the changed one, and its rows; `problem` says why it cannot be computed any more."""

    metric: Metric
    rows: tuple[Row, ...] = ()
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        rows = [row.to_dict() for row in self.rows]
        changed = sum(row.differs for row in self.rows)
        return {"name": self.metric.name, "label": self.metric.label, "changed": changed, "rows": rows, "problem": self.problem}


@dataclass(frozen=True)
class Diff:
    """What a changed definition does. `before` and `after` are the definitions as YAML; `before` is None for a new metric."""

    name: str
    result: Result
    rows: tuple[Row, ...]
    affected: tuple[Affected, ...]
    before: str | None
    after: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of `python -m metrics diff --json`."""
        return {
            "metric": self.name,
            "grain": self.result.grain,
            "since": shown(self.result.since, self.result.timezone),
            "until": shown(self.result.until, self.result.timezone),
            "timezone": self.result.timezone,
            "generation": self.result.generation,
            "definition": {"before": self.before, "after": self.after},
            "rows": [row.to_dict() for row in self.rows],
            "affected": [one.to_dict() for one in self.affected],
        }


def diff(
    layer: Layer,
    name: str,
    definitions: str | Mapping[str, Any],
    *,
    grain: str = "month",
    since: Moment | None = None,
    until: Moment | None = None,
    by: Sequence[str] = (),
) -> Diff:
    """A metric, and all that is computed from it, as saved and under the unsaved `definitions`; by default the last twelve months.

    Raises Problem for a definition that cannot be used.
    """
    saved = layer.metrics
    unsaved = load.over(saved, definitions)
    changed = {one.name for one in unsaved.values() if saved.get(one.name) is not one}
    for one in (known(name, unsaved), *(unsaved[other] for other in sorted(changed))):
        load.check(one, unsaved)
    usual = layer.query(name, definitions=definitions, grain=grain, since=since, until=until, by=by)
    # Both sides over the same whole days, whatever each definition's own facts are loaded until.
    asked: dict[str, Any] = {"grain": grain, "since": usual.since, "until": until or _next_midnight(usual.until), "by": by}
    after = layer.query(name, definitions=definitions, **asked)
    before = layer.query(name, **asked).rows if name in saved else ()
    affected = tuple(
        _affected(layer, one, definitions, saved, asked) for one in unsaved.values() if one.name != name and name in _made_of(one, unsaved)
    )
    told = definition(saved[name]) if name in saved else None
    return Diff(name, after, _joined(name, before, after.rows, by), affected, told, definition(unsaved[name]))


def _next_midnight(moment: datetime) -> datetime:
    """The moment itself when it is a midnight."""
    return moment if moment.time() == time() else datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo)


def _affected(
    layer: Layer, metric: Metric, definitions: str | Mapping[str, Any], saved: Mapping[str, Metric], asked: Mapping[str, Any]
) -> Affected:
    try:
        after = layer.query(metric.name, definitions=definitions, **asked).rows
        before = layer.query(metric.name, **asked).rows if metric.name in saved else ()
    except Problem as problem:
        return Affected(metric, problem=problem.message)
    return Affected(metric, _joined(metric.name, before, after, asked["by"]))


def _made_of(metric: Metric, within: Mapping[str, Metric]) -> set[str]:
    """Every metric that this one is computed from, at any depth."""
    waiting, seen = list(metric.parts), set[str]()
    while waiting:
        part = waiting.pop()
        if part not in seen and part in within:
            seen.add(part)
            waiting += within[part].parts
    return seen


def _joined(name: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], by: Sequence[str]) -> tuple[Row, ...]:
    """The rows of both sides, joined on what tells them apart, in the order of the second."""
    sides = [{_key(row, name, by): row for row in rows} for rows in (before, after)]
    found = []
    for key in dict.fromkeys([*sides[1], *sides[0]]):
        then, now = (side.get(key) for side in sides)
        told = now or then or {}
        found.append(Row(dict(key), then and value_of(then, name), now and value_of(now, name), bool(told.get("complete"))))
    return tuple(found)


def _key(row: Mapping[str, Any], name: str, by: Sequence[str]) -> tuple[tuple[str, Any], ...]:
    keys = (*_KEYS, *by)
    return tuple((key, value) for key, value in row.items() if key in keys and key != name)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
