"""Feature: two features beside each other by a link, and what is opened from the page keeps to the feature."""

from playwright.sync_api import expect

from tests.browser.harness import opened


def test_a_link_puts_two_features_beside_each_other(browser, app):
    page = opened(browser, f"{app}/feature?feature=export&beside=import")

    expect(page.locator(".st-key-card-hero .tv-legend li").first).to_have_text("Export")
    expect(page.locator(".st-key-card-hero .tv-legend li").nth(1)).to_have_text("Import")
    expect(page.locator(".st-key-card-stays .tv-legend li")).to_have_text(["Export", "Import"])
    page.context.close()


def test_the_rows_behind_a_tile_are_those_of_the_feature(browser, app):
    page = opened(browser, f"{app}/feature?feature=export")
    tile = page.locator(".tile[data-id='feature_tickets']")
    counted = int(tile.locator(".number").inner_text())
    tile.hover()
    page.get_by_role("button", name="Rows behind this: Tickets about features", exact=True).click()
    drawer = page.get_by_role("dialog")

    expect(drawer.locator(".tv-title strong")).to_have_text(str(counted))
    expect(drawer.locator(".tv-title .row")).to_contain_text("export")
    page.context.close()


def test_a_feature_in_a_list_leads_to_its_page(browser, app):
    page = opened(browser, f"{app}/adoption")
    row = page.locator(".st-key-features li").nth(2)
    name = row.locator(".label").get_attribute("title")
    row.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("link", name=f"All about {name}").click()

    expect(page.locator(".tv-head h1")).to_have_text("Feature")
    expect(page.get_by_role("combobox", name="Feature")).to_have_value(name)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()


def test_an_account_in_a_list_leads_to_its_page(browser, app):
    page = opened(browser, f"{app}/revenue")
    row = page.locator(".st-key-largest li").first
    name = row.locator(".label").get_attribute("title")
    row.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("link", name=f"All about {name}").click()

    expect(page.locator(".tv-who h2")).to_have_text(name)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()
