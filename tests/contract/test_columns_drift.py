"""What changes in files and databases without anybody saying so is told: columns that come and go, rows that go all at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.loads import Company

CHANGES = "SELECT source, name, place, field, was, now FROM source_change ORDER BY ALL"


def test_columns_that_come_and_go_in_files_are_told(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.write("accounts.csv", "id,name,seats,old\na1,Alder,3,x\n")
    company.says("account: {file: accounts.csv, mode: snapshot, columns: {account_id: id, name: name}}")
    company.load()
    assert company.rows(CHANGES) == []

    company.write("accounts.csv", "id,name,seats,owner\na1,Alder,3,Ana\n")
    company.load()
    company.write("accounts.csv", "id,name,seats,owner\na1,Alder & Co,3,Ana\n")
    company.load()

    assert company.rows(CHANGES) == [
        ("exports", "lost_field", "account", "old", "", ""),
        ("exports", "new_field", "account", "owner", "", ""),
    ]


def test_files_that_stand_side_by_side_with_other_columns_are_no_change(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.write("events/1.csv", "id,time,name,extra\n1,2026-01-01,open,x\n", at=1_000)
    company.write("events/2.csv", "id,time,name\n2,2026-01-01,open\n", at=2_000)
    company.says("event: {file: events, columns: {event_id: id, occurred_at: time, event_name: name}}")
    company.load()
    company.write("events/3.csv", "id,time,name\n3,2026-01-02,open\n", at=3_000)
    company.load()

    assert company.rows(CHANGES) == []


def test_that_most_rows_went_at_once_is_told(tmp_path: Path) -> None:
    company = Company(tmp_path)
    rows = [f"a{number},Firm {number}" for number in range(40)]
    company.write("accounts.csv", "\n".join(["id,name", *rows]) + "\n")
    company.says("account: {file: accounts.csv, mode: snapshot, columns: {account_id: id, name: name}}")
    company.load()
    company.write("accounts.csv", "\n".join(["id,name", *rows[:20]]) + "\n")
    company.load()
    assert company.rows(CHANGES) == []  # half may go

    company.write("accounts.csv", "\n".join(["id,name", *rows[:9]]) + "\n")
    company.load()

    assert company.rows(CHANGES) == [("exports", "rows_gone", "account", "", "20", "9")]


def test_columns_that_come_and_go_in_a_database_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_URL", "sqlite:///app.db")
    company = Company(tmp_path)
    tables = "{account: {from: accounts, columns: {account_id: id, name: name}}}"
    (tmp_path / "sources.yml").write_text(f"sources:\n  app: {{connector: database, url: '${{APP_URL}}', tables: {tables}}}\n")
    with closing(sqlite3.connect(tmp_path / "app.db")) as database:
        database.executescript("CREATE TABLE accounts (id TEXT, name TEXT, old TEXT); INSERT INTO accounts VALUES ('a', 'Alder', 'x');")
        company.load()
        assert company.rows(CHANGES) == []

        database.executescript("ALTER TABLE accounts ADD COLUMN owner TEXT; ALTER TABLE accounts DROP COLUMN old;")
        company.load()

    assert company.rows(CHANGES) == [("app", "lost_field", "account", "old", "", ""), ("app", "new_field", "account", "owner", "", "")]
