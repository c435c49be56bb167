"""Delivery: a bar of the cycle times opens its rows, and the filters of accounts, which hold for nothing here, are told so."""

from playwright.sync_api import expect

from data import status
from pages.components.board import last_day
from pages.components.filters import range_of
from tests.browser.harness import opened, tile


def test_a_bar_of_the_cycle_times_opens_the_work_that_it_counts(browser, app, layer):
    page = opened(browser, f"{app}/delivery?period=12m")
    drawn = page.locator(".st-key-speed svg.chart").first
    drawn.wait_for()
    page.wait_for_timeout(500)
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.22, box["y"] + box["height"] * 0.8)
    drawer = page.get_by_role("dialog")

    expect(drawer.locator(".tv-title .row")).to_contain_text(" days")
    low, high = drawer.locator(".tv-title .row").inner_text().split("·")[1].replace("days", "").split("to")
    with layer.reader.open() as snapshot:
        since, until = range_of("12m", last_day(max(one.loaded_until for one in status.sources(snapshot)), layer))
    found = layer.rows("cycle_time", since=since, until=until, where=f"cycle_days >= {low} and cycle_days < {high}")
    value = float(drawer.locator(".tv-title strong").inner_text())
    assert float(low) <= value < float(high)
    expect(drawer.get_by_text(f"{found.total} rows", exact=True)).to_be_visible()
    expect(drawer.get_by_role("tab")).to_have_count(0)

    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.context.close()


def test_filters_of_accounts_do_not_hold_for_work_and_it_is_said(browser, app):
    whole = opened(browser, f"{app}/delivery")
    narrowed = opened(browser, f"{app}/delivery?segment=smb")

    expect(narrowed.get_by_text("belongs to no account")).to_be_visible()
    assert tile(narrowed, "work_completed") == tile(whole, "work_completed") != "–"
    expect(whole.get_by_text("belongs to no account")).to_have_count(0)
    for page in (whole, narrowed):
        page.context.close()
