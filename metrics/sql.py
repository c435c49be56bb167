"""Names, values and named parts as SQL text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlglot.dialects.duckdb import DuckDB

from data.schema import TABLES

#: What a statement binds: a text, or a list of texts.
Bound = str | tuple[str, ...]
#: Names that a CTE must not take: tables, views, the statement's own parts.
_TAKEN = frozenset(
    (
        *TABLES, "mrr_period", "mrr_day", "mrr_change", "mrr_movement", "ticket_open_day", "account_then", "feature_once",
        "objective_once", "project_once", "ticket_once", "feature_use", "feature_eligibility", "account_mrr", "account_use",
        "account_users", "adoption_day", "account_day", "paying_day", "eligible_user_day", "adopter_movement", "pipeline_day", "work_day",
        "waiting_day", "periods", "members", "frame", "f", "d",
    )
)  # fmt: skip


def quote(name: str) -> str:
    """A name as SQL, quoted where it must be."""
    return name if name.isidentifier() and name.lower() not in DuckDB.Generator.RESERVED_KEYWORDS else '"' + name.replace('"', '""') + '"'


def with_ctes(ctes: Mapping[str, str], body: str) -> str:
    """A statement: its named parts and the SELECT over them."""
    return "WITH\n" + ",\n".join(f"{name} AS (\n{cte}\n)" for name, cte in ctes.items()) + f"\n{body}" if ctes else body


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
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    return str(value) if isinstance(value, (int, float)) else "'" + str(value).replace("'", "''") + "'"
