"""Alerts: a rule is written, tried on history and saved, what it finds is told and listed, it is snoozed, and a test is sent."""

import pytest
from playwright.sync_api import expect

import metrics
from data import journal, workspace
from metrics.insight.alerts import delivery as alert_delivery
from metrics.insight.alerts import run as alert_run
from tests.alerting import http
from tests.browser import harness
from tests.browser.harness import settled

RULE = """busy_accounts:
  label: Accounts with many tickets
  metric: tickets_created
  grain: month
  when: {above: 1, min_n: 1}
  by: account_id
  tell: [ops]
  owner: ana
"""


@pytest.fixture
def watched(untouched):
    """The smaller company with one channel and no rules, before and after."""
    folder = untouched / "alerts"
    folder.mkdir(exist_ok=True)
    (folder / "channels.yml").write_text("ops: {url: '${OPS_URL}'}\n")
    yield untouched
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_a_rule_is_tried_saved_told_and_snoozed(browser, watched, monkeypatch, tmp_path):
    with http() as (where, got):
        here = {"OPS_URL": f"json://{where}/ops", "TRANSVERSE_JOURNAL": f"sqlite:///{tmp_path / 'journal.db'}"}
        for name, value in here.items():
            monkeypatch.setenv(name, value)
        with harness.serve(watched, here) as app:
            walked(browser, watched, app, got)


def walked(browser, watched, app, got):
    """The walk of somebody who wants to be told."""
    page = harness.opened(browser, f"{app}/alerts")
    text = page.get_by_role("textbox", name="The rule")
    text.fill(RULE.replace("tickets_created", "tickets_creatd"))
    expect(page.locator(".tv-lint .error")).to_contain_text("Did you mean tickets_created")
    expect(page.locator(".sheet li.error")).to_have_text("3")
    expect(page.get_by_text("Not tried yet")).to_be_visible()
    text.fill(RULE)
    expect(page.locator(".st-key-card-tried")).to_contain_text("It would have fired")
    page.get_by_label("Who are you?").fill("Ana")
    page.get_by_label("Why do you change it?").fill("Support asked for it")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("busy_accounts is saved in alerts/own.yml.")).to_be_visible()
    assert (watched / "alerts" / "own.yml").read_text() == RULE
    expect(page.locator(".tv-state.late")).to_contain_text("Alerts never ran here.")

    layer, book = metrics.open(workspace.load(watched)), journal.open_journal(watched)
    assert alert_run.run(layer, book).fresh > 0
    alert_delivery.deliver(layer.workspace, book)
    hit = book.alerts.fired("busy_accounts", most=1)[0]
    page.goto(f"{app}/alerts?rule=busy_accounts&member={hit.member}&fired={hit.period}")
    settled(page)
    row = page.locator(".st-key-card-fired tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(hit.facts["label"])
    expect(row).to_contain_text("Sent")
    expect(page.locator(".tv-state.late")).to_have_count(0)

    page.get_by_role("button", name="Snooze this rule").click()
    expect(page.locator(".st-key-card-rules")).to_contain_text("Snoozed")
    page.get_by_role("button", name="End it").click()
    expect(page.locator(".st-key-card-rules")).to_contain_text("Watches")
    page.get_by_role("button", name="Send a test to ops").click()
    expect(page.locator(".st-key-card-channels")).to_contain_text("Test · Waits")
    alert_delivery.deliver(layer.workspace, book)
    page.reload()
    settled(page)
    expect(page.locator(".st-key-card-channels")).to_contain_text("Test · Sent")
    assert "a test of ops" in got[-1]["body"]["title"]

    page.get_by_label("Who are you?").fill("Ana")
    page.get_by_text("Ana · Support asked for it").first.click()
    page.get_by_role("button", name="Undo this change").click()
    expect(page.get_by_text("busy_accounts is taken out of alerts/own.yml.")).to_be_visible()
    assert not (watched / "alerts" / "own.yml").exists()
    page.context.close()
