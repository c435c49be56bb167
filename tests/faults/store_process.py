"""Processes that read and write a store, to be watched, starved and killed.

python -m tests.faults.store_process read|write|write_once|hold ROOT [ARGUMENT]
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from data.reader import Reader, Snapshot
from data.store import Store
from tests.waiting import PATIENCE

ROWS = 5000


def batches(snapshot: Snapshot) -> list[int]:
    """The batches that a generation holds, having checked that both of its tables hold each of them once and whole."""
    left, right = (
        snapshot.cursor.execute(f"SELECT batch, count(*), sum(row) FROM {table} GROUP BY batch ORDER BY batch").fetchall()
        for table in ("left_half", "right_half")
    )
    assert left == right, (snapshot.generation, left, right)
    assert all(rows == (batch, ROWS, sum(range(ROWS))) for batch, *_ in left for rows in left if rows[0] == batch)
    return [batch for batch, *_ in left]


def publish(store: Store) -> int:
    """Adds one batch to both tables, in two transactions, and publishes."""
    with store.draft() as draft:
        for table in ("left_half", "right_half"):
            draft.connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (batch INTEGER, row INTEGER)")
            draft.connection.execute(f"INSERT INTO {table} SELECT {draft.number}, row FROM range({ROWS}) AS rows(row)")
        return draft.publish(sources={}, audits=[]).generation


def read(root: Path) -> None:
    """Reads in a loop until ROOT/stop exists; tells each new generation, and in the end how often, which, and every error."""
    reader, seen, errors, reads, slowest = Reader(root), [], [], 0, 0.0
    print("ready", flush=True)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not (root / "stop").exists():
        begun = time.perf_counter()
        try:
            with reader.open() as snapshot:
                held = batches(snapshot)
                time.sleep(0.002)
                assert batches(snapshot) == held
                assert held[-1] == snapshot.generation
                if seen[-1:] != [snapshot.generation]:
                    seen.append(snapshot.generation)
                    print(snapshot.generation, flush=True)
        except BaseException as error:
            errors.append(f"{type(error).__name__}: {error}")
        reads, slowest = reads + 1, max(slowest, time.perf_counter() - begun)
    print(json.dumps({"reads": reads, "generations": seen, "errors": errors, "slowest": slowest}), flush=True)


def write(root: Path) -> None:
    """Publishes and prunes for ever, telling each number."""
    store = Store(root)
    print("ready", flush=True)
    while True:
        print(publish(store), flush=True)
        store.prune(keep=2, younger_than=timedelta(0))


def write_once(root: Path, die_at: int) -> None:
    """Publishes once, and kills itself before the given step that makes files durable or visible."""
    steps = 0

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object, **named: object) -> object:
            nonlocal steps
            steps += 1
            if steps == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return step

    for name in ("fsync", "rename", "replace"):
        setattr(os, name, counted(getattr(os, name)))
    publish(Store(root))


def write_starved(root: Path, limit: int) -> None:
    """Publishes some 10 MB where no file may grow beyond `limit` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    with Store(root).draft() as draft:
        draft.connection.execute("CREATE TABLE ballast AS SELECT md5(row::VARCHAR) AS text FROM range(300000) AS rows(row)")
        draft.publish(sources={}, audits=[])


def hold(root: Path) -> None:
    """Holds the writer lock until killed."""
    with Store(root).draft(what="a long sync"):
        print("ready", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    verb, root, *rest = sys.argv[1:]
    globals()[verb](Path(root), *map(int, rest))
