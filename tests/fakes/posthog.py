"""PostHog as documented: queries in SQL with values apart, answers remembered unless they are forced, events that come late or twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal

SPEC = "posthog/posthog-reduced.json"
BLOCK = """
connector: posthog
token: ${POSTHOG_TOKEN}
project: 12345
group: company
account: {name: name, domain: site, plan: plan}
person: {account: company_id, role: job}
value: amount
late: 2d
"""
SECRETS = {"POSTHOG_TOKEN": "phx_planted9f3"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "plan", "created_at", "attrs.external_id"),
    "staged.person": ("person_id", "account_id", "email_domain", "role", "first_seen_at"),
    "event": (
        *("event_id", "occurred_at", "event_name", "person_id", "account_id", "session_id", "value"),
        *("attrs.format", "attrs.pages", "attrs.$browser", "attrs.$ip"),
    ),
}
_EVENTS = re.compile(
    r"SELECT toString\(uuid\), toTimeZone\(timestamp, 'UTC'\), event, toString\(person_id\), (\$group_[0-4]|''), properties FROM events "
    r"WHERE (.+) ORDER BY timestamp, toString\(uuid\) LIMIT (\d+)"
)
_THINGS = re.compile(
    r"SELECT toString\((id|key)\), created_at, (JSONExtractRaw.+) FROM (persons|groups) WHERE toString\(\1\) > \{after\}( AND index = \d)? "
    r"ORDER BY toString\(\1\) LIMIT (\d+)"
)
_AFTER = "(timestamp > toDateTime({at}) OR (timestamp = toDateTime({at}) AND toString(uuid) > {uuid}))"


class PostHog(Fake):
    """Events in the order in which they came, persons by id, groups by index and key; their times are aware."""

    page = 7

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.events: list[dict[str, Any]] = []
        self.persons: dict[str, dict[str, Any]] = {}
        self.groups: dict[tuple[int, str], dict[str, Any]] = {}
        self.remembered: dict[str, Any] = {}

    def allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {SECRETS['POSTHOG_TOKEN']}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [("GET", "/api/projects/12345/groups_types/", self._types), ("POST", "/api/projects/12345/query/", self._query)]

    def _types(self, _request: Request, _body: Any) -> Any:
        return [{"group_type": name, "group_type_index": index} for index, name in enumerate(("team", "company"))]

    def _query(self, _request: Request, body: Any) -> Any:
        query = body["query"]
        sql, values = query["query"], query.get("values", {})
        if query["kind"] != "HogQLQuery" or {*re.findall(r"\{(\w+)\}", sql)} - {*values}:
            raise Refusal(400, {"type": "validation_error", "detail": "a placeholder has no value"})
        asked = json.dumps(query)
        if body.get("refresh") == "force_blocking" or asked not in self.remembered:
            self.remembered[asked] = self._rows(sql, values)
        return {"results": self.remembered[asked], "columns": [], "types": [], "hasMore": False}

    def _rows(self, sql: str, values: dict[str, str]) -> list[list[Any]]:
        if found := _EVENTS.fullmatch(sql):
            fits = _condition(found[2], values)
            rows = [self._event(one, found[1]) for one in self.events if fits(one)]
            return sorted(rows, key=lambda row: (row[1], row[0]))[: min(int(found[3]), self.page)]
        if found := _THINGS.fullmatch(sql):
            things = self.persons
            if found[3] == "groups":
                things = {key: one for (index, key), one in self.groups.items() if found[4] == f" AND index = {index}"}
            names = [values[name] for name in re.findall(r"JSONExtractRaw\(properties, \{(\w+)\}\)", found[2])]
            rows = [[key, text(one["created_at"]), *(_raw(one["properties"], name) for name in names)] for key, one in things.items()]
            return sorted(row for row in rows if row[0] > values["after"])[: min(int(found[5]), self.page)]
        raise Refusal(400, {"type": "validation_error", "detail": f"cannot parse {sql}"})

    def _event(self, one: dict[str, Any], group: str) -> list[Any]:
        key = one["group"] if group == "$group_1" else ""
        return [one["uuid"], text(one["timestamp"]), one["event"], one["person_id"], key, json.dumps(one["properties"])]

    def capture(self, person: str, group: str, at: datetime, **properties: Any) -> dict[str, Any]:
        """An event that comes in now, of whatever time."""
        uuid = str(UUID(int=self.random.getrandbits(128)))
        told = {"$session_id": f"s{self.random.randrange(9)}", "$ip": "10.0.0.1", "distinct_id": f"{person}@home.example"} | properties
        one = {"uuid": uuid, "event": self.random.choice(["export", "$pageview"]), "timestamp": at, "created_at": self.now()}
        self.events.append(one | {"person_id": person, "group": group, "properties": told})
        return self.events[-1]


def _condition(where: str, values: dict[str, str]) -> Callable[[dict[str, Any]], bool]:
    told = {name: datetime.fromisoformat(value) for name, value in values.items() if name != "uuid"}
    known: dict[str, Callable[[dict[str, Any]], bool]] = {
        "timestamp >= toDateTime({late})": lambda one: one["timestamp"] >= told["late"],
        "created_at >= toDateTime({since})": lambda one: one["created_at"] >= told["since"],
        _AFTER: lambda one: (one["timestamp"], one["uuid"]) > (told["at"], values["uuid"]),
        "true": lambda one: True,
    }
    asked = [condition for condition in known if condition in where]
    if " AND ".join(asked) != where.replace("true AND " + _AFTER, f"{_AFTER} AND true"):
        raise Refusal(400, {"type": "validation_error", "detail": f"cannot parse {where}"})
    return lambda one: all(known[condition](one) for condition in asked)


def _raw(properties: dict[str, Any], name: str) -> str:
    return json.dumps(properties[name]) if name in properties else ""


def text(moment: datetime) -> str:
    """A time as PostHog writes it."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def fake(seed: int, skew: timedelta = timedelta(0)) -> PostHog:
    """Some companies, persons and events; many of one second, so that times are equal at the edges of pages."""
    made = PostHog(seed, skew=skew)
    for index in range(3):
        _group(made, f"c{index}")
        _person(made, f"p{index}")
    for _ in range(50):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change: an event, now, late or sent twice; a person or a group that is new, changed or gone."""
    assert isinstance(fake, PostHog)
    pick, now = fake.random, fake.now()
    what = pick.choice(["event"] * 5 + ["late", "late", "twice", "person", "group", "gone"])
    if what in ("event", "late"):
        at = now - timedelta(hours=pick.randrange(1, 40)) if what == "late" else now
        told = pick.choice([{"format": "pdf", "pages": 2, "amount": 9.5}, {"format": "csv", "$browser": "Firefox", "none": None}, {}])
        person = pick.choice([*fake.persons, "nobody"])
        fake.capture(
            person, pick.choice(["", *(key for _, key in fake.groups)]), at + timedelta(microseconds=500 * pick.randrange(2)), **told
        )
    elif what == "twice" and fake.events:
        fake.events.append(pick.choice(fake.events[-20:]) | {"created_at": now})
    elif what == "person":
        _person(fake, pick.choice([*fake.persons, f"p{fake.number() + 10}"]))
    elif what == "group":
        _group(fake, pick.choice([*(key for _, key in fake.groups), f"c{fake.number() + 10}"]))
    elif what == "gone":
        for person in {*fake.persons} - {one["person_id"] for one in fake.events}:
            del fake.persons[person]


def _person(fake: PostHog, key: str) -> None:
    known = fake.persons.setdefault(key, {"created_at": fake.now(), "properties": {"company_id": fake.random.choice(["c0", "c1", "c2"])}})
    known["properties"] |= {"email": f"{key}@firm{key}.example", "job": fake.random.choice(["CEO", "PM"]), "name": "Ana Silva"}


def _group(fake: PostHog, key: str) -> None:
    known = fake.groups.setdefault((1, key), {"created_at": fake.now(), "properties": {}})
    known["properties"] |= {
        "name": f"Firm {fake.random.randrange(99)} é",
        "site": f"{key}.example",
        "plan": fake.random.choice(["pro", "free"]),
    }


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """Each event once; one that names no group has its person's account."""
    assert isinstance(fake, PostHog)
    accounts, persons, events = set(), set(), set()
    for (_, key), one in fake.groups.items():
        of = one["properties"]
        accounts.add((key, of["name"], of["site"], of["plan"], _shown(one["created_at"]), key))
    for key, one in fake.persons.items():
        of = one["properties"]
        persons.add((key, of["company_id"], f"firm{key}.example", of["job"], _shown(one["created_at"])))
    for one in fake.events:
        of, person = one["properties"], fake.persons.get(one["person_id"])
        account = one["group"] or (person["properties"]["company_id"] if person else None)
        head = (one["uuid"], _shown(one["timestamp"]), one["event"], one["person_id"], account, of["$session_id"])
        amount, pages = (str(of[name]) if name in of else None for name in ("amount", "pages"))
        events.add((*head, amount, of.get("format"), pages, of.get("$browser"), None))
    return {"staged.account": accounts, "staged.person": persons, "event": events}


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S") + (f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else "") + "+00"
