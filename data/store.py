"""The store: generations that are written apart, audited and then published in one step. See docs/store.md."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import duckdb

from data import files
from data.draft import Draft, is_of_the_disk, refused_by_disk
from data.errors import Problem
from data.generation import Layout, Manifest
from data.writer_lock import Holder, WriterLock

__all__ = ["Draft", "Manifest", "Store"]

#: Between two publishes passes at least this many times what the last copy took, to spare the disk.
PAUSE_PER_COPY = 10


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
                if is_of_the_disk(error):
                    raise refused_by_disk(draft.number, draft.parent, error) from error
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


def _clear(drafts: Path) -> None:
    for abandoned in drafts.iterdir():
        shutil.rmtree(abandoned, ignore_errors=True)
