"""A source is asked at its own pace, and at once when somebody wants it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from connectors.sync import sync
from data import looks
from tests.contract.api_company import made
from tests.fakes import vendor


def test_a_source_with_a_pace_is_left_in_peace_until_it_is_due_or_asked_by_hand(tmp_path: Path) -> None:
    fake = vendor("hubspot").fake(7)
    with fake.serve():
        company = made(tmp_path, "hubspot", fake, "every: 1h\n")
        company.load()
        asked = len(fake.requests)
        vendor("hubspot").edit(fake)

        company.load()
        assert len(fake.requests) == asked
        look = looks.last(tmp_path, "hubspot")
        assert look is not None
        assert look.next == look.at + timedelta(hours=1)

        sync(company.workspace, at_once=True)
        assert len(fake.requests) > asked
        assert company.loaded() == vendor("hubspot").expected(fake)


def test_one_source_that_fails_does_not_hold_up_another(tmp_path: Path) -> None:
    fake, away = vendor("hubspot").fake(7), vendor("hubspot").fake(8)
    with fake.serve(), away.serve():
        company = made(tmp_path, "hubspot", fake)
        other = f"\n  other: {{connector: hubspot, token: '${{HUBSPOT_TOKEN}}', base_url: '{away.url}', pause: 0.01, rate: 10000}}\n"
        (tmp_path / "sources.yml").write_text((tmp_path / "sources.yml").read_text(encoding="utf-8") + other, encoding="utf-8")
        away.troubles.extend(["503"] * 500)

        told = {source.name: source.state for source in company.sync().sources}

        assert told == {"hubspot": "ok", "other": "failed"}
        assert company.loaded() == vendor("hubspot").expected(fake)


def test_an_answer_that_is_not_as_expected_fails_the_source_alone(tmp_path: Path) -> None:
    fake = vendor("hubspot").fake(7)
    fake._owners = lambda _request, _body: {"rows": []}
    with fake.serve():
        company = made(tmp_path, "hubspot", fake)

        said = company.failure()

    assert "owners is not as expected" in said
    assert company.rows("SELECT count(*) > 0 FROM opportunity") == [(True,)]
