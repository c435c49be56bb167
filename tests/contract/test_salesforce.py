"""What is peculiar to Salesforce: sessions that end, pages that are forgotten, requests that are used up, rows that are gone for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes import salesforce
from tests.fakes.salesforce import Salesforce

#: What is peculiar to the vendor; `test_api_connectors.py` tries each in the short form too.
pytestmark = pytest.mark.full

TOKEN = "/services/oauth2/token"


@pytest.fixture
def fake() -> Iterator[Salesforce]:
    found = salesforce.fake(3)
    with found.serve():
        yield found


def is_whole(company: ApiCompany, fake: Salesforce) -> bool:
    """Whether what is loaded is what Salesforce holds."""
    return company.loaded() == salesforce.expected(fake)


def test_a_session_that_ends_in_the_middle_is_begun_anew_once(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)

    def ends(_method: str, path: str) -> None:
        if len(fake.requests) == 4:
            fake.session = "another"

    fake.before = ends
    company.load()

    assert is_whole(company, fake)
    assert [path for _, path in fake.requests].count(TOKEN) == 2


def test_a_page_that_is_forgotten_is_asked_for_from_the_beginning(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)

    def forgets(_method: str, _path: str) -> None:
        if len(fake.requests) == 3:
            fake.pages.clear()

    fake.before = forgets
    company.load()

    assert is_whole(company, fake)


def test_requests_that_are_used_up_are_told_at_once(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    fake.used_up = True

    said = company.failure()

    assert "REQUEST_LIMIT_EXCEEDED" in said
    assert "A later sync goes on" in said
    assert len(fake.requests) < 10


def test_a_field_that_the_org_does_not_have_is_named(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    text = (tmp_path / "sources.yml").read_text(encoding="utf-8").replace("Our_Id__c", "Nobody_Knows__c")
    (tmp_path / "sources.yml").write_text(text, encoding="utf-8")

    assert "Nobody_Knows__c" in company.failure()


def test_a_row_that_is_gone_for_good_goes_with_the_next_walk_through_everything(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    company.load()
    del fake.rows["Contact"][next(key for key, row in fake.rows["Contact"].items() if not row["IsDeleted"])]

    company.load()
    assert not is_whole(company, fake)
    company.load(full=True)
    assert is_whole(company, fake)


def test_what_does_not_fit_is_refused_and_counted(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    key = next(key for key, row in fake.rows["Opportunity"].items() if not row["IsDeleted"])
    fake.put("Opportunity", key, CreatedDate="last week")
    company.load()

    assert [(column, value, reason) for _, _, column, value, reason in company.rejects()] == [("created_at", "last week", "bad_value")]
