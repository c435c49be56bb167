"""Google Sheets: what a sheet's cells become, keys that are none, and headings that do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.preview import preview
from data.errors import Problem
from tests.contract.api_company import ApiCompany, made
from tests.fakes.google_sheets import EMAIL, RANGES, SECRETS, Sheets, fake
from tests.fakes.server import Refusal


@pytest.fixture
def sheets() -> Iterator[Sheets]:
    found = fake(3)
    with found.serve():
        yield found


@pytest.fixture
def company(tmp_path: Path, sheets: Sheets) -> ApiCompany:
    return made(tmp_path, "google_sheets", sheets)


def said(company: ApiCompany) -> str:
    """What a check says is wrong."""
    with pytest.raises(Problem) as problem:
        preview(company.workspace, "google_sheets")
    return str(problem.value)


def test_a_cell_that_does_not_fit_goes_to_the_rejects(company: ApiCompany, sheets: Sheets) -> None:
    sheets.rows["customers"] = [
        [1, "One", "Pro", 7.0, 45292, "", ""],
        [2, "Two", "Pro", "about 9", 45292.75],
        [3, "Three", "Pro", 8, "next week"],
        ["", "Nobody", "Pro", 8, 45292],
        [],
        ["four", "Four"],
    ]
    shown = preview(company.workspace, "google_sheets")

    rows = {
        row["account_id"]: (row["name"], row["seats"], row["created_at"].isoformat()[:16])
        for row in shown.tables["account"]
        if row["seats"]
    }
    assert rows == {"1": ("One", 7, "2024-01-01T00:00")}
    assert shown.counts["account"] == 2
    assert {(reject["reason"], reject["count"]) for reject in shown.rejects} == {("bad_value", 2), ("missing_key", 1)}
    assert "customers: 5 rows on the first page" in shown.notes


def test_a_key_may_stand_in_a_file(company: ApiCompany, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.json").write_text(SECRETS["GOOGLE_KEY"], encoding="utf-8")
    monkeypatch.setenv("GOOGLE_KEY", str(tmp_path / "key.json"))

    assert preview(company.workspace, "google_sheets").counts["account"] == 4


@pytest.mark.parametrize("key", ["nowhere.json", "{}", '{"client_email": "a@b.example", "private_key": "no", "private_key_id": "k"}'])
def test_a_key_that_is_none_is_told(company: ApiCompany, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("GOOGLE_KEY", key)

    assert said(company).startswith("sources.yml:5")
    assert "no service account's key" in said(company)
    assert key not in said(company)


def test_a_sheet_that_is_not_shared_says_with_whom_it_must_be(company: ApiCompany, sheets: Sheets) -> None:
    def refused(_method: str, path: str) -> None:
        if "values" in path:
            raise Refusal(403, {"error": {"message": "The caller does not have permission"}})

    sheets.refuse = refused

    assert "The caller does not have permission" in said(company)
    assert EMAIL in said(company)


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ([], ["the first row of Customers!A:G is empty"]),
        (["Id", "Name", "name"], ['two columns of Customers!A:G are called "name"']),
        (["Id", "Company name", "Plan", "Seats", "Begun", "Note"], ['Customers!A:G has no column "Since"', "It has: Id, Company name"]),
        (["Id", "Firm", "Plan", "Seats", "Since", "Note"], ['customers has no column "Company name"', "Firm"]),
    ],
)
def test_a_heading_that_does_not_fit_is_told(
    company: ApiCompany, monkeypatch: pytest.MonkeyPatch, heading: list[str], words: list[str]
) -> None:
    monkeypatch.setitem(RANGES, "customers", ("Customers!A:G", heading))

    assert said(company).startswith("sources.yml:")
    assert [word for word in words if word not in said(company)] == []
