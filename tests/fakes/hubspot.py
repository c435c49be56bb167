"""HubSpot as documented: objects by page, search that ends at 10,000, archived objects listed apart, the history of stages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal

BLOCK = """
connector: hubspot
token: ${HUBSPOT_TOKEN}
account: {external_id: account_id, segment: size}
"""
SECRETS = {"HUBSPOT_TOKEN": "pat-na1-5e3c7a1e-planted"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "segment", "owner", "created_at"),
    "staged.person": ("person_id", "account_id", "email_domain", "role"),
    "opportunity": (
        "opportunity_id",
        "account_id",
        "name",
        "amount",
        "currency",
        "type",
        "stage",
        "is_won",
        "is_closed",
        "created_at",
        "owner",
    ),
    "opportunity_stage": ("opportunity_id", "stage", "entered_at", "left_at"),
}
STAGES = {"s1": "Qualified", "s2": "Proposal", "won": "Won", "lost": "Lost"}
_CHANGED = {"companies": "hs_lastmodifieddate", "contacts": "lastmodifieddate", "deals": "hs_lastmodifieddate"}


class HubSpot(Fake):
    """Objects by kind and id: {"properties": …, "archived": …}, deals also with "stages" (newest first) and "companies"."""

    page, most = 7, 10_000

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.objects: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _CHANGED}
        self.owners = {"71": ("Ana", "Silva"), "72": ("Bo", "Ek")}

    def allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {SECRETS['HUBSPOT_TOKEN']}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("GET", "/crm/v3/owners", self._owners),
            ("GET", "/crm/v3/pipelines/deals", self._pipelines),
            ("GET", "/crm/v3/objects/{kind}", self._list),
            ("POST", "/crm/v3/objects/{kind}/search", self._search),
            ("POST", "/crm/v3/objects/{kind}/batch/read", self._read),
            ("POST", "/crm/v4/associations/deals/companies/batch/read", self._associations),
        ]

    def _list(self, request: Request, _body: Any) -> Any:
        told, kind = request.query_params, request.path_params["kind"]
        if not 1 <= int(told.get("limit", 10)) <= (50 if "propertiesWithHistory" in told else 100):
            raise Refusal(400, {"message": "limit is too large"})
        archived = told.get("archived") == "true"
        found = [
            (key, each) for key, each in sorted(self.objects[kind].items()) if each["archived"] == archived and key > told.get("after", "")
        ]
        rows = [self._shown(key, each, told.get("properties", "").split(","), "propertiesWithHistory" in told) for key, each in found]
        return _paged(rows[: self.page], found[self.page - 1][0] if len(rows) > self.page else None)

    def _search(self, request: Request, body: Any) -> Any:
        for name in ("after", "filterGroups", "limit", "properties", "sorts"):
            if name not in body:
                raise Refusal(400, {"message": f"{name} is missing"})
        kind = request.path_params["kind"]
        told = body["filterGroups"][0]["filters"][0]
        if told["propertyName"] != _CHANGED[kind] or told["operator"] != "GTE" or not isinstance(told["value"], str):
            raise Refusal(400, {"message": "that filter is none"})
        changed = {key: _ms(each["properties"][_CHANGED[kind]]) for key, each in self.objects[kind].items() if not each["archived"]}
        ids = sorted((at, key) for key, at in changed.items() if at >= int(told["value"]))
        after, size = int(body["after"]), min(body["limit"], self.page)
        if after >= self.most:
            raise Refusal(400, {"message": "no more than that"})
        rows = [self._shown(key, self.objects[kind][key], body["properties"], history=False) for _, key in ids[after : after + size]]
        return _paged(rows, str(after + size) if len(ids) > after + size else None)

    def _read(self, request: Request, body: Any) -> Any:
        kind, history = request.path_params["kind"], "dealstage" in body["propertiesWithHistory"]
        found = [(one["id"], self.objects[kind].get(one["id"])) for one in body["inputs"]]
        return {"results": [self._shown(key, each, body["properties"], history) for key, each in found if each and not each["archived"]]}

    def _associations(self, _request: Request, body: Any) -> Any:
        deals = [(one["id"], self.objects["deals"][one["id"]]) for one in body["inputs"]]
        return {"results": [{"from": {"id": key}, "to": [{"toObjectId": int(each)} for each in deal["companies"]]} for key, deal in deals]}

    def _owners(self, _request: Request, _body: Any) -> Any:
        rows = [
            {"id": key, "firstName": first, "lastName": last, "email": f"{first}@us.example"} for key, (first, last) in self.owners.items()
        ]
        return {"results": rows}

    def _pipelines(self, _request: Request, _body: Any) -> Any:
        stages = [{"id": key, "label": label, "metadata": {}} for key, label in STAGES.items()]
        return {"results": [{"id": "default", "label": "Sales", "stages": stages}]}

    def _shown(self, key: str, each: dict[str, Any], names: list[str], history: bool) -> dict[str, Any]:
        """The properties that are asked for, and those that always come."""
        shown = {name: each["properties"].get(name) for name in {*names, "createdate", _CHANGED[self._kind(each)]} if name}
        row: dict[str, Any] = {"id": key, "properties": shown, "archived": each["archived"]}
        return row | ({"propertiesWithHistory": {"dealstage": each["stages"]}} if history else {})

    def _kind(self, each: dict[str, Any]) -> str:
        return next(kind for kind, found in self.objects.items() if any(one is each for one in found.values()))

    def put(self, kind: str, key: str, **properties: Any) -> dict[str, Any]:
        """Makes or changes an object, now."""
        each = self.objects[kind].setdefault(
            key, {"properties": {"createdate": _text(self.now())}, "archived": False, "stages": [], "companies": []}
        )
        before = each["properties"].get("dealstage")
        each["properties"] |= properties | {_CHANGED[kind]: _text(self.now())}
        if kind == "deals" and properties.get("dealstage", before) != before:
            at = _text(datetime.fromisoformat(each["stages"][0]["timestamp"]) + timedelta(hours=1) if each["stages"] else self.now())
            each["stages"].insert(0, {"value": properties["dealstage"], "timestamp": at, "sourceType": "CRM_UI"})
        return each


def fake(seed: int, skew: timedelta = timedelta(0)) -> HubSpot:
    """Some companies, people and deals; all of one second, so that times are equal at the edges of pages."""
    made = HubSpot(seed, skew=skew)
    for _ in range(40):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    assert isinstance(fake, HubSpot)
    pick = fake.random
    kind = pick.choice(["companies", "contacts", "deals", "deals"])
    known = [key for key, each in fake.objects[kind].items() if not each["archived"]]
    if known and pick.random() < 0.12:
        fake.objects[kind][pick.choice(known)]["archived"] = True
        return
    key = pick.choice(known) if known and pick.random() < 0.5 else str(1000 + fake.number())
    companies = [each for each, found in fake.objects["companies"].items() if not found["archived"]]
    if kind == "companies":
        fake.put(
            kind,
            key,
            name=f"Firm {pick.randrange(999)} é",
            domain=f"firm{key}.example",
            size=pick.choice(["small", "large"]),
            hubspot_owner_id="71",
        )
    elif kind == "contacts":
        owner = pick.choice(companies) if companies else None
        fake.put(kind, key, email=f"p{key}@firm{owner or 0}.example", jobtitle=pick.choice(["CEO", "PM", None]), associatedcompanyid=owner)
    else:
        stage = pick.choice([*STAGES])
        deal = fake.put(
            kind, key, dealname=f"Deal {key}", amount=str(pick.randrange(100, 9999)), deal_currency_code="EUR", dealstage=stage,
            dealtype=pick.choice(["newbusiness", "existingbusiness"]), hubspot_owner_id="72", closedate=_text(fake.now()),
            hs_is_closed=str(stage in ("won", "lost")).lower(), hs_is_closed_won=str(stage == "won").lower(),
        )  # fmt: skip
        deal["companies"] = [pick.choice(companies)] if companies else []


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What the objects that are not archived say."""
    assert isinstance(fake, HubSpot)
    live = {kind: {key: one for key, one in found.items() if not one["archived"]} for kind, found in fake.objects.items()}
    company, person, deal = (((key, one["properties"]) for key, one in live[kind].items()) for kind in ("companies", "contacts", "deals"))
    accounts = {(key, of["name"], of["domain"], of["size"], "Ana Silva", _moment(of["createdate"])) for key, of in company}
    people = {(key, of["associatedcompanyid"], of["email"].split("@")[1], of["jobtitle"]) for key, of in person}
    words = {"newbusiness": "new", "existingbusiness": "expansion"}
    deals = {
        (
            key, next(iter(live["deals"][key]["companies"]), None), of["dealname"], f"{of['amount']}.0000", "EUR", words[of["dealtype"]],
            STAGES[of["dealstage"]], of["hs_is_closed_won"], of["hs_is_closed"], _moment(of["createdate"]), "Bo Ek",
        )
        for key, of in deal
    }  # fmt: skip
    stages = set()
    for key, one in live["deals"].items():
        entries = sorted((_moment(entry["timestamp"]), STAGES[entry["value"]]) for entry in one["stages"])
        ends = [at for at, _ in entries[1:]] + [None]
        stages |= {(key, stage, at, end) for (at, stage), end in zip(entries, ends, strict=True)}
    return {"staged.account": accounts, "staged.person": people, "opportunity": deals, "opportunity_stage": stages}


def _paged(rows: list[Any], after: str | None) -> dict[str, Any]:
    return {"results": rows} | ({"paging": {"next": {"after": after}}} if after else {})


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S+00")
