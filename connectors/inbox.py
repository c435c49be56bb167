"""The inbox of a source: pages as they were received, each file whole on the disk before the next is asked for.

`landing/<source>/inbox/<moment>-<stream>.jsonl`: its first line says what has been received with it (the cursor of its stream), each
further line is a record: `stream`, `id`, `payload`, `deleted`. Files sort by the order in which they came. A file stays until a
published generation holds it; from then on landing keeps its copy, as it does for any source.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock

from connectors import privacy
from connectors.landing import INBOX
from connectors.state import Cursor
from data import files

#: The stream under which a source says how far it is complete.
RECEIPT = "receipt"
#: How much, in bytes, is put together in one file.
_TOGETHER = 32 << 20


@dataclass(frozen=True)
class Record:
    """One thing of the vendor's; `payload` is what it says of it, None with a bare notice of its deletion."""

    id: str
    payload: dict[str, Any] | None
    deleted: bool = False


@dataclass
class Inbox:
    """The inbox of one source; `salt` is what addresses are hashed with before anything is written."""

    folder: Path
    salt: str

    @classmethod
    def of(cls, landing: Path, workspace: Path) -> Inbox:
        """The inbox within the landing folder of a source."""
        (landing / INBOX).mkdir(parents=True, exist_ok=True)
        return cls(landing / INBOX, privacy.salt(workspace))

    def lock(self) -> FileLock:
        """One process at a time receives for a source."""
        return FileLock(self.folder / ".lock", fallback_to_soft=False)

    def waiting(self) -> list[Path]:
        """The files, in the order in which they came."""
        return sorted(self.folder.glob("*.jsonl"))

    def write(self, stream: str, records: Iterable[Record], head: dict[str, Any]) -> Path:
        """Puts records there in one step; `head` is what is known with them."""
        lines = [json.dumps({"head": {"stream": stream} | head})]
        lines += [_line(stream, record, self.salt) for record in records]
        path = self.folder / f"{self._moment():020}-{stream}.jsonl"
        files.replace_text(path, "\n".join(lines) + "\n")
        return path

    def gather(self, stream: str) -> None:
        """Makes few files of many small ones of a stream. Killed in between, some records are there twice, which are merged by id."""
        paths = [path for path in self.waiting() if path.name[21:] == f"{stream}.jsonl"]
        sizes = accumulate(path.stat().st_size for path in paths)
        for _, group in groupby(zip(paths, sizes, strict=True), key=lambda pair: pair[1] // _TOGETHER):
            self._gather(stream, [path for path, _ in group])

    def _gather(self, stream: str, paths: list[Path]) -> None:
        if len(paths) < 2:
            return
        told = {"stream": stream} | {key: value for path in paths for key, value in head(path).items()}
        bodies = (path.read_text(encoding="utf-8").partition("\n")[2] for path in paths)
        target = self.folder / f"{self._moment():020}-{stream}.jsonl"
        files.replace_text(target, json.dumps({"head": told}) + "\n" + "".join(bodies))
        self.drop(path.name for path in paths)

    def heads(self) -> Iterator[dict[str, Any]]:
        """The first lines, in order."""
        for path in self.waiting():
            yield head(path)

    def drop(self, names: Iterable[str]) -> None:
        """Removes files that need no longer wait."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def _moment(self) -> int:
        """Now in nanoseconds, and later than all that is there: a clock that is set back must not put new before old."""
        last = max((moment(path.name) for path in self.waiting()), default=0)
        return max(time.time_ns(), last + 1)


def moment(name: str) -> int:
    """When a file of this name was received, in nanoseconds."""
    return int(name[:20])


def head(path: Path) -> dict[str, Any]:
    """The first line of a file."""
    with path.open(encoding="utf-8") as file:
        found: dict[str, Any] = json.loads(file.readline())["head"]
    return found


def cursors(heads: Iterable[dict[str, Any]], known: dict[str, Cursor]) -> dict[str, Cursor]:
    """The cursor of each stream after these files, which came on top of what is known."""
    return known | {told["stream"]: told["cursor"] for told in heads if "cursor" in told}


_ARRIVED = """
SELECT stream, id, payload, coalesce(deleted, false) AS deleted,
  CAST(regexp_extract(filename, '(\\d{20})-\\w+\\.jsonl$', 1) AS BIGINT) AS seen
FROM read_json($1, format = 'newline_delimited', filename = true, maximum_object_size = 67108864,
  columns = {stream: 'VARCHAR', id: 'VARCHAR', payload: 'JSON', deleted: 'BOOLEAN'})
WHERE stream IS NOT NULL
"""


def arrived(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], *, confined: bool = False) -> None:
    """The records of these files as temporary table `arrived_`: stream, id, payload, deleted, seen; of a repeated id the last.

    A connection that is `confined` may read no files: they are read beside it.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE arrived_ (stream VARCHAR, id VARCHAR, payload JSON, deleted BOOLEAN, seen BIGINT)")
    if not paths:
        return
    names = [[str(path) for path in paths]]
    if confined:
        with duckdb.connect() as beside:
            connection.register("beside_", beside.sql(_ARRIVED, params=names).to_arrow_table())
        connection.execute("INSERT INTO arrived_ FROM beside_")
        connection.unregister("beside_")
    else:
        connection.execute(f"INSERT INTO arrived_ {_ARRIVED}", names)
    found = connection.execute("SELECT count(*) - count(DISTINCT (stream, id)) FROM arrived_").fetchone()
    if found and found[0]:
        connection.execute("DELETE FROM arrived_ WHERE rowid NOT IN (SELECT max(rowid) FROM arrived_ GROUP BY stream, id)")


def _line(stream: str, record: Record, salt: str) -> str:
    told: dict[str, Any] = {"stream": stream, "id": record.id}
    if record.payload is not None:
        told["payload"] = record.payload
    if record.deleted:
        told["deleted"] = True
    text = json.dumps(told, ensure_ascii=False)
    return json.dumps(privacy.without_addresses(told, salt), ensure_ascii=False) if "@" in text else text
