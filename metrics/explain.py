"""Everything behind a number: its definition, its SQL, what it is made of, where its rows come from, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import yaml

from metrics.definition import Metric
from metrics.facts import facts
from metrics.kinds import KINDS
from metrics.made_of import counting, leaves
from metrics.sql import Bound, literal


@dataclass(frozen=True)
class Source:
    """A source that feeds a table: the moment up to which it is loaded, and how many rows it brought."""

    name: str
    table: str
    loaded_until: datetime | None
    rows: int


@dataclass(frozen=True)
class Explanation:
    """How a metric is computed. `lineage` maps each metric that it is made of to the table that it counts."""

    metric: Metric
    definition: str
    sql: str
    parameters: Mapping[str, Bound]
    lineage: Mapping[str, str]
    sources: tuple[Source, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    #: Which of several readings of its name each of these metrics used.
    readings: Mapping[str, str] = field(default_factory=dict)

    @property
    def runnable(self) -> str:
        """The SQL with its values written in, to paste into any DuckDB shell."""
        return runnable(self.sql, self.parameters)


def runnable(sql: str, parameters: Mapping[str, Bound]) -> str:
    """SQL with the values that it binds written in as literals."""
    for name in sorted(parameters, key=len, reverse=True):
        sql = sql.replace(f"${name}", literal(parameters[name]))
    return sql


def definition(metric: Metric) -> str:
    """The definition as YAML, as it would be written in a file."""
    plain = yaml.safe_dump({metric.name: _plain(metric.block)}, sort_keys=False, allow_unicode=True, width=110)
    return str(plain)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def lineage(name: str, known: Mapping[str, Metric]) -> dict[str, str]:
    """The metrics that count rows for this one, each with its table."""
    found = counting((name,), known)
    return {leaf: facts()[KINDS[metric.kind].leaf(metric.spec).fact].table for leaf, metric in found.items()}


def readings(names: tuple[str, ...], known: Mapping[str, Metric]) -> dict[str, str]:
    """For each metric whose options choose between readings of its name, among these and what they are made of: which it used."""
    found = leaves(names, known)
    return {name: KINDS[one.kind].reading(one.spec) for name, one in found.items() if hasattr(KINDS[one.kind], "reading")}


def source_text(metric: Metric, folder: Path) -> str | None:
    """The lines of the file that define a metric, comments and all; None for an unsaved one."""
    path = folder / metric.file
    if not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    last = max((line for line, _ in metric.block.values_at.values()), default=metric.line)
    return "\n".join(lines[metric.line - 1 : last])
