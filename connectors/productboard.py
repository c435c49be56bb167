"""Productboard (API v2): companies and users, features with the areas they belong to, objectives, releases, notes and what they are
linked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Any, Literal

import httpx
from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.push import Pushed, Sent
from connectors.streams import Page, Stream, dated, following, utc
from connectors.web import Away, Web

SUMMARY = "Productboard: companies, users, features, objectives, releases, notes and what they are linked to"

TEMPLATE = """\
  {name}:
    connector: productboard
    token: ${{PRODUCTBOARD_TOKEN}}    # an access token of the public API; never written here itself
    # every: 1h                     # how long between two looks; at each sync when left out
    # released: [Released, Done]    # statuses of your features and releases that say that they are out
    # account:                      # ids of your companies' own fields that say more of an account
    #   segment: 3f1c2a9e-6b1d-4d0e-9a51-1b2c3d4e5f60
"""

URL = "https://api.productboard.com/v2"
_SCOPE = "the right to read it"
#: The types of entities by stream. They cannot be asked for changes, so they are read whole at each sync.
_ENTITIES = {
    "areas": ("product", "component"),
    "features": ("feature", "subfeature"),
    "objectives": ("objective", "keyResult", "initiative"),
    "releases": ("release", "releaseGroup"),
    "companies": ("company",),
    "users": ("user",),
}
#: The fields that are kept; what people have written is none of them, and of notes it is not asked for.
_FIELDS = ("name", "status", "state", "timeframe", "archived", "domain", "email")
_NOTE = ["name", "processed", "archived"]
#: Who made the notes that are pushed from here.
_SYSTEM = "transverse"


class Config(Api):
    """A source of the `productboard` connector."""

    connector: Literal["productboard"] = Field(description="productboard")
    token: str = Field(description="An access token of the public API, as ${NAME} from the environment or .streamlit/secrets.toml.")
    released: list[str] = Field(
        ["Released", "Done", "Completed", "Shipped", "Launched"], description="Statuses that say that a feature or a release is out."
    )
    account: dict[Literal["external_id", "segment", "plan", "region"], str] = Field(
        {}, description="Ids of companies' own fields: {external_id: FIELD, segment: …, plan: …, region: …}."
    )


def receive(context: Context) -> None:
    """Asks Productboard for what is new. Raises Problem for a token that is refused."""
    api.receive(context, _way(api.config_of(Config, context), api.secret(context, "token")), _source(context))


def push(sent: Sent) -> Pushed:
    """A note that carries the key as the id of its source: it is looked for by this first, and made when there is none.

    Productboard lets nobody choose a note's own id, so an answer that gets lost is followed by another look, never by another try.
    """
    web = _way(sent.config(Config), sent.secret("token"))
    told = {"system": _SYSTEM, "recordId": sent.uuid}
    fields = {"name": sent.title, "content": _html(sent.body)}
    try:
        if found := _note(web, told):
            return _pushed(found, is_new=False)
        try:
            body = {"data": {"type": "textNote", "fields": fields, "metadata": {"source": told}}}
            return _pushed(web.ask("POST", "notes", web.parsed, tries=1, json=body)["data"], is_new=True)
        except Away:
            if found := _note(web, told):
                return _pushed(found, is_new=True)
            raise
    finally:
        web.close()


def _note(web: Web, told: dict[str, str]) -> dict[str, Any] | None:
    """The note of that source, which may say more of it, such as an address."""
    asked = {f"metadata[source][{name}]": value for name, value in told.items()}
    rows = web.get("notes", **asked)["data"]
    return next((row for row in rows if told.items() <= ((row.get("metadata") or {}).get("source") or {}).items()), None)


def _pushed(row: dict[str, Any], *, is_new: bool) -> Pushed:
    return Pushed(row["id"], (row.get("fields") or {}).get("name") or row["id"], (row.get("links") or {}).get("html") or "", is_new)


def _html(text: str) -> str:
    """Paragraphs of a text, as a note has them."""
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in text.split("\n\n") if part.strip())


def _way(config: Config, token: str) -> Web:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return api.way(config, URL, rate=20, secrets=(token,), headers=headers)


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    own = dict.fromkeys(("external_id", "segment", "plan", "region"), api.NONE) | dict(config.account)
    fields = {*_FIELDS, *own.values()}
    entities = [_entities(stream, types, fields) for stream, types in _ENTITIES.items()]
    words = {"source": context.name, "released": ",".join(config.released).lower()} | own
    return Source("productboard", [*entities, _members(), _notes()], words)


pending, load = arrivals.exposed(_source)


def _entities(stream: str, types: Sequence[str], fields: set[str]) -> Stream:
    def everything(web: Web, _at: Any) -> Iterator[Page]:
        for kind in types:
            yield from _pages(web, "entities", {"type[]": kind}, lambda row: _record(web, "entities", row, fields))

    return Stream(stream, everything, scope=_SCOPE)


def _members() -> Stream:
    def everything(web: Web, _at: Any) -> Iterator[Page]:
        return _pages(web, "members", {}, lambda row: Record(row["id"], {"name": row["fields"].get("name")}))

    return Stream("members", everything, scope=_SCOPE)


def _notes() -> Stream:
    def listed(web: Web, **since: str) -> Iterator[Page]:
        return _pages(web, "notes", since | {"fields[]": _NOTE}, lambda row: _record(web, "notes", row, set(_NOTE)))

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        found = listed(web, updatedFrom=utc(since))
        return dated(found, lambda record: (record.payload or {}).get("updatedAt"), ascending=False)

    return Stream("notes", lambda web, _at: listed(web), changes, scope=_SCOPE)


def _pages(web: Web, path: str, params: dict[str, Any], record: Callable[[dict[str, Any]], Record]) -> Iterator[Page]:
    """Its cursors live for a minute or so: no page can be gone back to later."""

    def ask(after: Any) -> tuple[Sequence[Record], Any]:
        found = web.get(path, **_of_link(after) if after else params)
        return [record(row) for row in found["data"]], (found.get("links") or {}).get("next")

    return following(ask, resumable=False)


def _of_link(link: str) -> dict[str, list[str]]:
    """The parameters of a link. Its address is not followed: the token goes to the configured one only."""
    found = httpx.URL(link).params
    return {name: found.get_list(name) for name in found}


def _record(web: Web, path: str, row: dict[str, Any], fields: set[str]) -> Record:
    """A thing as it is kept, with the ids of what it belongs to."""
    ties = sorted((tie["type"], tie["target"]["id"]) for tie in _ties(web, path, row))
    told = row.get("metadata") or {}
    payload = {
        "type": row.get("type"),
        "fields": {name: value for name, value in (row.get("fields") or {}).items() if name in fields},
        "owner": ((row.get("fields") or {}).get("owner") or {}).get("id"),
        "parent": next((to for kind, to in ties if kind == "parent"), None),
        "customer": next((to for kind, to in ties if kind == "customer"), None),
        "links": [to for kind, to in ties if kind == "link"],
        "origin": told.get("source") or {},
        "createdAt": row.get("createdAt"),
        "updatedAt": row.get("updatedAt"),
    }
    return Record(row["id"], payload)


def _ties(web: Web, path: str, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What a thing is related to: as it came with it, and the pages of it that did not."""
    told = row.get("relationships")
    if isinstance(told, list):
        return told
    whole = f"{path}/{row['id']}/relationships"
    found = told if told is not None else web.get(whole)
    ties, seen = list(found["data"]), set()
    while (link := (found.get("links") or {}).get("next")) and link not in seen:
        seen.add(link)
        found = web.get(whole, **_of_link(link))
        ties += found["data"]
    return ties
