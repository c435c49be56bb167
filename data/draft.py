"""The next generation while it is written: a copy of the published one, filled apart, made visible in one step."""

from __future__ import annotations

import errno
import os
import shutil
import time
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from data import files, schema
from data.errors import Problem
from data.generation import Layout, Manifest

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

    @property
    def version(self) -> str:
        """The version of the code that fills it."""
        return _version()

    def publish(
        self, *, sources: dict[str, dict[str, Any]], audits: list[dict[str, Any]], tests: dict[str, dict[str, Any]] | None = None
    ) -> Manifest:
        """Makes this draft the published generation: whole on disk first, then named by CURRENT in one step.

        `sources`, `audits` and `tests` go into the manifest as they are (JSON values and datetimes). Closes the connection and its
        cursors. Raises Problem when the disk refuses.
        """
        try:
            manifest = self._manifest(sources, audits, tests or {})
            self.connection.execute("CHECKPOINT")
            self.connection.close()
            self._check()
            self._put_in_place(manifest)
        except (OSError, duckdb.Error) as error:
            raise refused_by_disk(self.number, self.parent, error) from error
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
            shutil.rmtree(self._folder, ignore_errors=True)
            raise refused_by_disk(self.number, self.parent, error) from error
        return time.perf_counter() - begun

    def _manifest(self, sources: dict[str, dict[str, Any]], audits: list[dict[str, Any]], tests: dict[str, dict[str, Any]]) -> Manifest:
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in (*schema.TABLES, "reject"))
        rows = dict(self.connection.execute(counts).fetchall())
        return Manifest(
            generation=self.number,
            parent=self.parent,
            created_at=datetime.now(UTC),
            version=self.version,
            schema_version=schema.VERSION,
            sources=sources,
            rejects=rows.pop("reject"),
            rows=rows,
            audits=audits,
            tests=tests,
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


def is_of_the_disk(error: Exception) -> bool:
    """Whether an error of DuckDB or the system says that the disk refused."""
    return any(os.strerror(code) in str(error) for code in _DISK_ERRORS)


def refused_by_disk(number: int, parent: int | None, error: Exception) -> Problem:
    """What to tell people when generation `number` could not be written."""
    stays = "nothing is published" if parent is None else f"generation {parent} stays published"
    said = f"generation {number} could not be written ({error}); {stays}"
    return Problem(said, remedy="See that the disk has room and may be written, then run again.")


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


@cache
def _version() -> str:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
