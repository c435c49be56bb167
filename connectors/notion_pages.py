"""Publishing to Notion: a page under another one, made once whatever happens on the way.

A page carries the id of what it shows in its title. Before one is made, the pages under the parent are looked through for that
title: a worker that was killed, or whose answer was lost, finds what it had made, and goes on after the last block that is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors import api
from connectors.notion import URL, VERSION, Config
from connectors.settings import parse
from connectors.web import Away, Web
from data.errors import Problem
from data.workspace import Workspace

#: What Notion takes at most: blocks in a request, signs in a text, texts in a block, rows that a table is made with, its width.
CHILDREN, SIGNS, TEXTS, ROWS = 100, 2000, 100, 100
#: Blocks in a request together with the rows of their tables; Notion takes 1000.
_ALL = 900
#: How often it is looked again after an answer that did not come.
_LOOKS = 3
_PAGE = 100

Block = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """A page as it stands in Notion. `made` is False where it was there already."""

    id: str
    url: str
    made: bool


def publish(workspace: Workspace, source: str, key: str, title: str, blocks: Sequence[Mapping[str, Any]]) -> Published:
    """Makes the page of this key with these blocks under the page that the source names for it, or completes it.

    `blocks` are plain ones: heading (with `level`), text, table (with `rows`, the head first). Raises Problem for a source that
    names no page, and where Notion refuses.
    """
    parent, web = _way(workspace, source)
    named, made = f"{title} [{key[:12]}]", [block for told in blocks for block in _blocks(told)]
    try:
        return _published(web, parent, named, made)
    finally:
        web.close()


def _way(workspace: Workspace, source: str) -> tuple[str, Web]:
    block = workspace.sources.get(source)
    if block is None:
        raise Problem(f'there is no source "{source}"', remedy="Add one: python -m connectors init NAME --connector notion")
    config = parse(Config, block, workspace.sources, source)
    if not config.reviews_page:
        raise block.problem(None, f"{source} names no page to publish under", "Write reviews_page: and the id of a page that is shared.")
    token = api.secret_of(block, source, "token")
    headers = {"Authorization": f"Bearer {token}", "Notion-Version": VERSION}
    return config.reviews_page, api.way(config, URL, rate=3, secrets=(token,), headers=headers)


def _published(web: Web, parent: str, title: str, blocks: list[Block]) -> Published:
    """Looks, writes what is missing, and looks again where an answer did not come: asking twice would write twice."""
    for looked in range(1, _LOOKS + 1):
        try:
            page = _find(web, parent, title)
            was_there = page is not None
            page = page or _made(web, parent, title, blocks)
            there = sum(1 for _block in _children(web, page))
            for chunk in _chunks(blocks[there:]):
                _once(web, "PATCH", f"blocks/{page}/children", {"children": chunk})
            return Published(page, str(web.get(f"pages/{page}")["url"]), made=not was_there)
        except Away:
            if looked == _LOOKS:
                raise
    raise AssertionError  # the loop returns or raises


def _find(web: Web, parent: str, title: str) -> str | None:
    """The page of this title directly under the parent."""
    for block in _children(web, parent):
        if block["type"] == "child_page" and block["child_page"]["title"] == title and not block.get("in_trash"):
            return str(block["id"])
    return None


def _made(web: Web, parent: str, title: str, blocks: list[Block]) -> str:
    """Makes the page with as many blocks as one request takes, so that it is never there without any."""
    properties = {"title": {"title": [{"type": "text", "text": {"content": title}}]}}
    first = next(_chunks(blocks), [])
    asked = {"parent": {"type": "page_id", "page_id": parent}, "properties": properties, "children": first}
    return str(_once(web, "POST", "pages", asked)["id"])


def _once(web: Web, method: str, path: str, body: Mapping[str, Any]) -> Any:
    """Asks a single time: Notion may have done it although no answer came."""
    return web.ask(method, path, web.parsed, tries=1, json=body)


def _children(web: Web, block: str) -> Iterator[dict[str, Any]]:
    """The blocks directly within a block or a page, in their order."""
    cursor = None
    while True:
        found = web.get(f"blocks/{block}/children", page_size=_PAGE, start_cursor=cursor)
        yield from found["results"]
        cursor = found.get("next_cursor")
        if not cursor:
            return


def _chunks(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks in requests that Notion takes: so many at the top, and so many with all rows."""
    chunk: list[Block] = []
    size = 0
    for block in blocks:
        more = 1 + len(block.get("table", {}).get("children", ()))
        if chunk and (len(chunk) == CHILDREN or size + more > _ALL):
            yield chunk
            chunk, size = [], 0
        chunk.append(block)
        size += more
    if chunk:
        yield chunk


def _blocks(told: Mapping[str, Any]) -> Iterator[Block]:
    """What Notion calls a plain block; a long table becomes several, each with its head."""
    if told["kind"] == "heading":
        kind = f"heading_{min(max(int(told.get('level', 2)), 1), 3)}"
        yield {"object": "block", "type": kind, kind: {"rich_text": _text(told["text"])}}
    elif told["kind"] == "table":
        head, *rows = told["rows"]
        for first in range(0, max(len(rows), 1), ROWS - 1):
            yield _table([head, *rows[first : first + ROWS - 1]])
    else:
        yield {"object": "block", "type": "paragraph", "paragraph": {"rich_text": _text(told["text"])}}


def _table(rows: list[list[str]]) -> Block:
    lines = [{"object": "block", "type": "table_row", "table_row": {"cells": [_text(cell) for cell in row]}} for row in rows]
    told = {"table_width": len(rows[0]), "has_column_header": True, "has_row_header": False, "children": lines}
    return {"object": "block", "type": "table", "table": told}


def _text(text: str) -> list[dict[str, Any]]:
    """A text in pieces that Notion takes; what is longer than all pieces together is cut."""
    pieces = [text[at : at + SIGNS] for at in range(0, len(text), SIGNS)][:TEXTS]
    return [{"type": "text", "text": {"content": piece}} for piece in pieces]
