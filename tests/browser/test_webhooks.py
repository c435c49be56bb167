"""What a vendor sends is on an open page a moment later: from the door through the inbox, the worker and a publish."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect

from data.journal import open_journal
from tests.browser import harness
from tests.browser.harness import opened, tile
from tests.deliveries import SECRET, Receiver, send
from tests.waiting import wait_until

#: What is promised on a machine that has nothing else to do; told here, for the machine may have other tests to run.
PROMISED = 10.0


def used(account, days_ago):
    at = datetime.now(UTC) - timedelta(days=days_ago)
    call = {"type": "track", "event": "Report Made", "userId": f"user of {account}", "context": {"groupId": account}}
    return call | {"messageId": f"{account} {days_ago}", "timestamp": at.isoformat()}


@pytest.fixture
def company(tmp_path, monkeypatch):
    """A company in which two accounts were active every day, loaded."""
    monkeypatch.setenv("WEBHOOK", SECRET)
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    found = Receiver(tmp_path / "acme")
    found.connects()
    with found.door() as client:
        groups = [{"type": "group", "messageId": name, "groupId": name, "traits": {"name": name}} for name in ("Alder", "Birch", "Cedar")]
        events = [used(name, days) for name in ("Alder", "Birch") for days in range(1, 40)]
        assert send(client, {"batch": [*groups, *events]}) == 200
    found.load()
    return found


@pytest.mark.full
def test_an_event_is_on_an_open_page_within_seconds(browser, company):
    with harness.started(harness.ROOT, company.root / "app.log", {"TRANSVERSE_WORKSPACE": str(company.root), "WEBHOOK": SECRET}) as app:
        page = opened(browser, f"{app}/adoption")
        assert tile(page, "weekly_active_accounts") == "2"
        book = open_journal(company.root)
        first = book.jobs.request("sync", {"names": ["product"]}, key="the worker is there").id
        wait_until(lambda: not book.jobs.get(first).open)

        for active, account in enumerate(("Cedar", "Dogwood", "Elm"), start=3):
            with httpx.Client(base_url=app, trust_env=False) as client:
                begun = time.monotonic()
                assert send(client, used(account, 1)) == 200
                answered = time.monotonic() - begun
            expect(page.locator(".tile[data-id='weekly_active_accounts'] .number")).to_have_text(str(active), timeout=120_000)
            seen = time.monotonic() - begun
            print(f"answered after {answered:.2f} s, on the page after {seen:.1f} s (promised: {PROMISED:.0f} s)")
        assert page.evaluate("performance.getEntriesByType('navigation').length") == 1
        page.context.close()
