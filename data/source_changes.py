"""What has changed at the sources, as it is kept for the Data page: fields, kinds of values, rows that went all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

#: What can have changed.
KINDS = ("new_field", "lost_field", "other_kind", "rows_gone")


@dataclass(frozen=True)
class Change:
    """What changed: one of KINDS; `place` is a table or a vendor's stream; `was` and `now` say how."""

    name: str
    place: str
    field: str = ""
    was: str = ""
    now: str = ""


def record(connection: duckdb.DuckDBPyConnection, source: str, changes: Sequence[Change], run_id: str, now: datetime) -> None:
    """Writes down what changed at a source."""
    for each in changes:
        row = [run_id, source, each.name, each.place, each.field, each.was, each.now, now]
        connection.execute("INSERT INTO source_change VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", row)


def rows_gone(place: str, before: int, gone: int) -> list[Change]:
    """The change when more than half of at least twenty rows went at once; none for fewer, which is usual."""
    return [Change("rows_gone", place, was=str(before), now=str(before - gone))] if before >= 20 and 2 * gone > before else []
