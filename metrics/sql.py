"""Names and lists as SQL text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlglot.dialects.duckdb import DuckDB

from data.schema import TABLES
from metrics.series import literal, series

#: Names that a CTE must not take: tables, views, the statement's own parts.
_TAKEN = frozenset(
    (
        *TABLES, "mrr_period", "mrr_day", "mrr_change", "mrr_movement", "ticket_open_day", "account_then", "feature_once", "feature_use",
        "feature_eligibility", "account_mrr", "account_use", "account_users", "adoption_day", "account_day", "paying_day",
        "eligible_user_day", "adopter_movement", "pipeline_day", "work_day", "periods", "members", "frame", "f", "d",
    )
)  # fmt: skip


def quote(name: str) -> str:
    """A name as SQL, quoted where it must be."""
    return name if name.isidentifier() and name.lower() not in DuckDB.Generator.RESERVED_KEYWORDS else '"' + name.replace('"', '""') + '"'


def calendar(columns: Mapping[str, Sequence[date | datetime | None]]) -> str:
    """The body of a CTE that holds these rows of days or moments.

    Unless they follow each other evenly they stand as text that is cast once. A column of days that keeps its distance from an
    earlier one is written as that distance.
    """
    if told := series(columns):
        return told
    written: dict[str, Sequence[date | datetime | None]] = {}
    shown: list[str] = []
    for name, column in columns.items():
        origin, days = next(((other, days) for other, told in written.items() if (days := _distance(told, column)) is not None), (name, 0))
        written.setdefault(origin, column)
        kind = "TIMESTAMPTZ" if any(isinstance(one, datetime) for one in column) else "DATE"
        shown.append(f"CAST({origin} AS {kind}){f' {days:+d}'.replace('+', '+ ').replace('-', '- ') if days else ''} AS {name}")
    texts = [["NULL" if one is None else f"'{one.isoformat()}'" for one in column] for column in written.values()]
    rows = [f"({', '.join(row)})" for row in zip(*texts, strict=True)]
    in_line = max(1, 120 // (max(map(len, rows)) + 2))
    lines = [", ".join(rows[at : at + in_line]) for at in range(0, len(rows), in_line)]
    return f"  SELECT {', '.join(shown)}\n  FROM (VALUES\n    " + ",\n    ".join(lines) + f"\n  ) AS calendar({', '.join(written)})"


def _distance(one: Sequence[date | datetime | None], other: Sequence[date | datetime | None]) -> int | None:
    """The days from one column to the other, where it is the same number in every row."""
    here, there = one[0], other[0]
    if here is None or there is None or isinstance(here, datetime) or isinstance(there, datetime) or None in one or None in other:
        return None
    step = there - here
    return step.days if all(b - a == step for a, b in zip(one, other, strict=True) if a and b) else None


def with_ctes(ctes: Mapping[str, str], body: str) -> str:
    """A statement: its named parts and the SELECT over them."""
    return "WITH\n" + ",\n".join(f"{name} AS (\n{cte}\n)" for name, cte in ctes.items()) + f"\n{body}" if ctes else body


def title(name: str, tail: str = "") -> str:
    """The name of a metric's CTE: its own, unless a table or a word of SQL has that name."""
    made = name + tail
    return f"{made}_metric" if made in _TAKEN or quote(made) != made else made


def values(columns: Mapping[str, Sequence[object]]) -> str:
    """The body of a CTE whose rows Python made: as typed literals, unless they follow each other evenly."""
    if told := series(columns):
        return told
    rows = [f"({', '.join(literal(value) for value in row)})" for row in zip(*columns.values(), strict=True)]
    body = ",\n    ".join(rows)
    return f"  SELECT * FROM (VALUES\n    {body}\n  ) AS told({', '.join(columns)})"
