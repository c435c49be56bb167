"""What is PostHog's own: late events, values that are no numbers, group types, and events by the ten thousand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes.posthog import PostHog


@pytest.fixture
def fake() -> Iterator[PostHog]:
    found = PostHog(3)
    with found.serve():
        yield found


@pytest.fixture
def company(tmp_path: Path, fake: PostHog) -> ApiCompany:
    return made(tmp_path, "posthog", fake)


def test_an_event_that_comes_later_than_expected_is_found_by_a_full_sync(company: ApiCompany, fake: PostHog) -> None:
    fake.capture("p1", "c1", fake.now())
    company.load()
    fake.capture("p1", "c1", fake.now() - timedelta(hours=47))
    fake.capture("p1", "c1", fake.now() - timedelta(hours=49))

    company.load()
    before = company.rows("SELECT count(*) FROM event")
    company.load(full=True)

    assert (before, company.rows("SELECT count(*) FROM event")) == ([(2,)], [(3,)])


def test_a_value_that_is_no_number_is_refused_and_counted(company: ApiCompany, fake: PostHog) -> None:
    fake.capture("p1", "c1", fake.now(), amount=7)
    fake.capture("p1", "c1", fake.now(), amount="seven")

    company.load()

    assert company.rows("SELECT value FROM event") == [(7.0,)]
    assert [reject[2:] for reject in company.rejects()] == [("value", "seven", "bad_value")]


def test_another_property_as_the_value_needs_no_new_walk(company: ApiCompany, fake: PostHog) -> None:
    fake.capture("p1", "c1", fake.now(), amount=7, seats=3)
    company.load()
    sources = company.root / "sources.yml"
    sources.write_text(sources.read_text(encoding="utf-8").replace("value: amount", "value: seats"), encoding="utf-8")

    company.load()

    assert company.rows("SELECT value FROM event") == [(3.0,)]


def test_a_group_type_that_does_not_exist_is_told_with_those_that_do(company: ApiCompany) -> None:
    sources = company.root / "sources.yml"
    sources.write_text(sources.read_text(encoding="utf-8").replace("group: company", "group: firm"), encoding="utf-8")

    said = company.failure()

    assert 'no group type "firm"' in said
    assert "team, company" in said


def test_without_a_group_an_event_has_its_persons_account(company: ApiCompany, fake: PostHog) -> None:
    fake.persons["p1"] = {"created_at": fake.now(), "properties": {"company_id": "c7"}}
    fake.capture("p1", "c1", fake.now(), amount=7)
    sources = company.root / "sources.yml"
    text = "".join(
        line for line in sources.read_text(encoding="utf-8").splitlines(True) if line.split(":")[0].strip() not in ("group", "value")
    )
    sources.write_text(text, encoding="utf-8")

    company.load()

    assert company.rows("SELECT coalesce(attrs ->> 'source_account_id', account_id), value FROM event") == [("c7", None)]


@pytest.mark.full
def test_twenty_thousand_events_load(company: ApiCompany, fake: PostHog) -> None:
    fake.page = 10_000
    for number in range(20_000):
        fake.capture(f"p{number % 50}", "c1", fake.now() - timedelta(seconds=number), amount=number, format="pdf")
    began = time.monotonic()

    company.load()

    print(f"{20_000 / (time.monotonic() - began):,.0f} events/s")
    assert company.rows("SELECT count(*), sum(value) FROM event WHERE attrs ->> 'format' = 'pdf'") == [(20_000, 199_990_000.0)]
