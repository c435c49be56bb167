"""What is peculiar to Notion: queries that are cut off, pages that just disappear, properties that must not be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes import notion
from tests.fakes.notion import Notion


@pytest.fixture
def fake() -> Iterator[Notion]:
    found = notion.fake(3)
    with found.serve():
        yield found


@pytest.fixture
def company(tmp_path: Path, fake: Notion) -> ApiCompany:
    return made(tmp_path, "notion", fake)


def spread(fake: Notion) -> None:
    """Gives each page a minute of its own."""
    for number, each in enumerate(fake.pages.values()):
        each |= {"created_time": f"2026-03-01T10:{number:02}:00.000Z", "last_edited_time": f"2026-03-02T10:{number:02}:00.000Z"}


def test_a_query_that_is_cut_off_goes_on_in_time(tmp_path: Path, fake: Notion) -> None:
    spread(fake)
    fake.most = 5
    company = made(tmp_path, "notion", fake, "loose_pages: false")
    company.load()

    of_sources = {key for key, each in fake.pages.items() if each["parent"].get("data_source_id") in fake.sources}
    assert {row[0] for row in company.loaded()["document"]} == of_sources
    assert len(of_sources) > 2 * fake.most


def test_more_pages_of_one_minute_than_notion_gives_are_told(tmp_path: Path, fake: Notion) -> None:
    fake.most = 5

    assert "more pages of one minute" in made(tmp_path, "notion", fake, "loose_pages: false").failure()


def test_a_search_that_is_cut_off_fails_with_what_to_do_and_takes_nothing_away(company: ApiCompany, fake: Notion) -> None:
    spread(fake)
    company.load()
    before = company.loaded()
    fake.most = 20
    result = company.sync(full=True)

    assert len(fake.shown()) > fake.most
    assert "loose_pages: false" in str(result.sources[0].error)
    assert company.loaded() == before


def test_pages_in_the_bin_and_pages_no_longer_shared_are_found_when_all_is_listed(company: ApiCompany, fake: Notion) -> None:
    company.load()
    first, second, *_ = fake.pages
    fake.pages[first]["in_trash"] = True
    fake.hidden.add(second)
    company.load(full=True)
    assert company.loaded() == notion.expected(fake)

    fake.pages[first] |= {"in_trash": False, "last_edited_time": fake.minute()}
    company.load()
    assert company.loaded() == notion.expected(fake)


def test_only_what_was_edited_is_read_again(company: ApiCompany, fake: Notion) -> None:
    spread(fake)
    company.load()
    known = len(fake.requests)
    fake.put(next(iter(fake.pages)), {"type": "workspace", "workspace": True})
    company.load()

    # The data sources twice, users, a query for each data source, and one page of the search.
    assert len(fake.requests) - known == 3 + len(fake.sources) + 1
    assert company.loaded() == notion.expected(fake)


def test_an_edit_within_the_minute_and_a_search_that_is_late_lose_nothing(company: ApiCompany, fake: Notion) -> None:
    company.load()
    key = next(key for key, each in fake.pages.items() if "workspace" in each["parent"])
    late = fake.put(key, fake.pages[key]["parent"], **notion.properties(fake, is_row=False))
    late["last_edited_time"] = (fake.now() - timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:00.000Z")
    company.load()

    assert company.loaded() == notion.expected(fake)


def test_other_properties_are_not_kept(company: ApiCompany, fake: Notion) -> None:
    company.load()

    kept = b"".join(path.read_bytes() for path in company.root.rglob("*") if path.is_file())
    assert b"Brief" in kept
    assert b"planted-words" not in kept
