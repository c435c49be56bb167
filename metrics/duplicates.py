"""Definitions that compute the same under two names: sooner or later one of them is changed, and two truths are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlglot import exp

from data.errors import Problem
from data.expressions import check
from metrics import columns
from metrics.definition import Metric
from metrics.facts import facts

#: Keys that say something about a number and do not change it.
_SAID = (
    "label", "description", "good", "owner", "format", "objective", "targets", "tests", "drivers", "synonyms", "valid_since",
    "materiality", "minimum_n",
)  # fmt: skip


def found(within: Mapping[str, Metric]) -> Iterator[Problem]:
    """A Problem at each metric that computes what one before it does."""
    first: dict[str, Metric] = {}
    for metric in within.values():
        other = first.setdefault(_key(metric), metric)
        if other is not metric:
            said = f"computes the same as {other.name} ({other.file}:{other.line})"
            yield metric.problem(said, "Keep one of them, and give it the other's name among its synonyms.")


def _key(metric: Metric) -> str:
    """What a definition computes, spelled in one way."""
    block = {key: value for key, value in metric.block.items() if key not in _SAID}
    fact = str(block.get("in"))
    if fact in facts():
        block["time"] = metric.time or facts()[fact].time
    block["include"] = sorted(metric.include)
    return repr(_plain(block, fact if fact in facts() else None))


def _plain(value: Any, fact: str | None) -> Any:
    if isinstance(value, dict):
        return sorted((key, _plain(one, fact)) for key, one in value.items())
    if isinstance(value, list):
        return [_plain(one, fact) for one in value]
    return _expression(value, fact) if isinstance(value, str) else str(value)


@lru_cache(maxsize=4096)
def _expression(text: str, fact: str | None) -> str:
    """An expression with its conditions in one order and its columns by their full names; other text as it stands."""
    try:
        tree = check(text).copy().unnest()
        for one in tree.find_all(exp.In):
            one.set("expressions", sorted(one.expressions, key=lambda value: str(value.sql())))
        parts = [part.unnest().sql(dialect="duckdb") for part in (tree.flatten() if isinstance(tree, exp.And) else [tree])]
        return " AND ".join(sorted(columns.condition(fact, part).sql if fact else part for part in parts))
    except Problem:
        return " ".join(text.split())
