"""The database connector against a real PostgreSQL and SQLite: complete, incremental, exact after trouble, silent about secrets."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

import psycopg
import pytest

from connectors import snapshot
from connectors.preview import preview
from data.errors import Problem
from data.store import Store
from tests.engines import cluster
from tests.faults.sync_process import start
from tests.loads import Company
from tests.machine import postgres_programs

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
COLUMNS = ("event_id", "occurred_at", "event_name", "person_id", "account_id", "value")
ODD = ["plain", "", "NULL", "\\N", 'a "quoted", one', "two\nlines", "two\r\nlines", "naïve 漢字 🙂", "\\", "'", "%s :name", " x "]
TABLES = """
event:
  from: app_events
  cursor: updated_at
  deleted: gone_at
  columns: {event_id: id, occurred_at: at, event_name: name, person_id: who, account_id: account, value: amount}
account:
  query: SELECT id, name, plan FROM app_accounts
  mode: snapshot
  columns: {account_id: id, name: name, plan: plan}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with cluster() as folder:
        yield folder


@dataclass
class Product:
    """A product's own database, and what is in it as plain values."""

    connection: Any
    url: str
    kind: str
    random: random.Random = field(default_factory=lambda: random.Random(7))
    now: datetime = NOW
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def run(self, sql: str, *values: Any) -> list[Any]:
        done = self.connection.execute(sql.replace("?", "%s") if self.kind == "postgresql" else sql, values)
        return list(done.fetchall()) if done.description else []

    def make(self, events: int = 60) -> None:
        time = "timestamptz" if self.kind == "postgresql" else "text"
        money = "numeric(18,4)" if self.kind == "postgresql" else "text"
        self.run(
            f"CREATE TABLE app_events (id text PRIMARY KEY, at {time}, name text, who text, account text, amount double precision,"
            f" gone_at {time}, updated_at {time} NOT NULL)"
        )
        self.run(f"CREATE TABLE app_accounts (id text PRIMARY KEY, name text, plan text, fee {money})")
        for number in range(events):
            self.add(NOW - timedelta(days=2, seconds=30 * (number // 4)))
        for number, name in enumerate(ODD):
            self.run("INSERT INTO app_accounts (id, name) VALUES (?, ?)", f"A{number}", name)

    def add(self, updated: datetime) -> None:
        number = next(self.numbers)
        row = (f"E{number}", self.time(updated), self.random.choice(["login", "export"]), f"P{number % 7}", f"A{number % 5}", number / 4)
        self.run("INSERT INTO app_events VALUES (?, ?, ?, ?, ?, ?, NULL, ?)", *row, self.time(updated))

    def time(self, moment: datetime) -> Any:
        return moment if self.kind == "postgresql" else moment.strftime("%Y-%m-%d %H:%M:%S.%f+00:00")

    def edit(self) -> None:
        """Something new, changed, deleted, late or at the very time of another; accounts come and go."""
        self.now += timedelta(seconds=self.random.choice([0, 0, 40, 3000]))
        ids = [row[0] for row in self.run("SELECT id FROM app_events ORDER BY id")]
        what, some = self.random.randrange(6), self.random.choice(ids)
        if what == 0:
            self.add(self.now)
        elif what == 1:
            self.run("UPDATE app_events SET amount = amount + 1, updated_at = ? WHERE id = ?", self.time(self.now), some)
        elif what == 2:
            values = self.time(self.now), self.time(self.now), some
            self.run("UPDATE app_events SET gone_at = ?, updated_at = ? WHERE id = ?", *values)
        elif what == 3:  # committed late: its time lies before what has been read
            self.add(self.now - timedelta(seconds=self.random.randrange(200)))
        elif what == 4:
            self.run("DELETE FROM app_accounts WHERE id = ?", f"A{self.random.randrange(20)}")
        else:
            self.run("INSERT INTO app_accounts (id, name) VALUES (?, ?)", f"N{next(self.numbers)}", self.random.choice(ODD))

    def events(self) -> set[Any]:
        rows = self.run("SELECT id, at, name, who, account, amount FROM app_events WHERE gone_at IS NULL")
        return {(row[0], datetime.fromisoformat(str(row[1])), *row[2:]) for row in rows}

    def accounts(self) -> set[Any]:
        return {tuple(row) for row in self.run("SELECT id, name FROM app_accounts")}


@pytest.fixture(params=["postgresql", "sqlite"])
def product(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Product]:
    if request.param == "sqlite":
        with sqlite3.connect(tmp_path / "app.db", isolation_level=None) as connection:
            found = Product(connection, f"sqlite:///{tmp_path / 'app.db'}", "sqlite")
            found.make()
            yield found
        connection.close()
        return
    yield from postgres(request.getfixturevalue("server"))


@pytest.fixture
def app(server: Path) -> Iterator[Product]:
    """PostgreSQL alone."""
    yield from postgres(server)


def postgres(server: Path) -> Iterator[Product]:
    name = f"app{random.randrange(1 << 40)}"
    with psycopg.connect(host=str(server), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(host=str(server), user="postgres", dbname=name, autocommit=True) as connection:
        found = Product(connection, f"postgresql://reader:pass%2Fword@/{name}?host={server}", "postgresql")
        found.make()
        connection.execute("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'pass/word'")
        connection.execute("GRANT pg_read_all_data TO reader")
        yield found
        connection.execute("DROP OWNED BY reader")


@dataclass
class Loaded(Company):
    """A company whose one source is the database."""

    def reads(self, product: Product, tables: str = TABLES, head: str = "batch: 7", company: str = "UTC") -> None:
        os.environ["APP_URL"] = product.url
        self.root.mkdir(parents=True, exist_ok=True)
        block = f"connector: database\nurl: ${{APP_URL}}\n{head}\ntables:\n{indent(tables.strip(), '  ')}"
        text = f"company: {{timezone: {company}, currency: EUR}}\nsources:\n  app:\n{indent(block, '    ')}\n"
        (self.root / "sources.yml").write_text(text, encoding="utf-8")

    def events(self) -> set[Any]:
        shown = "event_id, occurred_at, event_name, person_id, account_id, value"
        found = self.rows(f"SELECT {shown} FROM event WHERE deleted_at IS NULL")
        assert len(found) == len(set(found))
        return set(found)

    def accounts(self) -> set[Any]:
        return set(self.rows("SELECT account_id, name FROM account WHERE deleted_at IS NULL"))


def company(root: Path, product: Product, tables: str = TABLES, head: str = "batch: 7", zone: str = "UTC") -> Loaded:
    found = Loaded(root)
    found.reads(product, tables, head, zone)
    return found


def same(found: Loaded, product: Product) -> None:
    assert found.events() == product.events()
    assert found.accounts() == product.accounts()


def test_a_full_load_is_what_the_database_holds_and_nothing_is_published_until_something_changes(tmp_path, product):
    found = company(tmp_path / "w", product)
    found.load()
    again = found.load()

    same(found, product)
    assert found.rejects() == []
    assert not again.published


@pytest.mark.full
def test_what_changes_later_makes_the_same_as_a_full_load(tmp_path, product, full):
    found = company(tmp_path / "later", product)
    found.load()

    for _ in range(15 if full else 3):
        for _ in range(product.random.randrange(3, 9)):
            product.edit()
        found.load()
        same(found, product)
    assert not found.load().published

    found.load(full=True)
    same(found, product)
    at_once = company(tmp_path / "at once", product)
    at_once.load()
    assert (at_once.events(), at_once.accounts()) == (found.events(), found.accounts())


def test_rows_that_share_a_time_are_all_read_whatever_the_size_of_a_file(tmp_path, app):
    found = company(tmp_path / "w", app, head="batch: 3")
    found.load()
    for _ in range(7):
        app.add(NOW - timedelta(days=2, seconds=30 * 14))  # the time of the last rows
    found.load()

    same(found, app)


@pytest.mark.full
def test_after_a_rollback_what_it_took_away_is_there_again_also_without_the_database(tmp_path, product):
    found = company(tmp_path / "w", product)
    found.load()
    for _ in range(8):
        product.edit()
    found.load()
    events, accounts = found.events(), found.accounts()
    Store(found.root).rollback(1)
    assert (found.events(), found.accounts()) != (events, accounts)

    os.environ["APP_URL"] = product.url.replace("app", "gone")
    found.sync()

    assert (found.events(), found.accounts()) == (events, accounts)


def test_a_table_that_is_named_no_more_and_named_again(tmp_path, app):
    found = company(tmp_path / "w", app)
    found.load()
    found.reads(app, TABLES[TABLES.index("account:") :])
    found.load()
    assert found.events() == set()
    for _ in range(8):
        app.edit()

    found.reads(app)
    found.load()

    same(found, app)


def test_other_expressions_read_everything_anew(tmp_path, app):
    found = company(tmp_path / "w", app)
    found.load()
    found.reads(app, TABLES.replace("event_name: name", "event_name: upper(name)"))
    found.load()

    assert {row[2] for row in found.events()} == {"LOGIN", "EXPORT"}


def test_times_without_a_zone_stand_in_that_of_the_source(tmp_path, app):
    app.run("CREATE TABLE visits (id int, at timestamp, day date)")
    app.run("INSERT INTO visits VALUES (1, '2026-07-01 09:00:00', '2026-07-02'), (2, '2026-01-01 09:00:00.123456', NULL)")
    block = "event:\n  from: visits\n  columns: {event_id: id, occurred_at: at, event_name: \"'visit'\"}"
    found = company(tmp_path / "w", app, block, "timezone: America/New_York")
    found.load()

    times = dict(found.rows("SELECT event_id, occurred_at FROM event"))
    assert times["1"] == datetime(2026, 7, 1, 13, tzinfo=UTC)
    assert times["2"] == datetime(2026, 1, 1, 14, 0, 0, 123456, tzinfo=UTC)


def test_money_is_exact_and_what_would_change_is_refused(tmp_path, app):
    app.run("CREATE TABLE invoices (id int, account text, at timestamptz, amount numeric)")
    amounts = ["12345678901234.5678", "0.1", "-0.0001", "1.00005", "NaN", "100000000000000000"]
    for number, amount in enumerate(amounts):
        app.run("INSERT INTO invoices VALUES (?, 'A1', '2026-01-01Z', ?::numeric)", number, amount)
    block = "opportunity:\n  from: invoices\n  columns: {opportunity_id: id, account_id: account, created_at: at, amount: amount}"
    found = company(tmp_path / "w", app, block)
    found.load()

    loaded = {key: str(amount) for key, amount in found.rows("SELECT opportunity_id, amount FROM opportunity")}
    assert loaded == {"0": "12345678901234.5678", "1": "0.1000", "2": "-0.0001"}
    assert len(found.rejects()) == 3


def test_a_column_that_becomes_text_sends_what_does_not_fit_to_the_rejects_and_a_mended_row_leaves_them(tmp_path, app):
    found = company(tmp_path / "w", app)
    found.load()
    app.run("ALTER TABLE app_events ALTER amount TYPE text")
    app.run("UPDATE app_events SET amount = 'much', updated_at = ? WHERE id IN ('E1', 'E2')", NOW)
    told = found.load().sources[0]
    assert told.rejects == 2
    assert {row[0] for row in found.rows("SELECT value FROM reject WHERE reason = 'bad_value'")} == {"much"}

    app.run("UPDATE app_events SET amount = '7.5', updated_at = ? WHERE id = 'E1'", NOW + timedelta(minutes=1))
    found.load()
    assert len(found.rejects()) == 1
    found.load(full=True)
    assert len(found.rejects()) == 1


def test_what_the_database_types_stays_typed(tmp_path, app):
    app.run("CREATE TABLE flags (id int, is_on boolean, n bigint, size numeric(10,2), gone boolean, changed timestamptz)")
    app.run("INSERT INTO flags VALUES (1, true, 9007199254740993, 1.50, false, now()), (2, NULL, NULL, NULL, true, now())")
    block = """
account:
  from: flags
  cursor: changed
  deleted: gone
  where: n IS NULL OR n > 5
  columns: {account_id: id}
  attrs: {is_on: is_on, n: n, double: size * 2}
"""
    found = company(tmp_path / "w", app, block)
    found.load()

    (row,) = found.rows("SELECT attrs ->> 'is_on', attrs ->> 'n', attrs ->> 'double' FROM account WHERE deleted_at IS NULL")
    assert row == ("true", "9007199254740993", "3.0")


@pytest.mark.full
def test_a_connection_that_is_cut_loses_nothing(tmp_path, app, monkeypatch):
    found, cut = company(tmp_path / "w", app, head="batch: 200"), iter([90, 450, 900])
    read = snapshot.Snapshot._copied

    def broken(self: Any, statement: Any) -> Iterator[bytes]:
        at = next(cut, None) if "app_events" in str(statement) else None
        for number, line in enumerate(read(self, statement)):
            if number == at:
                app.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
                at = None
            yield line

    app.run("INSERT INTO app_events SELECT 'X' || n, ?, repeat('x', 9000), 'P', 'A', 1, NULL, ? FROM generate_series(1, 3000) n", NOW, NOW)
    monkeypatch.setattr(snapshot.Snapshot, "_copied", broken)
    for _ in range(3):
        assert "connection" in str(found.sync().sources[0].error)
    found.load()

    same(found, app)


def failure(found: Loaded) -> str:
    """What stops a look at the source, which costs less than a sync."""
    with pytest.raises(Problem) as raised:
        preview(found.workspace, "app")
    return str(raised.value)


def test_a_wrong_password_and_whatever_else_goes_wrong_is_told_without_it(tmp_path, app):
    found = company(tmp_path / "w", app)
    wrong = "postgresql://reader:hunter%2F2@127.0.0.1:1/app"
    for url, said in {
        wrong: "refused",
        f"{app.url.replace('reader', 'nobody')}": "does not exist",
        "hunter/2": "not the address of a database",
        "foo://reader:hunter%2F2@host/app": "kind of database",
        "sqlite:///none.db": "a file that is not there",
    }.items():
        os.environ["APP_URL"] = url
        error = failure(found)
        assert said in error
        assert error.startswith("sources.yml:5")
        assert not any(secret in error for secret in ("hunter", "pass%2Fword", "pass/word"))

    found.reads(app)
    found.load()
    kept = b"".join(path.read_bytes() for path in found.root.rglob("*") if path.is_file())
    assert not any(secret in kept for secret in (b"pass%2Fword", b"pass/word", b"hunter", app.url.encode()))


@pytest.mark.parametrize(
    ("was", "now", "said", "line"),
    [
        ("from: app_events", "from: no_such", 'relation "no_such" does not exist', 9),
        ("cursor: updated_at", "cursor: changed", 'the query gives no column "changed"', 10),
        ("deleted: gone_at", "deleted: gone", 'the query gives no column "gone"', 11),
        ("cursor: updated_at", "cursor: gone_at", "is empty in 60 rows", 10),
        ("from: app_events", "query: DELETE FROM app_events RETURNING *", "syntax error", 9),
        ("from: app_events", "query: SELECT *, nextval('counter') FROM app_events", "read-only transaction", 9),
        ("from: app_events", "query: SELECT id, * FROM app_events", 'gives "id" twice', 9),
        ("mode: snapshot", "mode: snapshot\n  cursor: id", "has no use for a cursor", 16),
        ("from: app_events", "from: app_events; DROP TABLE app_events", "is no table", 9),
        ("event_id: id", "event_id: key", 'has no column "key"', 12),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, app, was, now, said, line):
    app.run("CREATE SEQUENCE counter")
    app.run("GRANT USAGE ON SEQUENCE counter TO reader")
    error = failure(company(tmp_path / "w", app, TABLES.replace(was, now)))

    assert said in error
    assert error.startswith(f"sources.yml:{line}")
    assert len(app.events()) == 60


def test_a_time_of_the_future_hides_nothing(tmp_path, product):
    product.add(datetime(2199, 1, 1, tzinfo=UTC))
    found = company(tmp_path / "w", product)
    found.load()
    product.add(datetime.now(UTC))
    found.load()

    assert found.events() == product.events()
    assert not found.load().published


def test_a_number_can_be_the_cursor_and_all_tables_are_of_one_moment(tmp_path, app, monkeypatch):
    app.run("CREATE TABLE log (id serial, at timestamptz DEFAULT now())")
    app.run("INSERT INTO log SELECT FROM generate_series(1, 12)")
    block = "event:\n  - {from: log, cursor: id, columns: &c {event_id: id, occurred_at: at, event_name: \"'log'\"}}\n"
    block += "account:\n  query: SELECT count(*) AS n FROM log\n  mode: snapshot\n  columns: {account_id: n}"
    found, read = company(tmp_path / "w", app, block), snapshot.Snapshot._copied

    def while_it_is_read(self: Any, statement: Any) -> Iterator[bytes]:
        app.run("INSERT INTO log DEFAULT VALUES")
        return read(self, statement)

    monkeypatch.setattr(snapshot.Snapshot, "_copied", while_it_is_read)
    found.load()
    assert found.rows("SELECT count(*) FROM event") == [(12,)]
    assert found.rows("SELECT account_id FROM account WHERE deleted_at IS NULL") == [("12",)]
    monkeypatch.undo()
    found.load()
    assert found.rows("SELECT count(*) FROM event") == [(15,)]


@pytest.mark.full
def test_a_sync_that_is_killed_loses_nothing(tmp_path, app, full):
    found = company(tmp_path / "w", app, head="batch: 500")
    app.run("INSERT INTO app_events SELECT 'X' || n, ?, repeat('x', 2000), 'P', 'A', 1, NULL, ? FROM generate_series(1, 9000) n", NOW, NOW)
    for _ in range(8 if full else 2):
        with start(found.root) as process:
            time.sleep(app.random.uniform(0.2, 1.0))
            process.kill()
        app.edit()
    found.load()

    same(found, app)
