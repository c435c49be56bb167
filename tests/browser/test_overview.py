"""Overview and the navigation: the tree's numbers, the way from a node to its definition, the pace of cards, homes by role."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from data import status
from tests.browser.harness import gone_to, opened, settled

NEW_ACCOUNTS = """
SELECT count(DISTINCT account_id) FROM account
WHERE created_at >= $since AND created_at < $until AND deleted_at IS NULL AND NOT coalesce(is_test, FALSE)
"""
PAYING = """
SELECT count(DISTINCT account_id) FROM (
  SELECT account_id, sum(mrr) AS paid FROM subscription_period JOIN account USING (account_id)
  WHERE valid_from <= $day AND (valid_to IS NULL OR valid_to > $day) AND status IN ('active', 'past_due')
    AND NOT coalesce(is_test, FALSE)
  GROUP BY account_id
) WHERE paid > 0
"""


@pytest.fixture(scope="module")
def counted(layer):
    """New and paying accounts of the last 28 days, by queries of our own, and their range."""
    zone = ZoneInfo(layer.workspace.company.timezone)
    with layer.reader.open() as snapshot:
        newest = max(source.loaded_until for source in status.sources(snapshot)).astimezone(zone)
        until = newest.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        run = lambda sql, **told: snapshot.cursor.execute(sql, told).fetchone()[0]  # noqa: E731
        paying = run(PAYING, day=newest.date())
        return {"new_accounts": run(NEW_ACCOUNTS, since=until - timedelta(days=28), until=until), "paying_accounts": paying}


def test_the_tree_and_the_cards_tell_how_things_stand(browser, app, counted):
    page = opened(browser, f"{app}/")
    tree = page.locator(".st-key-card-north-star")
    for name, value in counted.items():
        expect(tree.locator(f".node[data-id='{name}'] .value")).to_have_text(f"{value:,}")
    expect(page.locator(".group h2").first).to_have_text("Every account gets value in its first week")
    expect(page.locator(".tile[data-id='mrr'] .meta")).to_contain_text("by 31 Dec")
    for late in page.locator(".tile[data-status=off], .tile[data-status=risk]").all():
        said = f"{late.locator('.name').inner_text()} ({late.locator('.pace').inner_text()})"
        expect(page.locator(".tv-lead p")).to_contain_text(said)
    expect(page.locator(".st-key-changed li").first).to_be_visible()

    tree.locator(".node[data-id='weekly_active_accounts']").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("count_distinct: account_id")
    expect(page.get_by_role("dialog").locator(".tv-title h2")).to_have_text("New accounts")
    page.context.close()


def test_the_role_decides_what_opens_first_and_a_link_opens_the_same_for_all(browser, app):
    page = opened(browser, f"{app}/revenue")
    page.get_by_role("radio", name="Product", exact=True).click()
    expect(page.locator("[data-testid=stTopNavSection]").first).to_have_text("What is used?")
    expect(page.locator(".tv-head h1")).to_have_text("Revenue")
    gone_to(page, "How are we doing?", "Overview")
    overview = page.url

    page.goto(overview.replace("/overview", "/"))
    expect(settled(page).locator(".tv-head h1")).to_have_text("Adoption")
    for address, heading in ((overview.split("?")[0], "Overview"), (f"{app}/?role=ops", "Data")):
        other = opened(browser, address)
        expect(other.locator(".tv-head h1")).to_have_text(heading)
        other.context.close()

    page.get_by_role("button", name="Can I trust it?").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".tv-head h1")).to_have_text("Editor")
    page.context.close()
