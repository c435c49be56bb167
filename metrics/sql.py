"""Names and lists as SQL text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlglot.dialects.duckdb import DuckDB

from data.schema import TABLES

#: Names that a CTE must not take: tables, views, the statement's own parts.
_TAKEN = frozenset(
    (*TABLES, "mrr_day", "mrr_movement", "ticket_open_day", "account_then", "feature_once", "periods", "members", "frame", "f", "d")
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
