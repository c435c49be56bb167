"""Amplitude as documented: archives of events by the hours of their upload, two hours late, refused when they are too large."""

from __future__ import annotations

import gzip
import io
import json
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from zipfile import ZipFile

from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.server import Answer, Fake, Refusal

_DAYS = 20
BLOCK = f"""
connector: amplitude
key: ${{AMPLITUDE_KEY}}
secret: ${{AMPLITUDE_SECRET}}
since: {(datetime.now(UTC) - timedelta(days=_DAYS + 1)).date()}
group: company
account: {{name: title, plan: plan, domain: site}}
person: {{account: company_id, email: email, role: job}}
value: amount
"""
SECRETS = {"AMPLITUDE_KEY": "planted-key-1b7", "AMPLITUDE_SECRET": "planted-secret-8c2"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "plan", "attrs.external_id"),
    "staged.person": ("person_id", "account_id", "email_domain", "role", "first_seen_at"),
    "event": (
        *("event_id", "occurred_at", "event_name", "person_id", "account_id", "session_id", "value"),
        *("attrs.format", "attrs.platform", "attrs.ip_address"),
    ),
}


class Amplitude(Fake):
    """Events in the order of their upload. Its clock stands still between edits, and began some days ago."""

    most = 60

    def __init__(self, seed: int, *, skew: timedelta = timedelta(0)) -> None:
        super().__init__(seed, skew=skew)
        self.clock = (datetime.now(UTC) - timedelta(days=_DAYS) + skew).replace(microsecond=0)
        self.events: list[dict[str, Any]] = []
        self.users: dict[str, dict[str, Any]] = {}
        self.companies: dict[str, dict[str, Any]] = {}

    def now(self) -> datetime:
        return self.clock

    def allowed(self, request: Request) -> bool:
        told = b64encode(":".join(SECRETS.values()).encode()).decode()
        return request.headers.get("Authorization") == f"Basic {told}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [("GET", "/api/2/export", self._export)]

    def _export(self, request: Request, _body: Any) -> Any:
        first, last = (_hour(request.query_params.get(name, "")) for name in ("start", "end"))
        if last < first or last - first > timedelta(days=365):
            raise Refusal(400, {"message": "that is no range of time"})
        rows = [one for one in self.ready() if first <= _time(one["server_upload_time"]) < last + timedelta(hours=1)]
        if len(rows) > self.most:
            raise Refusal(400, {"message": "the export is too large"})
        if not rows:
            raise Refusal(404, {"message": "there are no data"})
        held = io.BytesIO()
        with ZipFile(held, "w") as archive:
            for part in (rows[::2], rows[1::2]):
                archive.writestr(
                    f"12345/{len(archive.namelist())}.json.gz", gzip.compress("".join(json.dumps(one) + "\n" for one in part).encode())
                )
        return Response(held.getvalue(), media_type="application/zip")

    def ready(self) -> list[dict[str, Any]]:
        """What can be exported now: the hours that ended two hours ago."""
        end = self.clock.replace(minute=0, second=0) - timedelta(hours=2)
        return [one for one in self.events if _time(one["server_upload_time"]) < end]

    def upload(self, user: str, company: str, at: datetime, **properties: Any) -> dict[str, Any]:
        """An event of whatever time that comes in now."""
        known = self.users.get(user)
        one = {
            "uuid": f"u{self.number()}", "$insert_id": f"i{self.number()}" if self.random.random() < 0.8 else None, "device_id": "d1",
            "user_id": user if known else None, "amplitude_id": 77, "event_type": self.random.choice(["export", "open"]),
            "event_time": text(at), "server_upload_time": text(self.clock), "session_id": self.random.choice([-1, 1700000000000]),
            "user_creation_time": known["created"] if known else text(self.clock.replace(hour=0, minute=0, second=0)),
            "user_properties": known["properties"] if known else {}, "groups": {"company": [company]} if company else {},
            "group_properties": {"company": {company: self.companies[company]}} if company else {},
            "event_properties": properties, "platform": "Web", "ip_address": "10.0.0.1",
        }  # fmt: skip
        self.events.append(json.loads(json.dumps(one)))
        return self.events[-1]


def fake(seed: int, skew: timedelta = timedelta(0)) -> Amplitude:
    """Some hours of events; many of one second."""
    made = Amplitude(seed, skew=skew)
    for index in range(3):
        made.companies[f"c{index}"] = {"title": f"Firm {index} é", "plan": "free", "site": f"c{index}.example"}
        properties = {"company_id": f"c{index}", "email": f"u{index}@firm{index}.example", "job": "PM"}
        made.users[f"user{index}"] = {"created": text(made.clock.replace(hour=0, minute=0, second=0)), "properties": properties}
    for _ in range(60):
        edit(made)
    made.clock += timedelta(hours=3)
    return made


def edit(fake: Fake) -> None:
    """One random change: an event, now, late or sent twice; a user or a company that changes. What comes in can soon be exported."""
    assert isinstance(fake, Amplitude)
    pick, what = fake.random, fake.random.choice(["event"] * 5 + ["late", "late", "twice", "user", "company"])
    if what in ("event", "late"):
        at = fake.clock - timedelta(hours=pick.randrange(200) if what == "late" else 0)
        told = pick.choice([{"format": "pdf", "amount": 9.5}, {"format": "csv", "none": None}, {}])
        fake.upload(pick.choice([*fake.users, "anonymous"]), pick.choice(["", *fake.companies]), at, **told)
    elif what == "twice" and fake.events:
        again = {"server_upload_time": text(fake.clock)}
        one = pick.choice(fake.events[-20:])
        fake.events.append(one | again | ({"uuid": f"u{fake.number()}"} if one["$insert_id"] else {}))
    elif what == "user":
        known = fake.users[pick.choice([*fake.users])]
        known["properties"] = known["properties"] | {"job": pick.choice(["CEO", "PM"])}
    elif what == "company":
        key = pick.choice([*fake.companies])
        fake.companies[key] = fake.companies[key] | {"plan": pick.choice(["pro", "free"])}
    fake.clock += timedelta(hours=pick.choice([0, 0, 4]))


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """Each event once, of the hours that can be exported; the last upload tells of its user and its company."""
    assert isinstance(fake, Amplitude)
    once = {f"d1/{one['$insert_id']}" if one["$insert_id"] else one["uuid"]: one for one in fake.ready()}
    persons, accounts, events = {}, {}, set()
    for key, one in sorted(once.items(), key=lambda pair: (pair[1]["server_upload_time"], pair[0])):
        of, person = one["user_properties"], one["user_id"] or "77"
        domain = of["email"].split("@")[1] if of else None
        persons[person] = (person, of.get("company_id"), domain, of.get("job"), _shown(one["user_creation_time"]))
        company = next(iter(one["groups"].get("company", ())), None)
        if company:
            said = one["group_properties"]["company"][company]
            accounts[company] = (company, said["title"], said["site"], said["plan"], company)
        told, session = one["event_properties"], one["session_id"]
        head = (md5(key.encode()).hexdigest(), _shown(one["event_time"]), one["event_type"], person, company or of.get("company_id"))
        events.add(
            (
                *head,
                None if session == -1 else str(session),
                str(told["amount"]) if "amount" in told else None,
                told.get("format"),
                "Web",
                None,
            )
        )
    return {"staged.account": {*accounts.values()}, "staged.person": {*persons.values()}, "event": events}


def _hour(told: str) -> datetime:
    if not re.fullmatch(r"\d{8}T\d{2}", told):
        raise Refusal(400, {"message": "start and end are written YYYYMMDDTHH"})
    return datetime.strptime(told, "%Y%m%dT%H").replace(tzinfo=UTC)


def text(moment: datetime) -> str:
    """A time as Amplitude writes it, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _time(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


def _shown(told: str) -> str:
    return told[:19] + "+00"
