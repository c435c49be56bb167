"""Only what is new is loaded; the result is the same as if everything had been loaded at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.store import Store
from tests.loads import Company

EVENTS = "event: {file: events, columns: {event_id: id, occurred_at: time, event_name: name}}"


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.says(EVENTS)
    return made


def names(company: Company) -> dict[str, str]:
    return dict(company.rows("SELECT event_id, event_name FROM event WHERE deleted_at IS NULL ORDER BY 1"))


def test_a_sync_that_changes_nothing_publishes_nothing(company: Company) -> None:
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n")
    assert company.load().published

    again, full = company.load(), company.load(full=True)

    assert not again.published
    assert [source.state for source in again.sources] == ["unchanged"]
    assert not full.published
    assert Store(company.root).current() == 1


def test_a_new_file_is_added_and_a_changed_one_replaces_its_rows(company: Company) -> None:
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n2,2026-01-01,b\n")
    company.load()

    company.write("events/2.csv", "id,time,name\n3,2026-01-02,c\n")
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n2,2026-01-01,changed\n")
    result = company.load()

    assert names(company) == {"1": "a", "2": "changed", "3": "c"}
    assert result.sources[0].rows_in == 3


def test_files_that_did_not_change_are_not_read_again(company: Company) -> None:
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n", at=1_700_000_000)
    company.load()

    company.write("events/2.csv", "id,time,name\n3,2026-01-02,c\n")
    result = company.load()

    assert result.sources[0].rows_in == 1


def test_a_file_that_is_only_touched_is_not_loaded_again(company: Company) -> None:
    path = company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n")
    company.load()

    os.utime(path, (1_800_000_000, 1_800_000_000))

    assert not company.load().published


def test_a_change_that_keeps_size_and_time_is_found_by_full(company: Company) -> None:
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n", at=1_700_000_000)
    company.load()
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,z\n", at=1_700_000_000)

    assert not company.load().published
    assert company.load(full=True).published
    assert names(company) == {"1": "z"}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_the_latest_file_wins_in_whatever_order_they_are_met(company: Company, together: bool, late: bool) -> None:
    """The older file may arrive after the newer one, as from a slow colleague."""
    files = [("events/new.csv", "new", 1_700_000_200), ("events/old.csv", "old", 1_700_000_100)]
    for name, word, at in files if late else files[::-1]:
        company.write(name, f"id,time,name\n1,2026-01-01,{word}\n", at=at)
        if not together:
            company.load()
    company.load()

    assert names(company) == {"1": "new"}


def test_rows_of_a_file_that_is_gone_stay(company: Company) -> None:
    path = company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n")
    company.write("events/2.csv", "id,time,name\n2,2026-01-01,b\n")
    company.load()
    path.unlink()

    company.load()
    company.load(full=True)

    assert names(company) == {"1": "a", "2": "b"}


def test_a_changed_mapping_loads_the_files_again(company: Company) -> None:
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n")
    company.load()

    company.says(EVENTS.replace("event_name: name", "event_name: upper(name)"))
    company.load()

    assert names(company) == {"1": "A"}


def test_an_empty_file_is_left_for_later(company: Company) -> None:
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n")
    company.write("events/2.csv", "")

    result = company.load()
    company.write("events/2.csv", "id,time,name\n2,2026-01-01,b\n")
    company.load()

    assert result.sources[0].notes == ("events/2.csv is empty; the next sync takes it",)
    assert names(company) == {"1": "a", "2": "b"}


def test_a_half_written_file_loads_whole_when_it_is_whole(company: Company) -> None:
    text = "id,time,name\n1,2026-01-01,a\n2,2026-01-01,b\n3,2026-01-01,c\n"
    company.write("events/1.csv", text[:40])
    company.load()
    assert names(company) == {"1": "a"}
    assert [reason for *_, reason in company.rejects()] == ["malformed_line"]

    company.write("events/1.csv", text)
    company.load()

    assert names(company) == {"1": "a", "2": "b", "3": "c"}
    assert company.rejects() == []


def test_two_files_fill_one_table(company: Company) -> None:
    company.write("accounts.csv", "id,name\n1,one\n2,two\n")
    company.write("ended.csv", "account,day\n2,2026-01-31\n")
    company.says(
        """
        account:
          - {file: accounts.csv, columns: {account_id: id, name: name}}
          - {file: ended.csv, columns: {account_id: account, churned_at: day}}
        """
    )

    company.load()
    company.load(full=True)

    rows = company.rows("SELECT account_id, name, churned_at_day::VARCHAR FROM account ORDER BY 1")
    assert rows == [("1", "one", None), ("2", "two", "2026-01-31")]


def test_one_file_fills_two_tables(company: Company) -> None:
    company.write("tickets.csv", "id,time,score\n1,2026-01-01,5\n2,2026-01-02,\n")
    company.says(
        """
        ticket: {file: tickets.csv, columns: {ticket_id: id, created_at: time}}
        survey_response:
          file: tickets.csv
          where: score IS NOT NULL
          columns: {response_id: id, kind: "'CSAT'", score: score, ticket_id: id, responded_at: time}
        """
    )

    company.load()

    assert company.rows("SELECT count(*) FROM ticket") == [(2,)]
    assert company.rows("SELECT ticket_id, kind, score FROM survey_response") == [("1", "csat", 5.0)]


SNAPSHOT = "account: {file: 'accounts*.csv', mode: snapshot, columns: {account_id: id, name: name, seats: seats}}"


def test_a_snapshot_marks_what_is_gone_and_revives_what_returns(company: Company) -> None:
    company.says(SNAPSHOT)
    company.write("accounts.csv", "id,name,seats\n1,one,1\n2,two,2\n")
    company.load()

    company.write("accounts.csv", "id,name,seats\n1,one,1\n")
    company.load()
    assert company.rows("SELECT account_id, deleted_at IS NULL FROM account ORDER BY 1") == [("1", True), ("2", False)]

    company.write("accounts.csv", "id,name,seats\n1,one,1\n2,two,2\n3,three,3\n")
    company.load()
    assert company.rows("SELECT account_id, deleted_at IS NULL FROM account ORDER BY 1") == [("1", True), ("2", True), ("3", True)]


def test_a_row_that_a_snapshot_holds_but_cannot_be_read_is_not_gone(company: Company) -> None:
    company.says(SNAPSHOT)
    company.write("accounts.csv", "id,name,seats\n1,one,1\n2,two,2\n")
    company.load()

    company.write("accounts.csv", "id,name,seats\n1,one,1\n2,two,many\n")
    company.load()
    assert company.rows("SELECT account_id, seats, deleted_at IS NULL FROM account ORDER BY 1") == [("1", 1, True), ("2", 2, True)]

    company.write("accounts.csv", "id,name,seats\n1,one,1\n2,tw")
    company.load()
    assert company.rows("SELECT account_id, deleted_at IS NULL FROM account ORDER BY 1") == [("1", True), ("2", True)]


def test_a_snapshot_may_come_in_parts(company: Company) -> None:
    company.says(SNAPSHOT)
    company.write("accounts-eu.csv", "id,name,seats\n1,one,1\n2,two,2\n")
    company.write("accounts-us.csv", "id,name,seats\n3,three,3\n")
    company.load()

    company.write("accounts-eu.csv", "id,name,seats\n1,one,1\n")
    company.load()

    assert company.rows("SELECT account_id, deleted_at IS NULL FROM account ORDER BY 1") == [("1", True), ("2", False), ("3", True)]


def test_a_part_of_a_snapshot_that_is_gone_takes_its_rows_with_it(company: Company) -> None:
    company.says(SNAPSHOT)
    company.write("accounts-eu.csv", "id,name,seats\n1,one,1\n")
    path = company.write("accounts-us.csv", "id,name,seats\n2,two,2\n3,three,x\n")
    company.load()
    path.unlink()

    company.load()

    assert company.rows("SELECT account_id, deleted_at IS NULL FROM account ORDER BY 1") == [("1", True), ("2", False)]
    assert company.rejects() == []
    assert not company.load().published


def test_each_latest_snapshot_replaces_the_one_before(company: Company) -> None:
    company.says(SNAPSHOT.replace("mode: snapshot", "mode: snapshot, only_latest: true"))
    company.write("accounts-1.csv", "id,name,seats\n1,one,1\n2,two,2\n", at=1_700_000_000)
    company.load()
    company.write("accounts-2.csv", "id,name,seats\n2,two,2\n3,three,3\n", at=1_700_000_100)
    company.load()

    assert company.rows("SELECT account_id, deleted_at IS NULL FROM account ORDER BY 1") == [("1", False), ("2", True), ("3", True)]
    assert company.load().copy_seconds == 0, "nothing new is told without a draft"


def test_many_small_files_load_in_one_go(company: Company) -> None:
    for number in range(450):
        company.write(
            f"events/{number}.csv", f"id,time,name\n{number},2026-01-01,a\n{number},2026-01-01,b\nx,2026-01-01,{number}\n", at=1e9 + number
        )

    result = company.load()

    assert (result.sources[0].rows_in, result.sources[0].rejects) == (1350, 450)
    assert company.rows("SELECT count(*) FROM event") == [(451,)]
    assert names(company)["x"] == "449", "the latest file wins"
    assert {line for _, line, *_ in company.rejects()} == {3}


def test_a_snapshot_that_is_not_there_deletes_nothing(company: Company) -> None:
    company.says(SNAPSHOT)
    path = company.write("accounts.csv", "id,name,seats\n1,one,1\n")
    company.load()
    path.unlink()

    assert not company.load().published
    company.write("accounts.csv", "")
    company.load()

    assert company.rows("SELECT deleted_at FROM account") == [(None,)]


def test_a_snapshot_of_other_tables_and_sources_is_left_alone(company: Company) -> None:
    company.says("ticket: {file: t.csv, mode: snapshot, columns: {ticket_id: id, created_at: time}}\n" + EVENTS)
    company.write("t.csv", "id,time\n1,2026-01-01\n2,2026-01-01\n")
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n2,2026-01-01,b\n")
    company.load()

    company.write("t.csv", "id,time\n1,2026-01-01\n")
    company.load()

    assert company.rows("SELECT count(*) FROM event WHERE deleted_at IS NULL") == [(2,)]
    assert company.rows("SELECT count(*) FROM ticket WHERE deleted_at IS NULL") == [(1,)]


def test_a_rollback_loses_nothing_although_the_file_is_gone(company: Company) -> None:
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n")
    company.load()
    path = company.write("events/2.csv", "id,time,name\n1,2026-01-01,later\n2,2026-01-02,b\n")
    company.load()
    path.unlink()
    company.write("events/3.csv", "id,time,name\n3,2026-01-03,c\n")
    company.load()

    Store(company.root).rollback(1)
    assert names(company) == {"1": "a"}
    company.load()

    assert names(company) == {"1": "later", "2": "b", "3": "c"}
    assert not company.load().published


def test_landing_keeps_a_copy_until_every_generation_has_it(company: Company) -> None:
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n")
    company.load()
    company.write("events/2.csv", "id,time,name\n2,2026-01-01,b\n")
    company.load()
    landed = sorted(entry.name.partition("-")[2] for entry in (company.root / "landing/exports").iterdir() if entry.suffix == ".csv")
    assert landed == ["2.csv"], "generation 1 and 2 both hold the first file; only 2 the second"


def test_a_changed_joined_file_loads_the_rows_again(company: Company) -> None:
    company.says(
        """
        event:
          file: events
          join: {user: {file: users.csv, on: {who: id}}}
          columns: {event_id: id, occurred_at: time, account_id: user.account}
        """
    )
    company.write("events/1.csv", "id,time,who\n1,2026-01-01,u1\n")
    company.write("users.csv", "id,account\nu1,A\n")
    company.load()

    company.write("users.csv", "id,account\nu1,B\n")
    company.load()

    assert company.rows("SELECT account_id FROM event") == [("B",)]


def test_one_source_that_fails_does_not_stop_the_others(company: Company) -> None:
    (company.root / "other").mkdir()
    (company.root / "sources.yml").write_text(
        """
sources:
  good: {connector: files, path: exports, tables: {account: {file: a.csv, columns: {account_id: id}}}}
  bad: {connector: files, path: other, tables: {account: {file: a.csv, columns: {account_id: id}}}}
"""
    )
    company.write("a.csv", "id\n1\n")

    result = company.sync()

    assert {source.name: source.state for source in result.sources} == {"good": "ok", "bad": "failed"}
    assert result.published
    assert company.rows("SELECT account_id FROM account") == [("1",)]
    assert company.rows("SELECT source, state FROM sync_run ORDER BY 1") == [("bad", "failed"), ("good", "ok")]
    assert "no file matches" in company.rows("SELECT error FROM sync_run WHERE source = 'bad'")[0][0]

    assert not company.sync().published, "the same failure again is no news"
    (company.root / "other/a.csv").write_text("id\n2\n")
    assert company.load().published
    assert company.rows("SELECT account_id FROM account ORDER BY 1") == [("1",), ("2",)]


def test_a_source_is_loaded_whole_or_not_at_all(company: Company) -> None:
    company.says("account: {file: a.csv, columns: {account_id: id}}\n" + EVENTS)
    company.write("a.csv", "id\n1\n")
    company.write("events/1.csv", "id,time,name\n1,2026-01-01,a\n")
    company.load()

    company.write("a.csv", "id\n1\n2\n")
    company.write("events/1.csv", "id,when,name\n1,2026-01-01,a\n")
    company.sync()

    assert company.rows("SELECT count(*) FROM account") == [(1,)]


def test_only_the_named_sources_are_loaded(company: Company) -> None:
    (company.root / "sources.yml").write_text(
        """
sources:
  one: {connector: files, path: exports, tables: {account: {file: a.csv, columns: {account_id: id}}}}
  two: {connector: files, path: exports, tables: {person: {file: p.csv, columns: {person_id: id}}}}
"""
    )
    company.write("a.csv", "id\n1\n")
    company.write("p.csv", "id\n1\n")

    company.load("two")

    assert company.rows("SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM person)") == [(0, 1)]
