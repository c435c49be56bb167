"""What is Linear's own: errors within GraphQL, what a query costs, things that vanish, releases where none are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes import graphql, linear

needs_schema = pytest.mark.skipif(not linear.SDL.exists(), reason="Linear's schema does not lie in ../shared/specs/linear")


@pytest.fixture
def fake() -> Iterator[linear.Linear]:
    found = linear.fake(7)
    with found.serve():
        yield found


@pytest.fixture
def company(tmp_path: Path, fake: linear.Linear) -> ApiCompany:
    return made(tmp_path, "linear", fake)


@pytest.mark.parametrize("status", [200, 400])
def test_too_many_questions_are_asked_again_whatever_the_status(company: ApiCompany, fake: linear.Linear, status: int) -> None:
    fake.status, fake.codes = status, ["RATELIMITED"] * 3

    company.load()

    assert not fake.codes
    assert company.loaded() == linear.expected(fake)


def test_another_error_is_told(company: ApiCompany, fake: linear.Linear) -> None:
    fake.status, fake.codes = 200, ["FORBIDDEN"]

    assert "Linear refuses a query: not now" in company.failure()


@pytest.mark.parametrize("status", [200, 400])
def test_what_the_plan_has_not_is_left_out(company: ApiCompany, fake: linear.Linear, status: int) -> None:
    fake.status, fake.lacking = status, ("releases", "issueToReleases", "releasePipelines", "releaseStages")

    company.load()

    loaded, expected = company.loaded(), linear.expected(fake)
    assert loaded["release"] == set()
    assert all(loaded[table] == expected[table] for table in ("work_item", "project", "idea", "staged.account"))


@needs_schema
def test_a_query_that_the_schema_does_not_know_is_refused(fake: linear.Linear) -> None:
    asked = {"query": "{issues {nodes {id shoeSize}}}", "variables": {}}

    said = httpx.post(f"{fake.url}/graphql", json=asked, headers={"Authorization": linear.SECRETS["LINEAR_TOKEN"]})

    assert said.status_code == 400
    assert "shoeSize" in said.text


def test_no_query_costs_more_than_is_allowed_nor_asks_for_texts_of_people(company: ApiCompany, fake: linear.Linear) -> None:
    company.load()

    assert max(map(graphql.cost, fake.queries)) < 10_000
    assert not any(word in query for query in fake.queries for word in ("description", "body", "content", "email"))


def test_what_vanishes_is_found_when_everything_is_listed(company: ApiCompany, fake: linear.Linear) -> None:
    company.load()
    for kind in ("issues", "customerNeeds"):
        del fake.things[kind][next(key for key, each in fake.things[kind].items() if not each["archivedAt"])]

    company.load()
    before = company.loaded()
    company.load(full=True)

    assert before["work_item"] != linear.expected(fake)["work_item"]
    assert company.loaded() == linear.expected(fake)


def test_a_completed_project_is_a_release_where_no_releases_are_kept(company: ApiCompany, fake: linear.Linear) -> None:
    fake.things["releases"], fake.things["issueToReleases"] = {}, {}
    key = next(key for key, each in fake.things["projects"].items() if not each["archivedAt"])
    fake.put("projects", key, completedAt="2026-03-04T05:06:07.000Z")

    company.load()

    found = company.rows("SELECT release_id, kind, CAST(released_at_day AS VARCHAR) FROM release WHERE deleted_at IS NULL")
    assert found == [(key, "project", "2026-03-04")]


def test_a_value_that_does_not_fit_is_refused_and_counted(company: ApiCompany, fake: linear.Linear) -> None:
    fake.sdl = Path("nowhere")
    key = next(key for key, each in fake.things["issues"].items() if not each["archivedAt"])
    fake.put("issues", key, estimate="XL")

    company.load()

    assert company.rows("SELECT table_name, column_name, value, reason FROM reject") == [("work_item", "estimate", "XL", "bad_value")]
