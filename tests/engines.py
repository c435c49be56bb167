"""PostgreSQL and ClickHouse for the tests: each a real engine of their own, which holds copies of the test companies' warehouses.

PostgreSQL is a cluster in a temporary folder behind a socket, stopped at the end; ClickHouse is chdb, the whole engine inside
this process, of which a process can have only one. Both keep the company's zone as their session's, as the reader does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import sqlglot
from sqlglot import exp

from metrics.dialects import translate
from tests.machine import postgres_programs

Row = tuple[Any, ...]

_SOURCE = re.compile(r"\b(?:FROM|JOIN) (\w+)")


class Engine(ABC):
    """An engine that answers in the place of DuckDB: a schema of its own for each company, filled with what is asked for."""

    dialect: str
    types: Mapping[str, str]

    def __init__(self) -> None:
        self._copied: dict[str, set[str]] = {}

    def answer(
        self, company: str, timezone: str, warehouse: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]
    ) -> list[Row]:
        """The rows of the layer's SQL on a copy of the tables and views of a company's warehouse that it names."""
        is_new = company not in self._copied
        copied = self._copied.setdefault(company, set())
        self._begin(f"company_{list(self._copied).index(company)}", timezone, is_new)
        self._copy(warehouse, sql, copied)
        return self.rows(*translate(sql, parameters, self.dialect))

    def _copy(self, warehouse: duckdb.DuckDBPyConnection, sql: str, copied: set[str]) -> None:
        known = {
            name
            for (name,) in warehouse.execute("SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()").fetchall()
        }
        for name in sorted(set(_SOURCE.findall(sql)) & known - copied):
            view = warehouse.execute("SELECT sql FROM duckdb_views() WHERE view_name = $1 AND NOT internal", [name]).fetchone()
            if view:
                body = _flat(view[0])
                self._copy(warehouse, body, copied)
                self.run(f"CREATE VIEW {name} AS {translate(body, {}, self.dialect)[0]}")
            else:
                told = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1 ORDER BY column_index"
                columns = dict(warehouse.execute(told, [name]).fetchall())
                self._create(name, {column: self.types[kind] for column, kind in columns.items()})
                if rows := warehouse.execute(f"SELECT * FROM {name}").fetchall():
                    self._insert(name, list(columns), rows)
            copied.add(name)

    @abstractmethod
    def _begin(self, schema: str, timezone: str, is_new: bool) -> None: ...

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


@cache
def _flat(view: str) -> str:
    """The SELECT of a view as it was written: DuckDB hands it out with its joins in brackets, which ClickHouse takes for queries."""
    select: exp.Select = sqlglot.parse_one(view, dialect="duckdb").expression
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

    def _begin(self, schema: str, timezone: str, is_new: bool) -> None:
        if is_new:
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
    """The engine on a cluster of its own."""
    with cluster() as folder, psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
        yield Postgres(connection)


@contextmanager
def cluster() -> Iterator[Path]:
    """Starts a cluster of PostgreSQL, and stops and removes it; gives the folder of its socket, which is its host."""
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
            yield folder
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

    def _begin(self, schema: str, timezone: str, is_new: bool) -> None:
        if is_new:
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
