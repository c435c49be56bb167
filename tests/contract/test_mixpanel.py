"""What is Mixpanel's own: exports that end early, days of the project's time zone, profiles page by page, many events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.contract.api_company import ApiCompany, made
from tests.fakes import vendor
from tests.fakes.judge import judged, spec
from tests.fakes.mixpanel import Mixpanel, edit


@pytest.fixture
def fake() -> Iterator[Mixpanel]:
    found = Mixpanel(3)
    with found.serve():
        yield found


@pytest.fixture
def company(tmp_path: Path, fake: Mixpanel) -> ApiCompany:
    return made(tmp_path, "mixpanel", fake)


def test_an_export_that_ends_early_is_asked_for_again(company: ApiCompany, fake: Mixpanel) -> None:
    fake.track(100, "200", fake.now() - timedelta(days=1))
    fake.ending = "export terminated early\n"

    company.load()

    assert company.rows("SELECT count(*) FROM event") == [(1,)]
    assert fake.ending == ""


def test_a_time_of_the_projects_zone_is_the_moment_it_was(company: ApiCompany, fake: Mixpanel) -> None:
    at = (datetime.now(UTC) - timedelta(days=3)).replace(hour=2, minute=30, second=0, microsecond=0)  # the evening before, in New York
    fake.track(100, "200", at)

    company.load()

    assert company.rows("SELECT occurred_at FROM event") == [(at,)]


def test_an_event_that_comes_later_than_expected_is_found_by_a_full_sync(company: ApiCompany, fake: Mixpanel) -> None:
    company.load()
    for days in (3, 6):
        fake.track(100, "200", fake.now() - timedelta(days=days))

    company.load()
    before = company.rows("SELECT count(*) FROM event")
    company.load(full=True)

    assert (before, company.rows("SELECT count(*) FROM event")) == ([(1,)], [(2,)])


def test_addresses_as_ids_are_hashed_alike_and_a_value_that_is_no_number_is_refused(company: ApiCompany, fake: Mixpanel) -> None:
    fake.track("ana@firm.example", "200", fake.now())
    fake.track("ana@firm.example", "200", fake.now(), amount="much")

    company.load()

    ((person,),) = company.rows("SELECT person_id FROM event")
    assert person.endswith("@firm.example")
    assert len(person) == 64 + len("@firm.example")
    assert [reject[2:] for reject in company.rejects()] == [("value", "much", "bad_value")]


@pytest.mark.full
def test_twenty_thousand_events_load(company: ApiCompany, fake: Mixpanel) -> None:
    for number in range(20_000):
        fake.track(100, "200", fake.now() - timedelta(seconds=number), amount=number, format="pdf")
    began = time.monotonic()

    company.load()

    print(f"{20_000 / (time.monotonic() - began):,.0f} events/s")
    assert company.rows("SELECT count(*), sum(value) FROM event WHERE attrs ->> 'format' = 'pdf'") == [(20_000, 199_990_000.0)]


def test_requests_and_answers_keep_to_what_mixpanel_publishes(tmp_path: Path) -> None:
    """It publishes two descriptions, each of one of its servers. What is a list in one is text that holds a list, as its words say."""
    fake = vendor("mixpanel").fake(5)
    exports, told = spec("mixpanel/export.openapi.yaml"), yaml.safe_load(spec("mixpanel/query.openapi.yaml").read_text(encoding="utf-8"))
    form = told["paths"]["/engage"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    form["output_properties"] = {"type": "string"}
    queries = tmp_path / "query.openapi.json"
    queries.write_text(json.dumps(told, default=str), encoding="utf-8")
    with fake.serve() as behind, judged(exports, behind) as address, judged(queries, behind) as profiles:
        fake.url = address
        company = made(tmp_path, "mixpanel", fake, f"profiles_url: {profiles}")
        company.load()
        for _ in range(8):
            edit(fake)
        company.load()

        assert company.loaded() == vendor("mixpanel").expected(fake)
