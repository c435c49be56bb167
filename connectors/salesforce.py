"""Salesforce: accounts, contacts, opportunities and the stages that they passed, users as owners, support cases if that is wished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals, mapped, words
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.mapped import Tables
from connectors.salesforce_session import Lacking, Session
from connectors.streams import Page, Stream, following, latest, utc
from connectors.web import Web

SUMMARY = "Salesforce: accounts, contacts, opportunities and the stages they passed, support cases as tickets"

TEMPLATE = """\
  {name}:
    connector: salesforce
    base_url: https://acme.my.salesforce.com     # the address of your org
    client_id: 3MVG9…                            # the consumer key of a connected app with client credentials
    client_secret: ${{SALESFORCE_SECRET}}          # its secret; never written here itself
    # every: 15m                   # how long between two looks; at each sync when left out
    # currencies: true             # when the org has several
    # cases: true                  # support cases as tickets, too
    # account:                     # fields of your accounts that say more of an account
    #   external_id: Account_Id__c # the id by which your product knows it
    #   segment: Type
"""

_DATA = "services/data/v63.0"
#: A row's time is that of its change, which is there for others only when the transaction around it ends.
_OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True)
class _Kind:
    """One of Salesforce's objects: its fields, the one that tells when a row has changed ("": all are listed each time), which rows are
    read (all when empty), and whether they can lie in the bin. `lacks` is for objects that an org need not have."""

    name: str
    stream: str
    fields: str
    changed: str = "SystemModstamp"
    where: str = ""
    binned: bool = True
    grows: bool = False
    lacks: bool = False


_KINDS = (
    _Kind("Account", "accounts", "Name Website Industry NumberOfEmployees BillingCountry OwnerId CreatedDate"),
    _Kind("Contact", "contacts", "AccountId Email Title CreatedDate"),
    _Kind("Opportunity", "opportunities", "AccountId Name Amount StageName Type IsWon IsClosed CreatedDate CloseDate OwnerId"),
    _Kind("OpportunityHistory", "stages", "OpportunityId StageName CreatedDate"),
    _Kind("User", "users", "Name", binned=False),
)
_CASES = (
    _Kind("Case", "cases", "AccountId ContactId Subject Status IsClosed Priority Origin OwnerId CreatedDate ClosedDate"),
    # Salesforce forgets history after some time, and a status that is used no more: what is known of them stays.
    _Kind("CaseStatus", "case_statuses", "ApiName MasterLabel IsClosed", changed="", binned=False, grows=True),
    _Kind(
        "CaseHistory", "case_history", "CaseId OldValue NewValue", changed="CreatedDate", where="Field = 'Status'", binned=False, grows=True
    ),
    _Kind(
        "EmailMessage", "case_emails", "ParentId Status MessageDate CreatedDate", where="Incoming = false AND ParentId != null", lacks=True
    ),
)


class Config(Api):
    """A source of the `salesforce` connector."""

    connector: Literal["salesforce"] = Field(description="salesforce")
    base_url: str = Field(description="The address of your org, https://NAME.my.salesforce.com.")
    client_id: str = Field(description="The consumer key of a connected app that may use the client credentials flow.")
    client_secret: str = Field(description="Its consumer secret, as ${NAME} from the environment or .streamlit/secrets.toml.")
    currencies: bool = Field(False, description="Whether the org has several currencies; else amounts are in the company's.")
    cases: bool = Field(False, description="Whether support cases are loaded too, as tickets.")
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
    told = {"external_id": api.NONE, "segment": "Segment__c", "plan": "Plan__c", "region": "BillingCountry"} | dict(config.account)
    more = {"Account": [*config.account.values()], "Opportunity": ["CurrencyIsoCode"] if config.currencies else []}
    kinds = (*_KINDS, *(_CASES if config.cases else ()))
    streams = [_objects(kind, [*dict.fromkeys([*kind.fields.split(), *more.get(kind.name, [])])]) for kind in kinds]
    return Source(_tables(context, config, told), streams)


def _tables(context: Context, config: Config, told: dict[str, str]) -> Tables:
    """Without cases no table of tickets: others' tickets must not wait for Salesforce."""
    statuses = {"known_statuses": " ".join(words.canonical("ticket", "status") or ())}
    parts = [mapped.tables(context, "salesforce", told)]
    parts += [mapped.tables(context, "salesforce_cases", statuses)] if config.cases else []
    names = [name for part in parts for name in part.names]
    wording = " ".join(part.wording for part in parts)
    return Tables(names, wording, lambda given, anew: chain.from_iterable(part.fill(given, anew) for part in parts))


pending, load = arrivals.exposed(_source)


def _objects(kind: _Kind, fields: Sequence[str]) -> Stream:
    stamps = [kind.changed] if kind.changed else []
    selected = f"SELECT {', '.join(['Id', *fields, *stamps, *(['IsDeleted'] if kind.binned else [])])} FROM {kind.name}"

    def everything(web: Web, at: Any) -> Iterator[Page]:
        where = _where(kind.where, f"Id > '{at}'" if at else "")
        for rows in _given(web, kind, f"{selected}{where} ORDER BY Id"):
            yield Page([_kept(row) for row in rows], rows[-1].id if rows else None)

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        where = _where(kind.where, f"{kind.changed} >= {utc(since)}")
        for rows in _given(web, kind, f"{selected}{where} ORDER BY {kind.changed}, Id"):
            yield Page([_kept(row) for row in rows], latest((row.payload or {})[kind.changed] for row in rows))

    scope = f"read access to {kind.name}"
    return Stream(kind.stream, everything, changes if kind.changed else None, overlap=_OVERLAP, scope=scope, grows=kind.grows)


def _where(*conditions: str) -> str:
    found = " AND ".join(filter(None, conditions))
    return f" WHERE {found}" if found else ""


def _given(web: Web, kind: _Kind, query: str) -> Iterator[Sequence[Record]]:
    """What a query gives; nothing of an object that this org does without."""
    try:
        yield from _rows(web, query)
    except Lacking:
        if not kind.lacks:
            raise


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
