"""Readers: one generation for a whole page run, locked down, in the company's time zone."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from data import reader as reader_module
from data.errors import Problem
from data.reader import Reader
from data.store import Store
from tests.waiting import PATIENCE


def publish(store: Store, value: int) -> int:
    with store.draft() as draft:
        draft.connection.execute("CREATE OR REPLACE TABLE figure AS SELECT $1::INTEGER AS value", [value])
        return draft.publish(sources={}, audits=[]).generation


def figure(snapshot: reader_module.Snapshot) -> int:
    return snapshot.cursor.execute("SELECT value FROM figure").fetchall()[0][0]


def test_before_the_first_sync_the_reader_says_what_to_run(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert reader.generation() is None
    with pytest.raises(Problem, match=r"nothing is published yet.*python -m connectors sync"), reader.open():
        pass


def test_a_snapshot_stays_on_its_generation_and_the_next_moves_on(tmp_path: Path) -> None:
    store, reader = Store(tmp_path), Reader(tmp_path)
    publish(store, 10)
    with reader.open() as before:
        publish(store, 20)
        assert reader.generation() == 2
        with reader.open() as after:
            assert (before.generation, figure(before)) == (1, 10)
            assert (after.generation, figure(after)) == (2, 20)
            assert after.manifest.parent == 1


def test_after_a_rollback_readers_move_back(tmp_path: Path) -> None:
    store, reader = Store(tmp_path), Reader(tmp_path)
    publish(store, 10)
    publish(store, 20)
    with reader.open() as held:
        store.rollback(1)
        with reader.open() as snapshot:
            assert (snapshot.generation, figure(snapshot)) == (1, 10)
        assert figure(held) == 20
    store.rollback(2)
    with reader.open() as snapshot:
        assert figure(snapshot) == 20


def test_a_page_run_that_outlives_a_rollback_and_back_shares_the_generation(tmp_path: Path) -> None:
    store, reader = Store(tmp_path), Reader(tmp_path)
    publish(store, 10)
    with reader.open() as held:
        publish(store, 20)
        with reader.open():
            store.rollback(1)
            with reader.open() as again:
                assert (figure(held), figure(again)) == (10, 10)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE stolen AS SELECT 1",
        "INSERT INTO figure VALUES (1)",
        "COPY figure TO '{folder}/out.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 1",
        "SET TimeZone = 'UTC'",
        "SET enable_external_access = true",
        "RESET lock_configuration",
    ],
)
def test_a_cursor_cannot_write_read_files_or_change_settings(tmp_path: Path, statement: str) -> None:
    publish(Store(tmp_path), 10)
    with Reader(tmp_path).open() as snapshot, pytest.raises(duckdb.Error):
        snapshot.cursor.execute(statement.format(folder=tmp_path))


def test_parameters_temporary_tables_arrow_and_explain_work(tmp_path: Path) -> None:
    publish(Store(tmp_path), 10)
    with Reader(tmp_path).open() as snapshot:
        cursor = snapshot.cursor
        cursor.execute("CREATE TEMP TABLE mine AS SELECT value + $1 AS value FROM figure", [5])
        assert cursor.sql("SELECT value FROM mine").to_arrow_table().to_pylist() == [{"value": 15}]
        assert "figure" in str(cursor.execute("EXPLAIN SELECT * FROM figure").fetchall())
    with Reader(tmp_path).open() as snapshot, pytest.raises(duckdb.CatalogException):
        snapshot.cursor.execute("SELECT * FROM mine")


def test_days_are_the_companys_in_every_cursor(tmp_path: Path) -> None:
    publish(Store(tmp_path, "America/New_York"), 10)
    with Reader(tmp_path, "America/New_York").open() as snapshot:
        day = snapshot.cursor.execute("SELECT CAST(CAST(TIMESTAMPTZ '2026-01-01 03:00:00+00' AS DATE) AS VARCHAR)").fetchone()
    assert day == ("2025-12-31",)


def test_another_time_zone_opens_anew_once_nobody_reads(tmp_path: Path) -> None:
    publish(Store(tmp_path), 10)
    with (
        Reader(tmp_path, "UTC").open(),
        pytest.raises(Problem, match="time zone UTC, not Asia/Tokyo"),
        Reader(tmp_path, "Asia/Tokyo").open(),
    ):
        pass
    with Reader(tmp_path, "Asia/Tokyo").open() as snapshot:
        assert snapshot.cursor.execute("SELECT current_setting('TimeZone')").fetchone() == ("Asia/Tokyo",)


def test_a_query_that_spills_does_so_outside_the_generations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "MEMORY_LIMIT", "64MB")
    publish(Store(tmp_path), 10)
    reader = Reader(tmp_path)
    spilled = set()
    with reader.open() as snapshot:
        snapshot.cursor.execute(
            "CREATE TEMP TABLE sorted AS SELECT md5(i::VARCHAR) AS m, row_number() OVER (ORDER BY m) FROM range(1000000) AS r(i)"
        )
        spilled = {path.relative_to(tmp_path).parts[1] for path in tmp_path.rglob("*.tmp") if path.is_file()}
    reader.close()
    assert spilled == {"spill"}
    assert list((tmp_path / "store/spill").iterdir()) == []


def test_a_generation_pruned_after_current_was_read_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, reader = Store(tmp_path), Reader(tmp_path)
    publish(store, 10)
    read_current = reader_module.Layout.read_current
    reads = []

    def slow(layout: reader_module.Layout) -> int | None:
        number = read_current(layout)
        reads.append(number)
        if len(reads) == 1:
            monkeypatch.setattr(reader_module.Layout, "read_current", read_current)
            publish(store, 20)
            assert store.prune(keep=1, younger_than=timedelta(0)) == [1]
        return number

    monkeypatch.setattr(reader_module.Layout, "read_current", slow)
    with reader.open() as snapshot:
        assert (snapshot.generation, figure(snapshot)) == (2, 20)
    assert reads == [1]


def test_many_threads_read_while_generations_change(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, 1)
    failed: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        reader = Reader(tmp_path)
        try:
            while not stop.is_set():
                with reader.open() as snapshot:
                    assert figure(snapshot) == snapshot.generation
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for value in range(2, 8):
        publish(store, value)
        store.prune(keep=1, younger_than=timedelta(0))
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert failed == []
