"""Segment: what people did, who they are and for whom they work, as Segment and RudderStack send it by webhook."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals, state
from connectors.api import Api, Source
from connectors.context import Context, Loaded
from connectors.inbox import RECEIPT, Inbox, Record
from connectors.landing import INBOX
from connectors.streams import Stream
from data.workspace import Workspace

SUMMARY = "Segment, RudderStack: events, persons and accounts, received by webhook"

TEMPLATE = """\
  {name}:
    connector: segment
    webhook_secret: ${{SEGMENT_SECRET}}   # the shared secret of the webhook that sends to /webhooks/{name}
    # account:                    # traits of your groups that say more of an account
    #   segment: tier
    #   plan: plan
    #   region: country
"""

#: Two streams: what happened only grows, and who somebody is comes of all that was ever said of them.
_EVENTS, _TRAITS = "events", "traits"
_STREAM_OF = {"track": _EVENTS, "page": _EVENTS, "screen": _EVENTS, "identify": _TRAITS, "group": _TRAITS}
_KEPT = ["type", "event", "name", "category", "userId", "anonymousId", "timestamp", "originalTimestamp", "sentAt", "receivedAt"]
#: Of a person nothing is kept that is not needed: no name, telephone or address.
_OF_PERSONS = ("email", "role", "title", "createdAt")
_NOT_OF_GROUPS = ("address", "avatar", "description", "email", "phone")
#: How long an event may be on its way to us before what happened until now counts as complete.
_LAG = timedelta(minutes=1)
#: Seconds that a delivery waits for its turn, before the vendor is asked to send it again.
_PATIENCE = 10.0


class Config(Api):
    """A source of the `segment` connector."""

    connector: Literal["segment"] = Field(description="segment")
    webhook_secret: str = Field(description=Api.model_fields["webhook_secret"].description)
    account: dict[Literal["segment", "plan", "region"], str] = Field(
        {}, description="Traits of groups: {segment: TRAIT, plan: TRAIT, region: TRAIT}."
    )


def accept(workspace: Workspace, name: str, sent: Any, now: datetime) -> None:
    """Keeps what was delivered: a call, a list of them, or {batch: […]}; an empty one says that nothing happened. Raises OSError when
    it cannot be kept."""
    found: dict[str, list[Record]] = {}
    for call in _calls(sent):
        stream = _STREAM_OF.get(str(call.get("type")))
        if stream:
            found.setdefault(stream, []).append(_record(call))
    *first, last = found.items() or [(RECEIPT, [])]
    box = Inbox.of(workspace.landing / name, workspace.root)
    with box.lock().acquire(timeout=_PATIENCE):
        for stream, records in first:
            box.write(stream, records, {})
        box.write(last[0], last[1], {"until": (now - _LAG).isoformat()})


def receive(context: Context) -> None:
    """Nothing is asked for: what was delivered lies there. What is published already is taken away."""
    api.config_of(Config, context)
    api.secret(context, "webhook_secret")
    box = Inbox.of(context.landing.folder, context.workspace.root)
    with box.lock():
        if context.sample:
            for path in (context.workspace.landing / context.name / INBOX).glob("*.jsonl"):
                shutil.copy(path, box.folder)
        box.drop(state.read(context.connection, context.name).get(RECEIPT, {}).get("loaded", ()))


def pending(context: Context) -> bool:
    """Whether what was delivered says anything new."""
    return arrivals.pending(context, _source(context))


def load(context: Context) -> Loaded:
    """Loads what was delivered, of many small files made one."""
    box = Inbox.of(context.landing.folder, context.workspace.root)
    with box.lock():
        for stream in (_EVENTS, _TRAITS, RECEIPT):
            box.gather(stream)
    return arrivals.load(context, _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    streams = [Stream(name, lambda _web, _at: (), grows=True) for name in (_EVENTS, _TRAITS)]
    return Source("segment", streams, {"segment": "segment", "plan": "plan", "region": "country"} | dict(config.account))


def _calls(sent: Any) -> Iterator[dict[str, Any]]:
    """The calls of a delivery; those of a batch take what it says for all."""
    if isinstance(sent, list):
        for each in sent:
            yield from _calls(each)
    elif isinstance(sent, dict) and isinstance(sent.get("batch"), list):
        shared = {key: sent[key] for key in ("context", "sentAt", "receivedAt") if key in sent}
        for each in sent["batch"]:
            yield from _calls(shared | each if isinstance(each, dict) else each)
    elif isinstance(sent, dict):
        yield sent


def _record(call: dict[str, Any]) -> Record:
    """A call as it is kept. One without an id has that of what it says, so that it is the same when it comes again."""
    own = call.get("messageId") or hashlib.sha256(json.dumps(call, sort_keys=True).encode()).hexdigest()
    around = call["context"] if isinstance(call.get("context"), dict) else {}
    kept = {key: call[key] for key in _KEPT if key in call}
    kept |= {"groupId": call.get("groupId") or around.get("groupId"), "sessionId": around.get("sessionId")}
    said = call.get("traits" if call["type"] in ("identify", "group") else "properties")
    said = said if isinstance(said, dict) else {}
    if call["type"] == "identify":
        return Record(str(own), kept | {"traits": {key: said[key] for key in _OF_PERSONS if key in said}})
    if call["type"] == "group":
        return Record(str(own), kept | {"traits": {key: value for key, value in said.items() if key not in _NOT_OF_GROUPS}})
    return Record(str(own), kept | {"properties": said if call["type"] == "track" else _without_queries(said)})


def _without_queries(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties of a page without what its addresses say after the question mark, which may be a secret or a person's."""
    shown = {key: value for key, value in properties.items() if key != "search"}
    addresses = {key: value.partition("?")[0] for key, value in shown.items() if key in ("url", "referrer") and isinstance(value, str)}
    return shown | addresses
