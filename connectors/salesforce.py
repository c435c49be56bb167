"""Salesforce: accounts, contacts, opportunities and the stages that they passed, users as owners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.salesforce_session import Session
from connectors.streams import Page, Stream, following, latest, utc
from connectors.web import Web

SUMMARY = "Salesforce: accounts, contacts, opportunities and the stages they passed"

TEMPLATE = """\
  {name}:
    connector: salesforce
    base_url: https://acme.my.salesforce.com     # the address of your org
    client_id: 3MVG9…                            # the consumer key of a connected app with client credentials
    client_secret: ${{SALESFORCE_SECRET}}          # its secret; never written here itself
    # every: 15m                   # how long between two looks; at each sync when left out
    # currencies: true             # when the org has several
    # account:                     # fields of your accounts that say more of an account
    #   external_id: Account_Id__c # the id by which your product knows it
    #   segment: Type
"""

_DATA = "services/data/v63.0"
_FIELDS = {
    "Account": "Name Website Industry NumberOfEmployees BillingCountry OwnerId CreatedDate",
    "Contact": "AccountId Email Title CreatedDate",
    "Opportunity": "AccountId Name Amount StageName Type IsWon IsClosed CreatedDate CloseDate OwnerId",
    "OpportunityHistory": "OpportunityId StageName CreatedDate",
    "User": "Name",
}
_STREAMS = {"Account": "accounts", "Contact": "contacts", "Opportunity": "opportunities", "OpportunityHistory": "stages", "User": "users"}
#: A row's time is that of its change, which is there for others only when the transaction around it ends.
_OVERLAP = timedelta(minutes=10)


class Config(Api):
    """A source of the `salesforce` connector."""

    connector: Literal["salesforce"] = Field(description="salesforce")
    base_url: str = Field(description="The address of your org, https://NAME.my.salesforce.com.")
    client_id: str = Field(description="The consumer key of a connected app that may use the client credentials flow.")
    client_secret: str = Field(description="Its consumer secret, as ${NAME} from the environment or .streamlit/secrets.toml.")
    currencies: bool = Field(False, description="Whether the org has several currencies; else amounts are in the company's.")
    account: dict[Literal["external_id", "segment", "plan", "region"], str] = Field(
        {}, description="Fields of accounts: {external_id: FIELD, segment: …, plan: …, region: …}."
    )


def receive(context: Context) -> None:
    """Asks Salesforce for what is new. Raises Problem for a client that is refused, and when the day's requests are used up."""
    config, secret = api.config_of(Config, context), api.secret(context, "client_secret")
    session = Session(config.base_url, config.client_id, secret)
    api.receive(context, api.way(config, config.base_url, rate=5, secrets=(secret,), auth=session), _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    words = {"external_id": api.NONE, "segment": "Segment__c", "plan": "Plan__c", "region": "BillingCountry"} | dict(config.account)
    more = {"Account": [*config.account.values()], "Opportunity": ["CurrencyIsoCode"] if config.currencies else []}
    wanted = {kind: [*dict.fromkeys([*names.split(), *more.get(kind, [])])] for kind, names in _FIELDS.items()}
    return Source("salesforce", [_objects(kind, fields) for kind, fields in wanted.items()], words)


pending, load = arrivals.exposed(_source)


def _objects(kind: str, fields: Sequence[str]) -> Stream:
    deletes = [] if kind == "User" else ["IsDeleted"]
    selected = f"SELECT {', '.join(['Id', *fields, 'SystemModstamp', *deletes])} FROM {kind}"

    def everything(web: Web, at: Any) -> Iterator[Page]:
        where = f" WHERE Id > '{at}'" if at else ""
        for rows in _rows(web, f"{selected}{where} ORDER BY Id"):
            yield Page([_kept(row) for row in rows], rows[-1].id if rows else None)

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        for rows in _rows(web, f"{selected} WHERE SystemModstamp >= {utc(since)} ORDER BY SystemModstamp, Id"):
            yield Page([_kept(row) for row in rows], latest((row.payload or {})["SystemModstamp"] for row in rows))

    return Stream(_STREAMS[kind], everything, changes, overlap=_OVERLAP, scope=f"read access to {kind}")


def _rows(web: Web, query: str) -> Iterator[Sequence[Record]]:
    """What a query gives, deleted rows too. The place of the next page is known for some minutes only."""

    def ask(after: Any) -> tuple[Sequence[Record], Any]:
        found = web.get(after) if after else web.get(f"{_DATA}/queryAll", q=query)
        return [Record(row["Id"], row) for row in found["records"]], None if found["done"] else found["nextRecordsUrl"]

    for page in following(ask, resumable=False):
        yield page.records


def _kept(row: Record) -> Record:
    told = row.payload or {}
    if told.get("IsDeleted"):
        return Record(row.id, None, deleted=True)
    return Record(row.id, {name: value for name, value in told.items() if name not in ("attributes", "IsDeleted")})
