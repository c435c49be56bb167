"""PostgreSQL and ClickHouse for the tests: each a real engine of their own, which holds copies of the test companies' warehouses.

PostgreSQL is a cluster in a temporary folder behind a socket, stopped at the end; ClickHouse is chdb, the whole engine inside
this process, of which a process can have only one. Both keep the company's zone as their session's, as the reader does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import sqlglot
from sqlglot import exp

from data.schema import BOOKKEEPING
from metrics.dialects import translate
from tests.machine import postgres_programs

Row = tuple[Any, ...]


class Engine(ABC):
    """An engine that answers in the place of DuckDB: a schema of its own for each company."""

    dialect: str
    types: Mapping[str, str]

    def __init__(self) -> None:
        self._schemas: dict[str, str] = {}

    def answer(
        self, company: str, timezone: str, warehouse: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]
    ) -> list[Row]:
        """The rows of the layer's SQL on the copy of a company's warehouse, which is made when it is first asked for."""
        if company not in self._schemas:
            self._schemas[company] = f"company_{len(self._schemas)}"
            self._begin(self._schemas[company], timezone, new=True)
            self._copy(warehouse)
        self._begin(self._schemas[company], timezone)
        return self.rows(*translate(sql, parameters, self.dialect))

    def _copy(self, warehouse: duckdb.DuckDBPyConnection) -> None:
        """All tables that metrics may count, with their rows, and the views over them, in translation."""
        kept = [(name, columns) for name, columns in _tables(warehouse).items() if not any(f" {name} (" in ddl for ddl in BOOKKEEPING)]
        for name, columns in kept:
            self._create(name, {column: self.types[kind] for column, kind in columns.items()})
            if rows := warehouse.execute(f"SELECT * FROM {name}").fetchall():
                self._insert(name, list(columns), rows)
        views = dict(warehouse.execute("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal").fetchall())
        for name in _in_order(views):
            self.run(f"CREATE VIEW {name} AS {translate(_flat(views[name]), {}, self.dialect)[0]}")

    @abstractmethod
    def _begin(self, schema: str, timezone: str, new: bool = False) -> None: ...

    @abstractmethod
    def _create(self, name: str, columns: Mapping[str, str]) -> None: ...

    @abstractmethod
    def _insert(self, name: str, columns: list[str], rows: list[Row]) -> None: ...

    @abstractmethod
    def run(self, sql: str) -> None:
        """Runs a statement that gives no rows."""

    @abstractmethod
    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """The rows of a statement in this engine's own dialect."""


def _tables(warehouse: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    told = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
    views = {name for (name,) in warehouse.execute("SELECT view_name FROM duckdb_views()").fetchall()}
    for table, column, kind in warehouse.execute(told).fetchall():
        if table not in views:
            found.setdefault(table, {})[column] = kind
    return found


def _in_order(views: Mapping[str, str]) -> list[str]:
    """Each view after those that it reads."""
    trees = {name: sqlglot.parse_one(told, dialect="duckdb").expression for name, told in views.items()}
    reads = {name: {table.name for table in tree.find_all(exp.Table)} & set(views) for name, tree in trees.items()}
    return list(TopologicalSorter(reads).static_order())


def _flat(view: str) -> str:
    """The SELECT of a view as it was written: DuckDB hands it out with its joins in brackets, which ClickHouse takes for queries."""
    select = sqlglot.parse_one(view, dialect="duckdb").expression
    source, joins = select.args["from_"].this, list(select.args.get("joins") or ())
    while isinstance(source, exp.Subquery) and not isinstance(source.this, exp.Select | exp.SetOperation | exp.Values):
        source = source.this
        joins = [*(source.args.pop("joins", None) or ()), *joins]
    select.args["from_"].set("this", source)
    select.set("joins", joins)
    return str(select.sql("duckdb"))


class Postgres(Engine):
    """A throw-away cluster; text is compared byte by byte, as DuckDB does."""

    dialect = "postgres"
    types = {
        "VARCHAR": "text",
        "TIMESTAMP WITH TIME ZONE": "timestamptz",
        "DATE": "date",
        "DECIMAL(18,4)": "numeric(18,4)",
        "BOOLEAN": "boolean",
        "BIGINT": "bigint",
        "INTEGER": "integer",
        "DOUBLE": "double precision",
        "JSON": "jsonb",
    }

    def __init__(self, connection: psycopg.Connection) -> None:
        super().__init__()
        self._connection = connection

    def _begin(self, schema: str, timezone: str, new: bool = False) -> None:
        if new:
            self.run(f"CREATE SCHEMA {schema}")
        self.run(f"SET search_path TO {schema}; SET timezone TO '{timezone}'")

    def _create(self, name: str, columns: Mapping[str, str]) -> None:
        self.run(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")

    def _insert(self, name: str, columns: list[str], rows: list[Row]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def run(self, sql: str) -> None:
        self._connection.execute(sql)

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        return self._connection.execute(sql, dict(parameters) or None).fetchall()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Starts a cluster, and stops and removes it."""
    programs = postgres_programs()
    assert programs is not None
    user = "postgres" if os.geteuid() == 0 else None  # it will not run as root
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        _call(user, programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-k {folder} -h '' -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        _call(user, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
                yield Postgres(connection)
        finally:
            _call(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _call(user: str | None, *command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], user=user, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


class ClickHouse(Engine):
    """ClickHouse within this process. Its tables live in memory; every column may be NULL, as in the warehouse."""

    dialect = "clickhouse"
    types = {
        "VARCHAR": "Nullable(String)",
        "TIMESTAMP WITH TIME ZONE": "Nullable(DateTime64(6))",
        "DATE": "Nullable(Date32)",
        "DECIMAL(18,4)": "Nullable(Decimal(18, 4))",
        "BOOLEAN": "Nullable(Bool)",
        "BIGINT": "Nullable(Int64)",
        "INTEGER": "Nullable(Int32)",
        "DOUBLE": "Nullable(Float64)",
        "JSON": "Nullable(String)",
    }

    def __init__(self) -> None:
        from chdb.session import Session  # half a gigabyte: only where it is used

        super().__init__()
        self._session = Session()

    def _begin(self, schema: str, timezone: str, new: bool = False) -> None:
        if new:
            self.run(f"CREATE DATABASE {schema} ENGINE = Memory")
        self.run(f"USE {schema}")
        self.run(f"SET session_timezone = '{timezone}'")

    def _create(self, name: str, columns: Mapping[str, str]) -> None:
        self.run(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())}) ENGINE = Memory")

    def _insert(self, name: str, columns: list[str], rows: list[Row]) -> None:
        lines = "\n".join(json.dumps(dict(zip(columns, row, strict=True)), default=str) for row in rows)
        self.run(f"INSERT INTO {name} SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow\n{lines}")

    def run(self, sql: str) -> None:
        self._session.query(sql)

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        escaped = {name: _escaped(value) for name, value in parameters.items()}
        table = self._session.query(sql, "ArrowTable", params=escaped)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def close(self) -> None:
        self._session.close()


def _escaped(value: Any) -> Any:
    """A value as ClickHouse reads it: the text of a file with tabs between columns."""
    signs = {"\\": "\\\\", "\t": "\\t", "\n": "\\n"}
    return value.translate(str.maketrans(signs)) if isinstance(value, str) else value


@contextmanager
def clickhouse() -> Iterator[ClickHouse]:
    """Opens the one session that this process can have, and closes it."""
    engine = ClickHouse()
    try:
        yield engine
    finally:
        engine.close()
