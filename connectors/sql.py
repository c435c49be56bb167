"""Small things about SQL: names and texts as DuckDB wants them, the first row of an answer, a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb


def first(connection: duckdb.DuckDBPyConnection, statement: str, values: Any = None) -> tuple[Any, ...]:
    """The first row of an answer that has one; the answer is read to its end, so that the connection is free again."""
    rows = connection.execute(statement, values).fetchall() if values is not None else connection.execute(statement).fetchall()
    return rows[0] if rows else ()


def count(connection: duckdb.DuckDBPyConnection, statement: str, values: Any = None) -> int:
    """The first number of an answer: a count, or how many rows a statement changed."""
    row = first(connection, statement, values)
    return int(row[0] or 0) if row else 0


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block or nothing of it."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def zoned(connection: duckdb.DuckDBPyConnection, zone: str, after: str) -> Iterator[None]:
    """Times that name no zone stand in `zone` while the block runs, in `after` from then on."""
    connection.execute(f"SET TimeZone = '{zone}'")
    try:
        yield
    finally:
        connection.execute(f"SET TimeZone = '{after}'")
