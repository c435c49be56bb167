"""The streams that a block of `sources.yml` describes: where rows are asked for, how pages follow, what has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from connectors.inbox import RECEIPT, Record
from connectors.paths import Lacking, look, maybe, without
from connectors.rest_pages import Answer, pages
from connectors.rest_settings import Changes, Paging, StreamSettings
from connectors.settings import parse, span
from connectors.streams import Page, Stream, dated, utc
from connectors.web import Web
from data.yaml_file import Mapping

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NO: tuple[Any, ...] = (None, False, 0, "", "0", "false", "False", "no", [], {})


@dataclass(frozen=True)
class Resource:
    """One stream, with where it stands in sources.yml (`at`) for errors."""

    name: str
    told: StreamSettings
    paging: Paging | None
    changes: Changes | None
    at: Mapping
    zone: ZoneInfo

    def stream(self) -> Stream:
        """What the machinery of all APIs walks."""
        changed = self._changed if self.changes else None
        again = span(self.at, "again") or timedelta(days=1)
        wording = _hash({"block": self.at, "zone": self.zone.key})
        return Stream(self.name, self._everything, changed, again=again, grows=self.told.grows, wording=wording)

    def records(self, answer: Answer) -> Sequence[Record]:
        """The rows of an answer. Raises Problem when they are not where the block says."""
        rows = [self._kept(row) for row in self._rows(answer.body)]
        ids = [self._id(row) for row in rows]
        if rows and not any(ids):
            said = f"no row of {self.name} has {_listed(self.told.keys)}, which tells rows apart; a row has: {_listed(rows[0])}"
            raise self.at.problem("id", said, "Write under id the key that does, or a list of keys.", value=True)
        # A row without its id is kept by what it says: where the table needs the id, it goes to the rejects.
        return [Record(key or f"without-id-{_hash(row)}", row, deleted=self._is_deleted(row)) for key, row in zip(ids, rows, strict=True)]

    def _everything(self, web: Web, at: Any) -> Iterator[Page]:
        for page in pages(self, web, {}, at):
            self._check_times(page.records)
            yield page

    def _changed(self, web: Web, since: datetime) -> Iterator[Page]:
        assert self.changes is not None
        asked = pages(self, web, {self.changes.param: self._shown(since)}, None)
        now = web.clock.timestamp()

        def updated(record: Record) -> float | None:
            # A row of tomorrow must not make us miss those of today.
            moment = self._moment(record.payload)
            return None if moment is None else min(moment, now)

        yield from dated(asked, updated, ascending=self.changes.ascending)

    def _rows(self, answer: Any) -> list[dict[str, Any]]:
        try:
            found = look(answer, self.told.rows)
        except Lacking as lacking:
            where = f' in "{lacking.after}"' if lacking.after else ""
            told = f"there {'is' if len(lacking.there) == 1 else 'are'}: {_listed(lacking.there)}" if lacking.there else "nothing is there"
            said = f'the answer of {self.name} has no "{self.told.rows.removeprefix(lacking.after).lstrip(".")}"{where}; {told}'
            raise self.at.problem("rows", said, "Write under rows where they stand, such as data.items.", value=True) from None
        found = [] if found is None else found
        if isinstance(found, list) and all(isinstance(row, dict) for row in found):
            return found
        what = f"an object with {_listed(found)}" if isinstance(found, dict) else f"a {type(found).__name__}"
        place = f'"{self.told.rows}" in the answer' if self.told.rows else "the answer"
        said = f"{place} of {self.name} is no list of objects, but {what}"
        raise self.at.problem("rows", said, "Write under rows where the list stands, such as data.items.", value=True)

    def _kept(self, row: dict[str, Any]) -> dict[str, Any]:
        for path in self.told.drop:
            row = without(row, path)
        return row

    def _id(self, row: dict[str, Any]) -> str | None:
        values = [maybe(row, key) for key in self.told.keys]
        if all(value is None or value == "" for value in values):
            return None
        texts = [value if isinstance(value, str) else json.dumps(value, sort_keys=True) for value in values]
        return texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)

    def _is_deleted(self, row: dict[str, Any]) -> bool:
        told = self.told.deleted
        if isinstance(told, str):
            return maybe(row, told) not in _NO
        return told is not None and all(_text(maybe(row, path)) in words for path, words in told.items())

    def _check_times(self, records: Sequence[Record]) -> None:
        if self.changes and records and not any(self._moment(record.payload) for record in records):
            row = records[0].payload or {}
            found = maybe(row, self.changes.field)
            what = f"there stands {json.dumps(found)[:40]}" if found is not None else f"a row has: {_listed(row)}"
            said = f'no row of {self.name} has a time in "{self.changes.field}"; {what}'
            raise self.at["changes"].problem("field", said, "Write under field the key that says when a row was changed.", value=True)

    def _moment(self, row: AnyMapping[str, Any] | None) -> float | None:
        """When a row was changed, in seconds since 1970; times that name no zone are of the source's."""
        assert self.changes is not None
        told = maybe(row, self.changes.field)
        if told is None or isinstance(told, bool):
            return None
        try:
            number = float(told)
            return number / 1000 if abs(number) > 1e11 else number
        except (TypeError, ValueError):
            pass
        try:
            form = self.changes.format
            moment = datetime.strptime(told, form) if "%" in form else datetime.fromisoformat(told)
        except (TypeError, ValueError):
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).timestamp()

    def _shown(self, since: datetime) -> Any:
        assert self.changes is not None
        form = self.changes.format
        if form in ("epoch", "epoch_ms"):
            return int(since.timestamp() * (1000 if form == "epoch_ms" else 1))
        if form == "date":  # whichever zone the vendor's days are of
            return f"{since.astimezone(UTC) - timedelta(days=1):%Y-%m-%d}"
        return utc(since) if form == "iso" else since.astimezone(self.zone).strftime(form)


def of(block: Mapping, zone: ZoneInfo) -> dict[str, Stream]:
    """The streams of a source. Raises Problem with file and line."""
    streams = block["streams"]
    if not isinstance(streams, Mapping) or not streams:
        raise block.problem("streams", "streams must say what is asked for", "For example streams: {customers: {path: customers, id: id}}.")
    return {name: _resource(name, streams, zone).stream() for name in streams}


def _resource(name: str, streams: Mapping, zone: ZoneInfo) -> Resource:
    if not _NAME.fullmatch(name) or name == RECEIPT:
        raise streams.problem(name, f'"{name}" is no name for a stream', "Use letters, figures and _, such as customers.")
    at = streams[name]
    told = parse(StreamSettings, at, streams, name)
    paging = None if told.paging == "none" else parse(Paging, at["paging"], at, "paging")
    if paging is not None:
        paging.check(at["paging"])
    changes = parse(Changes, at["changes"], at, "changes") if told.changes is not None else None
    if told.grows and told.deleted:
        raise at.problem("deleted", f"{name} grows, so nothing in it is ever deleted", "Leave out grows, or deleted.")
    if told.method == "GET" and told.body:
        raise at.problem("body", f"{name} is asked for by GET, which sends no body", "Write method: POST, or put it under params.")
    span(at, "again")
    return Resource(name, told, paging, changes, at, zone)


def _listed(names: Any) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown[:20]) + (", …" if len(shown) > 20 else "") or "nothing"


def _hash(row: AnyMapping[str, Any]) -> str:
    return sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
