"""Intercom: conversations as tickets, their ratings and messages, contacts and companies."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.streams import Page, Stream, dated, following, latest
from connectors.web import Refused, Unknown, Web
from data.errors import Problem

SUMMARY = "Intercom: conversations as tickets, their ratings and messages, contacts and companies"

TEMPLATE = """\
  {name}:
    connector: intercom
    token: ${{INTERCOM_TOKEN}}     # an access token of an app of your own that may read; never written here itself
    # region: eu                   # where your workspace is hosted: us, eu or au; us when left out
    # every: 15m                   # how long between two looks; at each sync when left out
    # messages: true               # who wrote when, too: one more request for each conversation that changed
    # account:                     # attributes of your companies that say more of an account
    #   segment: customer_segment
"""

VERSION = "2.16"
_URLS = {"us": "https://api.intercom.io", "eu": "https://api.eu.intercom.io", "au": "https://api.au.intercom.io"}
_PAGE, _DELETED_PAGE, _WITH_PARTS = 150, 60, 50
#: An open scroll of companies ends a minute after its last use; there is one for an app, and nobody can end it sooner.
_SCROLL_ENDS = 61
#: Contacts are searched by whole days of the workspace's time zone, the longest of which has 25 hours.
_DAY = timedelta(hours=26)
_KEPT = {
    "conversation": "created_at updated_at state priority admin_assignee_id team_assignee_id contacts statistics",
    "contact": "external_id role email created_at updated_at",
    "company": "company_id name website industry size monthly_spend user_count remote_created_at created_at updated_at plan",
    "rating": "rating created_at updated_at contact",
    "part": "id part_type created_at",
}


class Config(Api):
    """A source of the `intercom` connector."""

    connector: Literal["intercom"] = Field(description="intercom")
    token: str = Field(description="The access token of an app, as ${NAME} from the environment or .streamlit/secrets.toml.")
    region: Literal["us", "eu", "au"] = Field("us", description="Where the workspace is hosted: us, eu or au.")
    messages: bool = Field(False, description="Whether who wrote when is loaded too; one more request for each conversation that changed.")
    account: dict[Literal["segment", "region"], str] = Field({}, description="Attributes of companies: {segment: ATTRIBUTE, region: …}.")


def receive(context: Context) -> None:
    """Asks Intercom for what is new. Raises Problem for a token that is refused."""
    config, token = api.config_of(Config, context), api.secret(context, "token")
    headers = {"Authorization": f"Bearer {token}", "Intercom-Version": VERSION, "Accept": "application/json"}
    api.receive(context, api.way(config, _URLS[config.region], rate=20, secrets=(token,), headers=headers), _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    streams = [
        Stream("admins", _admins),
        Stream("contacts", _contacts, _changed_contacts, overlap=timedelta(minutes=15)),  # a new one is found some minutes later
        Stream("conversations", _conversations, _changed_conversations),
        # Messages are never taken back; those of a conversation that is gone are not loaded any more.
        Stream(
            "parts",
            _parts if config.messages else _nothing,
            _changed_parts if config.messages else None,
            grows=True,
            wording="messages" if config.messages else "",
        ),
        Stream("companies", _companies),
    ]
    return Source("intercom", streams, {"segment": "segment", "region": "region"} | dict(config.account))


pending, load = arrivals.exposed(_source)


def _kept(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in _KEPT[kind].split()}


def _search(web: Web, kind: str, field: str, after: int, at: Any = None, *, order: str = "ascending", size: int = _PAGE) -> Iterator[Page]:
    """What was created or updated later than a moment (in seconds), in the order of it."""
    key, record = {"contacts": ("data", _contact), "conversations": ("conversations", _conversation)}[kind]

    def ask(place: Any) -> tuple[Sequence[Record], Any]:
        body = {
            "query": {"field": field, "operator": ">", "value": after},
            "sort": {"field": field, "order": order},
            "pagination": {"per_page": size} | ({"starting_after": place} if place else {}),
        }
        found = web.post(f"{kind}/search", body)
        return [record(row) for row in found[key]], ((found.get("pages") or {}).get("next") or {}).get("starting_after")

    return following(ask, at)


def _updated(record: Record) -> Any:
    return (record.payload or {}).get("updated_at")


def _admins(web: Web, _at: Any) -> Iterator[Page]:
    yield Page([Record(row["id"], {"name": row.get("name")}) for row in web.get("admins")["admins"]])


def _contact(row: dict[str, Any]) -> Record:
    return Record(row["id"], _kept("contact", row) | {"companies": [each["id"] for each in (row.get("companies") or {}).get("data", [])]})


def _contacts(web: Web, at: Any) -> Iterator[Page]:
    return _search(web, "contacts", "created_at", 0, at)


def _changed_contacts(web: Web, since: datetime) -> Iterator[Page]:
    """Those since the day before, newest first, up to the moment that is asked for."""

    def until() -> Iterator[Page]:
        for page in _search(web, "contacts", "updated_at", int((since - _DAY).timestamp()), order="descending"):
            yield page
            oldest = latest(map(_updated, page.records[-1:]))
            if oldest and oldest < since:
                return

    return dated(until(), _updated, ascending=False)


def _conversation(row: dict[str, Any]) -> Record:
    """Without what people wrote, and what they are called."""
    source, rating = row.get("source") or {}, row.get("conversation_rating")
    kept: dict[str, Any] = _kept("conversation", row)
    kept["company"] = (row.get("company") or {}).get("id")
    kept["source"] = {name: source.get(name) for name in ("type", "delivered_as", "subject")}
    kept["source"]["author"] = (source.get("author") or {}).get("type")
    kept["tags"] = [tag.get("name") for tag in (row.get("tags") or {}).get("tags", [])]
    kept["rating"] = _kept("rating", rating) if rating else None
    return Record(row["id"], kept)


def _conversations(web: Web, at: Any, size: int = _PAGE) -> Iterator[Page]:
    return _search(web, "conversations", "created_at", 0, at, size=size)


def _changed_conversations(web: Web, since: datetime) -> Iterator[Page]:
    yield from _updated_conversations(web, since, _PAGE)
    yield from _deleted(web, since)


def _updated_conversations(web: Web, since: datetime, size: int) -> Iterator[Page]:
    found = _search(web, "conversations", "updated_at", int(since.timestamp()) - 1, size=size)
    return dated(found, _updated, ascending=True)


def _deleted(web: Web, since: datetime) -> Iterator[Page]:
    """Conversations that were deleted, the last first."""
    number = 1
    while True:
        found = web.get("conversations/deleted", order="desc", per_page=_DELETED_PAGE, page=number)
        rows = found["conversations"]
        yield Page([Record(row["id"], None, deleted=True) for row in rows])
        oldest = latest(row.get("deleted_at") for row in rows[-1:])
        if not rows or not (found.get("pages") or {}).get("next") or (oldest and oldest < since):
            return
        number += 1


def _nothing(_web: Web, _at: Any) -> Iterator[Page]:
    return iter(())


def _parts(web: Web, at: Any) -> Iterator[Page]:
    for page in _conversations(web, at, _WITH_PARTS):
        yield Page(_with_parts(web, page.records), page.at)


def _changed_parts(web: Web, since: datetime) -> Iterator[Page]:
    for page in _updated_conversations(web, since, _WITH_PARTS):
        yield Page(_with_parts(web, page.records), page.at)


def _with_parts(web: Web, found: Sequence[Record]) -> list[Record]:
    """Who wrote when in each of these conversations; one that is gone by now is left out."""
    records = []
    for each in found:
        try:
            row = web.get(f"conversations/{each.id}")
        except Unknown as unknown:
            if "refused with 404" not in unknown.message:
                raise
            continue
        parts = (row.get("conversation_parts") or {}).get("conversation_parts", [])
        records.append(Record(each.id, {"parts": [_part(part) for part in parts if part.get("body") or part.get("attachments")]}))
    return records


def _part(row: dict[str, Any]) -> dict[str, Any]:
    return _kept("part", row) | {"author": (row.get("author") or {}).get("type")}


def _companies(web: Web, _at: Any) -> Iterator[Page]:
    """A scroll goes on with each request, also with one whose answer is lost: then it is begun anew, when Intercom has ended it."""
    place: dict[str, str] = {}
    while True:
        try:
            found = web.json("GET", "companies/scroll", params=place, tries=1) or {}
        except Refused:
            raise
        except Problem as problem:
            time.sleep(_SCROLL_ENDS * web.pause)
            raise Unknown(problem.message, remedy="Only one scroll of companies can be open. The next sync tries again.") from None
        rows = found.get("data") or []
        yield Page([Record(row["id"], _kept("company", row) | {"custom": row.get("custom_attributes")}) for row in rows])
        if not rows:
            return
        place = {"scroll_param": found["scroll_param"]}
