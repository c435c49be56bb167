"""The store: generations that are written apart, audited and then published in one step. See docs/store.md."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from data import files, schema
from data.errors import Problem
from data.generation import Layout, Manifest
from data.writer_lock import Holder, WriterLock

#: Between two publishes passes at least this many times what the last copy took, to spare the disk.
PAUSE_PER_COPY = 10

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


class Draft:
    """The next generation while it is written. `connection` may read files; nobody else sees what it does until `publish`."""

    def __init__(self, layout: Layout, timezone: str) -> None:
        self._layout = layout
        self.parent = layout.read_current()
        self.number = max(layout.numbers(), default=0) + 1
        # A name of its own each time: DuckDB hands out the old instance when a process opens a path again.
        self._folder = layout.drafts / f"{self.number}-{uuid4().hex[:8]}"
        self._folder.mkdir(parents=True)
        self._file = self._folder / "warehouse.duckdb"
        self.copy_seconds = self._copy()
        self.connection = _writing(self._file, self._folder.with_suffix(".spill"), timezone)
        self._published = False
        _make_tables(self.connection, added=self.parent is not None)

    def publish(self, *, sources: dict[str, dict[str, Any]], audits: list[dict[str, Any]]) -> Manifest:
        """Makes this draft the published generation: whole on disk first, then named by CURRENT in one step.

        `sources` and `audits` go into the manifest as they are (JSON values and datetimes). Closes the connection and its
        cursors. Raises Problem when the disk refuses.
        """
        try:
            manifest = self._manifest(sources, audits)
            self.connection.execute("CHECKPOINT")
            self.connection.close()
            self._check()
            self._put_in_place(manifest)
        except (OSError, duckdb.Error) as error:
            raise _disk(self.number, self.parent, error) from error
        self._published = True
        return manifest

    def discard(self) -> None:
        """Throws away what was not published; does nothing after a publish."""
        self.connection.close()
        if not self._published:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _copy(self) -> float:
        if self.parent is None:
            return 0.0
        source = self._layout.warehouse(self.parent)
        if not source.exists():
            said = f"names generation {self.parent}, which is not in the store"
            raise Problem(said, str(self._layout.current), 1, remedy=self._layout.remedy(self.parent))
        begun = time.perf_counter()
        try:
            files.copy(source, self._file)
        except OSError as error:
            raise _disk(self.number, self.parent, error) from error
        return time.perf_counter() - begun

    def _manifest(self, sources: dict[str, dict[str, Any]], audits: list[dict[str, Any]]) -> Manifest:
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in (*schema.TABLES, "reject"))
        rows = dict(self.connection.execute(counts).fetchall())
        return Manifest(
            generation=self.number,
            parent=self.parent,
            created_at=datetime.now(UTC),
            version=_version(),
            schema_version=schema.VERSION,
            sources=sources,
            rejects=rows.pop("reject"),
            rows=rows,
            audits=audits,
            copy_seconds=round(self.copy_seconds, 6),
        )

    def _check(self) -> None:
        # Fails while anything of this process still has the draft open for writing, or when the file is not whole.
        duckdb.connect(str(self._file), read_only=True).close()
        if self._file.with_name(self._file.name + ".wal").exists():
            raise RuntimeError(f"draft {self.number} still has a write-ahead log after its checkpoint")

    def _put_in_place(self, manifest: Manifest) -> None:
        files.fsync(self._file)
        files.write_text(self._folder / "manifest.json", manifest.text())
        (self._folder / "readers.lock").touch()
        files.fsync(self._folder)
        prepared = self._layout.current.with_name("CURRENT.new")
        files.write_text(prepared, f"{self.number}\n")
        self._layout.generations.mkdir(exist_ok=True)
        self._folder.rename(self._layout.generation(self.number))
        files.fsync(self._layout.generations)
        prepared.replace(self._layout.current)
        files.fsync(self._layout.root)


class Store:
    """The generations of one workspace, for those who write, roll back and prune. Readers use `data.reader.Reader`."""

    def __init__(self, workspace: Path, timezone: str = "UTC") -> None:
        self.layout = Layout(workspace / "store")
        self._timezone = timezone
        self._lock = WriterLock(self.layout.root / "writer.lock")

    def current(self) -> int | None:
        """The published number, None when nothing is published yet."""
        return self.layout.read_current()

    def manifest(self, number: int) -> Manifest:
        """What generation `number` holds. Raises Problem when it is missing or damaged."""
        return self.layout.read_manifest(number)

    def manifests(self) -> list[Manifest]:
        """The manifests of all generations on disk, oldest first."""
        return [self.layout.read_manifest(number) for number in self.layout.numbers()]

    def oldest(self) -> int | None:
        """The oldest generation on disk: landing pages first published after it must be kept for a rollback."""
        return min(self.layout.numbers(), default=None)

    @contextmanager
    def draft(self, *, what: str = "sync", wait: float | None = None, on_wait: Callable[[Holder], None] | None = None) -> Iterator[Draft]:
        """The next generation, a copy of the published one (or empty, with all tables), to be filled and published.

        Only one draft exists at a time: `wait` seconds for another writer (None: as long as it takes; 0: Problem that names
        it), `on_wait` is told once who it is. Leaving the block without `publish` discards the draft; when it was the disk
        that refused, with a Problem that says so.
        """
        with self._writing(what, wait, on_wait):
            _clear(self.layout.drafts)
            draft = Draft(self.layout, self._timezone)
            try:
                yield draft
            except (OSError, duckdb.Error) as error:
                if _is_of_the_disk(error):
                    raise _disk(draft.number, draft.parent, error) from error
                raise
            finally:
                draft.discard()

    def rollback(self, number: int, *, wait: float | None = None, on_wait: Callable[[Holder], None] | None = None) -> Manifest:
        """Publishes generation `number` again; the next draft starts from it. Raises Problem when it is not in the store."""
        with self._writing("rollback", wait, on_wait):
            if number not in self.layout.numbers():
                kept = ", ".join(str(each) for each in self.layout.numbers()) or "none"
                raise Problem(f"generation {number} is not in the store", remedy=f"In the store: {kept}.")
            manifest = self.manifest(number)
            files.replace_text(self.layout.current, f"{number}\n")
            return manifest

    def prune(
        self,
        keep: int = 5,
        younger_than: timedelta = timedelta(hours=1),
        *,
        wait: float | None = None,
        on_wait: Callable[[Holder], None] | None = None,
    ) -> list[int]:
        """Removes old generations and gives their numbers.

        Kept are the last `keep`, those `younger_than` that, the published one, and whatever a reader in any process has open.
        """
        with self._writing("prune", wait, on_wait):
            numbers = self.layout.numbers()
            kept = {*numbers[-max(keep, 1) :], self.current()}
            before = time.time() - younger_than.total_seconds()
            return [each for each in numbers if each not in kept and self._created(each) <= before and self._remove(each)]

    def minimum_pause(self) -> float:
        """How many seconds must still pass before the next publish: ten times what the last copy took, counted from it."""
        newest = max(self.layout.numbers(), default=None)
        if newest is None:
            return 0.0
        pause = PAUSE_PER_COPY * self.manifest(newest).copy_seconds
        return min(pause, max(0.0, pause - (time.time() - self._created(newest))))

    @contextmanager
    def _writing(self, what: str, wait: float | None, on_wait: Callable[[Holder], None] | None) -> Iterator[None]:
        for folder in (self.layout.generations, self.layout.drafts, self.layout.spill):
            folder.mkdir(parents=True, exist_ok=True)
        with self._lock.hold(what, wait, on_wait):
            yield

    def _created(self, number: int) -> float:
        try:
            return self.manifest(number).created_at.timestamp()
        except Problem:
            return self.layout.generation(number).stat().st_mtime

    def _remove(self, number: int) -> bool:
        with self.layout.readers(number).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            doomed = self.layout.drafts / f"pruned-{number}-{uuid4().hex[:8]}"
            self.layout.generation(number).rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
        for spilled in self.layout.spill.glob(f"{number}-*"):
            shutil.rmtree(spilled, ignore_errors=True)
        return True


def _writing(file: Path, spill: Path, timezone: str) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(str(file), config=settings)
    connection.execute("SET GLOBAL timezone = $1", [timezone])
    return connection


def _make_tables(connection: duckdb.DuckDBPyConnection, *, added: bool) -> None:
    for table in schema.TABLES.values():
        connection.execute(table.ddl())
    for statement in schema.BOOKKEEPING:
        connection.execute(statement)
    if added:
        _add_columns(connection)


def _add_columns(connection: duckdb.DuckDBPyConnection) -> None:
    """Columns that this version knows and the parent generation did not."""
    found = connection.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main'").fetchall()
    known = set(found)
    for table in schema.TABLES.values():
        for column, kind in table.columns.items():
            if (table.name, column) not in known:
                connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {column} {kind}")


def _clear(drafts: Path) -> None:
    for abandoned in drafts.iterdir():
        shutil.rmtree(abandoned, ignore_errors=True)


def _is_of_the_disk(error: Exception) -> bool:
    return any(os.strerror(code) in str(error) for code in _DISK_ERRORS)


def _disk(number: int, parent: int | None, error: Exception) -> Problem:
    stays = "nothing is published" if parent is None else f"generation {parent} stays published"
    said = f"generation {number} could not be written ({error}); {stays}"
    return Problem(said, remedy="See that the disk has room and may be written, then run again.")


@cache
def _version() -> str:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
