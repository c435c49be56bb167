"""The `rest` connector: every way of paging and of saying who one is, rows that lack what they need, and errors that say what to do."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent, indent
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from connectors import rest_streams
from connectors.preview import preview
from connectors.rest import TEMPLATE
from connectors.web import Unknown, Web
from data.errors import Problem
from tests.fakes.server import Answer, Fake, Refusal
from tests.loads import Company


class Api(Fake):
    """`items` are what it has; `answer(parameters, body)` says how it gives them."""

    def __init__(self) -> None:
        super().__init__(1)
        self.items: list[dict[str, Any]] = [{"id": number, "name": f"Firm {number}"} for number in range(10)]
        self.answer: Callable[[dict[str, str], Any], Any] = lambda _params, _body: self.items
        self.allows: Callable[[Request], bool] = lambda _request: True
        self.answers: dict[str, Any] = {}
        self.tokens = 0

    def allowed(self, request: Request) -> bool:
        return request.url.path == "/token" or self.allows(request)

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("GET", "/v1/items", lambda request, body: self.answer(dict(request.query_params), body)),
            ("POST", "/v1/items", lambda request, body: self.answer(dict(request.query_params), body)),
            ("POST", "/token", self._token),
            ("GET", "/{path}", lambda request, _body: self.answers[request.url.path]),
            ("POST", "/{path}", lambda request, _body: self.answers[request.url.path]),
        ]

    def _token(self, request: Request, _body: Any) -> Any:
        if request.headers["Authorization"] != f"Basic {base64.b64encode(b'me:plant-ed').decode()}":
            raise Refusal(400, {"error": "invalid_client"})
        self.tokens += 1
        return {"access_token": f"token-{self.tokens}", "token_type": "bearer"}


class Asking(Company):
    """A company that asks an Api."""

    url = ""

    def asks(
        self, stream: str = "", *, head: str = "", tables: str = "account: {stream: items, columns: {account_id: id, name: name}}"
    ) -> None:
        """Writes sources.yml: its stream `items` with these keys, from line 10 on."""
        keys = indent(dedent(stream).strip("\n") or "id: id", "    ")
        text = f"connector: rest\nbase_url: {self.url}/v1\nrate: 10000\npause: 0.01\nstreams:\n  items:\n    path: items\n{keys}\n"
        text += f"tables:\n{indent(dedent(tables).strip(), '  ')}\n{dedent(head)}"
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "sources.yml").write_text(f"company: {{timezone: UTC, currency: EUR}}\nsources:\n  shop:\n{indent(text, '    ')}")

    def walked(self) -> list[str]:
        """The names of all rows that the stream gives, beside any store."""
        block = self.workspace.sources["shop"]
        web = Web(f"{self.url}/v1", pause=0.01)
        with closing(web):
            pages = [*rest_streams.of(block, ZoneInfo("UTC"))["items"].everything(web, None)]
        return [(record.payload or {})["name"] for page in pages for record in page.records]

    def checked(self) -> str:
        """What a check says is wrong; nothing when it is right."""
        try:
            preview(self.workspace, "shop")
        except Problem as problem:
            return str(problem)
        return ""

    def names(self) -> list[str]:
        """What is loaded."""
        return [name for (name,) in self.rows("SELECT name FROM staged.account WHERE deleted_at IS NULL ORDER BY account_id")]


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    with made.serve():
        yield made


@pytest.fixture
def company(tmp_path: Path, api: Api) -> Asking:
    made = Asking(tmp_path)
    made.url = api.url
    return made


ALL = [f"Firm {number}" for number in range(10)]


def by_page(items: list[Any], params: dict[str, str]) -> list[Any]:
    start = int(params["page"]) * 4
    return items[start : start + 4]


def test_a_short_page_is_not_the_end_and_a_page_that_comes_again_is(company: Asking, api: Api) -> None:
    api.answer = lambda params, _body: by_page(api.items, {"page": str(min(int(params["page"]), 2))})
    company.asks("id: id\npaging: {page: page, first: 0, limit: per_page, size: 50}")

    assert company.walked() == ALL
    assert len(api.requests) == 4


def test_a_refused_page_after_one_that_is_not_full_is_the_end(company: Asking, api: Api) -> None:
    def answer(params: dict[str, str], _body: Any) -> Any:
        if int(params["page"]) > 2:
            raise Refusal(404, {"detail": "Invalid page."})
        return by_page(api.items, params)

    api.answer = answer
    company.asks("id: id\npaging: {page: page, first: 0}")
    assert company.walked() == ALL

    api.answer = lambda params, body: answer({"page": "3"} if params["page"] == "2" else params, body)
    with pytest.raises(Unknown, match=r"404 \(Invalid page.\)"):
        company.walked()


def test_the_last_page_may_be_told_by_the_answer(company: Asking, api: Api) -> None:
    def answer(params: dict[str, str], _body: Any) -> Any:
        after = int(params.get("after", -1))
        left = [row for row in api.items if row["id"] > after]
        return {"data": left[:4], "has_more": len(left) > 4}

    api.answer = answer
    company.asks("id: id\nrows: data\npaging: {cursor: data.-1.id, param: after, more: has_more}")

    assert company.walked() == ALL
    assert len(api.requests) == 3


def test_a_cursor_after_the_last_page_is_no_other_page(company: Asking, api: Api) -> None:
    def answer(params: dict[str, str], _body: Any) -> Any:
        at = int(params.get("at", 0))
        return {"rows": api.items[at : at + 4], "at": min(at + 4, 12)}

    api.answer = answer
    company.asks("id: id\nrows: rows\npaging: {cursor: at, param: at}")
    assert company.walked() == ALL

    api.answer = lambda params, _body: {"rows": [], "at": int(params.get("at", 0)) + 1}
    with pytest.raises(Problem, match="pages in a row are empty"):
        company.walked()


def test_rows_that_are_deleted_while_pages_are_skipped_cost_no_other_row(company: Asking, api: Api) -> None:
    def answer(params: dict[str, str], _body: Any) -> Any:
        start = int(params["offset"])
        if start == 3:
            del api.items[:4]
        return api.items[start : start + 4]

    api.answer = answer
    company.asks("id: id\npaging: {offset: offset, limit: limit, size: 4}")

    assert sorted({*company.walked()}) == ALL


@pytest.mark.parametrize("path", ["next", "@odata.nextLink"])
def test_a_next_address_may_be_relative_and_name_http(company: Asking, api: Api, path: str) -> None:
    def answer(params: dict[str, str], _body: Any) -> Any:
        at = int(params.get("at", 0))
        return {"rows": api.items[at : at + 4]} | ({path: f"?at={at + 4}"} if at < 8 else {})

    api.answer = answer
    company.asks(f"id: id\nrows: rows\nparams: {{kind: firm}}\npaging: {{next: '{path}'}}")

    assert company.walked() == ALL


def test_the_next_page_on_another_host_is_not_asked_for(company: Asking, api: Api) -> None:
    api.answer = lambda _params, _body: {"rows": api.items, "next": "https://elsewhere.example/v1/items"}
    company.asks("id: id\nrows: rows\npaging: {next: next}")

    with pytest.raises(Problem, match="another host, elsewhere"):
        company.walked()


@pytest.mark.parametrize(
    ("head", "header", "value"),
    [
        ("auth: bearer\ntoken: ${SHOP}", "Authorization", "Bearer plant-ed"),
        ("auth: header\nheader: X-Api-Key\ntoken: ${SHOP}", "X-Api-Key", "plant-ed"),
        ("auth: basic\nuser: me\ntoken: ${SHOP}", "Authorization", f"Basic {base64.b64encode(b'me:plant-ed').decode()}"),
        ("auth: basic\nuser: ${SHOP}", "Authorization", f"Basic {base64.b64encode(b'plant-ed:').decode()}"),
        ("headers: {X-Secret: '${SHOP}', X-Version: 3}", "X-Secret", "plant-ed"),
        ("auth: oauth2\nclient_id: me\ntoken_url: URL/token\ntoken: ${SHOP}", "Authorization", "Bearer token-1"),
    ],
)
def test_each_way_to_say_who_one_is(company: Asking, api: Api, monkeypatch: pytest.MonkeyPatch, head: str, header: str, value: str) -> None:
    monkeypatch.setenv("SHOP", "plant-ed")
    api.allows = lambda request: request.headers.get(header) == value
    company.asks(head=head.replace("URL", api.url))
    assert company.checked() == ""

    monkeypatch.setenv("SHOP", "another-one")
    said = company.checked()
    assert "See that" in said
    assert "another-one" not in said


def test_a_token_that_has_run_out_is_renewed(company: Asking, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "plant-ed")
    api.allows = lambda request: request.headers.get("Authorization") == "Bearer token-2"
    company.asks(head=f"auth: oauth2\nclient_id: me\ntoken_url: {api.url}/token\ntoken: ${{SHOP}}")

    assert company.checked() == ""


def test_rows_without_id_go_to_the_rejects(company: Asking, api: Api) -> None:
    api.items += [{"name": "nobody"}, {"id": None, "name": "no one"}]
    company.asks()
    result = company.load()

    assert company.names() == ALL
    assert [(file, column, reason) for file, _, column, _, reason in company.rejects()] == [("items", "account_id", "missing_key")] * 2
    assert result.sources[0].rejects == 2


def test_what_is_no_number_any_more_goes_to_the_rejects_with_its_value(company: Asking, api: Api) -> None:
    api.items = [{"id": "a", "seats": 5}, {"id": "b", "seats": "7"}, {"id": "c", "seats": "many"}, {"id": "d", "seats": {"n": 1}}]
    company.asks(tables="account: {stream: items, columns: {account_id: id, seats: seats}}")
    company.load()

    assert company.rows("SELECT account_id, seats FROM staged.account ORDER BY 1")[:2] == [("a", 5), ("b", 7)]
    assert [(line, column, value, reason) for _, line, column, value, reason in company.rejects()] == [
        (3, "seats", "many", "bad_value"),
        (4, "seats", '{"n":1}', "bad_value"),
    ]


def test_rejects_of_what_only_grows_stay_when_more_is_added(company: Asking, api: Api) -> None:
    api.items = [{"id": 1, "at": "2026-01-01T00:00:00Z"}, {"id": 2, "at": "soon"}]
    company.asks("id: id\ngrows: true", tables="event: {stream: items, columns: {event_id: id, event_name: \"'seen'\", occurred_at: at}}")
    company.load()
    api.items = [{"id": 3, "at": "2026-01-02T00:00:00Z"}]
    company.load()

    assert company.rows("SELECT event_id FROM event ORDER BY 1") == [("1",), ("3",)]
    assert [value for _, _, _, value, _ in company.rejects()] == ["soon"]


def test_what_is_asked_for_otherwise_is_read_anew(company: Asking, api: Api) -> None:
    api.items = [{"id": 1, "old": "a", "name": "one", "secret": "planted", "at": "2026-01-01"}]
    changes = "changes: {param: since, field: at}"
    company.asks(f"id: id\n{changes}")
    company.load()
    company.asks(f"id: old\n{changes}\ndrop: [secret]", tables="account: {stream: items, columns: {account_id: old, name: name}}")
    company.load()

    assert company.rows("SELECT account_id FROM staged.account WHERE deleted_at IS NULL") == [("a",)]
    assert company.rows("SELECT count(*) FROM raw_shop.items WHERE deleted_at IS NULL AND contains(payload, 'planted')") == [(0,)]


def test_a_time_of_tomorrow_makes_no_change_missed(company: Asking, api: Api) -> None:
    asked: list[str] = []

    def answer(params: dict[str, str], _body: Any) -> Any:
        asked.append(params.get("since", ""))
        return [row for row in api.items if row["at"] >= asked[-1]]

    api.answer, api.items = answer, [{"id": 1, "name": "one", "at": "2999-01-01T00:00:00Z"}]
    company.asks("id: id\nchanges: {param: since, field: at}")
    company.load()
    company.load()

    assert asked[0] == ""
    assert all(since < "2999" for since in asked)


def test_a_stream_without_rows_is_no_error(company: Asking, api: Api) -> None:
    company.asks()
    company.load()
    api.items = []
    company.load()

    assert company.names() == []


def test_check_tells_what_each_stream_gave(company: Asking, api: Api) -> None:
    api.answer = lambda params, _body: by_page(api.items, params)
    company.asks("id: id\npaging: {page: page, first: 0}")

    shown = preview(company.workspace, "shop")

    assert shown.counts == {"account": 4}
    assert {row["name"] for row in shown.tables["account"]} == {*ALL[:4]}
    assert shown.notes == ("items: 4 rows on the first page",)


@pytest.mark.parametrize(
    ("stream", "line", "words"),
    [
        # the stream's keys start on line 11 of sources.yml
        ("rows: data", 10, ['items lacks "id"', "tells rows apart"]),
        ("id: id\nrow: data", 12, ['unknown key "row"', "Did you mean rows"]),
        ("id: id\nrows: data.items", 12, ['the answer of items has no "items" in "data"; there are: list, total', "Write under rows"]),
        ("id: id\nrows: dota", 12, ['has no "dota"; there is: data']),
        ("id: id\nrows: data", 12, ['"data" in the answer of items is no list of objects, but an object with list, total']),
        ("id: uid\nrows: data.list", 11, ["no row of items has uid", "a row has: id, name", "Write under id"]),
        ("id: id\nrows: data.list\npaging: {curser: next}", 13, ['unknown key "curser"', "Did you mean cursor"]),
        ("id: id\nrows: data.list\npaging: {cursor: next}", 13, ["cursor needs param"]),
        ("id: id\nrows: data.list\npaging: {offset: skip, page: page}", 13, ["offset and page, which are several ways"]),
        ("id: id\nrows: data.list\npaging: {offset: skip, size: 10}", 13, ["size needs limit"]),
        ("id: id\nrows: data.list\nchanges: {param: since}", 13, ['changes lacks "field"']),
        ("id: id\nrows: data.list\nchanges: {param: since, field: at}", 13, ['no row of items has a time in "at"', "a row has: id, name"]),
        ("id: id\nrows: data.list\nchanges: {param: since, field: at, format: unix}", 13, ['no format "unix"', "epoch"]),
        ("id: id\nrows: data.list\nagain: daily", 13, ['"daily" is no length of time', "1d"]),
        ("id: id\nrows: data.list\nparams: {api_key: abc}", 13, ["api_key looks like a secret", "auth: header"]),
        ("id: id\nrows: data.list\nbody: {a: 1}", 13, ["POST"]),
        ("id: id\nrows: data.list\ngrows: true\ndeleted: gone", 14, ["items grows"]),
    ],
)
def test_errors_say_where_and_what_would_be_right(company: Asking, api: Api, stream: str, line: int, words: list[str]) -> None:
    api.answer = lambda _params, _body: {"data": {"list": api.items, "total": 10}}
    company.asks(stream)

    said = company.checked()

    assert said.startswith(f"sources.yml:{line}")
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("tables", "head", "words"),
    [
        ("account: {stream: item, columns: {account_id: id}}", "", ["sources.yml:13", 'no stream "item"', "Did you mean items"]),
        ("account: {file: items, columns: {account_id: id}}", "", ['unknown key "file"', "stream"]),
        ("account: {columns: {account_id: id}}", "", ["sources.yml:13", 'lacks "stream"']),
        ("acount: {stream: items, columns: {account_id: id}}", "", ["sources.yml:13", 'no table "acount"']),
        ("account:\n  stream: items\n  columns:\n    account_id: id\n    name: nmae", "", ["sources.yml:17", 'items has no column "nmae"']),
        ("account: {stream: items, columns: {account_id: id}}", "auth: bearer", ["sources.yml:14", "auth: bearer needs token"]),
        ("account: {stream: items, columns: {account_id: id}}", "auth: beer", ["sources.yml:14", "auth"]),
        ("account: {stream: items, columns: {account_id: id}}", "headers: {X-Token: abc}", ["sources.yml:14", "X-Token is a secret"]),
        ("account: {stream: items, columns: {account_id: id}}", "auth: oauth2\ntoken_url: api.example", ["sources.yml:15", "no address"]),
        ("account: {stream: items, columns: {account_id: id}}", "timezone: Paris", ["sources.yml:14", "unknown time zone"]),
    ],
)
def test_errors_in_tables_and_head(company: Asking, tables: str, head: str, words: list[str]) -> None:
    company.asks(tables=tables, head=head)

    said = company.checked()

    assert [word for word in words if word not in said] == []


def test_a_stream_is_looked_up_for_another(company: Asking, api: Api) -> None:
    tables = "account: {stream: items, join: {of: {stream: items, on: {id: id}}}, columns: {account_id: id, name: of.name}}"
    company.asks(tables=tables)
    assert {row["name"] for row in preview(company.workspace, "shop").tables["account"]} < {*ALL}


def test_a_stream_that_is_looked_up_may_be_empty(company: Asking, api: Api) -> None:
    api.answers["/none"] = []
    columns = "{account_id: id, name: of.name, plan: name}"
    company.asks(tables=f"account: {{stream: items, join: {{of: {{stream: none, on: id}}}}, columns: {columns}}}")
    path = company.root / "sources.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("streams:\n", "streams:\n      none: {path: ../none, id: id}\n"), encoding="utf-8")

    rows = preview(company.workspace, "shop").tables["account"]

    assert len(rows) == 5
    assert all(row["name"] is None and row["plan"] in ALL for row in rows)


def test_a_post_carries_paging_in_its_body(company: Asking, api: Api) -> None:
    api.answer = lambda _params, body: JSONResponse(api.items[body["page"]["from"] :][:3] if body["since"] == "2026-01-01" else [])
    company.asks("id: id\nmethod: POST\nbody: {kind: firm, since: 2026-01-01, page: {fixed: 1}}\npaging: {offset: page.from}")

    assert {*company.walked()} == {*ALL}


PAGE = (Path(__file__).parents[2] / "docs/connectors/rest.md").read_text(encoding="utf-8")
CUSTOMERS = json.loads(PAGE.split("```json\n")[1].split("```")[0])
ORDER = {"number": 1, "state": "paid", "customer": {"id": 7}, "paid_at": "2026-01-02T10:00:00Z", "total": "9.5"}
ANSWER = {"survey": "s", "respondent": 3, "score": 9, "given_at": "2026-01-02T10:00:00Z", "changed_at": 1769878800000, "state": "in"}


@pytest.mark.parametrize(
    ("text", "answers", "loaded"),
    [
        (PAGE.split("```yaml\n")[1].split("```")[0], {"customers": CUSTOMERS, "orders": [ORDER]}, {"account": "7", "event": "1"}),
        (
            PAGE.split("```yaml\n")[2].split("```")[0],
            {"search": {"result": {"hits": [ANSWER]}}, "people": [{"id": 3, "company": "c"}]},
            {"survey_response": "s-3"},
        ),
        ("sources:\n" + TEMPLATE.format(name="shop").replace("# attrs", "attrs"), {"customers": CUSTOMERS}, {"account": "7"}),
    ],
    ids=["the shop", "the surveys", "the template"],
)
def test_what_is_shown_to_people_loads(
    company: Asking, api: Api, monkeypatch: pytest.MonkeyPatch, text: str, answers: dict[str, Any], loaded: dict[str, str]
) -> None:
    for name in re.findall(r"\$\{(\w+)\}", text):
        monkeypatch.setenv(name, "plant-ed")
    for path, answer in answers.items():
        api.answers[f"/{path}"] = answer
    company.root.mkdir(parents=True, exist_ok=True)
    (company.root / "sources.yml").write_text(re.sub(r"base_url: \S+", f"base_url: {api.url}", text), encoding="utf-8")
    name = next(iter(company.workspace.sources))

    shown = preview(company.workspace, name)

    assert {table: next(iter(rows[0].values())) for table, rows in shown.tables.items()} == loaded
    assert shown.rejects == []
