"""Linear as its own schema describes it: connections by cursor, updatedAt filters, errors of GraphQL with status 200 or 400.

Where `../shared/specs/linear/schema.graphql` lies beside the repository, graphql-core judges each query and each answer by it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request

from tests.fakes import graphql
from tests.fakes.server import Answer, Fake, Refusal

BLOCK = "connector: linear\ntoken: ${LINEAR_TOKEN}"
SECRETS = {"LINEAR_TOKEN": "lin_api_5e3c7a1e_planted"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "segment", "owner", "lifecycle", "attrs.crm_id"),
    "objective": ("objective_id", "name", "owner", "parent_id", "ends_on"),
    "project": ("project_id", "name", "status", "owner", "objective_id", "target_at"),
    "cycle": ("cycle_id", "name", "team", "planned", "completed"),
    "work_item": ("work_item_id", "title", "kind", "team", "objective_id", "project_id", "cycle_id", "state", "state_type", "estimate",
                  "created_at", "completed_at"),
    "work_item_state": ("work_item_id", "state", "state_type", "entered_at", "left_at"),
    "idea": ("idea_id", "account_id", "title", "created_at", "processed_at"),
    "release": ("release_id", "name", "kind", "planned_at"),
    "document": ("document_id", "title", "owner", "in_trash"),
    "link": ("from_id", "to_id", "kind"),
}  # fmt: skip
SDL = Path(__file__).parents[3] / "shared/specs/linear/schema.graphql"
STATES = {"triage": "triage", "todo": "unstarted", "doing": "started", "done": "completed", "off": "canceled"}
MEANT = {"triage": "backlog", "unstarted": "unstarted", "started": "started", "completed": "completed", "canceled": "cancelled"}
_FIXED: dict[str, dict[str, dict[str, Any]]] = {
    "teams": {"t1": {"name": "Web", "key": "WEB"}, "t2": {"name": "App", "key": "APP"}},
    "users": {"u1": {"name": "Ana Silva"}, "u2": {"name": "Bo Ek"}},
    "workflowStates": {key: {"name": key.title(), "type": kind} for key, kind in STATES.items()},
    "issueLabels": {"l1": {"name": "Bug"}, "l2": {"name": "Feature"}, "l3": {"name": "Customer"}},
    "projectStatuses": {"p1": {"name": "Planned", "type": "planned"}, "p2": {"name": "Shipped", "type": "completed"}},
    "customerTiers": {"c1": {"displayName": "Enterprise"}, "c2": {"displayName": "Free"}},
    "customerStatuses": {"s1": {"displayName": "Active"}},
    "releasePipelines": {"r1": {"name": "Nightly"}},
    "releaseStages": {"g1": {"name": "Planned", "type": "planned"}},
}
_MADE = ("initiatives", "projects", "cycles", "customers", "issues", "customerNeeds", "releases", "documents")
_TIES = {"initiativeToProjects": ("initiative", "project"), "issueToReleases": ("issue", "release")}


class Linear(Fake):
    """Things by kind (the name of their query) and id, as GraphQL shows them; issues keep their states under `spans`."""

    page, sdl = 7, SDL
    status = 400  #: with which errors of GraphQL come

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.codes: list[str] = []  #: of the errors that come next, whatever is asked
        self.queries: list[str] = []
        self.lacking: tuple[str, ...] = ()  #: what the plan of the workspace has not
        self.things: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in (*_MADE, *_TIES)}
        for kind, found in _FIXED.items():
            self.things[kind] = {key: self._thing(key) | each for key, each in found.items()}

    def allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == SECRETS["LINEAR_TOKEN"]

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [("POST", "/graphql", self._graphql)]

    def _graphql(self, _request: Request, body: Any) -> Any:
        self.queries.append(body["query"])
        if self.codes:
            raise self.refusal("not now", code=self.codes.pop())
        if any(f"{kind}(" in body["query"] for kind in self.lacking):
            raise self.refusal("not in this plan", code="FEATURE_NOT_ACCESSIBLE")
        root: dict[str, Any] = {kind: self._connection(kind) for kind in self.things} | {"issue": self._issue, "issueCreate": self._create}
        data, wrong = graphql.answer(graphql.schema(self.sdl), body["query"], root, body["variables"])
        if wrong:
            raise self.refusal(*wrong)
        return {"data": data}

    def refusal(self, *messages: str, code: str = "GRAPHQL_VALIDATION_FAILED") -> Refusal:
        """Errors as GraphQL tells them."""
        return Refusal(self.status, {"errors": [{"message": each, "extensions": {"code": code}} for each in messages]})

    def _connection(self, kind: str) -> Callable[..., Any]:
        def resolve(_info: Any, *, first: int = 50, after: str | None = None, filter: Any = None, **told: Any) -> Any:  # noqa: A002
            since = _at((filter or {}).get("updatedAt", {}).get("gte", "1970-01-01T00:00:00Z"))
            order = told.get("orderBy", "createdAt")
            rows = [each for each in self.things[kind].values() if told.get("includeArchived") or not each["archivedAt"]]
            rows = [each for each in rows if _at(each["updatedAt"]) >= since]
            chosen = (filter or {}).get("id", {}).get("eq")
            rows = [each for each in rows if chosen in (None, each["id"])]
            rows.sort(key=lambda each: (each[order], each["id"]), reverse=True)
            return self._page(rows, min(first, self.page), after)

        return resolve

    def _create(self, _info: Any, *, input: dict[str, Any]) -> Any:  # noqa: A002
        """An issue under the id that the client chose; one that is taken is refused, as Linear does."""
        if input["id"] in self.things["issues"]:
            raise self.refusal("an issue with this id exists", code="INVALID_INPUT")
        if input["teamId"] not in self.things["teams"]:
            raise self.refusal("there is no such team", code="INVALID_INPUT")
        given = {"title": input["title"], "description": input["description"], "team": {"id": input["teamId"]}}
        usual = {"priorityLabel": "No priority", "labelIds": [], "project": None, "cycle": None, "estimate": None}
        made = self.put("issues", input["id"], **given, **usual, identifier=f"WEB-{self.number()}")
        made |= {"url": f"https://linear.example/issue/{input['id']}"}
        self.moved(input["id"], "triage")
        return {"success": True, "lastSyncId": 1.0, "issue": made}

    def _issue(self, _info: Any, *, id: str) -> Any:  # noqa: A002
        return self.things["issues"][id]

    def _page(self, rows: list[dict[str, Any]], size: int, after: str | None) -> dict[str, Any]:
        ids = [each["id"] for each in rows]
        if after is not None and after not in ids:
            raise self.refusal("the cursor is not known")
        begin = ids.index(after) + 1 if after else 0
        shown = rows[begin : begin + size]
        more = begin + size < len(rows)
        return {"nodes": shown, "pageInfo": {"hasNextPage": more, "endCursor": shown[-1]["id"] if shown else None}}

    def _thing(self, key: str) -> dict[str, Any]:
        return {"id": key, "createdAt": _text(self.now()), "updatedAt": _text(self.now()), "archivedAt": None}

    def put(self, kind: str, key: str, **fields: Any) -> dict[str, Any]:
        """Makes or changes a thing, now."""
        each = self.things[kind].setdefault(key, self._thing(key))
        each |= fields | {"updatedAt": _text(self.now())}
        return each

    def moved(self, key: str, state: str) -> None:
        """An issue comes into a state, an hour after it came into the last; what is left at once is a span of no length."""
        each = self.things["issues"][key]
        spans = each.setdefault("spans", [])
        at = _text(_at(spans[-1]["startedAt"]) + timedelta(hours=self.random.randrange(2))) if spans else each["createdAt"]
        if spans:
            spans[-1]["endedAt"] = at
        spans.append({"id": f"{key}-{len(spans)}", "stateId": state, "startedAt": at, "endedAt": None})
        self.put("issues", key, state={"id": state}, completedAt=at if state == "done" else None, canceledAt=at if state == "off" else None)

        def history(_info: Any, *, after: str | None = None, first: int = 50) -> Any:
            return self._page(spans, min(first, 3), after)

        each["stateHistory"] = history


def fake(seed: int, skew: timedelta = timedelta(0)) -> Linear:
    """Some of everything; all of one second, so that times are equal at the edges of pages."""
    made = Linear(seed, skew=skew)
    for kind in (*_MADE, *_TIES):
        for _ in range(12):
            _change(made, kind)
    for _ in range(25):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    assert isinstance(fake, Linear)
    _change(fake, fake.random.choice(["issues", "issues", "issues", *_MADE, *_TIES, "users", "teams"]))


def _change(fake: Linear, kind: str) -> None:
    pick, things = fake.random, fake.things[kind]
    known = [key for key, each in things.items() if not each["archivedAt"]]
    if kind in _FIXED:
        fake.put(kind, pick.choice(known), name=f"Name {pick.randrange(99)}")
    elif kind in _TIES:
        if len(known) > 8:
            del things[pick.choice(known)]
        one, other = _TIES[kind]
        fake.put(kind, f"{kind}-{fake.number():04}", **{one: _any(fake, f"{one}s"), other: _any(fake, f"{other}s")})
    elif len(known) > 8 and pick.random() < 0.15:
        gone = {"trashed": True} if kind not in ("cycles", "customers", "customerNeeds") and pick.random() < 0.6 else {}
        fake.put(kind, pick.choice(known), archivedAt=_text(fake.now()), **gone)
    else:
        key = pick.choice(known) if known and pick.random() < 0.5 else f"{kind}-{fake.number():04}"
        fake.put(kind, key, **_fields(fake, kind, key))
        if kind == "issues":
            fake.moved(key, pick.choice([*STATES]))


def _fields(fake: Linear, kind: str, key: str) -> dict[str, Any]:
    pick = fake.random
    day = f"2026-0{pick.randrange(1, 9)}-15"
    late = {"createdAt": "2026-01-05T08:00:00.000Z"} if pick.random() < 0.2 else {}
    many: dict[str, Callable[[], dict[str, Any]]] = {
        "initiatives": lambda: {"owner": _any(fake, "users"), "status": "Active", "targetDate": day, "parentInitiative": None},
        "projects": lambda: {"lead": _any(fake, "users"), "status": _any(fake, "projectStatuses"), "targetDate": day, "url": "https://l"},
        "cycles": lambda: {"team": _any(fake, "teams"), "number": 4, "name": pick.choice([None, "Sprint é"]), "scopeHistory": [8, 9],
                           "startsAt": f"{day}T00:00:00.000Z", "endsAt": f"{day}T09:00:00.000Z",
                           "completedScopeHistory": [0, pick.randrange(9)]},
        "customers": lambda: {"domains": [f"{key}.example"], "externalIds": [f"x{key}"], "mainSourceId": None,
                              "owner": _any(fake, "users"), "tier": _any(fake, "customerTiers"), "status": {"id": "s1"}},
        "issues": lambda: {"title": f"Issue {pick.randrange(999)} é", "identifier": key, "url": "https://l", "priorityLabel": "High",
                           "estimate": pick.choice([None, 1, 2.5]), "labelIds": pick.sample(["l1", "l3"], pick.randrange(3)),
                           "team": _any(fake, "teams"), "project": _any(fake, "projects"), "cycle": _any(fake, "cycles")} | late,
        "customerNeeds": lambda: {"priority": 1, "customer": _any(fake, "customers"), "issue": _any(fake, "issues"), "project": None},
        "releases": lambda: {"pipeline": {"id": "r1"}, "stage": {"id": "g1"}, "targetDate": day, "version": key},
        "documents": lambda: {"title": f"Page {pick.randrange(99)}", "url": "https://l", "creator": _any(fake, "users")},
    }  # fmt: skip
    return ({} if kind == "cycles" else {"name": f"{kind} {pick.randrange(999)}"}) | many[kind]()


def _any(fake: Linear, kind: str) -> dict[str, str]:
    return {"id": fake.random.choice([key for key, each in fake.things[kind].items() if not each["archivedAt"]])}


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What the things that are not in the trash say."""
    assert isinstance(fake, Linear)
    live = {
        kind: {
            key: each
            for key, each in found.items()
            if not (each["archivedAt"] if kind == "customers" else each.get("trashed") and kind != "documents")
        }
        for kind, found in fake.things.items()
    }

    def name(kind: str, tie: dict[str, str], field: str = "name") -> Any:
        return fake.things[kind][tie["id"]][field]

    within: dict[str, str] = {}
    for tie in sorted(live["initiativeToProjects"].values(), key=lambda each: (each["createdAt"], each["id"])):
        if tie["initiative"]["id"] in live["initiatives"]:
            within.setdefault(tie["project"]["id"], tie["initiative"]["id"])
    issues, needs = live["issues"], live["customerNeeds"]
    asked = {(key, of["issue"]["id"], "asked for in") for key, of in needs.items() if of["issue"]["id"] in issues}
    ties = [(of["issue"]["id"], of["release"]["id"], "shipped in") for of in live["issueToReleases"].values()]
    of_need = {key: issues.get(of["issue"]["id"], {}) for key, of in needs.items()}
    return {
        "staged.account": {(key, of["name"], of["domains"][0], name("customerTiers", of["tier"], "displayName"), name("users", of["owner"]),
                            "Active", of["externalIds"][0]) for key, of in live["customers"].items()},
        "objective": {(key, of["name"], name("users", of["owner"]), None, of["targetDate"]) for key, of in live["initiatives"].items()},
        "project": {(key, of["name"], name("projectStatuses", of["status"]), name("users", of["lead"]), within.get(key),
                     f"{of['targetDate']} 00:00:00+00") for key, of in live["projects"].items()},
        "cycle": {(key, of["name"] or "Cycle 4", name("teams", of["team"]), f"{of['scopeHistory'][0]}.0",
                   f"{of['completedScopeHistory'][-1]}.0") for key, of in live["cycles"].items()},
        "work_item": {(key, of["title"], "bug" if "l1" in of["labelIds"] else None, name("teams", of["team"]),
                       within.get(of["project"]["id"]), of["project"]["id"], of["cycle"]["id"], of["state"]["id"].title(),
                       MEANT[STATES[of["state"]["id"]]], of["estimate"] and str(float(of["estimate"])), _moment(of["createdAt"]),
                       _moment(of["completedAt"])) for key, of in issues.items()},
        "work_item_state": {(key, span["stateId"].title(), MEANT[STATES[span["stateId"]]], _moment(span["startedAt"]),
                             _moment(span["endedAt"])) for key, of in issues.items() for span in of["spans"]
                            if span["startedAt"] != span["endedAt"]},
        "idea": {(key, of["customer"]["id"], of_need[key].get("title"), _moment(of["createdAt"]), _moment(
            of_need[key].get("completedAt") or of_need[key].get("canceledAt") or of["archivedAt"])) for key, of in needs.items()},
        "release": {(key, of["name"], "Nightly", f"{of['targetDate']} 00:00:00+00") for key, of in live["releases"].items()},
        "document": {(key, of["title"], name("users", of["creator"]), str(bool(of.get("trashed"))).lower())
                     for key, of in live["documents"].items()},
        "link": asked | {tie for tie in ties if tie[0] in issues and tie[1] in live["releases"]},
    }  # fmt: skip


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(text: str | None) -> str | None:
    return _at(text).strftime("%Y-%m-%d %H:%M:%S+00") if text else None
