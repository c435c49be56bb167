"""How far a source has filled a table: half-open, never beyond now."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from data import derive
from tests.drafts import draft_of, insert, make_workspace


def row(connection: duckdb.DuckDBPyConnection, table: str) -> tuple:
    found = connection.execute("SELECT loaded_since, loaded_until, row_count FROM freshness WHERE table_name = $1", [table]).fetchall()
    assert len(found) == 1
    return found[0]


def test_what_the_source_says_counts(tmp_path: Path) -> None:
    until = datetime(2026, 2, 1, tzinfo=UTC)
    with draft_of(make_workspace(tmp_path)) as draft:
        insert(draft.connection, "event", {"event_id": "1", "occurred_at": "2026-01-05 10:00+00"})
        insert(draft.connection, "event", {"event_id": "2", "occurred_at": "2025-01-05", "source": "other"})
        insert(draft.connection, "event", {"event_id": "3", "occurred_at": "2025-02-05", "deleted_at": "2026-01-01"})
        for _ in range(2):
            derive.freshness(draft.connection, "test", "event", until)
        assert row(draft.connection, "event") == (date(2026, 1, 5), until, 1)


def test_else_the_latest_moment_counts_but_not_the_future(tmp_path: Path) -> None:
    with draft_of(make_workspace(tmp_path)) as draft:
        insert(draft.connection, "event", {"event_id": "1", "occurred_at": "2026-01-05 10:00+00"})
        derive.freshness(draft.connection, "test", "event", None)
        assert row(draft.connection, "event")[1] == datetime(2026, 1, 5, 10, tzinfo=UTC)

        insert(draft.connection, "event", {"event_id": "2", "occurred_at": "2999-01-01"})
        derive.freshness(draft.connection, "test", "event", None)
        assert abs(row(draft.connection, "event")[1] - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_figure_of_a_day_is_loaded_until_the_days_end(tmp_path: Path) -> None:
    with draft_of(make_workspace(tmp_path, "{timezone: Europe/Paris, currency: EUR}")) as draft:
        insert(draft.connection, "number", {"name": "visits", "day": "2026-01-05", "value": 3})
        derive.freshness(draft.connection, "test", "number", None)
        assert row(draft.connection, "number") == (date(2026, 1, 5), datetime(2026, 1, 5, 23, tzinfo=UTC), 1)


def test_a_table_without_moments_or_rows_has_no_reach(tmp_path: Path) -> None:
    with draft_of(make_workspace(tmp_path)) as draft:
        insert(draft.connection, "objective", {"objective_id": "1"})
        for table in ("objective", "event"):
            derive.freshness(draft.connection, "test", table, None)
        assert row(draft.connection, "objective") == (None, None, 1)
        assert row(draft.connection, "event") == (None, None, 0)
