"""What is peculiar to Gorgias: cursors that expire, lists that cannot be asked for changes, texts that must not be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes import gorgias
from tests.fakes.gorgias import Gorgias


@pytest.fixture
def fake() -> Iterator[Gorgias]:
    found = gorgias.fake(3)
    with found.serve():
        yield found


@pytest.fixture
def company(tmp_path: Path, fake: Gorgias) -> ApiCompany:
    return made(tmp_path, "gorgias", fake)


def test_a_cursor_that_expires_within_a_walk_begins_it_anew(company: ApiCompany, fake: Gorgias) -> None:
    def expires(_method: str, _path: str) -> None:
        if len(fake.requests) == 3:
            fake.cursors.clear()

    fake.before = expires
    company.load()

    assert company.loaded() == gorgias.expected(fake)


def test_changes_are_walked_only_until_what_is_known(company: ApiCompany, fake: Gorgias) -> None:
    for each in fake.things["tickets"].values():
        each["updated_datetime"] = gorgias.text(fake.now() - timedelta(days=1))
    company.load()
    known = len(fake.requests)
    fake.put("tickets", next(iter(fake.things["tickets"])), subject="anew")
    company.load()

    assert [path for _, path in fake.requests[known:]].count("/tickets") == 1
    assert len(fake.things["tickets"]) > fake.page
    assert company.loaded() == gorgias.expected(fake)


def test_what_is_answered_late_or_deleted_for_good_is_found_when_all_is_listed(company: ApiCompany, fake: Gorgias) -> None:
    surveys = fake.things["satisfaction-surveys"]
    for days, key in zip((20, 30), list(surveys)[:2], strict=True):
        surveys[key] |= {"created_datetime": gorgias.text(fake.now() - timedelta(days=days)), "score": None}
    company.load()
    fake.put("satisfaction-surveys", key, score=5, scored_datetime=gorgias.text(fake.now()))
    live = {row[0] for row in gorgias.expected(fake)["ticket"]}
    gone = next(key for key in fake.things["tickets"] if str(key) in live)
    del fake.things["tickets"][gone]
    fake.page = 1
    company.load()
    assert str(key) not in {row[0] for row in company.loaded()["survey_response"]}
    assert str(gone) in {row[0] for row in company.loaded()["ticket"]}

    fake.page = 7
    company.load(full=True)

    assert company.loaded() == gorgias.expected(fake)


def test_bodies_and_names_are_not_kept(company: ApiCompany, fake: Gorgias) -> None:
    company.load()

    kept = b"".join(path.read_bytes() for path in company.root.rglob("*") if path.is_file())
    assert b"Where is it?" in kept
    assert b"planted-body" not in kept
    assert b"Jo Doe" not in kept


def test_a_score_that_is_no_number_is_refused_and_counted(company: ApiCompany, fake: Gorgias) -> None:
    scored = [each for each in fake.things["satisfaction-surveys"].values() if each["score"]]
    scored[0]["score"] = "good"
    company.load()

    assert [(column, value, reason) for _, _, column, value, reason in company.rejects()] == [("score", "good", "bad_value")]
    assert len(company.loaded()["survey_response"]) == len(scored) - 1
