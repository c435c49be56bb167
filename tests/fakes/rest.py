"""An API of nobody's, each of whose lists comes in pages of another way: the `rest` connector is told of them in its block."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from tests.fakes.server import Answer, Fake, Refusal

BLOCK = """
connector: rest
auth: bearer
token: ${SHOP_TOKEN}
headers: {Api-Version: 2}
streams:
  customers:
    path: v1/customers
    rows: data.items
    id: id
    paging: {cursor: meta.next_cursor, param: cursor}
    changes: {param: updated_since, field: updated_at, ascending: true}
    deleted: archived
    drop: [notes, contact.phone]
  users:
    path: v1/users
    rows: users
    id: [customer, number]
    paging: {next: links.next}
  tickets:
    path: v1/tickets/search
    method: POST
    body: {fields: [subject, state]}
    rows: hits
    id: key
    paging: {offset: page.offset, limit: page.limit, size: 10}
    changes: {param: filter.changed_at, field: changed_at, format: epoch_ms}
    deleted: {state: [removed]}
  scores:
    path: v1/scores
    id: id
    paging: {page: page, first: 0, limit: per_page, size: 5}
  actions:
    path: v1/actions
    id: id
    paging: {next: Link header}
    changes: {param: day, field: received, format: date}
    grows: true
  plans: {path: v1/plans, rows: plans, id: code}
tables:
  account:
    stream: customers
    join: {plans: {stream: plans, on: {plan: code}}}
    columns: {account_id: id, name: name, domain: lower(contact.site), plan: plans.label, seats: seats, created_at: created_at}
    attrs: {city: contact.city}
  person:
    stream: users
    columns: {person_id: "customer || '-' || number", account_id: customer, email: mail, role: role}
  ticket:
    stream: tickets
    columns: {ticket_id: key, account_id: customer, subject: subject, status: state, created_at: opened}
  survey_response:
    stream: scores
    where: score IS NOT NULL
    columns: {response_id: id, kind: "'nps'", score: score, account_id: customer, responded_at: given}
  event:
    stream: actions
    columns: {event_id: id, event_name: what, account_id: customer, occurred_at: at}
"""
SECRETS = {"SHOP_TOKEN": "shop-61f0a2-planted"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "plan", "seats", "created_at", "attrs.city"),
    "staged.person": ("person_id", "account_id", "email_domain", "role"),
    "ticket": ("ticket_id", "account_id", "subject", "status", "created_at"),
    "survey_response": ("response_id", "account_id", "score", "responded_at"),
    "event": ("event_id", "account_id", "event_name", "occurred_at"),
}
PLANS = {"s": "Small", "l": "Large"}
_PAGE = 7


class Shop(Fake):
    """Rows of each list by id, in the order of their ids."""

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.lists: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in ("customers", "users", "tickets", "scores", "actions")}

    def allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {SECRETS['SHOP_TOKEN']}" and request.headers.get("Api-Version") == "2"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("GET", "/v1/customers", self._customers),
            ("GET", "/v1/users", self._users),
            ("POST", "/v1/tickets/search", self._tickets),
            ("GET", "/v1/scores", self._scores),
            ("GET", "/v1/actions", self._actions),
            ("GET", "/v1/plans", lambda _request, _body: {"plans": [{"code": code, "label": label} for code, label in PLANS.items()]}),
        ]

    def _customers(self, request: Request, _body: Any) -> Any:
        """By a cursor; what has changed comes with the oldest first."""
        told = _only(request, "cursor", "updated_since")
        since = told.get("updated_since", "")
        if since and not since.endswith("Z"):
            raise Refusal(400, {"message": "updated_since is no time"})
        rows = sorted((row["updated_at"], key, row) for key, row in self.lists["customers"].items() if row["updated_at"] >= since)
        at, _, key = told.get("cursor", "~").partition("~")
        left = [row for updated, own, row in rows if (updated, own) > (at, key)]
        last = left[_PAGE - 1] if len(left) > _PAGE else None
        return {"data": {"items": left[:_PAGE]}, "meta": {"next_cursor": f"{last['updated_at']}~{last['id']}" if last else None}}

    def _users(self, request: Request, _body: Any) -> Any:
        """The answer holds the address of the next page."""
        after = _only(request, "after").get("after", "")
        left = [(key, row) for key, row in sorted(self.lists["users"].items()) if key > after]
        following = f"{self.url}/v1/users?after={left[_PAGE - 1][0]}" if len(left) > _PAGE else None
        return {"users": [row for _, row in left[:_PAGE]], "links": {"next": following}}

    def _tickets(self, _request: Request, body: Any) -> Any:
        """So many rows are skipped; no more than a page's are given, however many are asked for."""
        if set(body) - {"fields", "filter", "page"} or set(body["page"]) != {"offset", "limit"} or body["fields"] != ["subject", "state"]:
            raise Refusal(422, {"message": "that search is none"})
        since = body.get("filter", {}).get("changed_at", 0)
        rows = [row for _, row in sorted(self.lists["tickets"].items()) if row["changed_at"] >= since]
        return {"hits": rows[body["page"]["offset"] :][: min(_PAGE, body["page"]["limit"])]}

    def _scores(self, request: Request, _body: Any) -> Any:
        """Pages have numbers; the answer is the list."""
        told = _only(request, "page", "per_page")
        size = int(told["per_page"])
        return [row for _, row in sorted(self.lists["scores"].items())][int(told["page"]) * size :][:size]

    def _actions(self, request: Request, _body: Any) -> Any:
        """The answer's head names the next page."""
        told = _only(request, "day", "after")
        day, after = told.get("day", ""), told.get("after", "")
        left = [(key, row) for key, row in sorted(self.lists["actions"].items()) if row["received"][:10] >= day and key > after]
        link = f'</v1/actions?day={day}&after={left[_PAGE - 1][0]}>; rel="next"' if len(left) > _PAGE else ""
        return JSONResponse([row for _, row in left[:_PAGE]], headers={"Link": link} if link else {})


def _only(request: Request, *names: str) -> dict[str, str]:
    if set(request.query_params) - set(names):
        raise Refusal(400, {"message": "a parameter is unknown"})
    return dict(request.query_params)


def fake(seed: int, skew: timedelta = timedelta(0)) -> Shop:
    """Some of everything; all of one second."""
    made = Shop(seed, skew=skew)
    for _ in range(110):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    assert isinstance(fake, Shop)
    pick, name = fake.random, fake.random.choice([*fake.lists])
    rows, now = fake.lists[name], fake.now()
    known = [key for key, row in rows.items() if not row.get("archived") and row.get("state") != "removed"]
    old = pick.choice(known) if known and name != "actions" and pick.random() < 0.5 else None
    if old and pick.random() < 0.3:
        _delete(name, rows, old, now)
        return
    key = old or f"{name[0]}{1000 + fake.number()}"
    customer = pick.choice([*fake.lists["customers"]] or [None])
    made = {"created_at": _text(now)} | (rows[key] if old else {})
    rows[key] = made | _said(fake, name, key, customer, now)


def _delete(name: str, rows: dict[str, dict[str, Any]], key: str, now: datetime) -> None:
    if name == "customers":
        rows[key] |= {"archived": True, "updated_at": _text(now)}
    elif name == "tickets":
        rows[key] |= {"state": "removed", "changed_at": _ms(now)}
    else:
        del rows[key]


def _said(fake: Shop, name: str, key: str, customer: str | None, now: datetime) -> dict[str, Any]:
    pick, late = fake.random, _text(now - timedelta(days=fake.random.randrange(40)))
    site = {"site": f"Firm{key}.example", "phone": "0", "city": pick.choice(["Łódź", "Oslo"])}
    more = {"plan": pick.choice(["s", "l", "?"]), "seats": pick.randrange(1, 99), "notes": "ask bo@ex.example", "archived": False}
    return {
        "customers": {"id": key, "name": f"Firm {pick.randrange(999)} é", "updated_at": _text(now), "contact": site} | more,
        "users": {"customer": customer or "c0", "number": int(key[1:]), "mail": f"p{key}@{key}.example", "role": pick.choice(["PM", None])},
        "tickets": {
            "key": key, "customer": customer, "subject": f"Help {pick.randrange(99)}", "state": pick.choice(["open", "closed"]),
            "opened": late, "changed_at": _ms(now),
        },
        "scores": {"id": key, "score": pick.choice([0, 7, 10, None]), "customer": customer, "given": late},
        "actions": {"id": key, "what": pick.choice(["opened", "saved"]), "customer": customer, "at": late, "received": _text(now)},
    }[name]  # fmt: skip


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What the rows that are not deleted say."""
    assert isinstance(fake, Shop)
    of = {name: [*rows.values()] for name, rows in fake.lists.items()}
    return {
        "staged.account": {
            (
                row["id"], row["name"], row["contact"]["site"].lower(), PLANS.get(row["plan"]), str(row["seats"]),
                _moment(row["created_at"]), row["contact"]["city"],
            )
            for row in of["customers"] if not row["archived"]
        },
        "staged.person": {
            (f"{row['customer']}-{row['number']}", row["customer"], row["mail"].split("@")[1], row["role"]) for row in of["users"]
        },
        "ticket": {
            (row["key"], row["customer"], row["subject"], row["state"], _moment(row["opened"]))
            for row in of["tickets"] if row["state"] != "removed"
        },
        "survey_response": {
            (row["id"], row["customer"], f"{row['score']}.0", _moment(row["given"])) for row in of["scores"] if row["score"] is not None
        },
        "event": {(row["id"], row["customer"], row["what"], _moment(row["at"])) for row in of["actions"]},
    }  # fmt: skip


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S+00")
