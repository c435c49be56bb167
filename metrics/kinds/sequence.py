"""Rows as sequences: each entity's rows in order of arrival, which funnels and paths follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from data.schema import TABLES
from metrics.facts import facts

#: Frames over the rows that come after a row.
LATER = "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
FROM_HERE = "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"
NEXT = "ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING"
BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"


def arrival(fact_name: str) -> dict[str, tuple[str, str]]:
    """The columns that `place` sorts rows of the same moment by: what makes a row of the fact unlike all others."""
    fact = facts()[fact_name]
    natural = {"account_id", "subscription_id", "kind"} if fact.derived else {*TABLES[fact.table].key, "source"}
    named = [name for name, column in fact.columns.items() if column in natural]
    return {f"arrival_{number}": ("text", name) for number, name in enumerate(named, 1)}


def place(keys: Iterable[str], extra: Mapping[str, object]) -> str:
    """SQL of the place of a row of `activity` among those of its entity.

    Rows of one moment follow each other by their ids, numbers by their size: an order that does not depend on how they were loaded.
    """
    ids = [sql for name in extra if name.startswith("arrival_") for sql in (f"length({name})", name)]
    return f"row_number() OVER (PARTITION BY {', '.join(keys)} ORDER BY {', '.join(['activity.at', *ids])}) AS place"


def select(columns: Iterable[str], source: str, where: str = "", **windows: str) -> str:
    """A SELECT as the body of a CTE; `windows` are named for use in its columns."""
    lines = ["  SELECT\n    " + ",\n    ".join(columns), f"  FROM {source}"]
    lines += [f"  WHERE {where}"] if where else []
    lines += ["  WINDOW " + ",\n    ".join(f"{name} AS ({window})" for name, window in windows.items())] if windows else []
    return "\n".join(lines)


def over(keys: Iterable[str], frame: str) -> str:
    """A window over an entity's rows in their order."""
    return f"PARTITION BY {', '.join(keys)} ORDER BY place {frame}"


def after(moment: datetime, elapsed: timedelta) -> datetime:
    """A moment later by elapsed time, whatever the clocks did meanwhile."""
    return (moment.astimezone(UTC) + elapsed).astimezone(moment.tzinfo)
