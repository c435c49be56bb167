"""What a source would load, found by loading it into a store in memory that is then forgotten."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from connectors import entities, of_block
from connectors.context import Context
from connectors.landing import Landing
from connectors.merge import target
from connectors.sql import count
from data import schema
from data.errors import Problem, did_you_mean
from data.workspace import Workspace

ROWS = 5
_COMPUTED = ("loaded_at", "source")


@dataclass(frozen=True)
class Preview:
    """The first rows of each table, how many there are, and what would be refused or reported."""

    tables: dict[str, list[dict[str, Any]]]
    counts: dict[str, int]
    rejects: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    notes: tuple[str, ...]


def preview(workspace: Workspace, name: str) -> Preview:
    """Loads one source into memory. Raises Problem as a sync would."""
    if name not in workspace.sources:
        raise Problem(f'there is no source "{name}"', "sources.yml", remedy=did_you_mean(name, workspace.sources))
    block = workspace.sources[name]
    module = of_block(name, block, workspace.sources)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        _make_tables(connection, workspace)
        now = datetime.now(UTC)
        landing = Landing(Path(folder) / "landing")
        given = Context(workspace, name, block, connection, landing, Path(folder), "check", now, full=True, sample=True)
        module.receive(given)
        done = module.load(given)
        tables = {table: _rows(connection, table) for table in done.tables}
        counts = {table: count(connection, f"SELECT count(*) FROM {target(schema.TABLES[table])}") for table in done.tables}
        return Preview(tables, counts, _rejects(connection), _findings(connection), done.notes)


def _make_tables(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    connection.execute(f"SET TimeZone = '{workspace.company.timezone}'")
    connection.execute("SET enable_progress_bar = false")
    for table in schema.TABLES.values():
        connection.execute(table.ddl())
    for statement in schema.BOOKKEEPING:
        connection.execute(statement)
    entities.prepare(connection)


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    shown = [name for name in schema.TABLES[table].columns if name not in _COMPUTED and not name.endswith("_day")]
    rows = connection.execute(f"SELECT {', '.join(shown)} FROM {target(schema.TABLES[table])} LIMIT $1", [ROWS]).fetchall()
    return [dict(zip(shown, row, strict=True)) for row in rows]


def _rejects(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    statement = """
      WITH shown AS (
        SELECT *, file || ':' || line || coalesce(' ' || column_name, '') || coalesce(' "' || value || '"', '') AS text FROM reject
      )
      SELECT table_name, reason, count(*), min_by(text, line) FROM shown GROUP BY ALL ORDER BY 3 DESC
    """
    return [dict(zip(("table", "reason", "count", "example"), row, strict=True)) for row in connection.execute(statement).fetchall()]


def _findings(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    rows = connection.execute("SELECT table_name, name, message, row_count FROM finding ORDER BY 4 DESC").fetchall()
    return [dict(zip(("table", "name", "message", "count"), row, strict=True)) for row in rows]
