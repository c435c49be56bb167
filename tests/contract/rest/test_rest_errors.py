"""What is wrong in a block of the `rest` connector is told with its line and what would be right."""

from __future__ import annotations

import pytest

from tests.contract.rest.company_of_items import Api, Asking


@pytest.mark.parametrize(
    ("stream", "line", "words"),
    [
        # the stream's keys start on line 11 of sources.yml
        ("rows: data", 10, ['items lacks the key "id"', "tells rows apart"]),
        ("id: id\nrow: data", 12, ['unknown key "row"', "Did you mean rows"]),
        ("id: id\nrows: data.items", 12, ['the answer of items has no "items" in "data"; there are: list, total', "Write under rows"]),
        ("id: id\nrows: dota", 12, ['has no "dota"; there is: data']),
        ("id: id\nrows: data", 12, ['"data" in the answer of items is no list of objects, but an object with list, total']),
        ("id: uid\nrows: data.list", 11, ["no row of items has uid", "a row has: id, name", "Write under id"]),
        ("id: id\nrows: data.list\npaging: {curser: next}", 13, ['unknown key "curser"', "Did you mean cursor"]),
        ("id: id\nrows: data.list\npaging: {cursor: next}", 13, ["cursor needs param"]),
        ("id: id\nrows: data.list\npaging: {offset: skip, page: page}", 13, ["offset and page, which are several ways"]),
        ("id: id\nrows: data.list\npaging: {offset: skip, size: 10}", 13, ["size needs limit"]),
        ("id: id\nrows: data.list\nchanges: {param: since}", 13, ['changes lacks the key "field"']),
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
        ("account: {columns: {account_id: id}}", "", ["sources.yml:13", 'lacks the key "stream"']),
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


def test_an_expression_that_cannot_be_computed_is_named_by_its_own_line(company: Asking) -> None:
    company.asks("id: id", tables="account:\n  stream: items\n  columns:\n    account_id: id\n    name: name\n    seats: name + 1")

    said = company.checked()

    assert "sources.yml:18" in said
    assert "name + 1 does not work" in said
    assert "Columns are text unless types" in said
