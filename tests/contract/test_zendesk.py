"""What is Zendesk's own: exports that leave out the last minute and give things twice, ratings that replace each other, texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import api, zendesk
from tests.contract.api_company import made
from tests.fakes.server import Refusal
from tests.fakes.zendesk import Zendesk, expected
from tests.fakes.zendesk import fake as some


@pytest.fixture
def fake() -> Iterator[Zendesk]:
    found = some(3)
    with found.serve():
        yield found


def test_what_happened_in_the_last_minute_comes_later_and_nothing_is_said_of_it(tmp_path: Path, fake: Zendesk) -> None:
    company = made(tmp_path, "zendesk", fake)
    recent = fake.change(fake.organizations, 5000, name="Recent", domain_names=[], organization_fields={"size_class": None})
    recent |= {"external_id": "own-5000", "deleted_at": None, "at": int(fake.now().timestamp()) - 10}

    company.load()
    until = company.rows("SELECT max(loaded_until) FROM freshness WHERE source = 'zendesk'")[0][0]
    assert "5000" not in {row[0] for row in company.loaded()["staged.account"]}
    assert until <= datetime.now(UTC) - timedelta(minutes=1)

    recent["at"] -= 60  # a minute goes by
    company.load()
    assert company.loaded() == expected(fake)


def test_more_organizations_of_one_moment_than_a_page_holds_are_all_loaded_once(tmp_path: Path, fake: Zendesk) -> None:
    at = fake.stamp()
    for key in range(5000, 5030):
        made_ = fake.change(fake.organizations, key, name="Import", domain_names=[], organization_fields={"size_class": None})
        fake.organizations[key] = made_ | {"external_id": f"own-{key}", "deleted_at": None, "at": at}

    company = made(tmp_path, "zendesk", fake)
    company.load()

    assert company.loaded() == expected(fake)


def test_an_export_that_does_not_move_on_is_told(tmp_path: Path, fake: Zendesk, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"organizations": [], "ticket_events": [], "end_time": 1_700_000_000, "end_of_stream": False, "count": 0}
    monkeypatch.setattr(fake, "_by_time", lambda _request, _body: answer)
    with fake.serve():
        said = made(tmp_path, "zendesk", fake).failure()

    assert "a second time" in said
    assert "next sync" in said


def test_a_rating_that_is_changed_counts_as_it_is_now(tmp_path: Path, fake: Zendesk) -> None:
    company = made(tmp_path, "zendesk", fake)
    company.load()
    last = max(fake.ratings, key=lambda each: each["at"])
    at = last["at"] + 1
    fake.ratings.append(last | {"id": 99_999, "score": "bad", "at": at, "created_at": "2026-11-01T00:00:00Z"})
    fake.ratings[-1]["created_at"] = datetime.fromtimestamp(at, UTC).isoformat()

    company.load()

    assert company.loaded() == expected(fake)
    assert "99999" in {row[0] for row in company.loaded()["survey_response"]}


def test_a_limit_is_waited_for(tmp_path: Path, fake: Zendesk, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, refused = fake._by_cursor, []

    def limited(request: Any, body: Any) -> Any:
        if not refused:
            refused.append(request)
            raise Refusal(429, {"error": "TooManyRequests"}, {"Retry-After": "1"})
        return answer(request, body)

    monkeypatch.setattr(fake, "_by_cursor", limited)
    with fake.serve():
        company = made(tmp_path, "zendesk", fake)
        company.load()

    assert refused
    assert company.loaded() == expected(fake)


def test_without_messages_events_are_not_asked_for(tmp_path: Path, fake: Zendesk) -> None:
    company = made(tmp_path, "zendesk", fake)
    text = (tmp_path / "sources.yml").read_text(encoding="utf-8").replace("messages: true", "messages: false")
    (tmp_path / "sources.yml").write_text(text, encoding="utf-8")

    company.load()

    assert not [path for _, path in fake.requests if "ticket_events" in path]
    assert company.loaded() == expected(fake) | {"ticket_message": set()}

    company.connects()
    company.load()
    assert company.loaded() == expected(fake)


def test_texts_are_not_kept(tmp_path: Path, fake: Zendesk) -> None:
    made(tmp_path, "zendesk", fake).load()

    written = b"".join(path.read_bytes() for path in (tmp_path / "landing").rglob("*.jsonl"))

    assert b"tickets" in written
    assert not [text for text in (b"What they wrote", b"Somebody") if text in written]


def test_minutes_of_another_type_are_refused_and_counted(tmp_path: Path, fake: Zendesk) -> None:
    ticket = next(each for each in fake.tickets.values() if each["status"] != "deleted")
    ticket["metric_set"] = ticket["metric_set"] | {"reply_time_in_minutes": {"calendar": "soon", "business": None}}

    company = made(tmp_path, "zendesk", fake)
    company.load()

    assert {(column, value) for _, _, column, value, _ in company.rejects()} <= {
        ("first_response_at", "soon"), ("first_response_minutes", "soon")
    }  # fmt: skip
    assert company.rejects()


@pytest.mark.parametrize("subdomain", ["acme.zendesk.com", "evil.example/", "https://acme"])
def test_a_subdomain_is_a_name_alone(tmp_path: Path, fake: Zendesk, subdomain: str) -> None:
    company = made(tmp_path, "zendesk", fake)
    text = (tmp_path / "sources.yml").read_text(encoding="utf-8").replace("subdomain: acme", f"subdomain: {subdomain}")
    (tmp_path / "sources.yml").write_text(text, encoding="utf-8")

    assert "subdomain" in company.failure()


def test_ten_requests_a_minute_are_the_pace() -> None:
    told = {"connector": "zendesk", "subdomain": "acme", "email": "ops@us.example", "token": "${ZENDESK_TOKEN}"}

    way = api.way(zendesk.Config.model_validate(told), "https://acme.zendesk.com", rate=zendesk.RATE, secrets=())

    assert way.every == pytest.approx(6)
