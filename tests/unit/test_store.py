"""The store: what is published is whole, numbers only grow, nothing that is needed is pruned."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from data import schema
from data.errors import Problem
from data.generation import Layout
from data.reader import Reader
from data.store import Store
from tests.waiting import PATIENCE

ALL = timedelta(0)


def publish(store: Store, *accounts: str) -> int:
    with store.draft() as draft:
        for account in accounts:
            draft.connection.execute("INSERT INTO account (account_id, source) VALUES ($1, 'test')", [account])
        return draft.publish(sources={}, audits=[]).generation


def accounts(store: Store, number: int) -> list[str]:
    with duckdb.connect(str(store.layout.warehouse(number)), read_only=True) as connection:
        return [name for (name,) in connection.execute("SELECT account_id FROM account ORDER BY 1").fetchall()]


def test_an_empty_store_publishes_all_tables(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.current() is None

    assert publish(store) == 1

    assert store.current() == 1
    with Reader(tmp_path).open() as snapshot:
        found = {name for (name,) in snapshot.cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert {*schema.TABLES, "reject", "finding", "freshness", "sync_run", "sync_state", "account_xref", "person_xref"} <= found


def test_a_draft_starts_as_a_copy_of_the_published_generation(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, "a")
    publish(store, "b")

    assert accounts(store, 1) == ["a"]
    assert accounts(store, 2) == ["a", "b"]


def test_leaving_without_publish_leaves_no_trace(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, "a")

    def fail() -> None:
        with store.draft() as draft:
            draft.connection.execute("INSERT INTO account (account_id) VALUES ('b')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert store.current() == 1
    assert store.layout.numbers() == [1]
    assert list(store.layout.drafts.iterdir()) == []
    with store.draft() as draft:
        assert draft.connection.execute("SELECT count(*) FROM account").fetchone() == (1,)


def test_what_a_killed_writer_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, "a")
    abandoned = store.layout.drafts / "2-deadbeef"
    abandoned.mkdir()
    (abandoned / "warehouse.duckdb").write_bytes(b"half")

    publish(store, "b")

    assert list(store.layout.drafts.iterdir()) == []
    assert accounts(store, 2) == ["a", "b"]


def test_the_manifest_tells_what_the_generation_holds(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, "a")
    until = datetime(2026, 1, 2, 3, tzinfo=UTC)
    with store.draft() as draft:
        draft.connection.execute("INSERT INTO account (account_id) VALUES ('b')")
        draft.connection.execute("INSERT INTO reject (reason) VALUES ('bad_value'), ('bad_value')")
        draft.publish(sources={"files": {"loaded_until": until}}, audits=[{"name": "rows", "passed": True}])

    manifest = store.manifest(2)
    assert (manifest.generation, manifest.parent, manifest.schema_version) == (2, 1, schema.VERSION)
    assert (manifest.rows["account"], manifest.rows["event"], manifest.rejects) == (2, 0, 2)
    assert manifest.sources == {"files": {"loaded_until": "2026-01-02T03:00:00+00:00"}}
    assert manifest.audits == [{"name": "rows", "passed": True}]
    assert abs(datetime.now(UTC) - manifest.created_at) < timedelta(minutes=1)
    assert manifest.copy_seconds > 0
    assert manifest.version == "0.1.0" or manifest.version.count(".") == 2
    assert [each.generation for each in store.manifests()] == [1, 2]


def test_a_generation_holds_no_write_ahead_log(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, "a")
    assert {each.name for each in store.layout.generation(1).iterdir()} == {"warehouse.duckdb", "manifest.json", "readers.lock"}


def test_a_cursor_left_open_does_not_hold_what_is_published(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.draft() as draft:
        cursor = draft.connection.cursor()
        cursor.execute("SELECT 1")
        draft.publish(sources={}, audits=[])
        with pytest.raises(duckdb.ConnectionException):
            cursor.execute("SELECT 1")
    opens = f"import duckdb; duckdb.connect({str(store.layout.warehouse(1))!r}, read_only=True)"
    subprocess.run([sys.executable, "-c", opens], check=True)


def test_days_in_a_draft_are_the_companys(tmp_path: Path) -> None:
    store = Store(tmp_path, "Asia/Tokyo")
    with store.draft() as draft:
        moment = "CAST(TIMESTAMPTZ '2026-01-01 20:00:00+00' AS DATE)"
        assert draft.connection.cursor().execute(f"SELECT CAST({moment} AS VARCHAR)").fetchone() == ("2026-01-02",)


def test_rollback_publishes_an_earlier_generation_and_the_next_starts_from_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in "abc":
        publish(store, name)

    assert store.rollback(1).generation == 1

    assert store.current() == 1
    assert publish(store, "d") == 4
    assert accounts(store, 4) == ["a", "d"]
    assert store.manifest(4).parent == 1


def test_rollback_to_what_is_not_there_names_what_is(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store)
    publish(store)
    with pytest.raises(Problem, match=r"generation 7 is not in the store. In the store: 1, 2\."):
        store.rollback(7)
    assert store.current() == 2


def test_prune_keeps_the_last_five_and_the_published_one(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for _ in range(8):
        publish(store)
    store.rollback(2)

    assert store.prune(younger_than=ALL) == [1, 3]

    assert store.layout.numbers() == [2, 4, 5, 6, 7, 8]
    assert store.oldest() == 2
    assert list(store.layout.drafts.iterdir()) == []


def test_prune_keeps_what_is_younger_than_an_hour(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for _ in range(7):
        publish(store)
    _age(store, 1, hours=2)
    _age(store, 2, minutes=59)

    assert store.prune() == [1]


def test_prune_keeps_what_a_reader_has_open(tmp_path: Path) -> None:
    store, reader = Store(tmp_path), Reader(tmp_path)
    publish(store, "a")
    with reader.open() as snapshot:
        publish(store)
        publish(store)
        assert store.prune(keep=1, younger_than=ALL) == [2]
        assert snapshot.cursor.execute("SELECT account_id FROM account").fetchall() == [("a",)]
    with reader.open():
        assert store.prune(keep=1, younger_than=ALL) == [1]


def test_numbers_only_grow_after_a_rollback_and_a_prune(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for _ in range(4):
        publish(store)
    store.rollback(1)
    store.prune(keep=1, younger_than=ALL)

    assert store.layout.numbers() == [1, 4]
    assert publish(store) == 5


def test_prune_inside_a_draft_does_not_wait_for_itself(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store)
    with store.draft() as draft:
        draft.publish(sources={}, audits=[])
        assert store.prune(keep=1, younger_than=ALL) == [1]


def test_a_second_writer_is_told_who_holds_the_store(tmp_path: Path) -> None:
    store, other = Store(tmp_path), Store(tmp_path)
    told = []
    done = threading.Event()

    def second() -> None:
        with pytest.raises(Problem, match="being written by process"), other.draft(wait=0):
            pass
        with pytest.raises(Problem, match="a first sync"), other.draft(wait=0.2, on_wait=told.append):
            pass
        done.set()

    with store.draft(what="a first sync"):
        thread = threading.Thread(target=second)
        thread.start()
        assert done.wait(PATIENCE)
    thread.join()
    assert [holder.what for holder in told] == ["a first sync"]


def test_a_waiting_writer_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    store, other = Store(tmp_path), Store(tmp_path)
    waiting = threading.Event()
    numbers = []

    def second() -> None:
        with other.draft(on_wait=lambda _: waiting.set()) as draft:
            numbers.append((draft.parent, draft.publish(sources={}, audits=[]).generation))

    with store.draft() as draft:
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(PATIENCE)
        draft.publish(sources={}, audits=[])
    thread.join(PATIENCE)
    assert numbers == [(1, 2)]


def test_the_pause_between_publishes_is_ten_copies(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.minimum_pause() == 0
    publish(store)
    assert store.minimum_pause() == 0
    _change_manifest(store, 1, copy_seconds=3.0, created_at=_ago(seconds=10))
    assert 19 < store.minimum_pause() <= 20
    _change_manifest(store, 1, created_at=_ago(seconds=31))
    assert store.minimum_pause() == 0


def test_columns_and_tables_of_a_newer_version_are_added(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.draft() as draft:
        draft.connection.execute("INSERT INTO account (account_id) VALUES ('a')")
        draft.connection.execute("ALTER TABLE account DROP COLUMN seats")
        draft.connection.execute("DROP TABLE idea")
        draft.connection.execute("CREATE TABLE idea (idea_id VARCHAR)")
        draft.publish(sources={}, audits=[])

    with store.draft() as draft:
        assert draft.connection.execute("SELECT account_id, seats FROM account").fetchall() == [("a", None)]
        assert draft.connection.execute("SELECT count(weight) FROM idea").fetchone() == (0,)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda layout: layout.current.write_text("seven\n"), 'CURRENT:1 holds "seven" where the number'),
        (lambda layout: layout.current.write_bytes(b"\xff\xfe"), "CURRENT cannot be read"),
        (lambda layout: layout.current.write_text("9\n"), "CURRENT:1 names generation 9, which is not in the store"),
    ],
)
def test_a_damaged_current_is_named_and_a_rollback_mends_it(tmp_path: Path, damage, said: str) -> None:
    store, reader = Store(tmp_path), Reader(tmp_path)
    publish(store, "a")
    damage(store.layout)

    for attempt in (store.draft, reader.open):
        with pytest.raises(Problem) as raised, attempt():
            pass
        assert said in str(raised.value)
        assert "python -m data rollback 1" in str(raised.value)

    store.rollback(1)
    with reader.open() as snapshot:
        assert snapshot.generation == 1


def test_a_torn_manifest_is_named(tmp_path: Path) -> None:
    store, reader = Store(tmp_path), Reader(tmp_path)
    publish(store)
    publish(store)
    path = store.layout.generation(2) / "manifest.json"
    path.write_text(path.read_text()[:40])

    for attempt in (lambda: store.manifest(2), lambda: reader.open().__enter__()):
        with pytest.raises(Problem, match=r"manifest of generation 2 is damaged.*rollback 1"):
            attempt()
    store.rollback(1)
    with reader.open() as snapshot:
        assert snapshot.manifest.generation == 1


def test_a_torn_warehouse_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store)
    publish(store)
    store.layout.warehouse(2).write_bytes(b"not a database at all" * 1000)
    with pytest.raises(Problem, match=r"generation 2 cannot be opened.*rollback 1"), Reader(tmp_path).open():
        pass


def _ago(**since: float) -> str:
    return (datetime.now(UTC) - timedelta(**since)).isoformat()


def _age(store: Store, number: int, **since: float) -> None:
    _change_manifest(store, number, created_at=_ago(**since))


def _change_manifest(store: Store, number: int, **changes: object) -> None:
    path = Layout(store.layout.root).generation(number) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
