"""The `rest` connector: every way of saying who one is, rows that lack what they need, what is looked up, what the docs show."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from connectors.preview import preview
from connectors.rest import TEMPLATE
from tests.contract.rest.company_of_items import ALL, Api, Asking, by_page


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


PAGE = (Path(__file__).parents[3] / "docs/connectors/rest.md").read_text(encoding="utf-8")
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
