"""Productboard's API v2 as documented: entities by type, notes by the time of their change, relationships, cursors that soon expire."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal

BLOCK = """
connector: productboard
token: ${PRODUCTBOARD_TOKEN}
account: {segment: f-1}
"""
SECRETS = {"PRODUCTBOARD_TOKEN": "pb_5e3c7a1e_planted"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "segment", "attrs.crm_id"),
    "staged.person": ("person_id", "account_id", "email_domain"),
    "feature": ("feature_id", "name", "area", "owner", "released_at"),
    "objective": ("objective_id", "name", "owner", "parent_id", "ends_on"),
    "release": ("release_id", "name", "kind", "feature_ids", "planned_at", "released_at"),
    "idea": ("idea_id", "account_id", "person_id", "feature_id", "title", "created_at", "processed_at"),
    "link": ("from_id", "to_id", "kind"),
}
#: The types of entities, and the types of which one is the parent.
TYPES: dict[str, tuple[str, ...]] = {
    "product": (),
    "component": ("product",),
    "feature": ("component", "product"),
    "subfeature": ("feature",),
    "objective": (),
    "keyResult": ("objective",),
    "initiative": (),
    "releaseGroup": (),
    "release": ("releaseGroup",),
    "company": (),
    "user": ("company",),
}
_LINKED = {"feature": ("release", "objective"), "subfeature": ("release",), "initiative": ("objective",), "note": ("feature", "subfeature")}
_FILTERS = {
    "entities": {"type[]", "pageCursor"},
    "notes": {"updatedFrom", "fields[]", "pageCursor", "metadata[source][system]", "metadata[source][recordId]"},
    "members": {"pageCursor"},
}
_OUT = ("Released", "Planned")


class Productboard(Fake):
    """Things by id: type, fields, parent (an id or none), links (ids), and for notes the customer."""

    page = 5
    #: What the next cursors that come back are: "expired", or "repeated" (the first page's again).
    traps: list[str]

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.things: dict[str, dict[str, Any]] = {}
        self.members = {"m1": "Ana Silva", "m2": "Bo Ek"}
        self.traps = []

    def allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {SECRETS['PRODUCTBOARD_TOKEN']}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("GET", "/members", self._members),
            ("GET", "/{kind}", self._list),
            ("POST", "/notes", self._create),
            ("GET", "/{kind}/{id}/relationships", self._relationships),
        ]

    def live(self, *types: str) -> dict[str, dict[str, Any]]:
        """The things of these types that are there."""
        return {key: each for key, each in self.things.items() if each["type"] in types}

    def _members(self, request: Request, _body: Any) -> Any:
        rows = [{"id": key, "type": "member", "fields": {"name": name, "role": "maker"}} for key, name in self.members.items()]
        return self._paged(request, "members", rows)

    def _list(self, request: Request, _body: Any) -> Any:
        kind, told = request.path_params["kind"], request.query_params
        if kind not in _FILTERS or not set(told) <= _FILTERS[kind] or (kind == "entities" and told.get("type[]") not in TYPES):
            raise Refusal(400, {"errors": [{"code": "validation.invalid", "title": "that filter is none"}]})
        found = self.live(told["type[]"] if kind == "entities" else "note")
        for name in ("system", "recordId"):
            if asked := told.get(f"metadata[source][{name}]"):
                found = {key: each for key, each in found.items() if each["metadata"].get("source", {}).get(name) == asked}
        since = told.get("updatedFrom", "")
        rows = [self._shown(key, each, told.getlist("fields[]")) for key, each in found.items() if each["updatedAt"] >= since]
        rows.sort(key=lambda row: (row["createdAt"], row["id"]), reverse=True)
        return self._paged(request, kind, rows)

    def _create(self, _request: Request, body: Any) -> Any:
        """A note; nobody chooses its id, and nothing keeps a second one of the same source away."""
        told = body["data"]
        if told["type"] not in ("textNote", "conversationNote") or not told["fields"].get("name"):
            raise Refusal(400, {"errors": [{"code": "validation.invalid", "title": "a note needs a type and a name"}]})
        key = f"note-{self.number()}"
        source = (told.get("metadata") or {}).get("source") or {}
        whole = dict.fromkeys(("system", "recordId", "url")) | source  # an answer names all three, the address too
        self.put("note", key, fields=told["fields"], metadata={"source": whole})
        links = {"self": f"{self.url}/notes/{key}", "html": f"https://productboard.example/notes/{key}"}
        return {"data": {"id": key, "type": told["type"], "fields": told["fields"], "links": links}}

    def _relationships(self, request: Request, _body: Any) -> Any:
        each = self.things.get(request.path_params["id"])
        if each is None:
            raise Refusal(404, {"errors": [{"code": "resource.notFound"}]})
        return self._paged(request, f"{request.path_params['kind']}/{each['id']}/relationships", self._ties(each))

    def _paged(self, request: Request, path: str, rows: list[Any]) -> dict[str, Any]:
        """A page from where the cursor says, and the link to the next, which keeps what was asked."""
        told = request.query_params
        trap = self.traps.pop() if self.traps and "pageCursor" in told else ""
        if trap == "expired":
            raise Refusal(400, {"errors": [{"code": "pagination.cursorExpired"}]})
        keys = [row.get("id") or row["target"]["id"] for row in rows]
        begin = 1 + max((at for at, key in enumerate(keys) if key == told.get("pageCursor")), default=-1)
        shown, last = rows[begin : begin + self.page], begin + self.page - 1
        after = told.get("pageCursor") if trap == "repeated" else keys[last] if last < len(rows) - 1 else None
        query = "&".join(f"{name}={value}" for name, value in told.multi_items() if name != "pageCursor")
        return {"data": shown, "links": {"next": f"http://api.example/v2/{path}?{query}&pageCursor={after}" if after else None}}

    def _ties(self, each: dict[str, Any]) -> list[dict[str, Any]]:
        tied = [("parent", each["parent"]), ("customer", each.get("customer")), *(("link", to) for to in each["links"])]
        found = [(kind, self.things[to]) for kind, to in tied if to in self.things]
        return [{"type": kind, "target": {"id": to["id"], "type": to["type"]}} for kind, to in found]

    def _shown(self, key: str, each: dict[str, Any], names: list[str]) -> dict[str, Any]:
        """A thing with the first of its relationships; some come without any, which have to be asked for."""
        fields = {name: value for name, value in each["fields"].items() if value is not None and (not names or name in names)}
        row = {name: each[name] for name in ("id", "type", "metadata", "createdAt", "updatedAt")} | {"fields": fields}
        row["links"] = {"html": f"https://productboard.example/notes/{key}"}
        ties = self._ties(each)
        kind = "notes" if each["type"] == "note" else "entities"
        more = f"http://api.example/v2/{kind}/{key}/relationships?pageCursor={ties[1]['target']['id']}" if len(ties) > 2 else None
        return row if key.endswith("3") else row | {"relationships": {"data": ties[:2], "links": {"next": more}}}

    def put(self, kind: str, key: str, **told: Any) -> None:
        """Makes or changes a thing, now."""
        now = _text(self.now())
        new = {"id": key, "type": kind, "metadata": {}, "fields": {}, "parent": None, "links": [], "createdAt": now}
        self.things.setdefault(key, new).update(told, updatedAt=now)

    def remove(self, key: str) -> None:
        """Deletes a thing with all that lies beneath it."""
        del self.things[key]
        for below in [each["id"] for each in self.things.values() if each["parent"] == key]:
            self.remove(below)


def fake(seed: int, skew: timedelta = timedelta(0)) -> Productboard:
    """Some of everything; all of one second, so that times are equal at the edges of pages."""
    made = Productboard(seed, skew=skew)
    for kind in (*TYPES, "note"):
        for _ in range(6):
            _change(made, kind, "")
    for _ in range(30):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    assert isinstance(fake, Productboard)
    pick = fake.random
    kind = pick.choice([*TYPES, "note", "note", "note", "feature"])
    known = [*fake.live(kind)]
    if kind in ("user", "release", "subfeature", "keyResult", "company") and len(known) > 6 and pick.random() < 0.4:
        fake.remove(pick.choice(known))
    else:
        _change(fake, kind, pick.choice(known) if known and pick.random() < 0.5 else "")


def _change(fake: Productboard, kind: str, key: str) -> None:
    pick = fake.random
    key = key or f"{kind}-{fake.number():04}"
    parents, ends = [*fake.live(*TYPES.get(kind, ()))], f"2026-0{pick.randrange(1, 9)}-15"
    linked = [*fake.live(*_LINKED.get(kind, ()))]
    fields: dict[str, Any] = {"name": f"{kind} {pick.randrange(999)} é", "description": "<p>what people wrote</p>"}
    told: dict[str, Any] = {"parent": pick.choice(parents) if parents else None, "links": pick.sample(linked, min(len(linked), 3))}
    if kind == "note":
        fields |= {"content": "what a customer wrote", "processed": pick.random() < 0.5, "archived": False}
        told |= {"customer": pick.choice([None, *fake.live("user", "company")])}
        told |= {"createdAt": "2026-01-05T08:00:00.000Z"} if pick.random() < 0.2 else {}
    elif kind == "company":
        fields |= {"domain": f"{key}.example", "f-1": pick.choice([{"id": "o1", "name": "Enterprise"}, "small", None])}
        told |= {"metadata": {"source": {"system": "salesforce", "recordId": f"00{key}"}}}
    elif kind == "user":
        fields["email"] = f"{key}@{told['parent']}.example"
    else:
        fields |= {"owner": {"id": pick.choice(["m1", "m2"]), "email": "o@us.example"}, "status": {"id": "s", "name": pick.choice(_OUT)}}
        fields["timeframe"] = {"startDate": "2026-01-01", "endDate": ends, "granularity": "month"}
    fake.put(kind, key, fields=fields, **told)


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What the things that are there say."""
    assert isinstance(fake, Productboard)
    things = fake.things

    def linked(each: dict[str, Any], *types: str) -> list[str]:
        return sorted(to for to in each["links"] if to in things and things[to]["type"] in types)

    def parent(each: dict[str, Any]) -> Any:
        return things.get(each["parent"])

    def end(each: dict[str, Any]) -> str:
        return f"{each['fields']['timeframe']['endDate']} 00:00:00+00"

    def is_out(each: dict[str, Any]) -> bool:
        return bool(each["fields"]["status"]["name"] == "Released")

    found: dict[str, set[tuple[Any, ...]]] = {table: set() for table in COMPARED}
    for key, each in things.items():
        of, kind = each["fields"], each["type"]
        name, owner = of["name"], fake.members.get((of.get("owner") or {}).get("id"))
        if kind == "company":
            segment = of["f-1"]["name"] if isinstance(of["f-1"], dict) else of["f-1"]
            found["staged.account"].add((key, name, of["domain"], segment, f"00{key}"))
        elif kind == "user":
            found["staged.person"].add((key, each["parent"], of["email"].split("@")[1]))
        elif kind in ("feature", "subfeature"):
            area = parent(each) if kind == "feature" else parent(parent(each))
            out = [end(things[to]) for to in linked(each, "release") if is_out(things[to])] or [end(each)] * is_out(each)
            found["feature"].add((key, name, area["fields"]["name"], owner, min(out, default=None)))
            found["link"] |= {(key, to, "shipped in") for to in linked(each, "release")}
            found["link"] |= {(key, to, "serves") for to in linked(each, "objective")}
        elif kind in ("objective", "keyResult", "initiative"):
            upper = each["parent"] or next(iter(linked(each, "objective")), None)
            found["objective"].add((key, name, owner, upper, end(each)[:10]))
        elif kind == "release":
            held = ", ".join(sorted(at for at, one in fake.live("feature", "subfeature").items() if key in one["links"])) or None
            found["release"].add((key, name, parent(each)["fields"]["name"], held, end(each), end(each) if is_out(each) else None))
        elif kind == "note":
            user = things.get(each["customer"]) if each["customer"] else None
            company = user and (user["parent"] if user["type"] == "user" else user["id"])
            wanted = linked(each, "feature", "subfeature")
            done = _moment(each["updatedAt"]) if of["processed"] else None
            person = user["id"] if user and user["type"] == "user" else None
            found["idea"].add((key, company, person, next(iter(wanted), None), name, _moment(each["createdAt"]), done))
            found["link"] |= {(key, to, "asked for in") for to in wanted}
    return found


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S+00")
