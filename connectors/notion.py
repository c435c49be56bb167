"""Notion: pages as documents, what kind they are and whose, and the issues and projects that they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.streams import Page, Stream, dated, following, latest, utc
from connectors.web import Web

SUMMARY = "Notion: pages with their kind, owner and times, and the Linear issues that they name"

TEMPLATE = """\
  {name}:
    connector: notion
    token: ${{NOTION_TOKEN}}         # an internal connection that may read content and users; never written here itself
    # every: 15m                   # how long between two looks; at each sync when left out
    # kind_property: Type          # the property that says what kind a page is; the name of its data source when left out
    # owner_property: Owner        # the property that names the owner; who created the page when left out
    # loose_pages: true            # pages outside of data sources too
    # linear: linear               # the name of the source that is Linear
    # reviews_page: PAGE_ID        # the page that frozen reviews are published under; the connection may then insert content
"""

URL, VERSION = "https://api.notion.com/v1", "2026-03-11"
_PAGE = 100
#: A search tells of what has happened with some delay.
_DELAY = timedelta(hours=1)
_PAGES, _SOURCES = ({"property": "object", "value": value} for value in ("page", "data_source"))


class Config(Api):
    """A source of the `notion` connector."""

    connector: Literal["notion"] = Field(description="notion")
    token: str = Field(description="The token of an internal connection, as ${NAME} from the environment or .streamlit/secrets.toml.")
    kind_property: str = Field("", description="The property that says what kind a page is; the name of its data source when left out.")
    owner_property: str = Field("", description="The property of people that names the owner; who created the page when left out.")
    loose_pages: bool = Field(True, description="Whether pages outside of data sources are loaded too.")
    linear: str = Field("linear", description="The name of the source that is Linear, for what pages tell of its issues and projects.")
    reviews_page: str = Field("", description="The id of the page that frozen reviews are published under; none are when left out.")


def receive(context: Context) -> None:
    """Asks Notion for what is new. Raises Problem for a token that is refused."""
    config, token = api.config_of(Config, context), api.secret(context, "token")
    headers = {"Authorization": f"Bearer {token}", "Notion-Version": VERSION}
    api.receive(context, api.way(config, URL, rate=3, secrets=(token,), headers=headers), _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    return Source("notion", [_data_sources(), _users(), _pages(config)], {"source": context.name, "linear": config.linear})


pending, load = arrivals.exposed(_source)


def _data_sources() -> Stream:
    def everything(web: Web, _at: Any) -> Iterator[Page]:
        for rows in _searched(web, _SOURCES, "ascending"):
            yield Page([Record(row["id"], {"title": _plain(row["title"])}, deleted=bool(row.get("in_trash"))) for row in rows])

    return Stream("data_sources", everything, scope="the capability to read content")


def _users() -> Stream:
    def ask(web: Web, cursor: Any) -> tuple[Sequence[Record], Any]:
        found = web.get("users", page_size=_PAGE, start_cursor=cursor)
        return [Record(row["id"], {"name": row.get("name")}) for row in found["results"]], found["next_cursor"]

    return Stream("users", lambda web, at: following(lambda cursor: ask(web, cursor), at), scope="the capability to read users")


def _pages(config: Config) -> Stream:
    def pages(web: Web, since: datetime | None) -> Iterator[Page]:
        sources = [row["id"] for rows in _searched(web, _SOURCES, "ascending") for row in rows if not row.get("in_trash")]
        for source in sources:
            for rows in _queried(web, source, since):
                yield Page([_record(row, config) for row in rows])
        for rows in _loose(web, since) if config.loose_pages else ():
            yield Page([_record(row, config) for row in rows if row["parent"].get("data_source_id") not in sources])

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        return dated(pages(web, since), lambda record: (record.payload or {})["edited_at"], ascending=False)

    return Stream("pages", lambda web, _at: pages(web, None), changes, overlap=_DELAY, scope="the capability to read content")


def _queried(web: Web, source: str, since: datetime | None) -> Iterator[list[dict[str, Any]]]:
    """The pages of a data source, in the order of their making, which no edit changes. A query that is cut off goes on from there."""
    edited = [{"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": utc(since)}}] if since else []
    begin: datetime | None = None
    while True:
        window = [{"timestamp": "created_time", "created_time": {"on_or_after": utc(begin)}}] if begin else []
        asked = {"sorts": [{"timestamp": "created_time", "direction": "ascending"}], "result_type": "page"}
        found = _asked(web, f"data_sources/{source}/query", asked | ({"filter": {"and": [*edited, *window]}} if edited or window else {}))
        last, cut = begin, False
        for rows, is_cut in found:
            last, cut = latest(row["created_time"] for row in rows) or last, cut or is_cut
            yield rows
        if not cut:
            return
        if last == begin:
            raise web.problem(f"a data source has more pages of one minute, {last}, than Notion gives", "Move some of them elsewhere.")
        begin = last


def _loose(web: Web, since: datetime | None) -> Iterator[list[dict[str, Any]]]:
    """What a search gives: all of it, or the newest until what is known."""
    for rows in _searched(web, _PAGES, "descending" if since else "ascending"):
        yield rows
        oldest = latest(row["last_edited_time"] for row in rows[-1:])
        if since and oldest and oldest < since:
            return


def _searched(web: Web, kind: dict[str, str], direction: str) -> Iterator[list[dict[str, Any]]]:
    asked = {"filter": kind, "sort": {"timestamp": "last_edited_time", "direction": direction}}
    cut = False
    for rows, is_cut in _asked(web, "search", asked):
        cut = cut or is_cut
        yield rows
    if cut:
        raise web.problem(
            "Notion's search does not give all pages", "Write loose_pages: false, so that only those of data sources are loaded."
        )


def _asked(web: Web, path: str, asked: dict[str, Any]) -> Iterator[tuple[list[dict[str, Any]], bool]]:
    """The pages of an answer, and whether Notion cut it off, as it does at 10,000 rows."""
    is_cut = False

    def ask(cursor: Any) -> tuple[Sequence[Record], Any]:
        nonlocal is_cut
        found = web.post(path, asked | {"page_size": _PAGE} | ({"start_cursor": cursor} if cursor else {}))
        is_cut = (found.get("request_status") or {}).get("type") == "incomplete"
        return [Record(row["id"], row) for row in found["results"]], found["next_cursor"]

    for page in following(ask, resumable=False):
        yield [record.payload or {} for record in page.records], is_cut


def _record(row: dict[str, Any], config: Config) -> Record:
    """What is kept of a page: none of its properties but those that are asked for, and addresses in Linear."""
    properties = row["properties"]
    title = next((_plain(each["title"]) for each in properties.values() if each["type"] == "title"), None)
    owners = properties.get(config.owner_property, {}).get("people") or [row["created_by"]]
    addresses = [
        each["url"] for each in properties.values() if each["type"] == "url" and (each["url"] or "").startswith("https://linear.app/")
    ]
    kept = {
        "title": title,
        "data_source": row["parent"].get("data_source_id"),
        "kind": _word(properties.get(config.kind_property)),
        "owner": {"id": owners[0]["id"], "name": owners[0].get("name")},
        "url": row["url"],
        "created_at": row["created_time"],
        "edited_at": row["last_edited_time"],
        "in_trash": bool(row.get("in_trash")),
        "addresses": sorted(addresses),
    }
    return Record(row["id"], kept, deleted=bool(row.get("in_trash")))


def _plain(texts: Sequence[dict[str, Any]]) -> str:
    return "".join(each["plain_text"] for each in texts)


def _word(told: dict[str, Any] | None) -> str | None:
    """The word that a property holds: of one choice, of several, or as text."""
    found = told[told["type"]] if told else None
    if isinstance(found, list):
        return ", ".join(each.get("name") or each.get("plain_text") or "" for each in found) or None
    return found.get("name") if isinstance(found, dict) else found
