"""Gorgias as documented: lists by cursors that soon expire, sorted but not filtered by time, events of tickets apart."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal

BLOCK = """
connector: gorgias
domain: acme
email: ops@acme.example
api_key: ${GORGIAS_API_KEY}
account: data.account_id
"""
SECRETS = {"GORGIAS_API_KEY": "gk-7f3a1c-planted"}
COMPARED = {
    "staged.account": ("account_id",),
    "staged.person": ("person_id", "account_id", "email_domain", "first_seen_at"),
    "ticket": (
        "ticket_id", "account_id", "person_id", "subject", "channel", "priority", "status", "status_raw", "tags", "attrs.assignee",
        "created_at", "first_response_at", "first_resolved_at", "last_resolved_at", "reopens",
    ),
    "ticket_message": ("message_id", "ticket_id", "author_kind", "is_public", "channel", "sent_at"),
    "survey_response": ("response_id", "kind", "score", "account_id", "person_id", "ticket_id", "responded_at"),
}  # fmt: skip
_SORTED = {
    "tickets": ("created_datetime", "updated_datetime"),
    "customers": ("created_datetime", "updated_datetime"),
    "messages": ("created_datetime",),
    "satisfaction-surveys": ("created_datetime",),
    "events": ("created_datetime",),
}


class Gorgias(Fake):
    """Things by kind and id, as the API shows them. A cursor is good for `lives` requests."""

    page, lives = 7, 1_000

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.things: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in _SORTED}
        self.cursors: dict[str, tuple[int, str, tuple[str, int]]] = {}

    def allowed(self, request: Request) -> bool:
        told = b64encode(f"ops@acme.example:{SECRETS['GORGIAS_API_KEY']}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {told}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [("GET", "/{kind}", self._list)]

    def _list(self, request: Request, _body: Any) -> Any:
        kind, told = request.path_params["kind"], request.query_params
        order, _, direction = told.get("order_by", "created_datetime:desc").partition(":")
        _check(kind, set(told), order, direction, told.get("limit", "30"))
        rows = sorted(((row[order], key) for key, row in self.things[kind].items() if _asked(row, told)), reverse=direction == "desc")
        if "cursor" in told:
            after = self._after(told["cursor"], f"{kind} {order}:{direction}")
            rows = [row for row in rows if (row < after if direction == "desc" else row > after)]
        size = min(int(told.get("limit", "30")), self.page)
        following = self._cursor(f"{kind} {order}:{direction}", rows[size - 1]) if len(rows) > size else None
        data = [self.things[kind][key] for _, key in rows[:size]]
        return {"object": "list", "uri": request.url.path, "data": data, "meta": {"prev_cursor": None, "next_cursor": following}}

    def _cursor(self, listed: str, place: tuple[str, int]) -> str:
        cursor = b64encode(f"{self.number()}:{place}".encode()).decode()
        self.cursors[cursor] = (len(self.requests), listed, place)
        return cursor

    def _after(self, cursor: str, listed: str) -> tuple[str, int]:
        born, of, place = self.cursors.get(cursor, (-self.lives - 1, "", ("", 0)))
        if of != listed or len(self.requests) - born > self.lives:
            raise _refused("Invalid cursor.")
        return place

    def put(self, kind: str, key: int | None = None, **values: Any) -> dict[str, Any]:
        """Makes or changes a thing, now."""
        key = key or 500 + self.number()
        each = self.things[kind].setdefault(key, {"id": key, "created_datetime": text(self.now())})
        each |= values
        if kind in ("tickets", "customers"):
            each["updated_datetime"] = text(self.now())
        return each

    def happens(self, ticket: dict[str, Any], type_: str) -> None:
        """An event of a ticket."""
        self.put("events", type=type_, object_id=ticket["id"], object_type="Ticket", data=None)
        self.put("tickets", ticket["id"])


def fake(seed: int, skew: timedelta = timedelta(0)) -> Gorgias:
    """Some customers and tickets; all of a few seconds, so that times are equal at the edges of pages."""
    made = Gorgias(seed, skew=skew)
    for _ in range(90):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    assert isinstance(fake, Gorgias)
    pick, tickets = fake.random, [*fake.things["tickets"].values()]
    if not tickets or pick.random() < 0.2:
        _customer(fake, {})
        _ticket(fake)
        return
    ticket = pick.choice(tickets)
    change = pick.choice([_reply, _reply, _reply, _close, _close, _reopen, _trash, _survey, _survey, _score, _customer])
    change(fake, ticket)


def _customer(fake: Gorgias, _ticket: dict[str, Any]) -> None:
    """A new one, or one who now is somebody else's."""
    known = [*fake.things["customers"]]
    key = fake.random.choice(known) if known and fake.random.random() < 0.3 else None
    account = fake.random.choice([None, *(f"acc{number}" for number in range(9))])
    email = f"Q{fake.number()}@{account}.example" if account else "someone@gmail.com"
    fake.put("customers", key, email=email, name="Jo Doe", data={"account_id": account, "phone": "55"} if account else None)


def _ticket(fake: Gorgias) -> None:
    """A new one; some are imported, with the times of another tool."""
    pick = fake.random
    customer = pick.choice([None, *fake.things["customers"]])
    begun = fake.now() - timedelta(days=40, seconds=0.25) if pick.random() < 0.2 else fake.now() - timedelta(hours=1)
    ticket = fake.put(
        "tickets", subject=f"Where is it? é {fake.number()}", status="open", channel=pick.choice(["email", "chat"]), via="email",
        priority=pick.choice(["normal", "high"]), language="fr", spam=False, trashed_datetime=None, closed_datetime=None,
        snooze_datetime=None, excerpt="planted-body", created_datetime=text(begun),
        customer={"id": customer, "email": "q@acc.example", "name": "Jo Doe"} if customer else None,
        tags=[{"id": 1, "name": name} for name in pick.choice([[], ["refund"], ["ux", "export"]])],
        assignee_user=pick.choice([None, {"id": 3, "name": "Ana", "email": "ana@us.example"}]),
    )  # fmt: skip
    _message(fake, ticket, from_agent=False, rule_id=None, public=True, sent_datetime=text(begun), failed_datetime=None)


def _message(fake: Gorgias, ticket: dict[str, Any], **values: Any) -> None:
    fake.put("messages", ticket_id=ticket["id"], channel=ticket["channel"], body_text="planted-body", via="helpdesk", **values)


def _reply(fake: Gorgias, ticket: dict[str, Any]) -> None:
    pick, at = fake.random, text(fake.now())
    kind = pick.choice(["customer", "agent", "agent", "bot", "note", "failed", "unsent"])
    _message(
        fake, ticket, from_agent=kind != "customer", rule_id=7 if kind == "bot" else None, public=kind != "note",
        sent_datetime=None if kind == "unsent" else at, failed_datetime=at if kind == "failed" else None,
    )  # fmt: skip
    fake.put("tickets", ticket["id"])


def _close(fake: Gorgias, ticket: dict[str, Any]) -> None:
    """Closed, or put to sleep until another day."""
    if ticket["status"] == "closed":
        return
    sleeps = fake.random.random() < 0.2
    ticket |= {"status": "closed", "snooze_datetime": text(fake.now() + timedelta(days=2)) if sleeps else None}
    ticket["closed_datetime"] = text(fake.now())
    fake.happens(ticket, "ticket-snoozed" if sleeps else "ticket-closed")


def _reopen(fake: Gorgias, ticket: dict[str, Any]) -> None:
    if ticket["status"] == "closed":
        ticket |= {"status": "open", "snooze_datetime": None, "closed_datetime": None}
        fake.happens(ticket, "ticket-reopened")


def _trash(fake: Gorgias, ticket: dict[str, Any]) -> None:
    """Into the bin, marked as spam, or back."""
    gone, at_random = ticket["trashed_datetime"] or ticket["spam"], fake.random.random() < 0.5
    fake.put(
        "tickets", ticket["id"], trashed_datetime=text(fake.now()) if not gone and at_random else None, spam=not gone and not at_random
    )


def _survey(fake: Gorgias, ticket: dict[str, Any]) -> None:
    if ticket["customer"] and ticket["id"] not in {each["ticket_id"] for each in fake.things["satisfaction-surveys"].values()}:
        told = {"ticket_id": ticket["id"], "customer_id": ticket["customer"]["id"], "body_text": "planted-body"}
        fake.put("satisfaction-surveys", score=None, scored_datetime=None, **told)


def _score(fake: Gorgias, _ticket: dict[str, Any]) -> None:
    """An answer to a survey that was sent earlier."""
    sent = [key for key, each in fake.things["satisfaction-surveys"].items() if each["score"] is None]
    if sent:
        fake.put("satisfaction-surveys", fake.random.choice(sent), score=fake.random.randint(1, 5), scored_datetime=text(fake.now()))


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What the tickets that are neither in the bin nor spam say, their messages, and everybody's answers."""
    assert isinstance(fake, Gorgias)
    customers, surveys = fake.things["customers"], fake.things["satisfaction-surveys"].values()
    account = {key: (each["data"] or {}).get("account_id") for key, each in customers.items()}
    tickets = {key: each for key, each in fake.things["tickets"].items() if not each["trashed_datetime"] and not each["spam"]}
    messages = [each for each in fake.things["messages"].values() if each["ticket_id"] in tickets and not each["failed_datetime"]]
    return {
        "staged.account": {(each,) for each in account.values() if each},
        "staged.person": {
            (str(key), account[key], each["email"].split("@")[1], _moment(each["created_datetime"])) for key, each in customers.items()
        },
        "ticket": {_told(fake, each, account, messages) for each in tickets.values()},
        "ticket_message": {
            (str(each["id"]), str(each["ticket_id"]), _author(each), str(each["public"]).lower(), each["channel"], _moment(_sent(each)))
            for each in messages
        },
        "survey_response": {
            (str(each["id"]), "csat", f"{each['score']}.0", account[each["customer_id"]], str(each["customer_id"]),
             str(each["ticket_id"]), _moment(each["scored_datetime"]))
            for each in surveys if each["score"]
        },
    }  # fmt: skip


def _told(fake: Gorgias, ticket: dict[str, Any], account: dict[int, Any], messages: list[dict[str, Any]]) -> tuple[Any, ...]:
    of = [each for each in fake.things["events"].values() if each["object_id"] == ticket["id"]]
    closed = [each["created_datetime"] for each in of if each["type"] == "ticket-closed"]
    resolved = None if ticket["snooze_datetime"] else ticket["closed_datetime"]
    customer = ticket["customer"]["id"] if ticket["customer"] else None
    answers = [_sent(each) for each in messages if each["ticket_id"] == ticket["id"] and _author(each) == "agent" and each["public"]]
    return (
        str(ticket["id"]), account.get(customer), str(customer) if customer else None, ticket["subject"], ticket["channel"],
        ticket["priority"], "pending" if ticket["snooze_datetime"] else ticket["status"], ticket["status"],
        "[" + ",".join(f'"{name}"' for name in sorted(tag["name"] for tag in ticket["tags"])) + "]" if ticket["tags"] else None,
        (ticket["assignee_user"] or {}).get("name"), _moment(ticket["created_datetime"]),
        _moment(min((at for at in answers if at > ticket["created_datetime"]), default=None)),
        _moment(min(closed, default=resolved)), _moment(resolved),
        str(sum(each["type"] == "ticket-reopened" for each in of)),
    )  # fmt: skip


def _author(message: dict[str, Any]) -> str:
    return "customer" if not message["from_agent"] else "bot" if message["rule_id"] else "agent"


def _sent(message: dict[str, Any]) -> str:
    return str(message["sent_datetime"] or message["created_datetime"])


def _asked(row: dict[str, Any], told: Any) -> bool:
    """Whether an event is of the types and the time that are asked for."""
    types, since = told.getlist("types"), told.get("created_datetime[gte]")
    if types and row["type"] not in types:
        return False
    return not since or datetime.fromisoformat(row["created_datetime"] + "+00:00") >= datetime.fromisoformat(since)


def _check(kind: str, names: set[str], order: str, direction: str, limit: str) -> None:
    if kind not in _SORTED:
        raise Refusal(404, {"error": {"msg": "The requested URL was not found."}})
    if names - {"cursor", "limit", "order_by"} - ({"types", "created_datetime[gte]"} if kind == "events" else set()):
        raise _refused("Unknown field.")
    if order not in _SORTED[kind] or direction not in ("asc", "desc") or not 1 <= int(limit) <= 100:
        raise _refused("Not a valid choice.")


def _refused(said: str) -> Refusal:
    return Refusal(400, {"error": {"msg": said, "data": {}}})


def text(moment: datetime) -> str:
    """As Gorgias writes times: UTC, without saying so."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def _moment(told: str | None) -> str | None:
    if told is None:
        return None
    shown = datetime.fromisoformat(told).isoformat(" ")
    return (shown.rstrip("0") if "." in shown else shown) + "+00"
