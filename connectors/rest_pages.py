"""Pages of a stream that a block describes: by a cursor, by the next page's address, by rows to skip, by the page's number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from connectors.inbox import Record
from connectors.paths import maybe, put
from connectors.rest_settings import Paging, StreamSettings
from connectors.streams import Page, following
from connectors.web import Unknown, Web

LINK = "link header"
#: How often rows may move while pages are read by offset, before the walk begins anew.
_MOVES = 20
#: How many pages in a row may be empty although another is said to follow.
_EMPTY = 50


@dataclass(frozen=True)
class Answer:
    """What came: JSON, the address that gave it, and the next one that its head names."""

    body: Any
    url: httpx.URL
    link: str | None


class Asked(Protocol):
    """What pages are asked of."""

    @property
    def told(self) -> StreamSettings:
        """The stream's block."""

    @property
    def paging(self) -> Paging | None:
        """How pages follow."""

    def records(self, answer: Answer) -> Sequence[Record]:
        """The rows of an answer."""


def pages(of: Asked, web: Web, told: dict[str, Any], at: Any) -> Iterator[Page]:
    """The pages from the beginning, or from where `at` says, with these further parameters."""
    paging = of.paging
    if paging is None:
        yield Page(of.records(_ask(of.told, web, told)))
    elif paging.cursor is not None:
        yield from _by_cursor(of, paging, web, told | _limit(paging), at)
    elif paging.next is not None:
        yield from _by_address(of, paging, web, told | _limit(paging))
    elif paging.offset is not None:
        yield from _by_offset(of, paging, web, told | _limit(paging))
    else:
        yield from _by_number(of, paging, web, told | _limit(paging))


def _by_cursor(of: Asked, paging: Paging, web: Web, told: dict[str, Any], at: Any) -> Iterator[Page]:
    """Some vendors give a cursor after the last page too: the same one, or new ones for ever."""
    empty = 0

    def ask(at: Any) -> tuple[Sequence[Record], Any]:
        nonlocal empty
        answer = _ask(of.told, web, told | ({paging.param or "": at} if at is not None else {}))
        records = of.records(answer)
        after = maybe(answer.body, paging.cursor or "") if _goes_on(paging, answer) else None
        empty = 0 if records else empty + 1
        if empty > _EMPTY and after is not None:
            raise web.problem(
                f"{_EMPTY} pages in a row are empty, and a cursor comes still", "Say in paging, under more, what tells the end."
            )
        return records, None if after == at and not records else after

    return following(ask, at)


def _by_address(of: Asked, paging: Paging, web: Web, told: dict[str, Any]) -> Iterator[Page]:
    """The address of a page may hold a secret of the vendor's: it is not written down."""

    def ask(address: Any) -> tuple[Sequence[Record], Any]:
        answer = _ask(of.told, web, told, address)
        after = answer.link if (paging.next or "").lower() == LINK else maybe(answer.body, paging.next or "")
        return of.records(answer), _whole(answer, after) if after and _goes_on(paging, answer) else None

    return following(ask, resumable=False)


def _by_offset(of: Asked, paging: Paging, web: Web, told: dict[str, Any]) -> Iterator[Page]:
    """Each page begins with the last row of the one before. When it holds no row that was seen, rows were deleted meanwhile, and others
    moved into their place and would be missed: so it goes back."""
    start, moves = 0, 0
    seen: set[str] = set()
    while True:
        answer = _ask(of.told, web, told | {paging.offset or "": start})
        records = of.records(answer)
        ids = {record.id for record in records}
        if start and not ids & seen:
            moves += 1
            if moves > _MOVES:
                raise Unknown("rows change their places while they are read", remedy="Ask for a fixed order, such as params: {sort: id}.")
            start = max(0, start - max(len(ids), 2**moves))
            continue
        yield Page(records)
        if ids <= seen or not _goes_on(paging, answer):
            return
        seen |= ids
        start += len(records) - 1


def _by_number(of: Asked, paging: Paging, web: Web, told: dict[str, Any]) -> Iterator[Page]:
    """Until a page is empty, or comes again, or is refused after one that was not full."""
    number, before, most = paging.first, [""], 0
    while True:
        try:
            answer = _ask(of.told, web, told | {paging.page or "": number})
        except Unknown:
            if number > paging.first and len(before) < most:
                return
            raise
        records = of.records(answer)
        ids = [record.id for record in records]
        yield Page(() if ids == before else records)
        if not ids or ids == before or not _goes_on(paging, answer):
            return
        number, before, most = number + 1, ids, max(most, len(ids))


def _ask(told: StreamSettings, web: Web, more: dict[str, Any], address: str | None = None) -> Answer:
    """One page; the parameters go into the address, or into the body of a POST. The address of a next page holds them already."""

    def read(response: httpx.Response) -> Answer:
        return Answer(web.parsed(response), response.url, response.links.get("next", {}).get("url"))

    options: dict[str, Any] = {}
    if told.method == "POST":
        body = told.body
        for path, value in more.items():
            body = put(body, path, value)
        options["json"] = body
    params = told.params | (more if told.method == "GET" else {})
    if params and address is None:
        options["params"] = params
    found: Answer = web.ask(told.method, address or told.path, read, **options)
    return found


def _limit(paging: Paging) -> dict[str, Any]:
    return {paging.limit: paging.size} if paging.limit else {}


def _goes_on(paging: Paging, answer: Answer) -> bool:
    return paging.more is None or maybe(answer.body, paging.more) in (True, "true") or _is_positive(maybe(answer.body, paging.more))


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0


def _whole(answer: Answer, after: Any) -> str:
    """The next page's whole address; some vendors name theirs with http:// although they are asked with https://."""
    found = answer.url.join(str(after))
    if found.host == answer.url.host and found.scheme != answer.url.scheme:
        found = found.copy_with(scheme=answer.url.scheme, port=answer.url.port)
    return str(found)
