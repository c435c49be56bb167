"""Reading the published generation: locked down, one generation for a whole page run, never waiting for a writer."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from uuid import uuid4

import duckdb

from data.errors import Problem
from data.generation import Layout, Manifest

MEMORY_LIMIT = "50%"
THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Snapshot:
    """One generation, for as long as the block runs. `cursor` is its own: temporary tables in it are seen by nobody else."""

    generation: int
    manifest: Manifest
    cursor: duckdb.DuckDBPyConnection
    layout: Layout


@dataclass
class _Opened:
    """A generation that this process has open. DuckDB knows one instance per path and process, so all readers share it."""

    generation: int
    manifest: Manifest
    connection: duckdb.DuckDBPyConnection
    lock: IO[str]
    spill: Path
    timezone: str
    users: int = 0

    def close(self) -> None:
        self.connection.close()
        self.lock.close()
        shutil.rmtree(self.spill, ignore_errors=True)


@dataclass
class _Pool:
    """The generations of one store that this process has open: the latest one, and older ones that somebody still reads."""

    opened: dict[int, _Opened] = field(default_factory=dict)
    latest: int | None = None

    def close_idle(self, *, latest: bool = False) -> None:
        for number, each in list(self.opened.items()):
            if each.users == 0 and (latest or number != self.latest):
                self.opened.pop(number).close()


_pools: dict[Path, _Pool] = {}
_pools_lock = threading.Lock()


class Reader:
    """The published generation of one workspace, read-only. Cheap to make and to keep; any thread may use it."""

    def __init__(self, workspace: Path, timezone: str = "UTC") -> None:
        self._layout = Layout(workspace.resolve() / "store")
        self._timezone = timezone

    def generation(self) -> int | None:
        """The number that CURRENT names now, None when nothing is published yet: one small file read."""
        return self._layout.read_current()

    @contextmanager
    def open(self) -> Iterator[Snapshot]:
        """The published generation with a fresh cursor, kept for the whole block, whatever is published meanwhile.

        Times come in the company's zone. The cursor cannot write, read files, load extensions or change settings. Raises
        Problem when nothing is published yet or the published generation is damaged.
        """
        opened = self._enter()
        try:
            cursor = opened.connection.cursor()
            try:
                yield Snapshot(opened.generation, opened.manifest, cursor, self._layout)
            finally:
                cursor.close()
        finally:
            self._leave(opened)

    def close(self) -> None:
        """Closes what nobody reads now; a later `open` opens anew."""
        with _pools_lock:
            self._pool().close_idle(latest=True)

    def _enter(self) -> _Opened:
        with _pools_lock:
            opened = self._published()
            opened.users += 1
            return opened

    def _leave(self, opened: _Opened) -> None:
        with _pools_lock:
            opened.users -= 1
            self._pool().close_idle()

    def _pool(self) -> _Pool:
        return _pools.setdefault(self._layout.root, _Pool())

    def _published(self) -> _Opened:
        missing: int | None = None
        while True:
            number = self._layout.read_current()
            if number is None:
                said = f"nothing is published yet in {self._layout.root.parent}"
                raise Problem(said, remedy="Run `python -m connectors sync` to load the sources.")
            opened = self._opened(number)
            if opened is not None:
                return opened
            if number == missing:
                said = f"names generation {number}, which is not in the store"
                raise Problem(said, str(self._layout.current), 1, remedy=self._layout.remedy(number))
            missing = number  # pruned since CURRENT was read: CURRENT names another one by now

    def _opened(self, number: int) -> _Opened | None:
        pool = self._pool()
        known = pool.opened.get(number)
        if known is not None and known.timezone != self._timezone:
            self._close_for_other_zone(pool, known)
            known = None
        if known is None:
            known = _open(self._layout, number, self._timezone)
            if known is None:
                return None
            pool.opened[number] = known
        pool.latest = number
        pool.close_idle()
        return known

    def _close_for_other_zone(self, pool: _Pool, known: _Opened) -> None:
        if known.users:
            said = f"generation {known.generation} is being read in the time zone {known.timezone}, not {self._timezone}"
            raise Problem(said, remedy="Try again in a moment.")
        pool.opened.pop(known.generation).close()


class Held:
    """A reader of a warehouse that somebody has open already: a draft that is not yet published, or one in memory.

    With `apart`, any thread may use it, and it sees what is committed; without, all that the connection sees.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, generation: int = 0, *, apart: bool = False) -> None:
        self._connection, self._generation, self._apart = connection, generation, apart

    def generation(self) -> int | None:
        """The number that it will have."""
        return self._generation

    @contextmanager
    def open(self) -> Iterator[Snapshot]:
        """The warehouse as it is now. It has no manifest and no place in a store yet."""
        manifest = Manifest(self._generation, None, datetime.now(UTC), "", 0)
        with self._connection.cursor() if self._apart else nullcontext(self._connection) as cursor:
            yield Snapshot(self._generation, manifest, cursor, Layout(Path()))


def _open(layout: Layout, number: int, timezone: str) -> _Opened | None:
    try:
        lock = layout.readers(number).open()
    except FileNotFoundError:
        return None
    fcntl.flock(lock, fcntl.LOCK_SH)
    if not layout.warehouse(number).exists():
        lock.close()
        return None
    try:
        manifest = layout.read_manifest(number)
        spill = layout.spill / f"{number}-{uuid4().hex[:8]}"
        connection = _connect(layout.warehouse(number), spill, timezone)
    except duckdb.Error as error:
        lock.close()
        said = f"generation {number} cannot be opened ({error})"
        raise Problem(said, str(layout.warehouse(number)), remedy=layout.remedy(number)) from error
    except Problem:
        lock.close()
        raise
    return _Opened(number, manifest, connection, lock, spill, timezone)


def _connect(file: Path, spill: Path, timezone: str) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(str(file), read_only=True, config=settings)
    # GLOBAL, since a plain SET does not reach cursors; the last line forbids every further one.
    connection.execute("SET GLOBAL timezone = $1", [timezone])
    connection.execute("SET GLOBAL enable_external_access = false")
    connection.execute("SET GLOBAL lock_configuration = true")
    return connection
