"""Mixpanel as documented: exports by the days of the project's time zone, events that come twice, profiles by session and page."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.server import Answer, Fake, Refusal

ZONE = ZoneInfo("America/New_York")
BLOCK = f"""
connector: mixpanel
user: ${{MIXPANEL_USER}}
secret: ${{MIXPANEL_SECRET}}
project: 1234567
since: {(datetime.now(UTC) - timedelta(days=12)).date()}
timezone: America/New_York
group: company_id
group_id: "7155"
account: {{name: $name, domain: site, plan: plan}}
person: {{account: company_id, role: job}}
value: amount
late: 4d
"""
SECRETS = {"MIXPANEL_USER": "loader.planted-5e", "MIXPANEL_SECRET": "planted-secret-77c"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "plan", "attrs.external_id"),
    "staged.person": ("person_id", "account_id", "email_domain", "role", "first_seen_at"),
    "event": (
        *("event_id", "occurred_at", "event_name", "person_id", "account_id", "value"),
        *("attrs.format", "attrs.$browser", "attrs.$city", "attrs.time"),
    ),
}


class Mixpanel(Fake):
    """Events in the order in which they came, with aware times; properties of persons and groups by their number."""

    page = 3

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.events: list[dict[str, Any]] = []
        self.persons: dict[int, dict[str, Any]] = {}
        self.groups: dict[int, dict[str, Any]] = {}
        self.sessions: dict[str, list[dict[str, Any]]] = {}
        self.ending = ""

    def allowed(self, request: Request) -> bool:
        told = b64encode(":".join(SECRETS.values()).encode()).decode()
        return request.headers.get("Authorization") == f"Basic {told}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [("GET", "/export", self._export), ("POST", "/engage", self._engage)]

    def _export(self, request: Request, _body: Any) -> Any:
        told = request.query_params
        try:
            first, last = date.fromisoformat(told["from_date"]), date.fromisoformat(told["to_date"])
        except (KeyError, ValueError):
            raise Refusal(400, {"error": "from_date and to_date are dates"}) from None
        if told.get("project_id") != "1234567" or last < first or last > self.now().astimezone(ZONE).date():
            raise Refusal(400, {"error": "to_date cannot be later than today"})
        lines = [
            self._line(one, told.get("time_in_ms") == "true") for one in self.events if first <= one["at"].astimezone(ZONE).date() <= last
        ]
        ending, self.ending = self.ending, ""
        return Response("".join(lines) + ending, media_type="text/plain")

    def _line(self, one: dict[str, Any], in_ms: bool) -> str:
        """An event as it is exported: its time is the clock of the project, counted as if that were UTC."""
        local = one["at"].astimezone(ZONE).replace(tzinfo=UTC).timestamp()
        properties = {"time": int(local * 1000) if in_ms else int(local), "distinct_id": one["person"], "$insert_id": one["insert"]}
        return json.dumps({"event": one["event"], "properties": properties | one["properties"]}) + "\n"

    def _engage(self, request: Request, told: Any) -> Any:
        page, session = int(told.get("page", 0)), told.get("session_id", "")
        if request.query_params.get("project_id") != "1234567" or (page and session not in self.sessions):
            raise Refusal(400, {"error": "request for page in uncached query for params"})
        if not page:
            session = f"{self.number()}-SESSION"
            names = json.loads(told["output_properties"])
            held = {"": self.persons, "7155": self.groups}[told.get("data_group_id", "")]
            self.sessions[session] = [
                {"$distinct_id": key, "$properties": {name: of[name] for name in names if name in of}} for key, of in held.items()
            ]
        rows = self.sessions[session]
        shown = rows[page * self.page : (page + 1) * self.page]
        return {"page": page, "page_size": self.page, "session_id": session, "status": "ok", "total": len(rows), "results": shown}

    def track(self, person: int | str, company: Any, at: datetime, **properties: Any) -> dict[str, Any]:
        """An event that comes in now, of whatever time."""
        told = {"$city": "Paris", "mp_processing_time_ms": self.number()} | ({"company_id": company} if company else {}) | properties
        event = self.random.choice(["export", "Signed up"])
        self.events.append({"event": event, "at": at, "person": person, "insert": f"i{self.number()}", "properties": told})
        return self.events[-1]


def fake(seed: int, skew: timedelta = timedelta(0)) -> Mixpanel:
    """Some companies, persons and events; many of one second."""
    made = Mixpanel(seed, skew=skew)
    for index in range(4):
        made.groups[200 + index] = {"$name": f"Firm {index} é", "plan": "free", "site": f"firm{index}.example"}
        made.persons[100 + index] = _person(100 + index, 200 + index)
    for _ in range(60):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change: an event, now, late or sent twice; a person who is new, changed or gone, a group that changes."""
    assert isinstance(fake, Mixpanel)
    pick, now = fake.random, fake.now()
    what = pick.choice(["event"] * 5 + ["late", "late", "twice", "person", "new", "gone", "group"])
    if what in ("event", "late"):
        at = now - timedelta(hours=pick.randrange(1, 70)) if what == "late" else now
        told = pick.choice([{"format": "pdf", "amount": 9.5}, {"format": "csv", "$browser": "Firefox", "none": None}, {}])
        fake.track(pick.choice([100, 101, "$device:7"]), pick.choice([None, "200", ["201", "202"], "999"]), at, **told)
    elif what == "twice" and fake.events:
        one = pick.choice(fake.events[-20:])
        fake.events.append(one | {"properties": one["properties"] | {"mp_processing_time_ms": fake.number()}})
    elif what == "person":
        key = pick.choice([*fake.persons])
        fake.persons[key] = fake.persons[key] | {"job": pick.choice(["CEO", "PM"])}
    elif what == "new":
        fake.persons[1000 + fake.number()] = _person(1000 + fake.number(), 200)
    elif what == "gone" and max(fake.persons) >= 1000:
        del fake.persons[max(fake.persons)]
    elif what == "group":
        key = pick.choice([*fake.groups])
        fake.groups[key] = fake.groups[key] | {"plan": pick.choice(["pro", "free"])}


def _person(key: int, company: int) -> dict[str, Any]:
    return {
        "$email": f"p{key}@home{key}.example",
        "$name": "Ana Silva",
        "$created": "2026-05-04T11:20:47",
        "company_id": str(company),
        "job": "PM",
    }


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """Each event once; accounts are the groups, and what events name."""
    assert isinstance(fake, Mixpanel)
    accounts = {str(key): (str(key), of["$name"], of["site"], of["plan"], str(key)) for key, of in fake.groups.items()}
    persons, events = set(), set()
    for number, of in fake.persons.items():
        persons.add((str(number), of["company_id"], of["$email"].split("@")[1], of["job"], "2026-05-04 11:20:47+00"))
    for one in fake.events:
        of, person = one["properties"], str(one["person"])
        company = of.get("company_id")
        company = company[0] if isinstance(company, list) else company
        if company:
            accounts.setdefault(company, (company, company, None, None, company))
        local = int(one["at"].astimezone(ZONE).replace(tzinfo=UTC).timestamp() * 1000)
        key = md5(f"{one['event']}/{local}/{person}/{one['insert']}".encode()).hexdigest()
        account = company or {"100": "200", "101": "201"}.get(person)
        head = (key, one["at"].strftime("%Y-%m-%d %H:%M:%S+00"), one["event"], person, account)
        events.add((*head, str(of["amount"]) if "amount" in of else None, of.get("format"), of.get("$browser"), None, None))
    return {"staged.account": {*accounts.values()}, "staged.person": persons, "event": events}
