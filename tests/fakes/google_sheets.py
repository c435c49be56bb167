"""Google Sheets: ranges of one spreadsheet, read with a token that is given for a signed claim."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal


def key_of(email: str, private: rsa.RSAPrivateKey) -> str:
    """A service account's key as Google gives it."""
    how = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    told = {"type": "service_account", "client_email": email, "private_key_id": "k1", "private_key": private.private_bytes(*how).decode()}
    return json.dumps(told)


KEY = rsa.generate_private_key(65537, 2048)
EMAIL = "reader@project.iam.gserviceaccount.com"
RANGES = {
    "customers": ("Customers!A:G", ["Id", "Company name", "Plan", "Seats", "Since", "", "Note"]),
    "people": ("People", ["Person", "Company", "Mail"]),
    **{f"scores_{each}": (f"'Scores {each}'!A2:D", ["Answer", "Company", "Score", "Given"]) for each in "abcde"},
}
BLOCK = f"""
connector: google_sheets
key: ${{GOOGLE_KEY}}
spreadsheet: 1AbC_d-EfG
token_url: FAKE_URL/token
ranges:
  customers: {{range: "Customers!A:G", dates: Since, drop: Note}}
  people: {{range: People}}
{"".join(f'''  scores_{each}: {{range: "'Scores {each}'!A2:D", dates: [Given]}}{chr(10)}''' for each in "abcde")}
tables:
  account:
    stream: customers
    columns: {{account_id: Id, name: Company name, plan: lower(Plan), seats: Seats, created_at: Since}}
  person:
    stream: people
    columns: {{person_id: Person, account_id: Company, email: Mail}}
  survey_response:
{
    "".join(
        f'''    - stream: scores_{each}
      columns: {{response_id: Answer, kind: "'nps'", account_id: Company, score: Score, responded_at: Given}}{chr(10)}'''
        for each in "abcde"
    )
}
"""
SECRETS = {"GOOGLE_KEY": key_of(EMAIL, KEY)}
WRONG = key_of(EMAIL, rsa.generate_private_key(65537, 2048))
COMPARED = {
    "staged.account": ("account_id", "name", "plan", "seats", "created_at"),
    "staged.person": ("person_id", "account_id", "email_domain"),
    "survey_response": ("response_id", "account_id", "score", "responded_at"),
}
_FIRST = datetime(1899, 12, 30)


class Sheets(Fake):
    """The rows of each range, without its heading; a range ends with its last row that holds anything, a row with its last such cell."""

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.rows: dict[str, list[list[Any]]] = {name: [] for name in RANGES}
        self.given = 0
        self.refuse: Callable[[str, str], None] = lambda _method, _path: None

    def allowed(self, request: Request) -> bool:
        return request.url.path == "/token" or request.headers.get("Authorization") == f"Bearer ya29.{self.given}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [("POST", "/token", self._token), ("GET", "/v4/spreadsheets/{id}/values:batchGet", self._values)]

    def _token(self, request: Request, _body: Any) -> Any:
        told = parse_qs(bytes(request._body).decode())  # Starlette keeps what was read
        try:
            claims = jwt.decode(told["assertion"][0], KEY.public_key(), ["RS256"], audience=f"{self.url}/token", issuer=EMAIL)
        except jwt.PyJWTError:
            raise Refusal(401, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}) from None
        if not claims["scope"].endswith("/auth/spreadsheets.readonly") or not 0 < claims["exp"] - time.time() <= 3600:
            raise Refusal(400, {"error": "invalid_scope"})
        self.given += 1
        return {"access_token": f"ya29.{self.given}", "expires_in": 3599, "token_type": "Bearer"}

    def _values(self, request: Request, _body: Any) -> Any:
        told = request.query_params
        self.refuse(request.method, request.url.path)
        name = next((each for each, (range_, _) in RANGES.items() if range_ == told["ranges"]), None)
        if request.path_params["id"] != "1AbC_d-EfG" or name is None:
            raise Refusal(400, {"error": {"code": 400, "message": f"Unable to parse range: {told['ranges']}"}})
        if (told["valueRenderOption"], told["dateTimeRenderOption"]) != ("UNFORMATTED_VALUE", "SERIAL_NUMBER"):
            raise Refusal(400, {"error": {"code": 400, "message": "that would be formatted"}})
        rows = [_cut(row, "") for row in (RANGES[name][1], *self.rows[name])]
        return {"spreadsheetId": "1AbC_d-EfG", "valueRanges": [{"range": told["ranges"], "values": _cut(rows, [])}]}


def _cut(cells: list[Any], empty: Any) -> list[Any]:
    """Without what is empty at the end."""
    while cells and cells[-1] == empty:
        cells = cells[:-1]
    return cells


def fake(seed: int, skew: timedelta = timedelta(0)) -> Sheets:
    """Some rows in each range."""
    made = Sheets(seed, skew=skew)
    for name in RANGES:
        for _ in range(4):
            _add(made, name)
    return made


def edit(fake: Fake) -> None:
    """One random change: a row more, one less, one moved, an empty one between, or other values."""
    assert isinstance(fake, Sheets)
    pick, name = fake.random, fake.random.choice([*RANGES])
    rows = fake.rows[name]
    what = pick.choice(["add", "add", "change", "remove", "move", "empty"])
    if what == "add" or len(rows) < 3:
        _add(fake, name)
    elif what == "remove":
        rows.pop(pick.randrange(len(rows)))
    elif what == "move":
        rows.insert(0, rows.pop())
    elif what == "empty":
        rows.insert(1, [""] * 4)
    else:
        at = next(number for number, row in enumerate(rows) if row[0])
        rows[at] = [rows[at][0], *_row(fake, name)[1:]]


def _add(fake: Sheets, name: str) -> None:
    fake.rows[name].insert(fake.random.randrange(len(fake.rows[name]) + 1), _row(fake, name))


def _row(fake: Sheets, name: str) -> list[Any]:
    pick, key = fake.random, f"{name}{fake.number()}"
    day = 45_000 + pick.randrange(900)
    if name == "customers":
        return [
            fake.number(),
            f"Firm {key} é",
            pick.choice(["Pro", "Free"]),
            pick.choice([7, 90]),
            day,
            "",
            pick.choice(["", "call bo@x.example"]),
        ]
    company = pick.choice([row[0] for row in fake.rows["customers"] if row[0]] or [1])
    return (
        [key, company, f"{key}@x.example"] if name == "people" else [key, company, pick.choice([0, 9]), day + pick.choice([0, 0.25, 0.5])]
    )


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What the rows say that hold anything."""
    assert isinstance(fake, Sheets)
    of = {name: [row for row in rows if any(cell != "" for cell in row)] for name, rows in fake.rows.items()}
    scores = [row for name, rows in of.items() if name.startswith("scores") for row in rows]
    return {
        "staged.account": {(str(row[0]), row[1], row[2].lower(), str(row[3]), _moment(row[4])) for row in of["customers"]},
        "staged.person": {(row[0], str(row[1]), "x.example") for row in of["people"]},
        "survey_response": {(row[0], str(row[1]), f"{row[2]}.0", _moment(row[3])) for row in scores},
    }


def _moment(days: float) -> str:
    return f"{_FIRST + timedelta(days=days):%Y-%m-%d %H:%M:%S}+00"
