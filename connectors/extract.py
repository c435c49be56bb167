"""From a database into the inbox: each query's rows as files of CSV, and beside them how far it has been read.

`landing/<source>/inbox/<moment>-<stream>.jsonl` says which files (`<random>-<stream>.csv`) are whole; one that no such head names is
what a broken connection left, and is removed. All queries of a sync see the database at one moment.
"""

from __future__ import annotations

import hashlib
import io
import re
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from connectors.casts import Zones
from connectors.context import Context
from connectors.dialect import parser
from connectors.inbox import Inbox
from connectors.landing import hashed
from connectors.queries import Query, dialect
from connectors.snapshot import Snapshot, as_text
from connectors.state import Cursor
from data import files

#: How many rows a look at a source shows.
SAMPLE = 1_000
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:([ T])(\d\d:\d\d:\d\d)(\.\d+)?)?(.*)")
_ID = re.compile(r"[\w :.+/=-]{1,200}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")

Part = dict[str, Any]
Columns = dict[str, str | None]


@dataclass
class _Tally:
    """How many lines have passed, and a sum that says which, in any order; only of the first `least` and one more."""

    least: float = float("inf")
    rows: int = 0
    total: int = 0

    def over(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            if self.rows <= self.least:
                self.total += int.from_bytes(hashlib.blake2b(line, digest_size=8).digest())
            self.rows += 1
            yield line

    @property
    def sum(self) -> str:
        return f"{self.total % (1 << 64):016x}"


@dataclass
class Extract:
    """One reading of a database into a source's inbox."""

    context: Context
    snapshot: Snapshot
    box: Inbox
    zones: Zones
    batch: int

    def whole(self, queries: list[Query], known: Cursor) -> None:
        """Reads the queries of a table that have no cursor; nothing is left in the inbox when all is as it was."""
        parts: list[Part] = []
        for query in queries:
            columns = self._columns(query)
            if query.rows.cursor:  # only a look, but what a sync would refuse is told
                self._cursor(query, columns)
            lines = self.snapshot.lines(self._sql(query), limit=SAMPLE if self.context.sample else None)
            for part, _ in self._parts(query, columns, lines):
                parts.append(part | {"path": f"{query.stream}.{query.filling.index}.{len(parts) + 1}.csv"})
        stream = queries[0].stream
        digest = hashlib.sha256("".join(hashed(self.box.folder / part["name"]) for part in parts).encode()).hexdigest()
        cursor: Cursor = {"hash": digest, "wording": [query.wording(self.zones) for query in queries]}
        if cursor == known:
            self.box.drop(part["name"] for part in parts)
        else:
            self.box.write(stream, (), {"whole": True, "cursor": cursor, "files": parts})

    def changes(self, query: Query, known: Cursor) -> None:
        """Reads what has changed since `known`; everything at first. Each file is a step from which the next reading goes on."""
        sql, columns = self._sql(query), self._columns(query)
        column = self._cursor(query, columns)
        latest = self.snapshot.latest(sql, column)
        if latest is None:
            return
        end = {"wording": [query.wording(self.zones)], "number": isinstance(latest, int | float | Decimal)}
        end["value"] = self._capped(as_text(latest))
        if self._follow(query, columns, column, known, end):
            tail = _Tally()
            deque(tail.over(self.snapshot.lines(sql, self._since(query, column, end))), 0)
            self.box.write(query.stream, (), {"cursor": end | {"rows": tail.rows, "sum": tail.sum}, "files": []})

    def _follow(self, query: Query, columns: Columns, column: str, known: Cursor, end: Cursor) -> bool:
        """Receives the rows from `known` on; False when they are those, and no others, that were there when it was noted."""
        begin = self._since(query, column, known) if known else None
        tally = _Tally(known.get("rows", -1))
        lines = tally.over(self.snapshot.lines(self._sql(query), begin, self.snapshot.quoted(column)))
        place, moment = list(columns).index(column), f"{time.time_ns()}." if known else ""
        held: list[dict[str, Any]] = []
        for number, (part, last) in enumerate(self._parts(query, columns, lines), start=1):
            value = self._capped(_field(last, place)) if last else end["value"]
            path = f"{query.stream}.{moment}{number}.csv"
            held.append({"whole": not known and number == 1, "cursor": end | {"value": value}, "files": [part | {"path": path}]})
            if tally.rows > tally.least:
                while held:
                    self.box.write(query.stream, (), held.pop(0))
        same = tally.rows == tally.least and tally.sum == known.get("sum")
        for head in held:
            if same:
                self.box.drop(part["name"] for part in head["files"])
            else:
                self.box.write(query.stream, (), head)
        return not same

    def _sql(self, query: Query) -> str:
        return query.rows.query or self.snapshot.table(query.rows.from_ or "")

    def _columns(self, query: Query) -> Columns:
        columns = self.snapshot.columns(self._sql(query))
        names = Counter(name.lower() for name, _ in columns)
        if twice := [name for name, count in names.items() if count > 1]:
            raise query.at.problem(query.key, f'the query gives "{twice[0]}" twice', "Name one otherwise, with AS.", value=True)
        found = dict(columns)
        query.read_as(found)  # what the block names must be there, before anything is read
        return found

    def _cursor(self, query: Query, columns: Columns) -> str:
        """The column that is followed. Raises Problem when there is none, or when it would pass rows by."""
        column = query.column("cursor", columns)
        if without := self.snapshot.empty(self._sql(query), column):
            remedy = f"Give such rows another time in the query, as in coalesce({column}, created_at) AS {column}."
            raise query.at.problem("cursor", f'"{column}" is empty in {without:,} rows, which would never be read', remedy, value=True)
        return column

    def _parts(self, query: Query, columns: Columns, lines: Iterator[bytes]) -> Iterator[tuple[Part, bytes]]:
        """Writes the lines into files, at least one; gives each with its last line."""
        total = 0
        for number in range(1 << 30):
            path = self.box.folder / f"{uuid4().hex}-{query.stream}.csv"
            rows, last = _write(path, list(columns), islice(lines, self.batch))
            if not rows and number:
                path.unlink()
                return
            files.fsync(path)
            total += rows
            self.context.progress(f"{self.context.name}: {query.filling.table.name} {total:,}", 0.0)
            found = path.stat()
            yield (
                {"name": path.name, "size": found.st_size, "mtime_ns": found.st_mtime_ns, "index": query.filling.index, "columns": columns},
                last,
            )
            if rows < self.batch:
                return

    def _since(self, query: Query, column: str, cursor: Cursor) -> str:
        value = str(cursor["value"])
        if not (_NUMBER if cursor["number"] else _ID).fullmatch(value):
            said = f'"{value[:40]}" of "{column}" cannot be followed'
            raise query.at.problem("cursor", said, "A cursor is a time, a number or an id.", value=True)
        text = value if cursor["number"] else f"'{_back(value, query.rows.back)}'"
        return f"{self.snapshot.quoted(column)} >= {text}"

    def _capped(self, text: str) -> str:
        """A time of the future must not hide what happens until then."""
        moment = _parsed(text)
        if moment is None and text != "infinity":
            return text
        zone = moment.tzinfo if moment is not None and moment.tzinfo else ZoneInfo(self.zones.source)
        now = datetime.now(zone).replace(tzinfo=moment.tzinfo if moment else None)
        if moment is not None and moment <= now:
            return text
        return now.isoformat("T" if "T" in text else " ", "seconds")


def leftovers(box: Inbox) -> Iterator[str]:
    """Files that no head names."""
    named = {part["name"] for head in box.heads() for part in head.get("files", ())}
    return (path.name for path in box.folder.glob("*.csv") if path.name not in named)


def _write(path: Path, columns: list[str], lines: Iterable[bytes]) -> tuple[int, bytes]:
    rows, last = 0, b""
    with path.open("wb", buffering=1 << 20) as file:
        file.write((",".join('"' + name.replace('"', '""') + '"' for name in columns) + "\n").encode())
        for last in lines:
            file.write(last)
            rows += 1
    return rows, bytes(last)


def _field(line: bytes, place: int) -> str:
    return str(next(parser(io.StringIO(line.decode(), newline=""), dialect([])))[place])


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def _back(text: str, by: timedelta) -> str:
    """A time some minutes earlier, cut to its second and without its zone: as a text, too, it comes before all that is to be read.

    What PostgreSQL writes has no other zone than UTC, which is the session's.
    """
    moment, match = _parsed(text), _TIME.fullmatch(text)
    if moment is None or match is None:
        return text
    back = moment - by
    return f"{back:%Y-%m-%d}{match[2] or ' '}{back:%H:%M:%S}" if match[3] else f"{back:%Y-%m-%d}"
