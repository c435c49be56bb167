"""The minutes of tickets: computed where a source tells moments only, kept where it tells them, and computed anew when things change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data import business_time, derive, workspace
from data.workspace import Workspace
from tests.drafts import draft_of, insert

OFFICE = 'mon: [["09:00", "17:00"]], tue: [["09:00", "17:00"]]'
COLUMNS = ("first_response_minutes", "first_response_business_minutes", "resolution_minutes", "resolution_business_minutes")
MONDAY_10, MONDAY_11, MONDAY_16, TUESDAY_10 = "2026-03-02 10:00+00", "2026-03-02 11:00+00", "2026-03-02 16:00+00", "2026-03-03 10:00+00"


def office(root: Path, schedules: str = f"default: {{timezone: UTC, {OFFICE}}}") -> Workspace:
    root.mkdir(exist_ok=True)
    (root / "sources.yml").write_text(f"company: {{timezone: UTC}}\nschedules: {{{schedules}}}\n", encoding="utf-8")
    return workspace.load(root)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with draft_of(office(tmp_path)) as draft:
        yield draft.connection


def minutes(connection: duckdb.DuckDBPyConnection, ticket: str = "1") -> tuple[Any, ...]:
    found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM ticket WHERE ticket_id = $1", [ticket]).fetchone()
    assert found is not None
    return found


def findings(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(connection.execute("SELECT name, row_count FROM finding WHERE table_name = 'ticket'").fetchall())


def test_moments_give_minutes(desk: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    insert(desk, "ticket", {"ticket_id": "1", "created_at": MONDAY_16, "first_response_at": TUESDAY_10, "last_resolved_at": TUESDAY_10})
    insert(desk, "ticket", {"ticket_id": "2", "created_at": MONDAY_10})
    insert(desk, "ticket", {"ticket_id": "3", "created_at": MONDAY_10, "first_response_at": "2026-03-02 10:00:30.25+00"})

    business_time.fill(desk, office(tmp_path).schedules)

    assert minutes(desk, "1") == (18 * 60, 120, 18 * 60, 120)
    assert minutes(desk, "2") == (None, None, None, None)
    assert minutes(desk, "3") == (30.25 / 60, 30.25 / 60, None, None)


def test_without_a_schedule_there_is_no_business_time(desk: duckdb.DuckDBPyConnection) -> None:
    insert(desk, "ticket", {"ticket_id": "1", "created_at": MONDAY_10, "first_response_at": MONDAY_11})

    business_time.fill(desk, {})

    assert minutes(desk) == (60, None, None, None)


def test_what_the_source_tells_stays_and_the_rest_is_computed(desk: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    moments = {"created_at": MONDAY_10, "first_response_at": MONDAY_11, "last_resolved_at": TUESDAY_10}
    insert(desk, "ticket", {"ticket_id": "1", **moments, "first_response_business_minutes": 7, "resolution_minutes": 9})

    for _ in range(3):
        business_time.fill(desk, office(tmp_path).schedules)

    assert minutes(desk) == (60, 7, 9, 480)
    by_last = "SELECT first_response_business_minutes_last_schedule, resolution_business_minutes_last_schedule FROM ticket"
    assert desk.execute(by_last).fetchone() == (7, 480)


def test_another_schedule_or_moment_gives_other_minutes(desk: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    insert(desk, "ticket", {"ticket_id": "1", "created_at": MONDAY_16, "first_response_at": TUESDAY_10})
    business_time.fill(desk, office(tmp_path).schedules)
    assert minutes(desk)[1] == 120

    business_time.fill(desk, office(tmp_path, f"default: {{timezone: UTC, {OFFICE}, holidays: [2026-03-02]}}").schedules)
    assert minutes(desk)[1] == 60

    # A source changes the moment and leaves alone what it does not tell.
    desk.execute("UPDATE ticket SET first_response_at = first_response_at + INTERVAL 1 HOUR")
    business_time.fill(desk, office(tmp_path).schedules)
    assert minutes(desk)[:2] == (19 * 60, 180)

    desk.execute("UPDATE ticket SET first_response_at = NULL")
    business_time.fill(desk, office(tmp_path).schedules)
    assert minutes(desk)[:2] == (None, None)


def test_the_first_answer_follows_the_messages(desk: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    answered = "SELECT CAST(first_response_at AT TIME ZONE 'UTC' AS VARCHAR), CAST(first_response_at_day AS VARCHAR) FROM ticket"
    insert(desk, "ticket", {"ticket_id": "1", "created_at": MONDAY_10})
    insert(desk, "ticket_message", {"message_id": "1", "ticket_id": "1", "author_kind": "agent", "sent_at": TUESDAY_10})
    business_time.fill(desk, office(tmp_path).schedules)
    assert desk.execute(answered).fetchone() == ("2026-03-03 10:00:00", "2026-03-03")
    assert minutes(desk)[:2] == (24 * 60, 480)

    # A message that arrives late, but was sent earlier.
    insert(desk, "ticket_message", {"message_id": "2", "ticket_id": "1", "author_kind": "agent", "sent_at": MONDAY_11})
    business_time.fill(desk, office(tmp_path).schedules)
    assert desk.execute(answered).fetchone() == ("2026-03-02 11:00:00", "2026-03-02")
    assert minutes(desk)[:2] == (60, 60)

    desk.execute("UPDATE ticket_message SET deleted_at = now()")
    business_time.fill(desk, office(tmp_path).schedules)
    assert desk.execute(answered).fetchone() == (None, None)
    assert minutes(desk)[:2] == (None, None)


def test_messages_of_another_source_answer_nothing(desk: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    insert(desk, "ticket", {"ticket_id": "1", "created_at": MONDAY_10})
    other = {"source": "other", "message_id": "1", "ticket_id": "1", "author_kind": "agent", "sent_at": MONDAY_11}
    insert(desk, "ticket_message", other)

    business_time.fill(desk, office(tmp_path).schedules)

    assert minutes(desk)[0] is None


def test_deriving_again_changes_no_row(desk: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    insert(desk, "ticket", {"ticket_id": "1", "created_at": MONDAY_16, "first_response_at": TUESDAY_10, "first_response_minutes": 5})
    insert(desk, "ticket", {"ticket_id": "2", "created_at": MONDAY_16, "last_resolved_at": TUESDAY_10})
    business_time.fill(desk, office(tmp_path).schedules)
    before = desk.execute("FROM ticket ORDER BY ticket_id").fetchall()

    business_time.fill(desk, office(tmp_path).schedules)

    assert desk.execute("FROM ticket ORDER BY ticket_id").fetchall() == before


def test_suspect_tickets_are_findings(desk: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = office(tmp_path, f"default: {{timezone: UTC, {OFFICE}, in_force_from: 2026-03-02}}, other: {{{OFFICE}}}")
    insert(desk, "ticket", {"ticket_id": "early", "created_at": "2026-03-01 23:59:59+00"})
    insert(desk, "ticket", {"ticket_id": "other", "created_at": "2026-03-01 12:00+00", "attrs": {"schedule": "other"}})
    insert(
        desk, "ticket", {"ticket_id": "unknown", "created_at": MONDAY_10, "attrs": {"schedule": "night"}, "first_response_at": MONDAY_11}
    )
    insert(desk, "ticket", {"ticket_id": "answered", "created_at": MONDAY_11, "first_response_at": MONDAY_10})
    insert(desk, "ticket", {"ticket_id": "resolved", "created_at": MONDAY_11, "last_resolved_at": MONDAY_10})
    insert(desk, "ticket", {"ticket_id": "good", "created_at": MONDAY_10, "first_response_at": MONDAY_11, "last_resolved_at": MONDAY_11})

    derive.run(desk, found)

    assert findings(desk) == {
        "before_any_schedule": 1,
        "unknown_schedule": 1,
        "response_before_creation": 1,
        "resolution_before_creation": 1,
    }
    assert minutes(desk, "unknown")[:2] == (60, None)
    assert minutes(desk, "answered")[:2] == (0, 0)
    assert minutes(desk, "resolved")[2:] == (0, 0)


def test_dates_that_no_calendar_reaches_have_no_business_time(desk: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    insert(desk, "ticket", {"ticket_id": "1", "created_at": MONDAY_10, "first_response_at": "infinity"})
    insert(desk, "ticket", {"ticket_id": "2", "created_at": MONDAY_10, "first_response_at": "19999-01-01"})

    business_time.fill(desk, office(tmp_path).schedules)

    assert minutes(desk, "1")[1] is None
    assert minutes(desk, "2")[1] is None


OPEN = "SELECT CAST(day AS VARCHAR), age_days FROM ticket_open_day WHERE ticket_id = $1 AND day < '2026-03-08' ORDER BY day"


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({"last_resolved_at": "2026-03-04 09:00+00"}, ["02", "03"]),
        ({"last_resolved_at": "2026-03-02 23:00+00"}, []),
        ({"first_resolved_at": "2026-03-04 09:00+00"}, ["02", "03"]),
        ({"first_resolved_at": "2026-03-04 09:00+00", "reopens": 1}, ["02", "03", "04", "05", "06", "07"]),
        ({"first_resolved_at": "2026-03-03 09:00+00", "last_resolved_at": "2026-03-05 09:00+00", "reopens": 1}, ["02", "03", "04"]),
        ({"last_resolved_at": "2026-03-04 09:00+00", "status": "open"}, ["02", "03", "04", "05", "06", "07"]),
        ({"status": "pending"}, ["02", "03", "04", "05", "06", "07"]),
        ({"status": "closed"}, []),
        ({"status": "closed", "first_resolved_at": "2026-03-03 09:00+00", "reopens": 1}, ["02"]),
        ({"deleted_at": MONDAY_11}, []),
    ],
    ids=str,
)
def test_a_ticket_is_open_at_the_end_of_a_day(
    desk: duckdb.DuckDBPyConnection, tmp_path: Path, told: dict[str, Any], days: list[str]
) -> None:
    insert(desk, "ticket", {"ticket_id": "1", "created_at": MONDAY_10, **told})

    derive.run(desk, office(tmp_path))

    assert desk.execute(OPEN, ["1"]).fetchall() == [(f"2026-03-{day}", number) for number, day in enumerate(days)]
