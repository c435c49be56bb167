"""PostHog: events, persons, and the groups that are accounts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.settings import Span
from connectors.streams import Page, Stream, utc
from connectors.web import Web

SUMMARY = "PostHog: events, persons, and groups as accounts"

TEMPLATE = """\
  {name}:
    connector: posthog
    token: ${{POSTHOG_TOKEN}}      # a personal API key with query:read and group:read; never written here itself
    project: "12345"             # the number in the address of your project
    # base_url: https://eu.posthog.com
    # group: company             # the group type that is an account
    # account: {{name: name, plan: plan, domain: domain}}   # what groups say of it
    # person: {{account: company_id, role: job}}            # what persons say: the key of their group, what they do
    # value: amount              # the property that is an event's value
    # late: 3d                   # how late an event may come
"""

URL = "https://us.posthog.com"
#: Rows of one answer. PostHog gives up to 50,000; properties make them large.
_PAGE = 10_000
#: From its ingestion until a query shows it, an event takes minutes.
_INGESTED = timedelta(minutes=30)
#: What PostHog's own properties say that is kept beside those of the product: neither addresses nor what stood on a page.
_KEPT = (
    *("$app_version", "$browser", "$device_type", "$feature_flag", "$feature_flag_response", "$geoip_country_code", "$host", "$lib"),
    *("$os", "$pathname", "$referring_domain", "$screen_name", "$session_id"),
)
_DROPPED = ("token", "distinct_id")
_EVENTS = """
SELECT toString(uuid), toTimeZone(timestamp, 'UTC'), event, toString(person_id), {group}, properties FROM events
WHERE {where}
ORDER BY timestamp, toString(uuid) LIMIT {limit}
"""
_AFTER = "(timestamp > toDateTime({at}) OR (timestamp = toDateTime({at}) AND toString(uuid) > {uuid}))"
_CHANGED = "timestamp >= toDateTime({late}) AND created_at >= toDateTime({since})"
_THINGS = """
SELECT toString({key}), created_at, {said} FROM {table}
WHERE toString({key}) > {{after}}{of}
ORDER BY toString({key}) LIMIT {limit}
"""


class Config(Api):
    """A source of the `posthog` connector."""

    connector: Literal["posthog"] = Field(description="posthog")
    token: str = Field(description="A personal API key, as ${NAME} from the environment or .streamlit/secrets.toml.")
    project: str = Field(pattern=r"^\d+$", coerce_numbers_to_str=True, description="The number in the address of your project.")
    group: str | None = Field(None, description="The group type that is an account, such as company.")
    account: dict[Literal["name", "domain", "plan", "segment", "region", "external_id"], str] = Field(
        {}, description="Properties of groups: {name: PROPERTY, domain: …, plan: …, segment: …, region: …, external_id: …}."
    )
    person: dict[Literal["account", "role", "email"], str] = Field(
        {}, description="Properties of persons: {account: the one with the key of their group, role: …, email: …}."
    )
    value: str = Field("", description="The property of events that is their value, such as amount.")
    late: Span = Field(timedelta(days=3), description="How late an event may come, such as 12h or 30d; 3d when left out.")


def receive(context: Context) -> None:
    """Asks PostHog for what is new. Raises Problem for a key that is refused, and for a group type that does not exist."""
    config, token = api.config_of(Config, context), api.secret(context, "token")
    web = api.way(config, URL, rate=4, secrets=(token,), headers={"Authorization": f"Bearer {token}"})
    api.receive(context, web, _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    person = {"email": "email"} | dict(config.person)
    group = {"name": "name"} | dict(config.account)

    def groups(web: Web, _at: Any) -> Iterator[Page]:
        if config.group:
            yield from _things(web, config, "groups", "key", group, f" AND index = {_index(web, config)}")

    def persons(web: Web, _at: Any) -> Iterator[Page]:
        yield from _things(web, config, "persons", "id", person)

    return Source(
        "posthog",
        [
            Stream("groups", groups, scope="query:read and group:read"),
            Stream("persons", persons, scope="query:read"),
            _events(config),
        ],
        {"value": config.value or api.NONE},
        lag=_INGESTED,
    )


pending, load = arrivals.exposed(_source)


def _events(config: Config) -> Stream:
    def everything(web: Web, at: Any) -> Iterator[Page]:
        for rows in _walk(web, config, at, "true", {}):
            yield Page(_happened(rows), [rows[-1][1], rows[-1][0]])

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        began = None
        for rows in _walk(web, config, None, _CHANGED, {"late": utc(since - config.late), "since": utc(since)}):
            began = began or web.clock
            yield Page(_happened(rows))
        yield Page((), began or web.clock)

    return Stream("events", everything, changes, overlap=_INGESTED, scope="query:read", grows=True)


def _walk(web: Web, config: Config, at: Any, where: str, values: dict[str, str]) -> Iterator[list[Any]]:
    """The rows of events, oldest first; after the last row by time and id, since pages that are counted would shift."""
    group = f"$group_{_index(web, config)}" if config.group else "''"
    while True:
        bound = values | ({"at": at[0], "uuid": at[1]} if at else {})
        # A short answer is not the last: PostHog may give fewer rows than it is asked for.
        rows = _rows(web, config, _EVENTS.format(group=group, where=f"{where} AND {_AFTER}" if at else where, limit=_PAGE), bound)
        if not rows:
            return
        yield rows
        at = [rows[-1][1], rows[-1][0]]


def _happened(rows: Sequence[Any]) -> list[Record]:
    found = []
    for uuid, at, event, person, group, told in rows:
        properties = json.loads(told) if isinstance(told, str) else told
        kept = {name: value for name, value in (properties or {}).items() if name in _KEPT or (name[:1] != "$" and name not in _DROPPED)}
        payload = {"event": event, "timestamp": at, "person_id": person, "group": group or None, "properties": kept}
        found.append(Record(uuid, payload))
    return found


def _things(web: Web, config: Config, table: str, key: str, said: dict[Any, str], of: str = "") -> Iterator[Page]:
    """Persons or groups whole, by their key; of their properties those that are named in the block."""
    columns = ", ".join(f"JSONExtractRaw(properties, {{{name}}})" for name in said)
    sql = _THINGS.format(key=key, said=columns, table=table, of=of, limit=_PAGE)
    after = ""
    while rows := _rows(web, config, sql, {"after": after} | dict(said)):
        told = ((row[0], row[1], (json.loads(raw) if raw else None for raw in row[2:])) for row in rows)
        yield Page([Record(id_, {"created_at": at} | dict(zip(said, values, strict=True))) for id_, at, values in told])
        after = rows[-1][0]


def _rows(web: Web, config: Config, sql: str, values: dict[str, str]) -> list[Any]:
    """The rows of a query, computed now: without force_blocking PostHog may give those of an earlier one like it."""
    query = {"kind": "HogQLQuery", "query": " ".join(sql.split()), "values": values}
    found = web.post(f"api/projects/{config.project}/query/", {"query": query, "refresh": "force_blocking"})
    if found.get("error") or found.get("results") is None:
        raise web.problem(f"PostHog cannot answer a query ({found.get('error') or 'it gives no rows'})", "The next sync tries again.")
    return list(found["results"])


def _index(web: Web, config: Config) -> int:
    """Which of the five group types of a project is the account."""
    types = {each["group_type"]: int(each["group_type_index"]) for each in web.get(f"api/projects/{config.project}/groups_types/")}
    if config.group not in types:
        raise web.problem(f'PostHog has no group type "{config.group}"', f"It has: {', '.join(types) or 'none'}. Set group to one of them.")
    return types[config.group]
