"""HubSpot: companies, contacts, deals with the stages that they passed, owners and pipelines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.streams import Page, Stream, dated, following, latest
from connectors.web import Web

SUMMARY = "HubSpot: companies, contacts, deals and the stages they passed"

TEMPLATE = """\
  {name}:
    connector: hubspot
    token: ${{HUBSPOT_TOKEN}}      # a private app with crm.objects.{{companies,contacts,deals,owners}}.read; never written here itself
    # every: 15m                   # how long between two looks; at each sync when left out
    # account:                     # properties of your companies that say more of an account
    #   external_id: account_id    # the id by which your product knows it
    #   segment: customer_segment
    #   plan: plan
"""

URL = "https://api.hubapi.com"
#: Search answers with no more than 10,000 in all: what follows is asked for from the last one's time on.
_PAGE, _MOST = 100, 10_000
_OBJECTS = {
    "companies": "name domain industry country numberofemployees lifecyclestage createdate hs_lastmodifieddate hubspot_owner_id",
    "contacts": "email jobtitle createdate lastmodifieddate associatedcompanyid",
    "deals": "dealname amount deal_currency_code dealstage pipeline dealtype createdate closedate hs_is_closed hs_is_closed_won "
    "hs_lastmodifieddate hubspot_owner_id",
}
_CHANGED = {"contacts": "lastmodifieddate"}


class Config(Api):
    """A source of the `hubspot` connector."""

    connector: Literal["hubspot"] = Field(description="hubspot")
    token: str = Field(description="The token of a private app, as ${NAME} from the environment or .streamlit/secrets.toml.")
    account: dict[Literal["external_id", "segment", "plan", "region"], str] = Field(
        {}, description="Properties of companies: {external_id: PROPERTY, segment: …, plan: …, region: …}."
    )


def receive(context: Context) -> None:
    """Asks HubSpot for what is new. Raises Problem for a token that is refused."""
    config, token = api.config_of(Config, context), api.secret(context, "token")
    web = api.way(config, URL, rate=4, secrets=(token,), headers={"Authorization": f"Bearer {token}"})
    api.receive(context, web, _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    words = {"external_id": api.NONE, "segment": "segment", "plan": "plan", "region": "country"} | dict(config.account)
    wanted = {kind: [*names.split(), *(words.values() if kind == "companies" else ())] for kind, names in _OBJECTS.items()}
    objects = [_objects(kind, sorted({*names} - {api.NONE})) for kind, names in wanted.items()]
    return Source("hubspot", [*objects, _owners(), _pipelines()], words)


pending, load = arrivals.exposed(_source)


def _objects(kind: str, properties: Sequence[str]) -> Stream:
    changed = _CHANGED.get(kind, "hs_lastmodifieddate")

    def listed(web: Web, at: Any, *, archived: bool = False) -> Iterator[Page]:
        asked: dict[str, Any] = {"limit": 50 if kind == "deals" else _PAGE, "archived": str(archived).lower()}
        if not archived:
            asked |= {"properties": ",".join(properties)} | ({"propertiesWithHistory": "dealstage"} if kind == "deals" else {})

        def ask(after: Any) -> tuple[Sequence[Record], Any]:
            found = web.get(f"crm/v3/objects/{kind}", **asked, after=after)
            rows = found["results"]
            return (_gone(rows) if archived else _records(web, kind, rows)), found.get("paging", {}).get("next", {}).get("after")

        return following(ask, at)

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        found = _searched(web, kind, changed, since, lambda ids: _read(web, kind, properties, ids))
        yield from dated(found, lambda record: (record.payload or {})["properties"].get(changed), ascending=True)
        for page in listed(web, None, archived=True):
            yield Page(page.records)

    return Stream(kind, listed, changes, scope=f"crm.objects.{kind}.read")


def _searched(web: Web, kind: str, changed: str, since: datetime, read: Callable[[list[str]], list[dict[str, Any]]]) -> Iterator[Page]:
    """What has changed, oldest first."""
    while True:
        after, last = 0, since
        while after < _MOST:
            found = web.post(f"crm/v3/objects/{kind}/search", _search(changed, since, after))
            rows = found["results"]
            yield Page(_records(web, kind, read([row["id"] for row in rows])))
            last = latest([row["properties"].get(changed) for row in rows]) or last
            if "next" not in found.get("paging", {}):
                return
            after = int(found["paging"]["next"]["after"])
        if last <= since:
            raise web.problem(f"more than {_MOST:,} {kind} have changed at {since}", "Run a sync with --full: it lists them all.")
        since = last


def _search(changed: str, since: datetime, after: int) -> dict[str, Any]:
    at_or_later = {"propertyName": changed, "operator": "GTE", "value": str(int(since.timestamp() * 1000))}
    sorts = [{"propertyName": changed, "direction": "ASCENDING"}]
    return {"filterGroups": [{"filters": [at_or_later]}], "sorts": sorts, "properties": [changed], "limit": _PAGE, "after": str(after)}


def _read(web: Web, kind: str, properties: Sequence[str], ids: list[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    body: dict[str, Any] = {"inputs": [{"id": each} for each in ids], "properties": list(properties)}
    body["propertiesWithHistory"] = ["dealstage"] if kind == "deals" else []
    return list(web.post(f"crm/v3/objects/{kind}/batch/read", body)["results"])


def _records(web: Web, kind: str, rows: list[dict[str, Any]]) -> list[Record]:
    """Objects as they are kept: properties, the history of a deal's stage, and the companies of a deal."""
    of = _companies(web, [row["id"] for row in rows]) if kind == "deals" and rows else {}
    return [
        Record(
            row["id"],
            {"properties": row["properties"]}
            | (
                {"stages": row.get("propertiesWithHistory", {}).get("dealstage", []), "companies": of.get(row["id"], [])}
                if kind == "deals"
                else {}
            ),
        )
        for row in rows
    ]


def _companies(web: Web, deals: list[str]) -> dict[str, list[str]]:
    found = web.post("crm/v4/associations/deals/companies/batch/read", {"inputs": [{"id": each} for each in deals]})
    return {str(row["from"]["id"]): sorted(str(to["toObjectId"]) for to in row["to"]) for row in found["results"]}


def _gone(rows: list[dict[str, Any]]) -> list[Record]:
    return [Record(row["id"], None, deleted=True) for row in rows]


def _owners() -> Stream:
    def ask(web: Web, after: Any) -> tuple[Sequence[Record], Any]:
        found = web.get("crm/v3/owners", limit=_PAGE, after=after)
        rows = [Record(row["id"], {name: row.get(name) for name in ("firstName", "lastName", "email")}) for row in found["results"]]
        return rows, found.get("paging", {}).get("next", {}).get("after")

    return Stream("owners", lambda web, at: following(lambda after: ask(web, after), at), scope="crm.objects.owners.read")


def _pipelines() -> Stream:
    def everything(web: Web, _at: Any) -> Iterator[Page]:
        yield Page(
            [Record(row["id"], {"label": row["label"], "stages": row["stages"]}) for row in web.get("crm/v3/pipelines/deals")["results"]]
        )

    return Stream("pipelines", everything, scope="crm.schemas.deals.read")
