"""What the Data page is told: sources, tables, rejects, findings and generations, as loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data import derive, status
from data.reader import Reader, Snapshot
from data.store import Store
from tests.drafts import draft_of, insert, make_workspace

UNTIL = datetime(2026, 1, 10, tzinfo=UTC)
NOW = datetime(2026, 1, 12, 6, tzinfo=UTC)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with draft_of(make_workspace(tmp_path)) as draft:
        connection = draft.connection
        insert(connection, "account", {"account_id": "a", "created_at": "2026-01-01"})
        events = [("1", "a"), ("2", None), ("3", None), ("4", "a")]
        insert(connection, "event", *({"event_id": key, "account_id": who, "occurred_at": "2026-01-05"} for key, who in events))
        insert(connection, "event", {"event_id": "5", "deleted_at": "2026-01-06"})
        insert(connection, "ticket", {"ticket_id": "1", "source": "desk"})
        derive.freshness(connection, "test", "event", UNTIL)
        derive.freshness(connection, "test", "account", UNTIL - timedelta(days=1))
        connection.execute("""
          INSERT INTO sync_run VALUES
            ('r1', 'test', '2026-01-09 10:00+00', '2026-01-09 10:01+00', 'failed', 0, 0, 0, 'no such file'),
            ('r2', 'test', '2026-01-10 10:00+00', '2026-01-10 10:02+00', 'ok', 7, 5, 2, NULL),
            ('r3', 'desk', '2026-01-10 10:00+00', '2026-01-10 10:02+00', 'failed', 0, 0, 0, 'token expired')""")
        connection.execute("""
          INSERT INTO reject (source, table_name, file, line, column_name, value, reason, payload, rejected_at) VALUES
            ('test', 'event', 'e.csv', 7, 'value', '7.9', 'changed_value', '{"value": "7.9"}', '2026-01-10 10:00+00'),
            ('test', 'event', 'e.csv', 9, 'value', 'x', 'bad_value', NULL, '2026-01-10 10:00+00'),
            ('test', 'event', 'e.csv', 3, 'value', 'y', 'bad_value', NULL, '2026-01-10 10:00+00')""")
        connection.execute("""
          INSERT INTO finding VALUES
            ('r2', 'test', 'event', 'early', 'warning', 'before its account', 12, '[{"event_id": "1"}]', '2026-01-10 10:00+00'),
            ('r2', 'test', 'event', 'wrong', 'error', 'no name', 1, NULL, '2026-01-10 10:00+00')""")
        draft.publish(sources={}, audits=[])
    with Reader(tmp_path).open() as found:
        yield found


def test_sources_show_their_latest_run_and_reach(snapshot: Snapshot) -> None:
    desk, test = status.sources(snapshot, NOW)
    assert (test.source, test.state, test.rows_in, test.rows_out, test.rejects, test.error) == ("test", "ok", 7, 5, 2, None)
    assert (test.loaded_until, test.lag) == (UNTIL, timedelta(days=2, hours=6))
    assert test.ended_at == datetime(2026, 1, 10, 10, 2, tzinfo=UTC)
    assert (desk.source, desk.state, desk.error, desk.loaded_until, desk.lag) == ("desk", "failed", "token expired", None, None)


def test_tables_show_rows_reach_and_the_share_without_an_account(snapshot: Snapshot) -> None:
    found = {(each.source, each.table): each for each in status.tables(snapshot, NOW)}
    assert set(found) == {("test", "account"), ("test", "event"), ("desk", "ticket")}
    event = found["test", "event"]
    assert (event.rows, event.loaded_since, event.loaded_until, event.without_account) == (4, date(2026, 1, 5), UNTIL, 0.5)
    assert found["test", "account"].without_account is None
    assert (found["desk", "ticket"].without_account, found["desk", "ticket"].lag) == (1.0, None)


def test_lag_is_never_negative(snapshot: Snapshot) -> None:
    assert status.sources(snapshot, UNTIL - timedelta(days=5))[1].lag == timedelta(0)


def test_rejects_are_grouped_with_their_rows(snapshot: Snapshot) -> None:
    groups = status.rejects(snapshot)
    assert [(each.source, each.table, each.reason, each.count) for each in groups] == [
        ("test", "event", "bad_value", 2),
        ("test", "event", "changed_value", 1),
    ]
    rows = status.reject_rows(snapshot, groups[0])
    assert rows[["file", "line", "column", "value"]].values.tolist() == [["e.csv", 3, "value", "y"], ["e.csv", 9, "value", "x"]]
    assert len(status.reject_rows(snapshot, groups[0], limit=1)) == 1


def test_findings_show_errors_first(snapshot: Snapshot) -> None:
    wrong, early = status.findings(snapshot)
    assert (wrong.name, wrong.severity, wrong.count, wrong.examples) == ("wrong", "error", 1, [])
    assert (early.name, early.count, early.examples) == ("early", 12, [{"event_id": "1"}])


def test_generations_show_what_is_published_and_what_is_damaged(snapshot: Snapshot, tmp_path: Path) -> None:
    with Store(tmp_path).draft() as draft:
        draft.publish(sources={}, audits=[])
    (tmp_path / "store/generations/2/manifest.json").write_text("{")

    second, first = status.generations(snapshot)

    assert (second.number, second.is_current, second.created_at) == (2, True, None)
    assert "manifest of generation 2 is damaged" in second.damage
    assert (first.number, first.is_current, first.parent, first.rejects, first.damage) == (1, False, None, 3, None)
    assert first.rows == 7  # an account, five events, a ticket
    assert first.size == (tmp_path / "store/generations/1/warehouse.duckdb").stat().st_size
