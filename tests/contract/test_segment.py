"""Events by webhook: each call is loaded once, whatever order it comes in, how often, and when the receiver is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from connectors import connector, of_block
from connectors.preview import preview
from data import yaml_file
from tests import deliveries
from tests.deliveries import SECRET, Receiver, calls, send
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    monkeypatch.setenv("WEBHOOK", SECRET)
    found = Receiver(tmp_path)
    found.connects()
    return found


def same(company: Receiver, sent: list[deliveries.Call]) -> None:
    """What is loaded is what was sent."""
    assert company.loaded("event", "event_id occurred_at event_name person_id account_id attrs") == deliveries.events(sent)
    assert company.loaded("account", "account_id name domain seats") == deliveries.accounts(sent)
    assert company.loaded("person", "person_id account_id role") == deliveries.persons(sent)
    assert company.rejects() == []


def test_a_burst_in_any_order_and_twice_is_loaded_exactly(company: Receiver) -> None:
    sent = calls(1, 200)
    shuffled = sent * 2
    random.Random(2).shuffle(shuffled)
    shuffled = shuffled[:60] + [call for call in sent if call not in shuffled[:60]] + shuffled[60:80]

    with company.door() as client, ThreadPoolExecutor(8) as many:
        assert set(many.map(lambda call: send(client, call), shuffled)) == {200}
    company.load()

    same(company, sent)
    assert len(list((company.root / "landing/product/inbox").glob("*.jsonl"))) == 2


def test_what_comes_later_makes_the_same_and_what_comes_again_publishes_nothing(company: Receiver) -> None:
    sent = calls(3, 60)
    with company.door() as client:
        for begin in (40, 0, 20):
            assert send(client, {"batch": sent[begin : begin + 20]}) == 200
            company.load()
        same(company, sent)

        assert send(client, sent[:30]) == 200
    again = company.load()

    assert not again.published
    same(company, sent)


def test_what_was_taken_survives_a_kill_at_any_moment_and_the_rest_comes_again(company: Receiver) -> None:
    sent, taken = calls(4, 120), []
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.webhook_process", str(company.root)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with httpx.Client(base_url=process.stdout.readline().strip(), timeout=30, trust_env=False) as client:

        def deliver() -> None:
            with suppress(httpx.TransportError):
                for call in sent:
                    if send(client, call) == 200:
                        taken.append(call)

        thread = threading.Thread(target=deliver)
        thread.start()
        wait_until(lambda: len(taken) > 20)
        time.sleep(random.Random().random() / 20)
        os.kill(process.pid, signal.SIGKILL)
        thread.join()
    process.wait()
    company.load()
    kept = {row[0] for row in company.rows("SELECT id FROM raw_product.events UNION SELECT id FROM raw_product.traits")}

    assert {call["messageId"] for call in taken} <= kept <= {call["messageId"] for call in sent[: len(taken) + 1]}
    with company.door() as client:
        assert send(client, sent) == 200
    company.load()
    same(company, sent)


def test_a_rollback_is_made_up_for(company: Receiver) -> None:
    from data.store import Store

    sent = calls(5, 40)
    with company.door() as client:
        for part in (sent[:20], sent[20:]):
            assert send(client, part) == 200
            company.load()
    Store(company.root).rollback(1)
    company.load()

    same(company, sent)


def test_an_empty_batch_says_that_nothing_happened(company: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors import arrivals

    with company.door() as client:
        assert send(client, calls(6, 5)) == 200
        company.load()
        (before,) = company.rows("SELECT loaded_until FROM freshness WHERE table_name = 'event'")
        monkeypatch.setattr(arrivals, "STALE", arrivals.timedelta(0))
        assert send(client, {"batch": []}) == 200
    company.load()
    (after,) = company.rows("SELECT loaded_until FROM freshness WHERE table_name = 'event'")

    assert after > before


def test_nothing_is_kept_that_need_not_be_and_no_address(company: Receiver) -> None:
    person = {"email": "ann@example.com", "firstName": "Ann-of-old", "phone": "+33-7-planted", "address": {"street": "planted road"}}
    sent = [
        {"type": "identify", "messageId": "1", "userId": "ann@example.com", "traits": person, "context": {"ip": "203.0.113.77"}},
        {"type": "page", "messageId": "2", "userId": "7", "timestamp": "2026-11-02T08:00:00Z", "properties": {"search": "?planted"}},
        {"type": "track", "messageId": "3", "event": "Sent", "timestamp": "2026-11-02T08:00:00Z", "properties": {"to": "bob@example.com"}},
    ]
    with company.door() as client:
        assert send(client, sent) == 200
    company.load()
    planted = [word.encode() for word in ("ann@", "bob@", "Ann-of-old", "planted", "203.0.113.77")]

    written = {word for path in company.root.rglob("*") if path.is_file() for word in planted if word in path.read_bytes()}
    assert written == set()
    assert company.rows("SELECT email_domain FROM person") == [("example.com",)]


def test_what_is_no_time_or_number_is_refused_and_odd_calls_hurt_nobody(company: Receiver) -> None:
    odd = [
        {"type": "track", "messageId": "t", "event": "E", "timestamp": "yesterday"},
        {"type": "track", "messageId": "none", "event": "E"},
        {"type": "group", "messageId": "g", "groupId": "g1", "traits": {"employees": "50-100"}},
        {"type": "track", "event": "\ud83d \u0000", "timestamp": 5, "properties": "none", "context": "none"},
        {"type": "track", "messageId": 6, "userId": 7, "event": "E", "timestamp": "2026-11-02T08:00:00Z", "properties": {"value": "blue"}},
        {"type": "track", "messageId": 8, "userId": 7, "event": "E", "timestamp": "2026-11-02T08:00:00Z", "properties": {"value": 2.5}},
        {"type": "screen", "messageId": 9, "anonymousId": "a", "timestamp": "2026-11-02T08:00:00Z", "category": "Docs"},
        {"type": "alias", "userId": "7"},
        {"type": ["track"]},
        5,
    ]
    with company.door() as client:
        assert send(client, odd) == 200
    company.load()

    assert {(row[2], row[3]) for row in company.rejects()} >= {
        ("occurred_at", "yesterday"),
        ("occurred_at", "none is given"),
        ("seats", "50-100"),
    }
    assert company.loaded("event", "event_id person_id event_name value") == {
        ("6", "7", "E", None),
        ("8", "7", "E", "2.5"),
        ("9", "a", "Viewed Docs Screen", None),
    }


def test_check_shows_what_waits_and_takes_nothing(company: Receiver) -> None:
    with company.door() as client:
        assert send(client, calls(8, 30)) == 200

    assert preview(company.workspace, "product").counts["event"] > 0
    company.load()
    same(company, calls(8, 30))


def test_the_template_is_a_block_that_the_connector_takes() -> None:
    block = yaml_file.parse("sources:\n" + connector("segment").TEMPLATE.format(name="mine"), "sources.yml")["sources"]

    assert of_block("mine", block["mine"], block) is connector("segment")
    connector("segment").Config.model_validate(dict(block["mine"]))


def test_traits_of_ones_own_say_more_of_an_account(company: Receiver) -> None:
    company.connects(", account: {segment: tier}")
    with company.door() as client:
        send(client, {"type": "group", "messageId": "1", "groupId": "g", "timestamp": "2026-11-02T08:00:00Z", "traits": {"tier": "gold"}})
    company.load()

    assert company.rows("SELECT account_id, segment FROM account") == [("g", "gold")]
