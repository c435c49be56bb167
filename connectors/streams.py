"""How a stream of an API is walked: everything once and again from time to time, in between what has changed since.

A walk through everything finds what is gone; it is resumed where it was left, if the vendor's way of paging allows that. What has
changed is asked from the vendor's own times, by the vendor's clock, and a little further back than needed: rows that come twice are
merged, rows that are missed are lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.inbox import Record
from connectors.state import Cursor
from connectors.web import Unknown, Web

#: How often a walk begins anew because the vendor no longer knows the place that it gave.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Page:
    """Records of one answer. In a walk `at` is where to go on after it (None: it cannot be resumed there); among changes it is the
    vendor's time up to which all changes are there now (None: not before the last page)."""

    records: Sequence[Record]
    at: Any = None


@dataclass(frozen=True)
class Stream:
    """One kind of thing of a vendor's.

    `everything(web, at)` gives the pages from the beginning, or from where `at` says. `changes(web, since)` gives those of what has
    changed at or after a moment (aware); without it everything is walked at each sync. `again` is how long a walk is good for;
    `overlap` goes further back than the last change; `scope` is what a token needs for it. `grows` is for streams whose things are
    never taken back: then nothing is looked for that is gone. When `wording` is another than before, other things are asked for than
    before, and everything is walked anew.
    """

    name: str
    everything: Callable[[Web, Any], Iterable[Page]]
    changes: Callable[[Web, datetime], Iterable[Page]] | None = None
    again: timedelta = timedelta(days=1)
    overlap: timedelta = timedelta(minutes=2)
    scope: str = ""
    grows: bool = False
    wording: str = ""


@dataclass(frozen=True)
class Step:
    """What was received in one go: records, and the stream's cursor after them. After a walk, what was last seen before `gone_before`
    (nanoseconds of our clock) is gone."""

    records: Sequence[Record]
    cursor: Cursor
    gone_before: int | None = None


def read(web: Web, stream: Stream, cursor: Cursor) -> Iterator[Step]:
    """Walks a stream from its cursor ({} at first)."""
    now = time.time_ns()
    if cursor.get("wording", "") != stream.wording:
        cursor = {"wording": stream.wording}
    if _due(stream, cursor, now):
        for step in _walk(web, stream, cursor, now):
            cursor = step.cursor
            yield step
        if stream.changes is None or "walk" in cursor:
            return
    if stream.changes is not None:
        yield from _changes(web, stream, cursor)


def _due(stream: Stream, cursor: Cursor, now: int) -> bool:
    if stream.changes is None or "walk" in cursor or "walked" not in cursor:
        return True
    return not stream.grows and now - int(cursor["walked"]) > stream.again.total_seconds() * 1e9


def _walk(web: Web, stream: Stream, cursor: Cursor, now: int) -> Iterator[Step]:
    """Everything, from where an earlier walk was left; from the beginning when the vendor no longer knows that place."""
    resumed = cursor.get("walk") if stream.changes is not None else None  # nothing would tell what changed on pages that were read
    walk = resumed or {"began": now}
    for attempt in range(_ATTEMPTS):
        try:
            for page in stream.everything(web, walk.get("at")):
                since = walk.get("since") or _text(web.clock)
                walk = {"began": walk["began"], "since": since} | ({"at": page.at} if page.at is not None else {})
                yield Step(page.records, {**cursor, "walk": walk})
            break
        except Unknown:
            if attempt == _ATTEMPTS - 1:
                raise
            walk = {key: walk[key] for key in ("began", "since") if key in walk}
    done: Cursor = {"since": walk.get("since") or _text(web.clock), "walked": walk["began"]}
    yield Step((), done | {key: cursor[key] for key in ("wording",) if key in cursor}, None if stream.grows else walk["began"])


def _changes(web: Web, stream: Stream, cursor: Cursor) -> Iterator[Step]:
    """What has changed; from the last page that is whole when the vendor forgets in the middle what it was asked."""
    assert stream.changes is not None
    since = parsed(cursor["since"])
    for attempt in range(_ATTEMPTS):
        try:
            for page in stream.changes(web, since - stream.overlap):
                since = max(since, page.at) if isinstance(page.at, datetime) else since
                yield Step(page.records, {**cursor, "since": _text(since)})
            return
        except Unknown:
            if attempt == _ATTEMPTS - 1:
                raise


def parsed(text: str) -> datetime:
    """A time as cursors hold it."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def utc(moment: datetime) -> str:
    """A time as most vendors want it: 2026-01-31T18:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def latest(times: Iterable[str | float | None]) -> datetime | None:
    """The last of a vendor's times (ISO 8601, or seconds since 1970), None when there is none that can be read."""
    found = [each for each in map(_moment, times) if each]
    return max(found, default=None)


def _moment(told: str | float | None) -> datetime | None:
    try:
        if isinstance(told, int | float):
            return datetime.fromtimestamp(told, UTC)
        moment = datetime.fromisoformat(told or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def following(ask: Callable[[Any], tuple[Sequence[Record], Any]], at: Any = None, *, resumable: bool = True) -> Iterator[Page]:
    """Pages by a cursor: `ask(cursor)` gives records and the next cursor, None at the end. Raises Unknown when a cursor comes again,
    which would go on for ever: the walk then begins anew."""
    seen: set[str] = set()
    while True:
        records, after = ask(at)
        if after is None or after == "":
            yield Page(records)
            return
        if str(after) in seen or after == at:
            raise Unknown(
                f"the vendor gives the page {str(after)[:40]!r} a second time", remedy="Nothing is lost; the next sync tries again."
            )
        seen.add(str(after))
        yield Page(records, after if resumable else None)
        at = after


def dated(pages: Iterable[Page], updated: Callable[[Record], str | float | None], *, ascending: bool) -> Iterator[Page]:
    """Pages of changes with the time up to which they are complete: after each page when the vendor sorts them by it, else at the end."""
    newest: datetime | None = None
    for page in pages:
        found = latest(updated(record) for record in page.records)
        newest = max((each for each in (newest, found) if each), default=None)
        yield replace(page, at=newest if ascending else None)
    if not ascending and newest:
        yield Page((), newest)
