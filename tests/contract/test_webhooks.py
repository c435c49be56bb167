"""The door for webhooks over HTTP: who is let in, what is refused and how, and what follows a delivery."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connectors import inbox, work
from data.errors import Problem
from data.journal import open_journal
from data.pauses import pause
from tests.contract.api_company import made
from tests.deliveries import SECRET, Receiver, send, signed
from tests.fakes import vendor

CALL = {"type": "track", "messageId": "1", "event": "E", "userId": "u", "timestamp": "2026-11-02T08:00:00Z"}


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    monkeypatch.setenv("WEBHOOK", SECRET)
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    found = Receiver(tmp_path)
    found.connects()
    return found


@pytest.fixture
def door(company: Receiver) -> Iterator[httpx.Client]:
    with company.door() as client:
        yield client


def of(company: Receiver, connector: str) -> None:
    """Makes the source one of another connector."""
    company.connector = connector
    company.connects()


def asked(company: Receiver) -> list[dict[str, object]]:
    """The syncs that were asked for."""
    return [job["arguments"] for job in open_journal(company.root).export()["job"]]


def waiting(company: Receiver) -> list[Path]:
    return list((company.root / "landing/product/inbox").glob("*.jsonl"))


def test_what_is_not_genuine_changes_nothing_and_is_told_nothing(company: Receiver, door: httpx.Client) -> None:
    body = json.dumps(CALL).encode()
    forged = [{}, signed(body, "wrong"), signed(body + b" "), {"Authorization": "wrong"}, {"X-Signature": ""}]

    answers = [door.post("/webhooks/product", content=body, headers=headers) for headers in forged]

    assert {(answer.status_code, answer.content) for answer in answers} == {(401, b"")}
    assert not (company.root / "landing").exists()
    assert not (company.root / "journal.db").exists()


def test_sources_that_take_no_webhooks_are_not_there(company: Receiver, door: httpx.Client) -> None:
    with (company.root / "sources.yml").open("a") as file:
        file.write("  crm: {connector: hubspot, token: '${T}'}\n")
    body = json.dumps(CALL).encode()

    for path in ("none", "crm", "%2e%2e", "product%2F..", "x" * 300):
        assert door.post(f"/webhooks/{path}", content=body, headers=signed(body)).status_code == 404
        assert door.head(f"/webhooks/{path}").status_code == 404


def test_what_is_too_long_is_refused_without_being_read(company: Receiver, door: httpx.Client) -> None:
    long = json.dumps([CALL | {"messageId": str(number)} for number in range(12_000)]).encode()
    assert len(long) > 1 << 20

    assert door.post("/webhooks/product", content=long, headers=signed(long)).status_code == 413
    assert door.post("/webhooks/product", content=iter([long[:700_000], long[700_000:]]), headers=signed(long)).status_code == 413
    assert waiting(company) == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe\xfd", b'{"a": NaN}', b'{"a": 1e999}', b"[" * 200_000, b'{"a": ' + b"9" * 9_000 + b"}"]
)
def test_what_is_no_json_is_refused_and_not_kept(company: Receiver, door: httpx.Client, body: bytes) -> None:
    assert door.post("/webhooks/product", content=body, headers=signed(body)).status_code == 400
    assert waiting(company) == []


def test_a_disk_that_is_full_lets_the_vendor_try_again(
    company: Receiver, door: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_path: Path, _text: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as for_now:
        for_now.setattr(inbox.files, "replace_text", full)
        assert send(door, CALL) == 503
    assert "No space left" in caplog.text
    assert send(door, CALL) == 200
    assert len(waiting(company)) == 1


def test_a_secret_that_is_not_set_or_stands_in_the_file_is_told_in_the_log_only(
    company: Receiver, door: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("WEBHOOK")
    assert send(door, CALL) == 503
    (company.root / "sources.yml").write_text("sources: {product: {connector: segment, webhook_secret: plain-as-day}}")
    assert send(door, CALL, "plain-as-day") == 503

    assert "WEBHOOK" in caplog.text
    assert "sources.yml" in caplog.text
    assert "plain-as-day" not in caplog.text


def test_a_burst_asks_for_one_sync_and_one_more_when_that_runs_already(company: Receiver, door: httpx.Client) -> None:
    for number in range(10):
        assert send(door, CALL | {"messageId": str(number)}) == 200
    assert asked(company) == [{"names": ["product"], "notice": True}]

    book = open_journal(company.root)
    running = book.jobs.take(["sync"])
    for number in range(10, 13):
        assert send(door, CALL | {"messageId": str(number)}) == 200
    assert len(asked(company)) == 2

    assert running
    book.jobs.done(running.id)
    done = work.take(company.root, book)
    assert done
    assert (done.state, done.error) == ("done", None)
    assert company.rows("SELECT count(*) FROM event") == [(13,)]


def test_a_source_that_is_paused_keeps_what_comes_and_asks_for_nothing(company: Receiver, door: httpx.Client) -> None:
    pause(company.root, "product", on=True)

    assert send(door, CALL) == 200
    assert len(waiting(company)) == 1
    assert not (company.root / "journal.db").exists()


def test_a_source_that_is_added_or_taken_away_is_known_at_once(company: Receiver, door: httpx.Client) -> None:
    assert send(door, CALL) == 200
    text = (company.root / "sources.yml").read_text(encoding="utf-8")
    (company.root / "sources.yml").write_text(text.replace("product:", "other:"), encoding="utf-8")
    assert send(door, CALL) == 404
    (company.root / "sources.yml").unlink()
    assert door.head("/webhooks/other").status_code == 404


def test_small_files_become_few_in_the_order_in_which_they_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_TOGETHER", 500)
    box = inbox.Inbox.of(tmp_path / "landing", tmp_path)
    for number in range(30):
        box.write("events", [inbox.Record(str(number % 10), {"number": number})], {"until": f"{number:02}"})
    box.write("traits", [], {})
    box.gather("events")

    found = box.waiting()
    lines = [json.loads(line) for path in found for line in path.read_text().splitlines()]
    assert len(found) < 12
    assert [line["payload"]["number"] for line in lines if "payload" in line] == list(range(30))
    assert max(line["head"].get("until", "") for line in lines if "head" in line) == "29"


def test_a_journal_that_refuses_costs_no_delivery(company: Receiver, door: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_root: Path) -> None:
        raise Problem("the journal refused: locked")

    monkeypatch.setattr("connectors.webhooks.open_journal", refuses)

    assert send(door, CALL) == 200
    assert len(waiting(company)) == 1


def test_a_notice_is_no_data_and_asks_the_vendor_at_once(company: Receiver, door: httpx.Client) -> None:
    of(company, "hubspot")
    body, told = b'[{"objectId": 1}]', str(int(time.time() * 1000))
    message = b"POST" + b"https://numbers.example.com/webhooks/product" + body + told.encode()
    mark = base64.b64encode(hmac.digest(SECRET.encode(), message, hashlib.sha256)).decode()
    headers = {"X-HubSpot-Signature-v3": mark, "X-HubSpot-Request-Timestamp": told}

    behind_a_proxy = headers | {"X-Forwarded-Host": "numbers.example.com", "X-Forwarded-Proto": "https"}
    assert door.post("/webhooks/product", content=body, headers=headers).status_code == 401
    assert door.post("/webhooks/product", content=body, headers=behind_a_proxy).status_code == 200
    assert door.post("/webhooks/product", content=body, headers=headers | {"Host": "numbers.example.com"}).status_code == 200
    assert asked(company) == [{"names": ["product"], "notice": True}]
    assert waiting(company) == []


def test_a_notice_does_not_wait_for_the_pause_between_two_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    fake = vendor("hubspot").fake(7)
    with fake.serve():
        company = made(tmp_path, "hubspot", fake, "every: 6h\n")
        company.load()
        asked_before = len(fake.requests)
        company.load()
        assert len(fake.requests) == asked_before

        book = open_journal(tmp_path)
        book.jobs.request("sync", {"names": ["hubspot"], "notice": True}, key="webhook:hubspot", again=True)
        assert work.take(tmp_path, book)
        assert len(fake.requests) > asked_before


def test_vendors_look_whether_somebody_is_there(company: Receiver, door: httpx.Client) -> None:
    assert door.head("/webhooks/product").status_code == 200
    assert door.get("/webhooks/product?validationToken=abc").status_code == 405
    assert door.put("/webhooks/product", content=b"{}").status_code == 405

    of(company, "productboard")
    echoed = door.get("/webhooks/product?validationToken=%3Cb%3E%26")
    assert (echoed.status_code, echoed.text, echoed.headers["content-type"]) == (200, "<b>&", "text/plain; charset=utf-8")
    assert door.get("/webhooks/product").status_code == 405
    assert door.get("/webhooks/none?validationToken=abc").status_code == 404
    assert door.get(f"/webhooks/product?validationToken={'x' * 600}").status_code == 405


def test_the_token_that_notion_sends_lies_where_only_its_owner_reads_it_until_it_is_set(
    company: Receiver, door: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    of(company, "notion")
    monkeypatch.delenv("WEBHOOK")
    token = "secret_of_notion"

    assert door.post("/webhooks/product", json={"verification_token": token, "more": 1}).status_code == 503
    assert door.post("/webhooks/product", json={"verification_token": token}).status_code == 200
    path = company.root / "landing/product/inbox/verification_token"
    assert path.read_text().strip() == token
    assert path.stat().st_mode & 0o777 == 0o600
    assert token not in caplog.text

    monkeypatch.setenv("WEBHOOK", token)
    assert door.post("/webhooks/product", json={"verification_token": "of somebody else"}).status_code == 401
    assert path.read_text().strip() == token
