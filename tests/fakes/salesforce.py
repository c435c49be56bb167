"""Salesforce as documented: sessions that end, SOQL with a locator for the next page, deleted rows that are marked, history of stages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request

from tests.fakes import salesforce_cases as cases
from tests.fakes import soql
from tests.fakes.server import Answer, Fake, Refusal
from tests.fakes.soql import moment, shown, written

BLOCK = """
connector: salesforce
client_id: 3MVG9x
client_secret: ${SALESFORCE_SECRET}
currencies: true
cases: true
account: {external_id: Our_Id__c, segment: Type}
"""
SECRETS = {"SALESFORCE_SECRET": "7F1A0C-planted"}
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "segment", "region", "owner", "created_at", "attrs.external_id"),
    "staged.person": ("person_id", "account_id", "email_domain", "role"),
    "opportunity": (
        *("opportunity_id", "account_id", "name", "amount", "currency", "type", "stage", "is_won", "is_closed", "created_at"),
        *("closed_at", "owner"),
    ),
    "opportunity_stage": ("opportunity_id", "stage", "entered_at", "left_at"),
    "ticket": cases.COMPARED,
}
STAGES = ("Qualification", "Proposal", "Closed Won", "Closed Lost")
USERS = {"00500000000000001A": "Ana Silva", "00500000000000002A": "Bo Ek"}
_FIELDS = {
    "Account": "Name Website Industry NumberOfEmployees BillingCountry OwnerId Our_Id__c Type",
    "Contact": "AccountId Email Title",
    "Opportunity": "AccountId Name Amount CurrencyIsoCode StageName Type IsWon IsClosed CloseDate OwnerId",
    "OpportunityHistory": "OpportunityId StageName Amount",
    "User": "Name",
    **cases.FIELDS,
}
_PREFIX = {"Account": "001", "Contact": "003", "Opportunity": "006", "OpportunityHistory": "008", **cases.PREFIX}
#: Objects without a bin, and without a time of their last change.
_UNBINNED, _UNSTAMPED = {"User", "CaseStatus"}, {"CaseHistory"}
#: What lies in an object, by the field that names it.
_BELOW = {
    "Account": {"Contact": "AccountId", "Opportunity": "AccountId", "Case": "AccountId"},
    "Opportunity": {"OpportunityHistory": "OpportunityId"},
    "Case": {"CaseHistory": "CaseId", "EmailMessage": "ParentId"},
}


class Salesforce(Fake):
    """Rows by kind and id, with IsDeleted; `session` is the token that counts now, `pages` what locators stand for.

    `hidden` are the kinds that the user of the app may not read, `asked` the queries.
    """

    page = 7

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.rows: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _FIELDS}
        self.pages: dict[str, list[dict[str, Any]]] = {}
        self.session, self.used_up = "none yet", False
        self.hidden, self.asked = set[str](), list[str]()
        for key, name in USERS.items():
            self.put("User", key, Name=name)
        cases.begin(self)

    def allowed(self, request: Request) -> bool:
        return True  # what is wrong is answered in Salesforce's own way

    def routes(self) -> list[tuple[str, str, Answer]]:
        data = "/services/data/v63.0"
        return [
            ("POST", "/services/oauth2/token", self._token),
            ("GET", f"{data}/queryAll", self._query),
            ("GET", f"{data}/queryAll/{{locator}}", self._next),
        ]

    def _token(self, _request: Request, form: Any) -> Any:
        told = {"grant_type": "client_credentials", "client_id": "3MVG9x", "client_secret": SECRETS["SALESFORCE_SECRET"]}
        if form != told:
            raise Refusal(401, {"error": "invalid_client", "error_description": "invalid client credentials"})
        self.session = f"00D!session{self.number()}"
        return {"access_token": self.session, "instance_url": self.url, "token_type": "Bearer"}

    def _query(self, request: Request, _body: Any) -> Any:
        self._judge(request)
        self.asked.append(request.query_params.get("q", ""))
        try:
            query = soql.parsed(self.asked[-1])
        except ValueError as error:
            raise _refusal(400, "MALFORMED_QUERY", str(error)) from None
        kind = query.kind
        if kind in self.hidden or kind not in self.rows:
            raise _refusal(400, "INVALID_TYPE", f"sObject type '{kind}' is not supported.")
        self._know(kind, query.named)
        return self._answer([{"attributes": {"type": kind}} | row for row in query.of(self.rows[kind].values())])

    def _know(self, kind: str, names: set[str]) -> None:
        known = {*_FIELDS[kind].split(), "Id", "CreatedDate", "SystemModstamp", "IsDeleted"}
        known -= ({"SystemModstamp"} if kind in _UNSTAMPED else set()) | ({"IsDeleted"} if kind in _UNBINNED else set())
        if wrong := names - known:
            raise _refusal(400, "INVALID_FIELD", f"No such column {wrong} on entity {kind}")

    def _next(self, request: Request, _body: Any) -> Any:
        self._judge(request)
        rows = self.pages.get(request.path_params["locator"])
        if rows is None:
            raise _refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._answer(rows)

    def _answer(self, rows: list[dict[str, Any]]) -> Any:
        if len(rows) <= self.page:
            return {"totalSize": len(rows), "done": True, "records": rows}
        locator = f"0r8{self.number():012}-{self.page}"
        self.pages[locator] = rows[self.page :]
        following = f"/services/data/v63.0/queryAll/{locator}"
        return {"totalSize": len(rows), "done": False, "nextRecordsUrl": following, "records": rows[: self.page]}

    def _judge(self, request: Request) -> None:
        if self.used_up:
            raise _refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        if request.headers.get("Authorization") != f"Bearer {self.session}":
            raise _refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def put(self, kind: str, key: str | None = None, **values: Any) -> dict[str, Any]:
        """Makes or changes a row, now; an opportunity leaves a trace of its stage and amount."""
        key = key or f"{_PREFIX[kind]}{self.number():015}"
        blank = {"Id": key, "CreatedDate": written(self.now()), "IsDeleted": False} | dict.fromkeys(_FIELDS[kind].split())
        row = self.rows[kind].setdefault(key, blank)
        before = (row.get("StageName"), row.get("Amount"))
        row |= values | {"SystemModstamp": written(self.now())}
        if kind == "Opportunity" and (row["StageName"], row["Amount"]) != before:
            self._passed(row)
        return row

    def _passed(self, deal: dict[str, Any]) -> None:
        """A row of history: often an hour after the one before, sometimes in the same second."""
        earlier = [moment(row["CreatedDate"]) for row in self.rows["OpportunityHistory"].values() if row["OpportunityId"] == deal["Id"]]
        at = max(earlier) + timedelta(hours=self.random.choice([0, 1, 1])) if earlier else self.now()
        self.put(
            "OpportunityHistory",
            None,
            OpportunityId=deal["Id"],
            StageName=deal["StageName"],
            Amount=deal["Amount"],
            CreatedDate=written(at),
        )

    def delete(self, kind: str, key: str) -> None:
        """Puts a row into the bin, and with an account or opportunity what belongs to it."""
        self.put(kind, key, IsDeleted=True)
        for child, named in _BELOW.get(kind, {}).items():
            for one in [row["Id"] for row in self.rows[child].values() if row[named] == key and not row["IsDeleted"]]:
                self.delete(child, one)


def fake(seed: int, skew: timedelta = timedelta(0)) -> Salesforce:
    """Some accounts, people and opportunities; all of one second, so that times are equal at the edges of pages."""
    made = Salesforce(seed, skew=skew)
    for _ in range(90):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    assert isinstance(fake, Salesforce)
    pick = fake.random
    if pick.random() < 0.5:
        cases.edit(fake)
        return
    kind = pick.choice(["Account", "Contact", "Opportunity", "Opportunity"])
    known = [key for key, row in fake.rows[kind].items() if not row["IsDeleted"]]
    if known and pick.random() < 0.1:
        fake.delete(kind, pick.choice(known))
        return
    key = pick.choice(known) if known and pick.random() < 0.5 else None
    accounts = [each for each, row in fake.rows["Account"].items() if not row["IsDeleted"]]
    number, account, owner = fake.number(), pick.choice(accounts) if accounts else None, pick.choice([*USERS])
    if kind == "Account":
        values = {"Website": pick.choice([f"https://www.firm{number}.example/en", None]), "BillingCountry": "FR", "OwnerId": owner}
        fake.put(kind, key, Name=f"Firm {number} é", Our_Id__c=f"a{number}", Type=pick.choice(["Partner", "Customer"]), **values)
    elif kind == "Contact":
        fake.put(kind, key, AccountId=account, Email=f"p{number}@firm.example", Title=pick.choice(["CEO", None]))
    else:
        _deal(fake, key, account, owner)


def _deal(fake: Salesforce, key: str | None, account: str | None, owner: str) -> None:
    stage = fake.random.choice(STAGES)
    fake.put(
        "Opportunity", key, AccountId=account, Name=f"Deal {fake.number()}", Amount=fake.random.choice([100.5, 2000.0, None]),
        CurrencyIsoCode="EUR", StageName=stage, Type=fake.random.choice(["New Business", "Renewal"]), IsWon=stage == "Closed Won",
        IsClosed=stage.startswith("Closed"), CloseDate="2026-03-31", OwnerId=owner,
    )  # fmt: skip


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What the rows that are not deleted say."""
    assert isinstance(fake, Salesforce)
    live = {kind: [row for row in rows.values() if not row["IsDeleted"]] for kind, rows in fake.rows.items()}
    accounts = {
        (
            row["Id"], row["Name"], row["Website"] and row["Website"].split("/")[2].removeprefix("www."), row["Type"],
            row["BillingCountry"], USERS[row["OwnerId"]], shown(row["CreatedDate"]), row["Our_Id__c"],
        )
        for row in live["Account"]
    }  # fmt: skip
    people = {(row["Id"], row["AccountId"], "firm.example", row["Title"]) for row in live["Contact"]}
    deals = {
        (
            row["Id"], row["AccountId"], row["Name"], None if row["Amount"] is None else f"{row['Amount']:.4f}", "EUR",
            {"New Business": "new"}.get(row["Type"], row["Type"]), row["StageName"], str(row["IsWon"]).lower(),
            str(row["IsClosed"]).lower(), shown(row["CreatedDate"]), "2026-03-31 00:00:00+00" if row["IsClosed"] else None,
            USERS[row["OwnerId"]],
        )
        for row in live["Opportunity"]
    }  # fmt: skip
    return {
        "staged.account": accounts,
        "staged.person": people,
        "opportunity": deals,
        "opportunity_stage": _stages(live),
        "ticket": cases.expected(fake),
    }


def _stages(live: dict[str, list[dict[str, Any]]]) -> set[tuple[Any, ...]]:
    found = set()
    for deal in live["Opportunity"]:
        history = sorted(
            (row["CreatedDate"], row["Id"], row["StageName"]) for row in live["OpportunityHistory"] if row["OpportunityId"] == deal["Id"]
        )
        last = {at: stage for at, _, stage in history}
        entered = [(at, stage) for (at, stage), before in zip(last.items(), [None, *last.values()], strict=False) if stage != before]
        ends = [shown(at) for at, _ in entered[1:]] + [None]
        found |= {(deal["Id"], stage, shown(at), end) for (at, stage), end in zip(entered, ends, strict=True)}
    return found


def _refusal(status: int, code: str, said: str) -> Refusal:
    return Refusal(status, [{"errorCode": code, "message": said}])
