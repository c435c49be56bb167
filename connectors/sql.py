"""Small things about SQL: names and texts as DuckDB wants them, and the first row of an answer."""

from __future__ import annotations

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
