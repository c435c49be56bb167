"""Mixpanel: events by the day, the profiles of persons, and those of the groups that are accounts."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import IO, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.settings import Span
from connectors.streams import Page, Stream
from connectors.web import Again, Web

SUMMARY = "Mixpanel: events, profiles of persons, and of groups as accounts"

TEMPLATE = """\
  {name}:
    connector: mixpanel
    user: ${{MIXPANEL_USER}}       # a service account with the role Consumer; never written here itself
    secret: ${{MIXPANEL_SECRET}}   # and its secret
    project: 1234567             # the number of the project
    since: 2026-01-01            # the day from which events are loaded
    # region: eu                 # us, eu or in
    # timezone: Europe/Paris     # of projects made before 2023, whose days and times are not UTC
    # group: company_id          # the property of events with the key of the account
    # group_id: "7155803041"     # the number of the group type, to load what groups say
    # account: {{name: $name, plan: plan, domain: website}}
    # person: {{account: company_id, role: job}}
    # value: amount              # the property that is an event's value
"""

#: Bytes of one answer from which on fewer days are asked for at once, days that are at most, events put into the inbox together.
_LARGE, _MOST, _TOGETHER = 64_000_000, 30, 5_000
#: What is kept of Mixpanel's own properties: neither addresses nor places.
_KEPT = ("$app_version_string", "$browser", "$device", "$os", "$referring_domain", "mp_country_code", "mp_lib")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):
        raise ValueError(f'there is no time zone "{name}"; write one such as Europe/Paris') from None
    return name


class Config(Api):
    """A source of the `mixpanel` connector."""

    connector: Literal["mixpanel"] = Field(description="mixpanel")
    user: str = Field(description="The name of a service account, as ${NAME} from the environment or .streamlit/secrets.toml.")
    secret: str = Field(description="The secret of the service account, as ${NAME} too.")
    project: int = Field(description="The number of the project.")
    since: date = Field(description="The day from which events are loaded.")
    region: Literal["us", "eu", "in"] = Field("us", description="Where Mixpanel keeps your data: us, eu or in.")
    profiles_url: str = Field("", description="Where profiles are asked for, if neither at the vendor's usual address nor at base_url.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", description="The time zone of the project when it was made before 2023; UTC when left out."
    )
    group: str = Field("", description="The property of events with the key of the account, such as company_id.")
    group_id: str = Field("", coerce_numbers_to_str=True, description="The number of the group type whose profiles are accounts.")
    account: dict[Literal["name", "domain", "plan", "segment", "region", "external_id"], str] = Field(
        {}, description="Properties of groups: {name: PROPERTY, domain: …, plan: …, segment: …, region: …, external_id: …}."
    )
    person: dict[Literal["account", "role", "email"], str] = Field(
        {}, description="Properties of persons: {account: the one with the key of their group, role: …, email: …}."
    )
    value: str = Field("", description="The property of events that is their value, such as amount.")
    late: Span = Field(timedelta(days=5), description="How late an event may come, such as 2d or 30d; 5d when left out.")


def receive(context: Context) -> None:
    """Asks Mixpanel for what is new. Raises Problem for a service account that is refused."""
    config = api.config_of(Config, context)
    user, secret = api.secret(context, "user"), api.secret(context, "secret")
    part = "" if config.region == "us" else config.region
    told: dict[str, Any] = {"rate": 3, "secrets": (user, secret), "auth": (user, secret), "headers": {"Accept-Encoding": "gzip"}}
    elsewhere = config.model_copy(update={"base_url": config.profiles_url or config.base_url})
    web = api.way(config, f"https://data{part and f'-{part}'}.mixpanel.com/api/2.0", **told)
    profiles = api.way(elsewhere, f"https://{part and f'{part}.'}mixpanel.com/api/query", **told)
    try:
        api.receive(context, web, _source(context, profiles))
    finally:
        profiles.close()


def _source(context: Context, profiles: Web | None = None) -> Source:
    config = api.config_of(Config, context)
    person = {"email": "$email", "created": "$created"} | dict(config.person)
    group = {"name": "$name"} | dict(config.account)

    def persons(_web: Web, _at: Any) -> Iterator[Page]:
        assert profiles
        yield from _profiles(profiles, config, person)

    def groups(_web: Web, _at: Any) -> Iterator[Page]:
        assert profiles
        if config.group_id:
            yield from _profiles(profiles, config, group, data_group_id=config.group_id)

    streams = [Stream("groups", groups), Stream("persons", persons), _events(config)]
    return Source("mixpanel", streams, {"value": config.value or api.NONE, "group": config.group or api.NONE, "timezone": config.timezone})


pending, load = arrivals.exposed(_source)


def _events(config: Config) -> Stream:
    zone = ZoneInfo(config.timezone)

    def everything(web: Web, at: Any) -> Iterator[Page]:
        day = date.fromisoformat(at) if at else config.since
        for records, done in _exported(web, config, day):
            day = done or day
            yield Page(records, day.isoformat())

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        began = None
        for records, _ in _exported(web, config, max(since.astimezone(zone).date(), config.since)):
            began = began or web.clock
            yield Page(records)
        yield Page((), began)

    return Stream("events", everything, changes, overlap=max(config.late, timedelta(days=1)), grows=True)


def _exported(web: Web, config: Config, day: date) -> Iterator[tuple[list[Record], date | None]]:
    """Events from this day on, and the last day that was asked for (None: in the middle of some days).

    The first answer, of one day, tells what day it is at the vendor's, who refuses days that are still to come.
    """
    zone, days = ZoneInfo(config.timezone), 1
    while True:
        last = day + timedelta(days=days - 1)
        with tempfile.TemporaryFile() as file:
            told = {"project_id": config.project, "from_date": day.isoformat(), "to_date": last.isoformat(), "time_in_ms": "true"}
            web.download("export", file, _whole, **told)
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            while together := [_record(web, line) for line in islice(file, _TOGETHER)]:
                yield together, None
        day, today = last + timedelta(days=1), web.clock.astimezone(zone).date()
        if size or day > today:
            yield [], last
        if day > today:
            return
        days = min(max(1, days // 2) if size > _LARGE else days * 2, _MOST, (today - day).days + 1)


def _whole(file: IO[bytes]) -> None:
    """An export that Mixpanel breaks off ends with "terminated early", one that is cut with half a line."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1_000_000))
    last = file.read().rstrip().rsplit(b"\n", 1)[-1]
    try:
        whole = not last or "event" in json.loads(last)
    except ValueError:
        whole = False
    if not whole:
        raise Again("the export ends early")


def _record(web: Web, line: bytes) -> Record:
    """An event as it is kept. Two are one when they are of the same name, time, person and $insert_id."""
    try:
        told = json.loads(line)
    except ValueError:
        raise web.problem("a line of the export is no JSON", "Report it to Mixpanel; the next sync tries again.") from None
    of = told["properties"]
    own = {name: value for name, value in of.items() if name in _KEPT or not name.startswith(("$", "mp_"))}
    person, at = own.pop("distinct_id", None), own.pop("time", None)
    return Record(
        f"{told['event']}/{at}/{person}/{of.get('$insert_id')}", {"event": told["event"], "time": at, "person": person, "properties": own}
    )


def _profiles(web: Web, config: Config, said: dict[Any, str], **which: str) -> Iterator[Page]:
    """Profiles whole; of their properties those that are named in the block."""
    asked: dict[str, Any] = {"output_properties": json.dumps(list(said.values())), **which}
    page, more = 0, True
    while more:
        found = web.json("POST", "engage", params={"project_id": config.project}, data=asked | {"page": page})
        rows = found["results"]
        yield Page([Record(str(row["$distinct_id"]), {name: row["$properties"].get(own) for name, own in said.items()}) for row in rows])
        page, more = page + 1, len(rows) >= found["page_size"]
        asked["session_id"] = found["session_id"]
