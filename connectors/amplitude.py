"""Amplitude: events by the hour in which they were uploaded, and what they say of persons and accounts."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import IO, Any, Literal
from zipfile import BadZipFile, ZipFile

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.streams import Page, Stream
from connectors.web import Again, Missing, Unknown, Web

SUMMARY = "Amplitude: events, and the persons and accounts that they tell of"

TEMPLATE = """\
  {name}:
    connector: amplitude
    key: ${{AMPLITUDE_KEY}}        # the API key of the project; never written here itself
    secret: ${{AMPLITUDE_SECRET}}  # and its secret key
    since: 2026-01-01            # the day from which events are loaded
    # base_url: https://analytics.eu.amplitude.com
    # group: company             # the group type that is an account
    # account: {{name: name, plan: plan, domain: domain}}   # what groups say of it
    # person: {{email: email, role: job}}                   # what users say
    # value: amount              # the property that is an event's value
"""

URL = "https://amplitude.com"
_HOUR = timedelta(hours=1)
#: An hour can be had two hours after its end; the last one that was had is asked for again, so that the vendor tells its time first.
_READY, _BACK = 2 * _HOUR, 3 * _HOUR
#: Hours of one answer at most, and events that are put into the inbox together.
_MOST, _TOGETHER = 24, 5_000
#: What is kept beside an event's own properties: neither addresses of machines nor places.
_KEPT = ("platform", "os_name", "device_family", "country", "language", "version_name")


class Config(Api):
    """A source of the `amplitude` connector."""

    connector: Literal["amplitude"] = Field(description="amplitude")
    key: str = Field(description="The API key of the project, as ${NAME} from the environment or .streamlit/secrets.toml.")
    secret: str = Field(description="The secret key of the project, as ${NAME} too.")
    since: date = Field(description="The day (UTC) from which events are loaded, by when they were uploaded.")
    group: str = Field("", description="The group type that is an account, such as company.")
    account: dict[Literal["name", "domain", "plan", "segment", "region", "external_id"], str] = Field(
        {}, description="Properties of groups: {name: PROPERTY, domain: …, plan: …, segment: …, region: …, external_id: …}."
    )
    person: dict[Literal["account", "role", "email"], str] = Field(
        {}, description="Properties of users: {account: the one with the key of their group, role: …, email: …}."
    )
    value: str = Field("", description="The property of events that is their value, such as amount.")


def receive(context: Context) -> None:
    """Asks Amplitude for the hours that are new. Raises Problem for keys that are refused."""
    config = api.config_of(Config, context)
    key, secret = api.secret(context, "key"), api.secret(context, "secret")
    web = api.way(config, URL, rate=1, secrets=(key, secret), auth=(key, secret))
    api.receive(context, web, _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)

    def everything(web: Web, at: Any) -> Iterator[Page]:
        hour = datetime.fromisoformat(at) if at else datetime.combine(config.since, time(), UTC)
        for records, done in _exported(web, config, hour):
            hour = done or hour
            yield Page(records, hour.isoformat())

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        for records, done in _exported(web, config, since.replace(minute=0, second=0, microsecond=0)):
            yield Page(records, done + _BACK if done else None)

    stream = Stream("events", everything, changes, overlap=_BACK, grows=True)
    return Source("amplitude", [stream], {"value": config.value or api.NONE}, lag=_BACK)


pending, load = arrivals.exposed(_source)


def _exported(web: Web, config: Config, hour: datetime) -> Iterator[tuple[list[Record], datetime | None]]:
    """Events from this hour on, and the last hour of which all are there (None: in the middle of some hours)."""
    hours, most = 1, _MOST
    while True:
        with tempfile.TemporaryFile() as file:
            try:
                lines = _lines(web, file, hour, hour + (hours - 1) * _HOUR)
            except Missing:
                lines = iter(())
            except Unknown as refused:
                if hours == 1:
                    raise web.problem(refused.message, "An hour of more than 4 GB cannot be exported.") from None
                hours = most = hours // 2
                continue
            some = False
            while together := [_record(config, json.loads(line)) for line in islice(lines, _TOGETHER)]:
                some = True
                yield together, None
        hour += hours * _HOUR
        left = (web.clock - _READY - hour) // _HOUR
        if some or left < 1:
            yield [], hour - _HOUR
        if left < 1:
            return
        hours = min(hours * 2, most, left)


def _lines(web: Web, file: IO[bytes], first: datetime, last: datetime) -> Iterator[bytes]:
    """What an archive of compressed files holds, of both hours and those between them."""
    web.download("api/2/export", file, _whole, start=f"{first:%Y%m%dT%H}", end=f"{last:%Y%m%dT%H}")
    archive = ZipFile(file)
    return (line for name in archive.namelist() for line in gzip.open(archive.open(name)) if line.strip())


def _whole(file: IO[bytes]) -> None:
    try:
        damaged = ZipFile(file).testzip()
    except BadZipFile:
        damaged = "all"
    if damaged:
        raise Again("the archive is not whole")


def _record(config: Config, told: dict[str, Any]) -> Record:
    """An event as it is kept. Sent twice, it has the same $insert_id of the same device."""
    insert, device = told.get("$insert_id"), told.get("device_id") or told.get("user_id")
    group = _at(told, "groups", config.group)
    key = str(group[0] if isinstance(group, list) and group else group or "")
    payload = {
        "event": told.get("event_type"),
        "time": told.get("event_time"),
        "uploaded": told.get("server_upload_time"),
        "person": str(told.get("user_id") or told.get("amplitude_id") or ""),
        "created": told.get("user_creation_time"),
        "session": told.get("session_id"),
        "group": key or None,
        "account": {name: _at(told, "group_properties", config.group, key, said) for name, said in config.account.items()},
        "user": {name: _at(told, "user_properties", said) for name, said in config.person.items()},
        "properties": {name: told[name] for name in _KEPT if told.get(name)} | (told.get("event_properties") or {}),
    }
    return Record(f"{device}/{insert}" if insert and device else str(told["uuid"]), payload)


def _at(told: Any, *names: str) -> Any:
    for name in names:
        told = told.get(name) if isinstance(told, dict) else None
    return told
