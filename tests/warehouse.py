"""Builds a workspace with one published generation from a company's plain rows, without any connector."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import yaml

from data import derive, workspace
from data.schema import DAY, MONEY, TABLES, TIME, Table
from data.store import Store
from tests.company import SOURCE, Company, as_mapping

#: When test rows were loaded; no metric depends on it.
LOADED_AT = "2026-06-30T12:00:00+00:00"


def build(company: Company, root: Path) -> Path:
    """Writes sources.yml, metrics/company.yml and a published generation into `root`, and gives `root` back."""
    root.mkdir(parents=True, exist_ok=True)
    sources = {
        source: {"connector": "files", "tables": {}} for source in sorted({name for name, *_ in company.freshness()} - set(company.gone))
    }
    head = {"timezone": company.timezone, "week_start": company.week_start, "fiscal_year_start": company.fiscal_year_start}
    told = {"company": {"name": "Tiny", "currency": company.currency, **head}, "schedules": company.schedules, "sources": sources}
    _write(root / "sources.yml", told)
    if company.metrics:
        (root / "metrics").mkdir(exist_ok=True)
        _write(root / "metrics" / "company.yml", company.metrics)
    publish(company, root)
    return root


def publish(company: Company, root: Path) -> int:
    """Publishes the company's rows as the workspace's next generation, in place of what was there; gives its number."""
    with Store(root, timezone=company.timezone).draft() as draft:
        for name in TABLES:
            draft.connection.execute(f"DELETE FROM {name}")
        for name, rows in company.tables.items():
            _insert(draft.connection, TABLES[name], [complete_row(company, TABLES[name], row) for row in rows])
        derive.run(draft.connection, workspace.load(root))
        told = _tell_freshness(draft.connection, company)
        return draft.publish(sources=told, audits=[]).generation


def complete_row(company: Company, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with what the loader adds: typed values, the local day beside each time, the amount in the reporting currency."""
    unknown = set(row) - set(table.columns)
    assert not unknown, f"{table.name} has no column {sorted(unknown)}"
    given = {"source": SOURCE, "loaded_at": LOADED_AT, **_defaults(table, company), **row}
    full: dict[str, Any] = {}
    for column, kind in table.columns.items():
        value = given.get(column)
        if value is None or column in full:
            full.setdefault(column, None)
            continue
        full[column] = _typed(company, column, kind, value)
        if kind == TIME and f"{column}_day" in table.columns:
            full[f"{column}_day"] = full[column].astimezone(company.zone).date()
        if column in table.money and given.get("currency") == company.currency:
            full[f"{column}_reporting"] = full[column]
    return full


def _defaults(table: Table, company: Company) -> dict[str, Any]:
    if table.name == "event":
        return {"is_meaningful": True}
    return {"currency": company.currency} if table.money else {}


def _typed(company: Company, column: str, kind: str, value: Any) -> Any:
    if column == "attrs":
        return json.dumps(as_mapping(value))
    if kind == TIME:
        return company.moment(value)
    if kind == DAY:
        return value if isinstance(value, date) and not isinstance(value, datetime) else date.fromisoformat(str(value))
    return Decimal(str(value)) if kind == MONEY else value


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    marks = ", ".join("?" for _ in table.columns)
    values = [row[column] for row in rows for column in table.columns]
    connection.execute(f"INSERT INTO {table.name} VALUES {', '.join([f'({marks})'] * len(rows))}", values)


def _tell_freshness(connection: duckdb.DuckDBPyConnection, company: Company) -> dict[str, dict[str, Any]]:
    connection.execute("DELETE FROM freshness")
    told: dict[str, dict[str, Any]] = {}
    for source, table, since, until in company.freshness():
        day = since.astimezone(company.zone).date() if since else None
        values = [source, table, day, until, len(company.tables[table])]
        connection.execute("INSERT INTO freshness VALUES (?, ?, ?, ?, ?)", values)
        told[source] = {"loaded_until": min(until, told.get(source, {}).get("loaded_until", until))}
    return told


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(_plain(content), sort_keys=False, allow_unicode=True), encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
