"""What the Data page shows: how fresh, how whole and how trustworthy the loaded data is. Every function takes a Snapshot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from data import schema
from data.errors import Problem
from data.generation import Layout
from data.reader import Snapshot

if TYPE_CHECKING:
    import pandas as pd  # a third of a second to import: only where rows become a frame

_REJECT_COLUMNS = ["file", "line", "column", "value", "detail", "payload", "rejected_at"]


@dataclass(frozen=True)
class SourceStatus:
    """A source's last run and how far its data reaches. `lag` is how far that lies behind now."""

    source: str
    state: str | None
    started_at: datetime | None
    ended_at: datetime | None
    rows_in: int
    rows_out: int
    rejects: int
    loaded_until: datetime | None
    lag: timedelta | None
    error: str | None


@dataclass(frozen=True)
class TableStatus:
    """What one source holds of one table. `without_account` is the share of its rows that no account is known for, 0 to 1;
    None for tables without accounts or without rows."""

    source: str
    table: str
    rows: int
    loaded_since: date | None
    loaded_until: datetime | None
    lag: timedelta | None
    without_account: float | None


@dataclass(frozen=True)
class RejectGroup:
    """Rows that were refused for one reason."""

    source: str
    table: str
    reason: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Finding:
    """What an audit found: loaded, but suspect (`warning`), or wrong (`error`)."""

    source: str | None
    table: str
    name: str
    severity: str
    message: str
    count: int
    examples: list[dict[str, Any]]
    found_at: datetime


@dataclass(frozen=True)
class SourceChange:
    """What changed at a source: see `data/source_changes.py`."""

    source: str
    name: str
    place: str
    field: str
    was: str
    now: str
    changed_at: datetime


@dataclass(frozen=True)
class GenerationStatus:
    """One generation on disk; `size` in bytes. A damaged one has no `created_at` and says what is wrong in `damage`."""

    number: int
    is_current: bool
    parent: int | None
    created_at: datetime | None
    rows: int
    rejects: int
    size: int
    damage: str | None = None


def sources(snapshot: Snapshot, now: datetime | None = None) -> list[SourceStatus]:
    """Every source that has run or has data, by name, with its latest run."""
    statement = """
      WITH latest AS (
        FROM sync_run QUALIFY row_number() OVER (PARTITION BY source ORDER BY started_at DESC, run_id DESC) = 1
      ),
      reach AS (SELECT source, max(loaded_until) AS loaded_until FROM freshness GROUP BY source)
      SELECT
        source, state, started_at, ended_at,
        coalesce(rows_in, 0) AS rows_in, coalesce(rows_out, 0) AS rows_out, coalesce(rejects, 0) AS rejects,
        loaded_until, error
      FROM latest FULL JOIN reach USING (source)
      ORDER BY source
    """
    return [SourceStatus(**row, lag=_lag(row["loaded_until"], now)) for row in _rows(snapshot, statement)]


def tables(snapshot: Snapshot, now: datetime | None = None) -> list[TableStatus]:
    """What each source holds of each table that has rows, by source and table."""
    counts = " UNION ALL ".join(_count(table) for table in schema.TABLES.values())
    statement = f"""
      WITH counted AS ({counts})
      SELECT source, table_name AS table, rows, loaded_since, loaded_until, without_account
      FROM counted LEFT JOIN freshness USING (source, table_name)
      ORDER BY source, table_name
    """
    return [TableStatus(**row, lag=_lag(row["loaded_until"], now)) for row in _rows(snapshot, statement)]


def rejects(snapshot: Snapshot) -> list[RejectGroup]:
    """The refused rows by source, table and reason, most first."""
    statement = """
      SELECT source, table_name AS table, reason, count(*) AS count, min(rejected_at) AS first_at, max(rejected_at) AS last_at
      FROM reject
      GROUP BY source, table_name, reason
      ORDER BY count DESC, source, table_name, reason
    """
    return [RejectGroup(**row) for row in _rows(snapshot, statement)]


def reject_rows(snapshot: Snapshot, group: RejectGroup, limit: int = 100) -> pd.DataFrame:
    """Refused rows of a group, latest first: file, line, column, value, detail, payload (the row as JSON), rejected_at."""
    statement = """
      SELECT file, line, column_name AS column, value, detail, payload, rejected_at
      FROM reject
      WHERE source IS NOT DISTINCT FROM $1 AND table_name IS NOT DISTINCT FROM $2 AND reason IS NOT DISTINCT FROM $3
      ORDER BY rejected_at DESC, file, line
      LIMIT $4
    """
    import pandas as pd

    return pd.DataFrame(_rows(snapshot, statement, [group.source, group.table, group.reason, limit]), columns=_REJECT_COLUMNS)


def findings(snapshot: Snapshot) -> list[Finding]:
    """What the audits found, errors first, then most rows first."""
    statement = """
      SELECT
        source, table_name AS table, name, severity, message, row_count AS count, coalesce(examples, '[]') AS examples, found_at
      FROM finding
      ORDER BY severity <> 'error', row_count DESC, source, table_name, name
    """
    return [Finding(**row | {"examples": json.loads(row["examples"])}) for row in _rows(snapshot, statement)]


def changes(snapshot: Snapshot, days: int = 90) -> list[SourceChange]:
    """What changed at the sources in the last days, latest first; none for a generation of a version that did not look."""
    statement = """
      SELECT source, name, place, field, was, now, changed_at
      FROM source_change
      WHERE changed_at >= now() - to_days($1)
      ORDER BY changed_at DESC, source, place, name, field
    """
    known = snapshot.cursor.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'source_change'").fetchone()
    return [SourceChange(**row) for row in _rows(snapshot, statement, [days])] if known and known[0] else []


def generations(snapshot: Snapshot) -> list[GenerationStatus]:
    """The generations on disk, newest first."""
    return generations_of(snapshot.layout)


def generations_of(layout: Layout) -> list[GenerationStatus]:
    """The generations of a store that may hold none, newest first."""
    current = layout.read_current()
    return [_generation(layout, number, number == current) for number in reversed(layout.numbers())]


def _generation(layout: Layout, number: int, is_current: bool) -> GenerationStatus:
    size = sum(file.stat().st_size for file in layout.generation(number).glob("*.duckdb"))
    try:
        manifest = layout.read_manifest(number)
    except Problem as problem:
        return GenerationStatus(number, is_current, None, None, 0, 0, size, damage=problem.message)
    rows = sum(manifest.rows.values())
    return GenerationStatus(number, is_current, manifest.parent, manifest.created_at, rows, manifest.rejects, size)


def _rows(snapshot: Snapshot, statement: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    found = snapshot.cursor.execute(statement, list(values))
    names = [name for name, *_ in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _count(table: schema.Table) -> str:
    share = "avg(CAST(account_id IS NULL AS INTEGER))" if "account_id" in table.fields and table.name != "account" else "NULL"
    return f"""
        SELECT source, '{table.name}' AS table_name, count(*) AS rows, CAST({share} AS DOUBLE) AS without_account
        FROM {table.name} WHERE deleted_at IS NULL GROUP BY source"""


def _lag(loaded_until: datetime | None, now: datetime | None) -> timedelta | None:
    return None if loaded_until is None else max(timedelta(0), (now or datetime.now(UTC)) - loaded_until)
