"""What is Productboard's own: cursors that expire or come again, links to another host, notes that vanish, texts that are not kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes import productboard


@pytest.fixture
def fake() -> Iterator[productboard.Productboard]:
    found = productboard.fake(7)
    with found.serve():
        yield found


@pytest.fixture
def company(tmp_path: Path, fake: productboard.Productboard) -> ApiCompany:
    return made(tmp_path, "productboard", fake)


@pytest.mark.parametrize("trap", ["expired", "repeated"])
def test_a_cursor_that_is_of_no_use_begins_the_walk_anew(company: ApiCompany, fake: productboard.Productboard, trap: str) -> None:
    fake.traps = [trap]

    company.load()

    assert fake.traps == []
    assert company.loaded() == productboard.expected(fake)


def test_a_cursor_that_always_comes_again_ends_the_walk(company: ApiCompany, fake: productboard.Productboard) -> None:
    fake.traps = ["repeated"] * 1000

    assert "a second time" in company.failure()
    assert len(fake.requests) < 200


def test_a_note_that_vanishes_is_found_when_everything_is_listed(company: ApiCompany, fake: productboard.Productboard) -> None:
    company.load()
    fake.remove(next(iter(fake.live("note"))))

    company.load()
    before = company.loaded()
    company.load(full=True)

    assert before["idea"] != productboard.expected(fake)["idea"]
    assert company.loaded() == productboard.expected(fake)


def test_what_people_wrote_is_not_kept(company: ApiCompany, tmp_path: Path) -> None:
    company.load()

    kept = [path for path in tmp_path.rglob("*") if path.is_file() and b"wrote" in path.read_bytes()]

    assert kept == []


def test_a_value_that_does_not_fit_is_refused_and_counted(company: ApiCompany, fake: productboard.Productboard) -> None:
    key, objective = next(iter(fake.live("objective").items()))
    fake.put("objective", key, fields=objective["fields"] | {"timeframe": {"endDate": "Q3"}})

    company.load()

    assert company.rows("SELECT table_name, column_name, value, reason FROM reject") == [("objective", "ends_on", "Q3", "bad_value")]


def test_addresses_that_the_token_may_not_see_make_nobody_the_same(company: ApiCompany, fake: productboard.Productboard) -> None:
    for key, each in fake.live("user").items():
        fake.put("user", key, fields=each["fields"] | {"email": "[redacted]"})

    company.load()

    assert company.rows("SELECT count(*) FROM person WHERE email_hash IS NOT NULL") == [(0,)]
