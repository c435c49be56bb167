"""What is Amplitude's own: hours that are not ready, exports that are too large, archives that are not whole, many events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes.amplitude import Amplitude


@pytest.fixture
def fake() -> Iterator[Amplitude]:
    found = Amplitude(3)
    found.companies["c1"] = {"title": "Firm", "plan": "free", "site": "c1.example"}
    with found.serve():
        yield found


@pytest.fixture
def company(tmp_path: Path, fake: Amplitude) -> ApiCompany:
    return made(tmp_path, "amplitude", fake)


def count(company: ApiCompany) -> int:
    return int(company.rows("SELECT count(*) FROM event")[0][0])


def test_an_hour_is_taken_once_it_is_ready_and_never_in_part(company: ApiCompany, fake: Amplitude) -> None:
    fake.clock = fake.clock.replace(minute=50)
    fake.upload("u", "c1", fake.clock)
    fake.clock += timedelta(hours=2)
    company.load()
    before = count(company)
    fake.clock += timedelta(minutes=20)

    company.load()

    assert (before, count(company)) == (0, 1)


def test_an_export_that_is_too_large_is_asked_for_by_fewer_hours(company: ApiCompany, fake: Amplitude) -> None:
    for _ in range(40):
        for _ in range(20):
            fake.upload("u", "c1", fake.clock)
        fake.clock += timedelta(hours=1)
    fake.clock += timedelta(hours=3)

    company.load()

    assert count(company) == 800
    assert len(fake.requests) < 90


def test_an_hour_that_is_too_large_fails_with_what_to_know(company: ApiCompany, fake: Amplitude) -> None:
    fake.most = 0
    fake.upload("u", "c1", fake.clock)
    fake.clock += timedelta(hours=4)

    said = company.failure()

    assert "400" in said
    assert "4 GB" in said


def test_groups_that_are_no_list_and_properties_that_are_none_do_no_harm(company: ApiCompany, fake: Amplitude) -> None:
    fake.upload("u", "c1", fake.clock).update(groups={"company": "c1"}, group_properties=[], user_properties=None, event_properties=None)
    fake.upload("u", "c1", fake.clock, amount="much")
    fake.clock += timedelta(hours=4)

    company.load()

    assert company.rows("SELECT account_id, attrs ->> 'platform' FROM event") == [("c1", "Web")]
    assert [reject[2:] for reject in company.rejects()] == [("value", "much", "bad_value")]


@pytest.mark.full
def test_twenty_thousand_events_load(company: ApiCompany, fake: Amplitude) -> None:
    fake.most = 20_000
    for number in range(20_000):
        fake.upload("u", "c1", fake.clock - timedelta(seconds=number), amount=number, format="pdf")
    fake.clock += timedelta(hours=4)
    began = time.monotonic()

    company.load()

    print(f"{20_000 / (time.monotonic() - began):,.0f} events/s")
    assert company.rows("SELECT count(*), sum(value) FROM event WHERE attrs ->> 'format' = 'pdf'") == [(20_000, 199_990_000.0)]
