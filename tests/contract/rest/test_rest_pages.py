"""The `rest` connector's ways of paging: no row is missed, and each ends."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import JSONResponse

from connectors.web import Unknown
from data.errors import Problem
from tests.contract.rest.company_of_items import ALL, Api, Asking, by_page
from tests.fakes.server import Refusal


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

    with pytest.raises(Problem, match="lies elsewhere, at https://elsewhere"):
        company.walked()


def test_a_post_carries_paging_in_its_body(company: Asking, api: Api) -> None:
    api.answer = lambda _params, body: JSONResponse(api.items[body["page"]["from"] :][:3] if body["since"] == "2026-01-01" else [])
    company.asks("id: id\nmethod: POST\nbody: {kind: firm, since: 2026-01-01, page: {fixed: 1}}\npaging: {offset: page.from}")

    assert {*company.walked()} == {*ALL}
