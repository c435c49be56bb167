"""The tests that a definition carries, run on the published data: what an owner promised about the number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from data.errors import Problem
from metrics.definition import Metric
from metrics.layer import Layer

_CENT = 0.005


def failures(layer: Layer, metric: Metric) -> list[str]:
    """What the tests of a metric find wrong in its last twelve months, in words; empty when all hold or nothing is loaded."""
    if not metric.tests or layer.generation() is None:
        return []
    parts = tuple(part for test in metric.tests for part in test.get("sums_to", ()))
    try:
        result = layer.query(metric.name, *dict.fromkeys(parts), grain="month")
    except Problem as problem:
        return [f"cannot be computed: {problem.message}"]
    said: list[str] = []
    for test in metric.tests:
        said += [f"{row['period']:%Y-%m}: {wrong}" for row in result.rows if (wrong := _wrong(metric.name, test, row))]
        said += _age(test, list(result.loaded_until.values()))
    return said


def _wrong(name: str, test: Mapping[str, Any], row: Mapping[str, Any]) -> str | None:
    value = row[name]
    if value is None:
        return None
    if "not_below" in test and value < test["not_below"]:
        return f"{value:,.2f} is below {test['not_below']}"
    if "not_above" in test and value > test["not_above"]:
        return f"{value:,.2f} is above {test['not_above']}"
    if "sums_to" in test:
        total = sum(row[part] or 0 for part in test["sums_to"])
        if abs(total - value) > _CENT:
            return f"{value:,.2f} is not the sum of {', '.join(test['sums_to'])} ({total:,.2f})"
    return None


def _age(test: Mapping[str, Any], loaded: list[datetime | None]) -> list[str]:
    if "max_age" not in test:
        return []
    number, unit = str(test["max_age"]).split()
    limit = timedelta(**{unit if unit.endswith("s") else f"{unit}s": int(number)})
    oldest = min((moment for moment in loaded if moment), default=None)
    if oldest is None or datetime.now(UTC) - oldest > limit:
        return [f"the data is older than {test['max_age']}"]
    return []
