"""Landing: an immutable copy of each file as it was received, kept until every generation on disk has it.

`landing/<source>/index.json` says of each copy where it came from, how it is written, and which generations hold it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data import files
from data.errors import Problem

_CHUNK = 1 << 20
#: The folder within a source's where pages of an API wait until they are loaded.
INBOX = "inbox"
# Copies need to be on the disk before a generation that holds them is published, not before they are loaded.
_DISK = ThreadPoolExecutor(2, thread_name_prefix="landing")


@dataclass(frozen=True)
class Copy:
    """One file as received: its path under the source's folder, what it was, and where its copy lies."""

    path: str
    size: int
    mtime_ns: int
    hash: str
    received_at: str
    dialect: dict[str, Any] | None = None
    generations: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The name of the copy in the landing folder."""
        return f"{self.hash[:32]}-{re.sub(r'[^A-Za-z0-9._-]', '_', Path(self.path).name)[-80:]}"


class StillWritten(Exception):
    """The file changed while it was read."""


@dataclass
class Landing:
    """The landing folder of one source."""

    folder: Path
    copies: dict[tuple[str, str], Copy] = field(default_factory=dict)
    received: dict[tuple[str, int, int], Copy] = field(default_factory=dict)
    writing: list[Future[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        index = self.folder / "index.json"
        if not self.copies and index.exists():
            found = json.loads(index.read_text(encoding="utf-8"))
            copies = [Copy(**{**each, "generations": tuple(each["generations"])}) for each in found]
            self.copies = {(copy.path, copy.hash): copy for copy in copies}

    def file(self, copy: Copy) -> Path:
        """Where the copy lies."""
        return self.folder / copy.name

    def receive(self, source: Path, path: str, known_hash: str | None = None) -> Copy:
        """The copy of `source`, made now unless it is here already; `known_hash` spares the reading of a file that did not change.

        Raises StillWritten when somebody writes the file meanwhile.
        """
        before = source.stat()
        seen = self.received.get((path, before.st_size, before.st_mtime_ns))
        here = self.copies.get((path, known_hash)) if known_hash else seen
        if here is not None and self.file(here).exists():
            return here
        self.folder.mkdir(parents=True, exist_ok=True)
        incoming = self.folder / f".incoming-{os.getpid()}"
        files.copy(source, incoming)
        after = source.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or incoming.stat().st_size != after.st_size:
            incoming.unlink()
            raise StillWritten(path)
        copy = Copy(path, after.st_size, after.st_mtime_ns, hashed(incoming), datetime.now(UTC).isoformat(timespec="seconds"))
        known = self.copies.get((path, copy.hash))
        copy = replace(copy, dialect=known.dialect, generations=known.generations) if known else copy
        incoming.replace(self.file(copy))
        self.writing.append(_DISK.submit(files.fsync, self.file(copy)))
        self.copies[path, copy.hash] = self.received[path, copy.size, copy.mtime_ns] = copy
        return copy

    def describe(self, copy: Copy, dialect: dict[str, Any]) -> None:
        """Writes down how a copy is written."""
        self.copies[copy.path, copy.hash] = replace(self.copies[copy.path, copy.hash], dialect=dialect)

    def held(self, generation: int, parent: int | None, loaded: Iterable[tuple[str, str]]) -> None:
        """Notes what `generation` holds: these (path, hash), and all that its parent held."""
        now = set(loaded)
        for key, copy in self.copies.items():
            if generation not in copy.generations and (key in now or parent in copy.generations):
                self.copies[key] = replace(copy, generations=(*copy.generations, generation))

    def lacking(self, current: int | None) -> list[Copy]:
        """Copies that other generations hold and the current one does not: what a rollback took away."""
        return [copy for copy in self.copies.values() if copy.generations and current not in copy.generations and self.file(copy).exists()]

    def prune(self, kept: list[int]) -> None:
        """Removes the copies that every kept generation has, and what was never published."""
        for key, copy in list(self.copies.items()):
            generations = tuple(number for number in copy.generations if number in kept)
            if not generations or set(kept) <= set(generations):
                del self.copies[key]
            else:
                self.copies[key] = replace(copy, generations=generations)
        self.save()
        needed = {copy.name for copy in self.copies.values()} | {"index.json", INBOX}
        for entry in self.folder.iterdir() if self.folder.is_dir() else ():
            if entry.name not in needed:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def save(self) -> None:
        """Waits until all copies are on the disk, then writes the index in one step. Raises Problem when the disk refuses."""
        if not self.copies and not self.folder.exists():
            return
        rows = [asdict(copy) for copy in self.copies.values()]
        try:
            while self.writing:
                self.writing.pop().result()
            self.folder.mkdir(parents=True, exist_ok=True)
            files.replace_text(self.folder / "index.json", json.dumps(rows, indent=1) + "\n")
        except OSError as error:
            raise Problem(f"{self.folder} could not be written ({error})", remedy="See that the disk has room, then run again.") from None


def hashed(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
