"""Zendesk as documented: exports by cursor and by time that leave out the last minute, things told as deleted, ratings that only grow."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal

BLOCK = """
connector: zendesk
subdomain: acme
email: ops@us.example
token: ${ZENDESK_TOKEN}
messages: true
account: {segment: size_class}
"""
SECRETS = {"ZENDESK_TOKEN": "6wiIBWbGkBMo1mRDMuVwkw1EPsNkeUj95PIz2akv-planted"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "segment", "created_at", "attrs.external_id", "attrs.domains"),
    "staged.person": ("person_id", "account_id", "email_domain", "role", "is_internal", "first_seen_at"),
    "ticket": (
        "ticket_id", "account_id", "person_id", "subject", "channel", "priority", "status", "status_raw", "tags", "created_at",
        "first_response_at", "first_resolved_at", "last_resolved_at", "reopens", "first_response_minutes", "resolution_minutes",
        "attrs.assignee",
    ),
    "ticket_message": ("message_id", "ticket_id", "author_kind", "is_public", "channel", "sent_at"),
    "survey_response": ("response_id", "kind", "score", "account_id", "person_id", "ticket_id", "responded_at"),
}  # fmt: skip
STATES = {"new": "new", "open": "open", "pending": "pending", "hold": "pending", "solved": "solved", "closed": "closed"}
DONE = ("solved", "closed")
_DELETED = "2026-01-01T00:00:00Z"


class Zendesk(Fake):
    """Things by id as Zendesk shows them; `at` says when each was last changed, in seconds."""

    page = 7

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        agent = {"id": 71, "name": "Ana Silva", "email": "ana@us.example", "role": "agent", "organization_id": None}
        self.organizations: dict[int, dict[str, Any]] = {}
        self.users: dict[int, dict[str, Any]] = {71: agent | {"active": True} | self._new(self.stamp())}
        self.tickets: dict[int, dict[str, Any]] = {}
        self.ticket_events: dict[int, dict[str, Any]] = {}
        self.ratings: list[dict[str, Any]] = []

    def allowed(self, request: Request) -> bool:
        right = b64encode(f"ops@us.example/token:{SECRETS['ZENDESK_TOKEN']}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {right}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("GET", "/api/v2/incremental/{kind}/cursor", self._by_cursor),
            ("GET", "/api/v2/incremental/{kind}", self._by_time),
            ("GET", "/api/v2/satisfaction_ratings", self._rated),
        ]

    def stamp(self) -> int:
        """When something happens: so long ago that exports show it, and not always in the order in which it becomes known."""
        return int(self.now().timestamp()) - 61 - self.random.choice([0, 0, 0, 0, 5, 20])

    def _new(self, at: int) -> dict[str, Any]:
        return {"created_at": _iso(at), "updated_at": _iso(at), "at": at}

    def _visible(self, kind: str) -> list[tuple[int, int]]:
        """(moment, id) of what an export shows."""
        return sorted((each["at"], key) for key, each in getattr(self, kind).items() if each["at"] <= self.now().timestamp() - 60)

    def _start(self, told: str) -> int:
        if int(told) > self.now().timestamp() - 60:
            raise Refusal(
                400, {"error": "StartTimeTooRecent", "description": "Too recent start_time. Use a start_time older than 1 minute"}
            )
        return int(told)

    def _by_cursor(self, request: Request, _body: Any) -> Any:
        told, kind = request.query_params, request.path_params["kind"]
        if kind not in ("tickets", "users") or ("cursor" in told) == ("start_time" in told) or int(told.get("per_page", 1)) > 1000:
            raise Refusal(400, {"error": "InvalidValue", "description": "either start_time or cursor"})
        after = tuple(map(int, told["cursor"].split("|"))) if "cursor" in told else (self._start(told["start_time"]) - 1, 1 << 60)
        found = [each for each in self._visible(kind) if each > after]
        shown = [self._shown(getattr(self, kind)[key], told.get("include", "")) for _, key in found[: self.page]]
        cursor = "|".join(map(str, found[: self.page][-1] if found else after))
        return {kind: shown, "after_cursor": cursor, "after_url": f"{self.url}/?cursor={cursor}", "end_of_stream": len(found) <= self.page}

    def _by_time(self, request: Request, _body: Any) -> Any:
        told, kind = request.query_params, request.path_params["kind"]
        start = self._start(told["start_time"])
        found = [each for each in self._visible(kind) if each[0] >= start]
        size = self.page + sum(at == start for at, _ in found)  # a page holds all of its first moment
        shown = [self._shown(getattr(self, kind)[key], told.get("include", "")) for _, key in found[:size]]
        end = found[:size][-1][0] if found else start
        return {kind: shown, "next_page": f"{self.url}/?start_time={end}", "end_time": end, "end_of_stream": len(found) <= size}

    def _shown(self, each: dict[str, Any], include: str) -> dict[str, Any]:
        shown = {name: value for name, value in each.items() if name not in ("at", "metric_set")}
        if "status" in each:
            shown["generated_timestamp"] = each["at"]
            if include == "metric_sets":
                shown["metric_set"] = each["metric_set"]
        if "child_events" in each and include != "comment_events":
            shown["child_events"] = [child for child in each["child_events"] if child["event_type"] != "Comment"]
        return shown

    def _rated(self, request: Request, _body: Any) -> Any:
        told = request.query_params
        if told.get("score") != "received" or int(told.get("page[size]", 100)) > 100:
            raise Refusal(400, {"error": "InvalidValue", "description": "that filter is none"})
        start, after = int(told.get("start_time", -1)), int(told.get("page[after]", 0))
        found = [each for each in self.ratings if each["at"] > start and each["id"] > after]
        rows, more = found[: self.page], len(found) > self.page
        meta = {"has_more": more, "after_cursor": str(rows[-1]["id"]) if more else None}
        return {"satisfaction_ratings": [self._shown(each, "") for each in rows], "meta": meta}

    def change(self, things: dict[int, dict[str, Any]], key: int, **told: Any) -> dict[str, Any]:
        """Makes or changes a thing."""
        at = max(self.stamp(), things.get(key, {"at": 0})["at"])
        each = things[key] = {"id": key} | self._new(at) | things.get(key, {}) | told | {"updated_at": _iso(at), "at": at}
        return each

    def work(self, key: int) -> None:
        """Someone writes to a ticket and sets its status; Zendesk keeps its metrics, and sometimes gets a rating."""
        pick = self.random
        requester = pick.choice([one for one in self.users.values() if one["role"] == "end-user" and one["active"]] or [self.users[71]])
        each = self.tickets.get(key) or self.change(
            self.tickets, key, subject="Help é", requester_id=requester["id"], assignee_id=71, tags=[pick.choice(["bug", "billing"])],
            via={"channel": pick.choice(["email", "web"])}, description="What they wrote", type="question", metric_set=_metrics(),
            priority=pick.choice([None, "high"]), organization_id=pick.choice([*self.organizations, None]),
        )  # fmt: skip
        told, before, status = each["metric_set"], each.get("status", "new"), pick.choice([*STATES])
        public, author = pick.random() < 0.8, pick.choice([71, each["requester_id"]])
        child = {"id": 9000 + self.number(), "event_type": "Comment", "public": public, "author_id": author, "body": "What they wrote"}
        noise = {"id": 9000 + self.number(), "event_type": "Change", "status": status}
        self.change(self.tickets, key, status=status)
        self.change(self.ticket_events, 9000 + self.number(), ticket_id=key, child_events=[noise, child | {"via": {"channel": "email"}}])
        if author == 71 and public and told["reply_time_in_minutes"]["calendar"] is None:
            told["reply_time_in_minutes"] = {"calendar": pick.randrange(90), "business": 3}
        if status in DONE and before not in DONE:
            told["solved_at"], spent = each["updated_at"], pick.randrange(100, 900)
            told["full_resolution_time_in_minutes"] = {"calendar": spent, "business": 9}
            if told["first_resolution_time_in_minutes"]["calendar"] is None:
                told["first_resolution_time_in_minutes"] = {"calendar": spent, "business": 9}
        told["reopens"] += before in DONE and status not in DONE
        if status in DONE and pick.random() < 0.7:
            rating = {"id": 9000 + self.number(), "ticket_id": key, "requester_id": each["requester_id"], "comment": "What they wrote"}
            self.ratings.append(rating | {"score": pick.choice(["good", "bad"])} | self._new(self.stamp()))


def fake(seed: int, skew: timedelta = timedelta(0)) -> Zendesk:
    """Some of everything; much of it of one second, so that times are equal at the edges of pages."""
    made = Zendesk(seed, skew=skew)
    for _ in range(80):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    assert isinstance(fake, Zendesk)
    pick = fake.random
    kind = pick.choice(["organizations", "users", "tickets", "tickets"])
    things: dict[int, dict[str, Any]] = getattr(fake, kind)
    known = [key for key in _live(fake, kind) if key != 71]
    if known and pick.random() < 0.1:
        gone = {"organizations": {"deleted_at": _DELETED}, "users": {"active": False}, "tickets": {"status": "deleted"}}
        fake.change(things, pick.choice(known), **gone[kind])
        return
    key = pick.choice(known) if known and pick.random() < 0.5 else 1000 + fake.number()
    organization = pick.choice([*_live(fake, "organizations"), None])
    if kind == "organizations":
        domains = pick.choice([[f"firm{key}.example", f"firm{key}.org"], []])
        fields, own = {"size_class": pick.choice(["small", "large", None])}, f"own-{key}"
        told = {"name": f"Firm {pick.randrange(999)} é", "organization_fields": fields, "external_id": own, "deleted_at": None}
        fake.change(things, key, domain_names=domains, details="What they wrote", **told)
    elif kind == "users":
        fake.change(things, key, name="Somebody", email=f"p{key}@gmail.com", role="end-user", organization_id=organization, active=True)
    else:
        fake.work(key)


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What Zendesk's objects say."""
    assert isinstance(fake, Zendesk)
    accounts, people, tickets, messages, answers = set(), set(), set(), set(), set()
    for key, of in _live(fake, "organizations").items():
        domains, size = of["domain_names"], of["organization_fields"]["size_class"]
        shown = "[" + ",".join(f'"{each}"' for each in domains) + "]"
        accounts.add((str(key), of["name"], next(iter(domains), None), size, _text(of["created_at"]), of["external_id"], shown))
    for key, of in _live(fake, "users").items():
        internal = str(of["role"] != "end-user").lower()
        people.add((str(key), _id(of["organization_id"]), of["email"].split("@")[1], of["role"], internal, _text(of["created_at"])))
    live = _live(fake, "tickets")
    for key, of in live.items():
        told, done = of["metric_set"], of["status"] in DONE
        reply, first, whole = (told[f"{name}_time_in_minutes"]["calendar"] for name in ("reply", "first_resolution", "full_resolution"))
        times = (_text(of["created_at"]), _later(of["created_at"], reply), _later(of["created_at"], first))
        last = (
            _text(told["solved_at"]) if done else None,
            str(told["reopens"]),
            _id(reply, ".0"),
            _id(whole, ".0") if done else None,
            "Ana Silva",
        )
        head = (str(key), _account(fake, of), str(of["requester_id"]), "Help é", of["via"]["channel"], of["priority"])
        tickets.add((*head, STATES[of["status"]], of["status"], f'["{of["tags"][0]}"]', *times, *last))
    for event in fake.ticket_events.values():
        child = event["child_events"][1]
        if event["ticket_id"] in live:
            shown = "agent" if child["author_id"] == 71 else "customer", str(child["public"]).lower()
            messages.add((str(child["id"]), str(event["ticket_id"]), *shown, "email", _text(event["created_at"])))
    latest = {each["ticket_id"]: each for each in sorted(fake.ratings, key=lambda each: (each["at"], each["id"]))}
    for ticket, of in latest.items():
        account = _account(fake, live.get(ticket, {"organization_id": None, "requester_id": of["requester_id"]}))
        score = {"good": "5.0", "bad": "1.0"}[of["score"]]
        answers.add((str(of["id"]), "csat", score, account, str(of["requester_id"]), str(ticket), _text(of["created_at"])))
    return dict(zip(COMPARED, (accounts, people, tickets, messages, answers), strict=True))


def _live(fake: Zendesk, kind: str) -> dict[int, dict[str, Any]]:
    name, gone = {"organizations": ("deleted_at", _DELETED), "users": ("active", False), "tickets": ("status", "deleted")}[kind]
    return {key: each for key, each in getattr(fake, kind).items() if each[name] != gone}


def _account(fake: Zendesk, ticket: dict[str, Any]) -> str | None:
    """A ticket's organization, else its requester's."""
    return _id(ticket["organization_id"] or fake.users[ticket["requester_id"]]["organization_id"])


def _metrics() -> dict[str, Any]:
    none = {"calendar": None, "business": None}
    times = {f"{name}_time_in_minutes": none for name in ("reply", "first_resolution", "full_resolution")}
    return times | {"reopens": 0, "replies": 0, "solved_at": None}


def _id(key: int | None, more: str = "") -> str | None:
    return None if key is None else f"{key}{more}"


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _later(text: str, minutes: int | None) -> str | None:
    return None if minutes is None else _text((datetime.fromisoformat(text) + timedelta(minutes=minutes)).isoformat())


def _text(text: str | None) -> str | None:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S+00") if text else None
