"""The test `equals`: a few rows, a question, and the answer that its owner worked out by hand."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.errors import Problem
from data.reader import Held
from data.scratch import WORKSPACE, Scratch
from metrics.calendar import Calendar, moment
from metrics.definition import Metric
from metrics.layer import Layer
from metrics.result import value_of

_scratch, _lock = Scratch(), threading.Lock()


def wrong(metric: Metric, example: Mapping[str, Any], catalogue: Mapping[str, Metric]) -> str | None:
    """What an example gives instead of what it should, in words; None when it gives that."""
    try:
        rows = answer(metric.name, example, catalogue)
    except Problem as problem:
        return f"the example cannot be computed: {problem.message}"
    expected = example["gives"] if isinstance(example["gives"], list) else [example["gives"]]
    if len(rows) == len(expected) and all(_same(row, one, metric.name) for row, one in zip(rows, expected, strict=True)):
        return None
    keys = {key for one in expected if isinstance(one, dict) for key in one}
    got = [{key: _plain(row.get(key)) for key in row if key in keys} if keys else _plain(value_of(row, metric.name)) for row in rows]
    return f"the example gives {_told(got)}, expected {_told([_plain(one) for one in expected])}"


def answer(name: str, example: Mapping[str, Any], catalogue: Mapping[str, Metric]) -> list[Mapping[str, Any]]:
    """The rows that an example's question gives on its rows. Raises Problem when it cannot be answered."""
    ask: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in example["ask"].items()}
    calendar = Calendar(ZoneInfo(WORKSPACE.company.timezone))
    loaded_until = moment(example.get("loaded_until", ask["until"]), calendar).astimezone(UTC)
    with _lock, _scratch.filled(example["rows"], loaded_until) as connection:
        return list(Layer(WORKSPACE, Held(connection), catalogue).query(name, **ask).rows)


def _same(row: Mapping[str, Any], expected: Any, name: str) -> bool:
    if isinstance(expected, dict):
        return all(key in row and _equal(row[key], value) for key, value in expected.items())
    return _equal(value_of(row, name), expected)


def _equal(got: Any, expected: Any) -> bool:
    numbers = (int, float)
    if isinstance(got, numbers) and isinstance(expected, numbers) and not isinstance(got, bool) and not isinstance(expected, bool):
        return math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-9)
    return bool(_plain(got) == _plain(expected))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _told(values: list[Any]) -> str:
    shown = ", ".join(f"{value:g}" if isinstance(value, float) else "null" if value is None else str(value) for value in values)
    return f"[{shown if len(shown) <= 300 else shown[:299] + '…'}]" if len(values) != 1 else shown or "nothing"
