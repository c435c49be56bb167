"""A funnel put together on Journeys from events and a property: its numbers, its link, who dropped out, and the metric it becomes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

import metrics
from data import journal, status, workspace
from data.reader import Reader
from tests.browser import harness
from tests.browser.harness import opened

#: People with the first event in the range, and those of them with the second one, as PDF, within 14 days after one of these.
FUNNEL = """
WITH counted AS (
  SELECT e.person_id, e.event_name, e.occurred_at, e.occurred_at_day, json_extract_string(e.attrs, '$.format') AS format
  FROM event e LEFT JOIN person p USING (person_id) LEFT JOIN account a ON a.account_id = e.account_id
  WHERE e.deleted_at IS NULL AND e.person_id IS NOT NULL AND p.is_internal IS NOT TRUE AND a.is_test IS NOT TRUE
),
began AS (SELECT * FROM counted WHERE event_name = 'report_run' AND occurred_at_day >= ? AND occurred_at_day < ?),
ended AS (SELECT * FROM counted WHERE event_name = 'report_exported' AND format = 'pdf')
SELECT count(DISTINCT b.person_id), count(DISTINCT CASE WHEN e.person_id IS NOT NULL THEN b.person_id END)
FROM began b LEFT JOIN ended e
  ON e.person_id = b.person_id AND e.occurred_at > b.occurred_at AND e.occurred_at <= b.occurred_at + INTERVAL 14 DAY
"""


@pytest.fixture(scope="module")
def served(own):
    with harness.serve(own) as url:
        yield url


def choose(page, label, *values):
    for value in values:
        box = page.get_by_role("combobox", name=label)
        box.fill(value)
        page.get_by_role("option", name=value, exact=True).click()


def counted(own):
    zone = workspace.load(own).company.timezone
    with Reader(own, zone).open() as snapshot:
        last = max(one.loaded_until for one in status.sources(snapshot)).astimezone(ZoneInfo(zone)).date()
        return snapshot.cursor.execute(FUNNEL, [last - timedelta(days=27), last + timedelta(days=1)]).fetchone()


@pytest.mark.usefixtures("untouched")
def test_a_funnel_is_built_from_events_and_kept_as_a_metric(browser, served, own):
    page = opened(browser, f"{served}/journeys?funnel=new")
    expect(page.get_by_text("Choose two events or more")).to_be_visible()
    choose(page, "Steps, in their order", "report_run", "report_exported")
    page.keyboard.press("Escape")
    page.locator(".st-key-narrow-step2 button").first.click()
    choose(page, "Property of report_exported", "attrs.format")
    choose(page, "Values", "pdf")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    began, converted = counted(own)
    counts = page.locator(".st-key-funnel-steps .count")
    expect(counts).to_have_text([f"{began:,}", f"{converted:,}"])

    page.get_by_role("button", name=f"{began - converted:,} did not come").first.click()
    expect(page.get_by_role("dialog").get_by_text("Accounts, most lost first")).to_be_visible()
    page.keyboard.press("Escape")
    again = opened(browser, page.url)
    expect(again.locator(".st-key-funnel-steps .count")).to_have_text([f"{began:,}", f"{converted:,}"])
    again.context.close()

    page.get_by_role("button", name="Save as metric").click()
    page.get_by_label("Name", exact=True).fill("MRR")
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("there is a metric mrr already")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("From report to PDF")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("combobox", name="Funnel")).to_have_value("From report to PDF")
    expect(counts).to_have_text([f"{began:,}", f"{converted:,}"])
    page.context.close()

    kept = metrics.open(workspace.load(own)).metrics["from_report_to_pdf"]
    assert (kept.kind, kept.owner) == ("funnel", "Ana")
    assert journal.open_journal(own).definitions.history("from_report_to_pdf")[0].author == "Ana"
