"""A company with one source that is sent to: the door served over HTTP, a vendor that signs, and what must be loaded of its calls."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette

import webhooks
from tests.fakes.server import served
from tests.loads import Company

SECRET = "planted-secret-of-a-webhook"
Call = dict[str, Any]


@dataclass
class Receiver(Company):
    """`Receiver(tmp_path)` has one source `product`, whose secret the variable WEBHOOK names."""

    connector: str = "segment"

    def connects(self, more: str = "") -> None:
        """Writes sources.yml; `more` stands in the source's block."""
        self.root.mkdir(parents=True, exist_ok=True)
        block = f"{{connector: {self.connector}, webhook_secret: '${{WEBHOOK}}'{more}}}"
        (self.root / "sources.yml").write_text(f"company: {{timezone: UTC, currency: EUR}}\nsources:\n  product: {block}\n")

    @contextmanager
    def door(self) -> Iterator[httpx.Client]:
        """Serves the door."""
        with (
            served(Starlette(routes=[webhooks.route(lambda: self.root)])) as url,
            httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
        ):
            yield client

    def loaded(self, table: str, columns: str) -> set[tuple[Any, ...]]:
        """What is loaded, as text."""
        shown = ", ".join(f"CAST({name} AS VARCHAR)" for name in columns.split())
        rows = self.rows(f"SELECT {shown} FROM {table} WHERE deleted_at IS NULL")
        assert len(rows) == len(set(rows)), f"{table} holds a row twice"
        return set(rows)


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header that Segment sends with a body."""
    return {"X-Signature": hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}


def send(client: httpx.Client, sent: Any, secret: str = SECRET) -> int:
    """Delivers as Segment does; gives the status of the answer."""
    body = json.dumps(sent).encode()
    return client.post("/webhooks/product", content=body, headers=signed(body, secret)).status_code


def calls(seed: int, n: int) -> list[Call]:
    """Calls of some people of some accounts, in the order in which they happened; each says its time in one of Segment's ways."""
    chance, began = random.Random(seed), datetime(2026, 11, 2, 8, tzinfo=UTC)
    made: list[Call] = []
    for number in range(n):
        user, group = f"u{chance.randrange(12)}", f"g{chance.randrange(4)}"
        at = began + timedelta(minutes=number)
        call: Call = {"messageId": f"m{number}", "userId": user} | _times(chance, at)
        kind = chance.choice(["track", "track", "track", "page", "identify", "group"])
        if kind == "track":
            call |= {"event": chance.choice(["Report Made", "Report Sent"]), "properties": {"size": chance.randrange(9), "of": {"a": [1]}}}
            call |= {"context": {"groupId": group, "sessionId": number}}
        elif kind == "page":
            call |= {"name": "Home", "context": {"groupId": group}, "properties": {"url": "https://app.example/home?token=1"}}
        elif kind == "identify":
            call |= {"traits": {"email": f"{user}@gmail.com", "name": "Ann", "title": chance.choice(["CEO", "CTO"])}}
        else:
            call |= {"groupId": group, "traits": {"name": f"Group {group}", "employees": number, "website": f"https://www.{group}.example"}}
        made.append({"type": kind} | call)
    return made


def _times(chance: random.Random, at: datetime) -> Call:
    """A moment as Segment says it: put right, or by a device whose clock is wrong."""
    if chance.random() < 0.7:
        return {"timestamp": at.isoformat().replace("+00:00", "Z"), "originalTimestamp": "2001-01-01T00:00:00Z"}
    wrong, late = timedelta(hours=chance.randrange(-5, 5)), timedelta(seconds=chance.randrange(60))
    times = {"originalTimestamp": at + wrong, "sentAt": at + wrong + late, "receivedAt": at + late}
    return {name: moment.isoformat() for name, moment in times.items()}


def moment(call: Call) -> datetime:
    """When a call happened."""
    if "timestamp" in call:
        return datetime.fromisoformat(call["timestamp"])
    received, sent, original = (datetime.fromisoformat(call[name]) for name in ("receivedAt", "sentAt", "originalTimestamp"))
    return received - (sent - original)


def events(of: list[Call]) -> set[tuple[Any, ...]]:
    """What must be loaded of these calls: event_id, occurred_at, event_name, person_id, account_id, attrs."""
    found = set()
    for call in of:
        if call["type"] in ("track", "page"):
            name = call.get("event", "Viewed Home Page")
            said = call["properties"] if call["type"] == "track" else {"url": "https://app.example/home"}
            attrs = json.dumps(said, separators=(",", ":"))
            found.add((call["messageId"], f"{moment(call):%F %T}+00", name, call["userId"], call["context"]["groupId"], attrs))
    return found


def accounts(of: list[Call]) -> set[tuple[Any, ...]]:
    """What must be loaded of these calls: account_id, name, domain, seats."""
    latest: dict[str, Call] = {}
    for call in sorted((call for call in of if call["type"] == "group"), key=moment):
        latest[call["groupId"]] = call
    return {(group, call["traits"]["name"], f"{group}.example", str(call["traits"]["employees"])) for group, call in latest.items()}


def persons(of: list[Call]) -> set[tuple[Any, ...]]:
    """What must be loaded of these calls: person_id, account_id, role."""
    groups, titles = {}, {}
    for call in sorted(of, key=moment):
        if call["type"] == "group":
            groups[call["userId"]] = call["groupId"]
        elif call["type"] == "identify":
            titles[call["userId"]] = call["traits"]["title"]
    return {(user, groups.get(user), titles.get(user)) for user in {*groups, *titles}}
