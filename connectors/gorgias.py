"""Gorgias: tickets with their messages, customers, answers to satisfaction surveys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.streams import Page, Stream, dated, following, latest, utc
from connectors.web import Web

SUMMARY = "Gorgias: tickets, their messages, customers and satisfaction surveys"

TEMPLATE = """\
  {name}:
    connector: gorgias
    domain: acme                   # of https://acme.gorgias.com
    email: ops@acme.example        # the user whose key it is
    api_key: ${{GORGIAS_API_KEY}}    # Settings, REST API; never written here itself
    # every: 15m                   # how long between two looks; at each sync when left out
    # account: external_id         # where a customer names its account: external_id, or a key such as data.account_id
"""

URL = "https://{domain}.gorgias.com/api"
_PAGE = 100
#: What is kept of each thing. Bodies, excerpts and names of customers are not.
_KEPT = {
    "tickets": "subject status channel via priority language created_datetime updated_datetime closed_datetime snooze_datetime",
    "messages": "ticket_id channel public from_agent rule_id created_datetime sent_datetime failed_datetime",
    "customers": "email created_datetime updated_datetime",
    "satisfaction-surveys": "ticket_id customer_id score created_datetime scored_datetime",
    "events": "type object_id created_datetime",
}


class Config(Api):
    """A source of the `gorgias` connector."""

    connector: Literal["gorgias"] = Field(description="gorgias")
    domain: str = Field(pattern="^[A-Za-z0-9-]+$", description="The first part of the help desk's address: acme of acme.gorgias.com.")
    email: str = Field(description="The address of the user whose API key it is.")
    api_key: str = Field(description="The API key, as ${NAME} from the environment or .streamlit/secrets.toml.")
    account: str = Field("", description="Where a customer names its account: external_id, or a key of its data such as data.account_id.")


def receive(context: Context) -> None:
    """Asks Gorgias for what is new. Raises Problem for a key that is refused."""
    config, key = api.config_of(Config, context), api.secret(context, "api_key")
    web = api.way(config, URL.format(domain=config.domain), rate=2, secrets=(key,), auth=(config.email, key))
    api.receive(context, web, _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    found = [
        _stream("tickets", "updated_datetime", config.account),
        _stream("customers", "updated_datetime", config.account),
        # Messages and surveys cannot be sorted by their last change: those of some time are read again, the others by the daily walk.
        _stream("messages", "created_datetime", config.account, timedelta(hours=1)),
        _stream("satisfaction-surveys", "created_datetime", config.account, timedelta(days=7)),
        _events(),
    ]
    return Source("gorgias", found)


pending, load = arrivals.exposed(_source)


def _stream(kind: str, changed: str, account: str, overlap: timedelta = timedelta(minutes=2)) -> Stream:
    """A list that can be sorted, but not asked for what has changed: it is walked from the newest until what is known."""

    def everything(web: Web, _at: Any) -> Iterator[Page]:
        return _pages(web, kind, account, order_by="created_datetime:asc")

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        pages = _pages(web, kind, account, order_by=f"{changed}:desc")
        return dated(_until(pages, changed, since), lambda record: (record.payload or {}).get(changed), ascending=False)

    return Stream(kind.replace("-", "_"), everything, changes, overlap=overlap)


def _until(pages: Iterable[Page], changed: str, since: datetime) -> Iterator[Page]:
    for page in pages:
        yield page
        oldest = latest((record.payload or {}).get(changed) for record in page.records[-1:])
        if oldest and oldest < since:
            return


def _events() -> Stream:
    """When tickets were closed and opened again: it only grows, and the time of the last one is where to go on."""

    def since(web: Web, moment: str | None) -> Iterator[Page]:
        asked = {"types": ["ticket-closed", "ticket-reopened"], "created_datetime[gte]": moment, "order_by": "created_datetime:asc"}
        return _pages(web, "events", "", **asked)

    def everything(web: Web, at: Any) -> Iterator[Page]:
        for page in since(web, at):
            last = latest((record.payload or {})["created_datetime"] for record in page.records)
            yield Page(page.records, utc(last) if last else at)

    def changes(web: Web, moment: datetime) -> Iterator[Page]:
        return dated(since(web, utc(moment)), lambda record: (record.payload or {})["created_datetime"], ascending=True)

    return Stream("events", everything, changes, grows=True)


def _pages(web: Web, kind: str, account: str, **asked: Any) -> Iterator[Page]:
    """A list by its cursor, which lives too short to go on with it later."""

    def ask(cursor: Any) -> tuple[Sequence[Record], Any]:
        found = web.get(kind, limit=_PAGE, cursor=cursor, **asked)
        return [_record(kind, row, account) for row in found["data"]], found["meta"].get("next_cursor")

    return following(ask, resumable=False)


def _record(kind: str, row: dict[str, Any], account: str) -> Record:
    kept = {name: row.get(name) for name in _KEPT[kind].split()}
    if kind == "customers":
        kept["account"] = _value(row, account) if account else None
    if kind == "tickets":
        kept["customer_id"] = (row.get("customer") or {}).get("id")
        kept["assignee"] = (row.get("assignee_user") or {}).get("name")
        kept["tags"] = sorted(tag["name"] for tag in row.get("tags") or ())
    return Record(str(row["id"]), kept, deleted=kind == "tickets" and bool(row.get("trashed_datetime") or row.get("spam")))


def _value(row: dict[str, Any], path: str) -> Any:
    """What stands at a path such as data.account_id, None where there is no such thing."""
    found: Any = row
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
