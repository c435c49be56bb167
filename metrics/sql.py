"""Names and lists as SQL text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlglot.dialects.duckdb import DuckDB

from data.schema import TABLES

#: Names that a CTE must not take: tables, views, the statement's own parts.
_TAKEN = frozenset(
    (
        *TABLES,
        "mrr_period",
        "mrr_day",
        "mrr_change",
        "mrr_movement",
        "account_then",
        "feature_once",
        "periods",
        "members",
        "frame",
        "f",
        "d",
    )
)


def quote(name: str) -> str:
    """A name as SQL, quoted where it must be."""
    return name if name.isidentifier() and name.lower() not in DuckDB.Generator.RESERVED_KEYWORDS else '"' + name.replace('"', '""') + '"'


def listed(moments: Sequence[date | datetime | None], kind: str) -> str:
    """A list of dates or times as SQL."""
    return "[" + ", ".join("NULL" if one is None else f"'{one.isoformat()}'" for one in moments) + f"]::{kind}[]"


def title(name: str, tail: str = "") -> str:
    """The name of a metric's CTE: its own, unless a table or a word of SQL has that name."""
    made = name + tail
    return f"{made}_metric" if made in _TAKEN or quote(made) != made else made


def literal(value: object) -> str:
    """A typed value of Python as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return str(value) if isinstance(value, (int, float)) else "'" + str(value).replace("'", "''") + "'"


def values(columns: Mapping[str, Sequence[object]]) -> str:
    """The body of a CTE whose rows Python made, as typed literals."""
    rows = [f"({', '.join(literal(value) for value in row)})" for row in zip(*columns.values(), strict=True)]
    body = ",\n    ".join(rows)
    return f"  SELECT * FROM (VALUES\n    {body}\n  ) AS told({', '.join(columns)})"
