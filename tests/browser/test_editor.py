"""The Editor: somebody without SQL adds a metric by the form alone, finds it in the Catalogue, and takes it back."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

import metrics
from data import status, workspace
from tests.browser import adding, harness
from tests.browser.adding import LABEL, NAME
from tests.browser.harness import settled

#: How many accounts did it twice or more in a week, asked apart from the layer.
TWICE = """
SELECT count(*) FROM (
  SELECT event.account_id
  FROM event LEFT JOIN account USING (account_id) LEFT JOIN person ON person.person_id = event.person_id
  WHERE event_name = 'report_exported' AND occurred_at_day BETWEEN $first AND $last AND event.account_id IS NOT NULL
    AND event.deleted_at IS NULL AND NOT coalesce(is_test, false) AND NOT coalesce(is_internal, false)
  GROUP BY event.account_id HAVING count(*) >= 2)
"""


@pytest.fixture(scope="module")
def twice(own):
    """The number of the seven days that end with a day."""
    layer = metrics.open(workspace.load(own))

    def counted(last):
        with layer.reader.open() as snapshot:
            return snapshot.cursor.execute(TWICE, {"first": last - timedelta(days=6), "last": last}).fetchone()[0]

    return counted


@pytest.fixture(scope="module")
def today(own):
    """The last day of which anything is loaded."""
    layer = metrics.open(workspace.load(own))
    with layer.reader.open() as snapshot:
        newest = max(source.loaded_until for source in status.sources(snapshot))
    return (newest.astimezone(ZoneInfo(layer.workspace.company.timezone)) - timedelta(microseconds=1)).date()


@pytest.mark.usefixtures("untouched")
def test_a_metric_is_added_by_the_form_alone_found_and_taken_back(browser, own, twice, today):
    sunday = today - timedelta(days=today.isoweekday())
    assert twice(sunday) > 0
    with harness.serve(own) as app:
        page = adding.described(browser, app)
        card = page.locator(".st-key-card-preview")
        expect(card.locator("strong")).to_have_text(str(twice(sunday)))
        expect(card).to_contain_text(f"{sunday - timedelta(days=6):%-d %b %Y}")
        expect(page.locator(".tv-meaning")).to_contain_text("at least 2 events in the product where event is report_exported")

        adding.saved(page, "The board asks for it")
        assert "\n  where: event = 'report_exported'\n  at_least: 2\n  over_last: 7 days\n" in (own / "metrics" / "own.yml").read_text()
        page.get_by_role("link", name="Look at it in the Catalogue").click()
        found = page.locator(f"li[data-id='{NAME}']")
        expect(found.locator(".label")).to_have_text(LABEL)
        expect(found.locator(".value")).to_have_text(str(twice(today)))

        drawer = page.get_by_role("dialog")
        expect(drawer.get_by_role("heading", name=LABEL)).to_be_visible()
        drawer.get_by_role("link", name="Edit").click()
        page.get_by_text("Ana · The board asks for it").first.click()
        page.get_by_role("button", name="Undo this change").click()
        page.locator(".st-key-saved").wait_for()
        assert not (own / "metrics" / "own.yml").exists()
        settled(page).goto(f"{app}/catalogue")
        expect(page.locator("li[data-id='active_accounts']")).to_be_visible()
        expect(page.locator(f"li[data-id='{NAME}']")).to_have_count(0)

        told_while_typing(page, app)
        page.context.close()


def told_while_typing(page, app):
    """What is wrong is told with its line while it is typed, and mended the preview is back."""
    page.goto(f"{app}/editor?edit=active_accounts&as=yaml")
    text = settled(page).get_by_role("textbox", name="The definition")
    expect(text).to_have_value(re.compile("^active_accounts:"))
    right = text.input_value()
    text.fill(right.replace("is_meaningful", "is_meaningfull"))
    told = page.locator(".tv-lint .error")
    expect(told).to_contain_text("Did you mean is_meaningful?")
    expect(told).to_contain_text("line 6 · metrics/own.yml:6")
    expect(page.get_by_text("No preview yet")).to_be_visible()
    expect(page.locator(".sheet li.error")).to_have_text("6")
    text.fill(right)
    expect(page.locator(".st-key-card-preview")).to_be_visible()
    expect(told).to_have_count(0)
