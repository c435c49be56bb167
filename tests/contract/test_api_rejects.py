"""What does not fit is refused with its reason and counted, never loaded as nothing; what was refused once stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import api
from data.errors import Problem
from tests.contract.api_company import made
from tests.fakes import posthog
from tests.fakes.hubspot import HubSpot


def test_a_type_that_drifts_is_refused_with_a_count_and_comes_back_when_it_fits(tmp_path: Path) -> None:
    fake = HubSpot(1)
    fake.put("companies", "1", name="Alder", createdate="2026-01-01T00:00:00Z")
    fake.put("deals", "7", dealname="Good", amount="10", dealstage="s1")
    fake.put("deals", "8", dealname="Bad", amount="about ten", dealstage="s1")
    with fake.serve():
        company = made(tmp_path, "hubspot", fake)
        company.load()
        refused = company.rows("SELECT table_name, column_name, value, reason FROM reject")
        assert refused == [("opportunity", "amount", "about ten", "bad_value")]
        assert company.rows("SELECT name FROM opportunity WHERE deleted_at IS NULL") == [("Good",)]

        fake.put("deals", "8", amount="10")
        company.load()

    assert company.rejects() == []
    assert company.rows("SELECT count(*) FROM opportunity WHERE deleted_at IS NULL") == [(2,)]


def test_events_that_were_refused_once_stay_among_the_refused(tmp_path: Path) -> None:
    fake = posthog.PostHog(3)
    fake.capture("p1", "", fake.now(), amount="about ten")
    with fake.serve():
        company = made(tmp_path, "posthog", fake)
        company.load()
        fake.capture("p1", "", fake.now(), amount="a dozen")
        fake.capture("p1", "", fake.now(), amount=12)
        company.load()

    assert company.rows("SELECT column_name, value FROM reject ORDER BY value") == [("value", "a dozen"), ("value", "about ten")]
    assert company.rows("SELECT value FROM event") == [(12,)]


def test_a_secret_does_not_leave_without_tls() -> None:
    config = api.Api(connector="x", base_url="http://api.example.com")

    with pytest.raises(Problem, match="no address for a secret"):
        api.way(config, "https://api.example.com", rate=1, secrets=())
    assert api.way(config.model_copy(update={"base_url": "http://127.0.0.1:8000"}), "", rate=1, secrets=())
