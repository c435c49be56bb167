"""What is peculiar to Salesforce: sessions that end, pages that are forgotten, requests that are used up, rights, and its cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes import salesforce, salesforce_cases
from tests.fakes.salesforce import Salesforce

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
    assert len(fake.requests) == 10  # a token, and each object once


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


def without_cases(company: ApiCompany) -> None:
    text = (company.root / "sources.yml").read_text(encoding="utf-8").replace("    cases: true\n", "")
    (company.root / "sources.yml").write_text(text, encoding="utf-8")


def test_cases_are_not_asked_for_unless_that_is_wished(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    without_cases(company)
    company.load()

    assert len(fake.asked) >= 5
    assert [query for query in fake.asked if "FROM Case" in query or "FROM EmailMessage" in query] == []
    assert company.loaded() == salesforce.expected(fake) | {"ticket": set()}
    assert company.rows("SELECT table_name FROM freshness WHERE table_name = 'ticket'") == []


def test_cases_that_are_turned_off_and_on_again_are_whole(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    company.load()
    before = company.loaded()["ticket"]
    without_cases(company)
    for _ in range(20):
        salesforce_cases.edit(fake)
    company.load()
    assert company.loaded()["ticket"] == before

    company.connects()
    company.load()
    assert is_whole(company, fake)


def test_cases_that_were_received_and_not_loaded_before_they_were_turned_off_are_asked_for_again(
    tmp_path: Path, fake: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row in [row for kind in ("Case", "CaseHistory", "EmailMessage") for row in fake.rows[kind].values()]:
        row |= {key: f"2020{row[key][4:]}" for key in ("SystemModstamp", "CreatedDate")}  # too old to come with what is new
    company = made(tmp_path, "salesforce", fake)
    with monkeypatch.context() as patched:
        patched.setattr("connectors.salesforce.load", lambda _context: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            company.sync()
    without_cases(company)
    company.load()

    company.connects()
    company.load()
    assert is_whole(company, fake)


def test_a_case_that_was_opened_again_has_no_last_resolution(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    key = salesforce_cases.opened(fake)
    for status in ("Closed", "Duplicate_1", "Working", "Resolved", "New"):
        salesforce_cases.moved(fake, key, status)
    company.load()

    told = f"SELECT first_resolved_at IS NULL, last_resolved_at, reopens, status, status_raw FROM ticket WHERE ticket_id = '{key}'"
    assert company.rows(told) == [(False, None, 2, "new", "New")]
    assert is_whole(company, fake)


def test_a_status_of_a_name_of_the_orgs_own_is_open_or_closed_and_keeps_its_name(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    keys = [salesforce_cases.opened(fake, status) for status in ("Working", "Duplicate_1")]
    company.load()

    told = f"SELECT status, status_raw, last_resolved_at = created_at FROM ticket WHERE ticket_id IN {(*keys,)} ORDER BY ticket_id"
    assert company.rows(told) == [("open", "Working", None), ("closed", "Duplicate_1", True)]


def test_without_any_history_a_case_was_resolved_when_it_was_closed_and_nobody_knows_how_often(tmp_path: Path, fake: Salesforce) -> None:
    fake.rows["CaseHistory"].clear()
    company = made(tmp_path, "salesforce", fake)
    company.load()

    counted = "SELECT count(first_resolved_at) > 0, count(last_resolved_at) > 0, count(reopens) FROM ticket"
    assert company.rows(counted) == [(True, True, 0)]
    assert is_whole(company, fake)


def test_history_that_salesforce_has_forgotten_is_still_known(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    company.load()
    before = company.loaded()["ticket"]
    fake.rows["CaseHistory"].clear()
    company.load(full=True)

    assert company.loaded()["ticket"] == before


def test_history_that_may_not_be_read_is_named_and_everything_else_is_loaded(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    fake.hidden = {"CaseHistory"}

    assert "case_history needs read access to CaseHistory" in company.failure()
    assert company.rows("SELECT count(last_resolved_at) > 0, count(first_response_at) > 0, count(reopens) FROM ticket") == [(True, True, 0)]

    fake.hidden = set()
    company.load()
    assert is_whole(company, fake)


def test_cases_that_may_not_be_read_hold_up_nothing_else(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    fake.hidden = {"Case", "CaseHistory", "CaseStatus", "EmailMessage"}

    said = company.failure()

    assert "INVALID_TYPE" in said
    assert "cases needs read access to Case." in said
    assert company.loaded() == salesforce.expected(fake) | {"ticket": set()}


def test_an_org_without_emails_tells_of_no_first_response(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    fake.hidden = {"EmailMessage"}
    company.load()

    assert company.rows("SELECT count(*) > 0, count(first_response_at) FROM ticket") == [(True, 0)]


def test_of_a_case_the_subject_is_kept_and_what_people_wrote_is_not_asked_for(tmp_path: Path, fake: Salesforce) -> None:
    made(tmp_path, "salesforce", fake).load()
    written = b"".join(path.read_bytes() for path in (tmp_path / "landing").rglob("*.jsonl"))

    assert b"Help " in written
    assert b"What they wrote" not in written
    assert [query for query in fake.asked if "Description" in query or "Body" in query or "Address" in query] == []


def test_what_does_not_fit_is_refused_and_counted(tmp_path: Path, fake: Salesforce) -> None:
    company = made(tmp_path, "salesforce", fake)
    key = next(key for key, row in fake.rows["Opportunity"].items() if not row["IsDeleted"])
    fake.put("Opportunity", key, CreatedDate="last week")
    company.load()

    assert [(column, value, reason) for _, _, column, value, reason in company.rejects()] == [("created_at", "last week", "bad_value")]
