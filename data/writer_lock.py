"""One writer at a time: a lock of the operating system, which a killed process cannot keep, and a note on who holds it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from data.errors import Problem
from data.files import replace_text


@dataclass(frozen=True)
class Holder:
    """Who writes: the process, its machine, what it does, and since when (ISO 8601, UTC)."""

    pid: int | None = None
    host: str | None = None
    what: str | None = None
    since: str | None = None

    def __str__(self) -> str:
        if self.pid is None:
            return "another process"
        return f"process {self.pid} on {self.host} ({self.what}, since {self.since})"


class WriterLock:
    """The lock of one store. The thread that holds it may take it again."""

    def __init__(self, path: Path) -> None:
        self._note = path.with_suffix(".json")
        # A soft lock would outlive a killed process, so a file system without flock is an error instead.
        self._lock = FileLock(path, fallback_to_soft=False)

    @contextmanager
    def hold(self, what: str, wait: float | None = None, on_wait: Callable[[Holder], None] | None = None) -> Iterator[None]:
        """Holds the lock while the block runs.

        `wait` is how many seconds to wait for it (None: as long as it takes); `on_wait` is called once with the holder when
        somebody else has it. Raises Problem that names the holder when the time is up.
        """
        nested = self._lock.is_locked
        self._acquire(wait, on_wait)
        try:
            if not nested:
                with suppress(OSError):  # on a full disk the lock holds all the same
                    replace_text(self._note, json.dumps(asdict(_myself(what))))
            yield
        finally:
            if not nested:
                self._note.unlink(missing_ok=True)
            self._lock.release()

    def holder(self) -> Holder:
        """Who said last that they hold the lock; only of use to one who just failed to take it."""
        with suppress(OSError, ValueError, TypeError):
            return Holder(**json.loads(self._note.read_text(encoding="utf-8")))
        return Holder()

    def _acquire(self, wait: float | None, on_wait: Callable[[Holder], None] | None) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            if on_wait is not None and wait != 0:
                on_wait(self.holder())
            try:
                self._lock.acquire(timeout=-1 if wait is None else wait)
            except Timeout:
                remedy = "Wait until it is done, or end it."
                raise Problem(f"the store is being written by {self.holder()}", remedy=remedy) from None


def _myself(what: str) -> Holder:
    return Holder(os.getpid(), socket.gethostname(), what, datetime.now(UTC).isoformat(timespec="seconds"))
