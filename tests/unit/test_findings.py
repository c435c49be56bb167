"""Standing checks: suspect rows are counted with examples, per source, and stay loaded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from data import derive
from tests.drafts import draft_of, insert, make_workspace, period


def findings(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], int]:
    found = connection.execute("SELECT source, table_name, name, row_count FROM finding").fetchall()
    return {row[:3]: row[3] for row in found}


def test_clean_rows_give_no_finding(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        insert(draft.connection, "account", {"account_id": "a"})
        insert(draft.connection, "subscription_period", period("s", 1, "2026-01-01", "2026-02-01"), period("s", 2, "2026-02-01"))
        insert(draft.connection, "event", {"event_id": "1", "account_id": "a", "occurred_at": "2026-01-01"}, {"event_id": "2"})
        derive.run(draft.connection, workspace)
        assert findings(draft.connection) == {}


def test_each_suspect_is_found(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    with draft_of(workspace) as draft:
        insert(draft.connection, "account", {"account_id": "a"}, {"account_id": "b"}, {"account_id": "b", "source": "crm"})
        insert(
            draft.connection,
            "subscription_period",
            period("zero", 1, "2026-01-01", "2026-01-01"),
            period("zero", 1, "2026-01-02", "2026-01-02", source="billing"),
            period("back", 1, "2026-01-05", "2026-01-01"),
            period("twice", 1, "2026-01-01", "2026-02-01"),
            period("twice", 1, "2026-01-15"),
        )
        insert(draft.connection, "event", {"event_id": "1", "occurred_at": later}, {"event_id": "2", "account_id": "nobody"})
        times = {"created_at": "2026-01-02", "first_response_at": "2026-01-01", "first_resolved_at": "2026-01-01"}
        insert(draft.connection, "ticket", {"ticket_id": "1", **times})
        derive.run(draft.connection, workspace)
        assert findings(draft.connection) == {
            ("test", "subscription_period", "zero_length_period"): 1,
            ("billing", "subscription_period", "zero_length_period"): 1,
            ("test", "subscription_period", "ends_before_start"): 1,
            ("test", "subscription_period", "overlapping_periods"): 1,
            ("test", "event", "in_the_future"): 1,
            ("test", "event", "unknown_account"): 1,
            ("test", "ticket", "response_before_creation"): 1,
            ("test", "ticket", "resolution_before_creation"): 1,
            ("test", "account", "in_two_sources"): 1,
            ("crm", "account", "in_two_sources"): 1,
        }
        assert draft.connection.execute("SELECT count(*) FROM subscription_period").fetchone() == (5,)


def test_a_finding_shows_five_examples_of_all(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        insert(draft.connection, "account", {"account_id": "a"})
        insert(draft.connection, "subscription_period", *(period(f"s{number}", 1, "2026-01-01", "2026-01-01") for number in range(7)))
        derive.run(draft.connection, workspace)
        count, message, examples = draft.connection.execute("SELECT row_count, message, examples FROM finding").fetchone()
    assert count == 7
    assert "no MRR counts" in message
    assert [example["subscription_id"] for example in json.loads(examples)] == ["s0", "s1", "s2", "s3", "s4"]
    assert json.loads(examples)[0]["account_id"] == "a"


def test_findings_are_replaced_and_those_of_others_stay(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        insert(draft.connection, "account", {"account_id": "a"})
        insert(draft.connection, "subscription_period", period("s", 1, "2026-01-01", "2026-01-01"))
        draft.connection.execute("INSERT INTO finding (source, table_name, name, row_count) VALUES ('files', 'event', 'own_audit', 3)")
        derive.run(draft.connection, workspace)
        derive.run(draft.connection, workspace)
        assert len(findings(draft.connection)) == 2
        draft.connection.execute("UPDATE subscription_period SET valid_to = NULL, valid_to_day = NULL")
        derive.run(draft.connection, workspace)
        assert findings(draft.connection) == {("files", "event", "own_audit"): 3}
