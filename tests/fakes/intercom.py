"""Intercom as documented: searches by cursor (contacts by days of the workspace), one scroll of companies that cannot be asked twice."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal

SPEC = "intercom/intercom-reduced.json"
BLOCK = """
connector: intercom
token: ${INTERCOM_TOKEN}
messages: true
account: {segment: size_class}
"""
SECRETS = {"INTERCOM_TOKEN": "dG9rOjVlM2M3YTFl-planted"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "plan", "industry", "seats", "segment", "created_at", "attrs.external_id"),
    "staged.person": ("person_id", "account_id", "email_domain", "role", "first_seen_at"),
    "ticket": (
        "ticket_id", "account_id", "person_id", "subject", "channel", "priority", "status", "status_raw", "tags", "created_at",
        "first_response_at", "first_resolved_at", "last_resolved_at", "reopens", "attrs.assignee",
    ),
    "ticket_message": ("message_id", "ticket_id", "author_kind", "is_public", "channel", "sent_at"),
    "survey_response": ("response_id", "kind", "score", "account_id", "person_id", "ticket_id", "responded_at"),
}  # fmt: skip
STATES = {"open": "open", "closed": "closed", "snoozed": "pending"}
AUTHORS = {"user": "customer", "admin": "agent", "bot": "bot"}
_ZONE = ZoneInfo("Australia/Sydney")


class Intercom(Fake):
    """Things by id, as Intercom shows them; conversations with their parts."""

    page = 7
    #: How long an open scroll blocks the next, in seconds; there it is a minute.
    scroll_ends = 0.4

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.companies: dict[str, dict[str, Any]] = {}
        self.contacts: dict[str, dict[str, Any]] = {}
        self.conversations: dict[str, dict[str, Any]] = {}
        self.deleted: list[dict[str, Any]] = []
        self._scroll: tuple[str, list[dict[str, Any]], float] = ("", [], 0.0)

    def allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {SECRETS['INTERCOM_TOKEN']}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("GET", "/admins", self._admins),
            ("GET", "/companies/scroll", self._scrolled),
            ("POST", "/contacts/search", self._contacts),
            ("POST", "/conversations/search", self._conversations),
            ("GET", "/conversations/deleted", self._gone),
            ("GET", "/conversations/{key}", self._conversation),
        ]

    def _admins(self, _request: Request, _body: Any) -> Any:
        return {"type": "admin.list", "admins": [{"type": "admin", "id": "71", "name": "Ana Silva", "email": "ana@us.example"}]}

    def _scrolled(self, request: Request, _body: Any) -> Any:
        told, (open_, left, used) = request.query_params.get("scroll_param"), self._scroll
        is_open = open_ and time.monotonic() - used < self.scroll_ends
        if told is None:
            if is_open:
                raise Refusal(400, _error("scroll_exists", "scroll already exists for this workspace"))
            open_, left = f"scroll-{self.number()}", [dict(each) for each in self.companies.values()]
        elif told != open_ or not is_open:
            raise Refusal(404, _error("not_found", "scroll parameter not found"))
        self._scroll = (open_ if left else "", left[self.page :], time.monotonic())
        return {"type": "list", "data": left[: self.page], "pages": None, "total_count": None, "scroll_param": open_}

    def _contacts(self, _request: Request, body: Any) -> Any:
        rows, following = self._searched(self.contacts, body, by_day=True)
        return {"type": "list", "data": rows, "total_count": len(self.contacts), "pages": following}

    def _conversations(self, _request: Request, body: Any) -> Any:
        rows, following = self._searched(self.conversations, body, by_day=False)
        shown = [{name: value for name, value in row.items() if name != "conversation_parts"} for row in rows]
        return {"type": "conversation.list", "conversations": shown, "total_count": len(self.conversations), "pages": following}

    def _searched(self, things: dict[str, dict[str, Any]], body: Any, *, by_day: bool) -> tuple[list[dict[str, Any]], Any]:
        """Whose time is later than what is asked, or of a later day; a cursor names the last one's time and id."""
        query, sort, asked = body["query"], body["sort"], body["pagination"]
        field = query["field"]
        if field not in ("created_at", "updated_at") or query["operator"] != ">" or not isinstance(query["value"], int):
            raise Refusal(400, _error("parameter_invalid", "the query is wrong"))
        if sort["field"] != field or sort["order"] not in ("ascending", "descending") or not 1 <= asked["per_page"] <= 150:
            raise Refusal(400, _error("parameter_invalid", "the sort or the page is wrong"))
        later = (lambda at: _day(at) > _day(query["value"])) if by_day else (lambda at: at > query["value"])
        down = sort["order"] == "descending"
        found = sorted(((row[field], key) for key, row in things.items() if later(row[field])), reverse=down)
        if "starting_after" in asked:
            at, key = asked["starting_after"].split("|")
            found = [each for each in found if (each < (int(at), key) if down else each > (int(at), key))]
        page, size = found[: self.page], min(self.page, asked["per_page"])
        following = {"next": {"per_page": size, "starting_after": "|".join(map(str, page[-1]))}} if len(found) > len(page) else {}
        return [things[key] for _, key in page], {"type": "pages", "page": 1, "per_page": size, "total_pages": 1} | following

    def _gone(self, request: Request, _body: Any) -> Any:
        told = request.query_params
        number = int(told.get("page", 1))
        if not 1 <= int(told.get("per_page", 20)) <= 60 or told.get("order", "desc") != "desc":
            raise Refusal(400, _error("parameter_invalid", "the page is wrong"))
        rows = self.deleted[::-1][(number - 1) * 3 : number * 3]
        more = f"{self.url}/conversations/deleted?page={number + 1}" if len(self.deleted) > number * 3 else None
        pages = {"type": "pages", "next": more, "page": number, "per_page": 3, "total_pages": -(-len(self.deleted) // 3)}
        return {"type": "conversations.list", "conversations": rows, "total_count": len(self.deleted), "pages": pages}

    def _conversation(self, request: Request, _body: Any) -> Any:
        key = request.path_params["key"]
        if key not in self.conversations:
            raise Refusal(404, _error("not_found", "Resource Not Found"))
        return self.conversations[key]

    def seconds(self) -> int:
        """Now, in seconds since 1970."""
        return int(self.now().timestamp())

    def converse(self, key: str) -> None:
        """Makes a conversation, or lets it go on; Intercom tells how it went in its statistics."""
        now, pick = self.seconds(), self.random
        each = self.conversations.get(key) or self._new(key, now - pick.choice([0, 0, 90_000, 4_000_000]))
        self.conversations[key] = each
        told, parts = each["statistics"], each["conversation_parts"]["conversation_parts"]
        author, kind = pick.choice([("user", "comment"), ("admin", "comment"), ("admin", "note"), ("bot", "assignment")])
        part = {"type": "conversation_part", "id": str(9000 + self.number()), "part_type": kind, "created_at": now, "updated_at": now}
        body = None if kind == "assignment" else "<p>What they wrote</p>"
        parts.append(part | {"body": body, "author": {"type": author, "id": "71", "name": "Ana", "email": "ana@us.example"}})
        if (author, kind) == ("admin", "comment"):
            told.setdefault("first_admin_reply_at", now)
        before, each["state"] = each["state"], pick.choice([*STATES])
        if each["state"] == "closed":
            told.setdefault("first_close_at", now)
            told["last_close_at"] = now
        elif before == "closed":
            told["count_reopens"] += 1
        each |= {"updated_at": now, "open": each["state"] == "open", "read": False}
        if each["state"] == "closed" and pick.random() < 0.7:
            contact = {"type": "contact", "id": each["contacts"]["contacts"][0]["id"]}
            told = {"rating": pick.randrange(1, 6), "remark": "free words", "created_at": now - 5, "updated_at": now, "contact": contact}
            each["conversation_rating"] = told

    def _new(self, key: str, at: int) -> dict[str, Any]:
        pick = self.random
        of = pick.choice([*self.contacts.values()])
        company = pick.choice([*self.companies, ""])
        author = {"type": "user", "id": of["id"], "name": "Someone", "email": of["email"]}
        told = {
            "type": "conversation", "id": key, "created_at": at, "state": "open", "admin_assignee_id": 71, "team_assignee_id": 5,
            "priority": pick.choice(["none", "high"]),
            "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": of["id"]}]},
            "source": {"type": pick.choice(["email", "conversation"]), "id": f"m{key}", "delivered_as": "customer_initiated",
                       "subject": pick.choice(["", "<p>Help é</p>"]), "body": "<p>Hello</p>", "author": author},
            "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "1", "name": pick.choice(["bug", "billing"])}]},
            "statistics": {"type": "conversation_statistics", "count_reopens": 0}, "conversation_rating": None,
            "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [], "total_count": 0},
        }  # fmt: skip
        return told | ({"company": {"type": "company", "id": company}} if company and pick.random() < 0.6 else {})


def fake(seed: int, skew: timedelta = timedelta(0)) -> Intercom:
    """Some of everything, most of it of one second: times are equal at the edges of pages."""
    made = Intercom(seed, skew=skew)
    for _ in range(90):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change. Contacts that are deleted are found by the next walk only, so that is tested apart."""
    assert isinstance(fake, Intercom)
    pick, now = fake.random, fake.seconds()
    kind = pick.choice(["companies", "contacts", "conversations", "conversations"])
    kind = kind if fake.contacts else "contacts"
    known: dict[str, dict[str, Any]] = getattr(fake, kind)
    if known and kind != "contacts" and pick.random() < 0.1:
        key = pick.choice([*known])
        del known[key]
        if kind == "conversations":
            fake.deleted.append({"type": "conversation", "id": key, "metrics_retained": False, "deleted_at": now})
        return
    key = pick.choice([*known]) if known and pick.random() < 0.4 else str(1000 + fake.number())
    if kind == "companies":
        made = {"type": "company", "id": key, "company_id": f"own-{key}", "created_at": now, "remote_created_at": now - 86_400}
        known[key] = made | known.get(key, {}) | {
            "name": f"Firm {pick.randrange(999)} é", "website": f"https://www.firm{key}.example/", "size": pick.randrange(9, 999),
            "plan": pick.choice([{}, {"type": "plan", "id": "1", "name": "Pro"}]), "industry": "Software", "updated_at": now,
            "custom_attributes": {"size_class": pick.choice(["small", "large"])}, "monthly_spend": 100,
        }  # fmt: skip
    elif kind == "contacts":
        owner = pick.choice([*fake.companies, ""])
        data = [{"id": owner, "type": "company"}] if owner else []
        of = {"type": "list", "data": data, "total_count": len(data), "has_more": False}
        mail = f"p{key}@{f'firm{owner}.example' if owner else 'gmail.com'}"
        told = {"email": mail, "role": pick.choice(["user", "lead"]), "updated_at": now, "companies": of, "name": "Somebody"}
        known[key] = {"type": "contact", "id": key, "created_at": now, "external_id": f"u-{key}"} | known.get(key, {}) | told
    else:
        fake.converse(key)


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What Intercom's objects say."""
    assert isinstance(fake, Intercom)
    accounts = set()
    for key, of in fake.companies.items():
        plan, size = of["plan"].get("name"), of["custom_attributes"]["size_class"]
        told = (key, of["name"], f"firm{key}.example", plan, "Software", str(of["size"]), size)
        accounts.add((*told, _text(of["remote_created_at"]), f"own-{key}"))
    company_of = {key: next((each["id"] for each in of["companies"]["data"]), None) for key, of in fake.contacts.items()}
    people = {(key, company_of[key], of["email"].split("@")[1], of["role"], _text(of["created_at"])) for key, of in fake.contacts.items()}
    tickets, messages, answers = set(), set(), set()
    for key, of in fake.conversations.items():
        person, told, channel = of["contacts"]["contacts"][0]["id"], of["statistics"], of["source"]["type"]
        account = of.get("company", {}).get("id") or company_of[person]
        last = told["last_close_at"] if of["state"] == "closed" else None
        times = [_text(at) for at in (of["created_at"], told.get("first_admin_reply_at"), told.get("first_close_at"), last)]
        subject = "Help é" if of["source"]["subject"] else None
        priority = None if of["priority"] == "none" else of["priority"]
        tags = f'["{of["tags"]["tags"][0]["name"]}"]'
        state = (STATES[of["state"]], of["state"])
        tickets.add((key, account, person, subject, channel, priority, *state, tags, *times, str(told["count_reopens"]), "Ana Silva"))
        messages.add((f"{key}/source", key, "customer", "true", channel, _text(of["created_at"])))
        for part in of["conversation_parts"]["conversation_parts"]:
            public = "false" if part["part_type"] == "note" else "true"
            if part["body"]:
                messages.add((part["id"], key, AUTHORS[part["author"]["type"]], public, channel, _text(part["created_at"])))
        if of["conversation_rating"]:
            rating = of["conversation_rating"]
            answers.add((key, "csat", f"{rating['rating']}.0", account, person, key, _text(rating["updated_at"])))
    return dict(zip(COMPARED, (accounts, people, tickets, messages, answers), strict=True))


def _error(code: str, message: str) -> dict[str, Any]:
    return {"type": "error.list", "request_id": None, "errors": [{"code": code, "message": message}]}


def _day(at: int) -> Any:
    return datetime.fromtimestamp(at, _ZONE).date()


def _text(at: int | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S+00") if at is not None else None
