"""A warehouse in memory that holds a few given rows and nothing else: what a definition's own example is computed on.

It belongs to a company of its own (UTC, weeks from Monday, EUR) that has no features.yml, so that an example says the same in
every workspace.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from data import derive, schema
from data.errors import Problem
from data.schema import TABLES, TIME, Table
from data.workspace import Workspace

WORKSPACE = Workspace(Path("example"))
_SOURCE = "example"

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


class Scratch:
    """One warehouse, filled anew for each example: making the tables costs more than filling them."""

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def filled(self, rows: Rows, loaded_until: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
        """The warehouse with these rows by table, every table loaded until that moment. Raises Problem for a value of a wrong type."""
        connection = self._connection = self._connection or _open()
        connection.execute("BEGIN")
        try:
            for table, listed in rows.items():
                for row in listed:
                    _insert(connection, TABLES[table], row)
            derive.make(connection, WORKSPACE, today=loaded_until.date())
            fed = ", ".join(f"('{_SOURCE}', '{name}', NULL, $1, 0)" for name in TABLES)
            connection.execute(f"INSERT INTO freshness VALUES {fed}", [loaded_until])
            yield connection
        finally:
            connection.execute("ROLLBACK")


def _open() -> duckdb.DuckDBPyConnection:
    locked: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=locked)
    connection.execute("SET GLOBAL timezone = 'UTC'")
    for table in TABLES.values():
        connection.execute(table.ddl())
    for statement in schema.BOOKKEEPING:
        connection.execute(statement)
    connection.execute("SET GLOBAL lock_configuration = true")
    return connection


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, row: Mapping[str, Any]) -> None:
    given = {"source": _SOURCE, "loaded_at": "2020-01-01", **{name: value for name, value in row.items() if value is not None}}
    columns, casts, values = [], [], []
    for name, value in given.items():
        kind = table.columns[name]
        values.append(json.dumps(value, default=str) if kind == "JSON" else str(value))
        columns.append(name)
        casts.append(f"CAST(${len(values)} AS {kind})")
        if kind == TIME and f"{name}_day" not in given and f"{name}_day" in table.columns:
            columns.append(f"{name}_day")
            casts.append(f"CAST(CAST(${len(values)} AS {kind}) AS DATE)")
    try:
        connection.execute(f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(casts)}", values)
    except duckdb.Error as error:
        raise Problem(f"a row of {table.name} cannot be read: {str(error).splitlines()[0]}") from None
