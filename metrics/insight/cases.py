"""How many cases stand behind a number: what has to be many before a change of it means anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metrics.definition import Metric
from metrics.kinds import KINDS
from metrics.made_of import resolved

#: Kinds whose value is a number of things (or of money) that came together: few now and many before is news, not chance.
ADDING_UP = ("count", "count_distinct", "sum", "snapshot", "cumulative")


def behind(metric: Metric, known: Mapping[str, Metric]) -> dict[str, dict[str, Any]]:
    """Definitions, by name, of the numbers of cases behind a metric; the least of them is its n.

    A count is its own number. A ratio stands on what is below the line, a conversion on what begins, a formula on each of its parts;
    all else on the rows that have a value, and a level of a day on the rows of that day.
    """
    if metric.kind in ("count", "count_distinct"):
        return {metric.name: dict(metric.block)}
    if metric.kind == "ratio":
        return behind(known[metric.spec.to], known)
    if metric.kind == "converted_to":
        return behind(known[metric.spec.base], known)
    if metric.parts:
        return {name: block for part in metric.parts for name, block in behind(known[part], known).items()}
    return {f"cases_of_{metric.name}"[:100]: _rows(resolved(metric, known))}


def _rows(metric: Metric) -> dict[str, Any]:
    leaf = KINDS[metric.kind].leaf(metric.spec)
    days = 1 if leaf.on_last_day else leaf.over_days
    column = leaf.per or (leaf.column if leaf.verb in ("sum", "average", "median", "min", "max", "percentile") else "*")
    told: dict[str, Any] = {"count_distinct" if leaf.per else "count": column, "in": leaf.fact}
    if leaf.where:
        told["where"] = leaf.where
    if days:
        told["over_last"] = f"{days} days"
    if leaf.at_least:
        told["at_least"] = leaf.at_least
    if metric.time:
        told["time"] = metric.time
    if metric.include:
        told["include"] = list(metric.include)
    return told
