"""What the reader chose stands in the URL, holds on every page, and can be put back."""

from playwright.sync_api import expect

from tests.browser.harness import gone_to, opened, settled, tile


def test_a_link_opens_the_same_page_in_another_browser(browser, app):
    first = opened(browser, f"{app}/revenue")
    first.get_by_role("radio", name="90D").click()
    expect(first.locator(".tv-head .when")).to_contain_text("compared with the 90 days before")
    settled(first).locator(".tile[data-id='win_rate'] .pick").click()
    expect(first.locator(".st-key-card-hero h2")).to_have_text("Win rate")
    shown = tile(first, "win_rate")

    second = opened(browser, first.url)
    expect(second.locator(".st-key-card-hero h2")).to_have_text("Win rate")
    expect(second.locator(".tv-head .when")).to_contain_text("compared with the 90 days before")
    assert tile(second, "win_rate") == shown
    first.context.close()
    second.context.close()


def test_filters_hold_when_the_page_changes(browser, app):
    page = opened(browser, f"{app}/?period=7D&plan=pro")
    gone_to(page, "Which customers?", "Support")
    expect(page.locator(".tv-head h1")).to_have_text("Support")
    settled(page)

    expect(page.locator(".tv-head .when")).to_contain_text("compared with the 7 days before")
    expect(page.locator(".tv-on")).to_have_text("pro")
    page.context.close()


def test_reset_puts_everything_back(browser, app):
    page = opened(browser, f"{app}/?period=7D&plan=pro")
    page.locator(".st-key-filters button").first.click()
    page.get_by_role("button", name="Reset").click()

    expect(page.locator(".tv-head .when")).to_contain_text("compared with the 28 days before")
    expect(page.locator(".tv-on")).to_have_count(0)
    page.context.close()


def test_plain_keys_and_another_language_in_a_link_are_understood(browser, app):
    for link in ("?period=90d&compare=year", "?period=90 j&compare=Un an avant"):
        page = opened(browser, f"{app}/{link}")
        expect(page.locator(".tv-head .when")).to_contain_text("compared with the year before")
        page.context.close()


def test_picked_days_make_the_range(browser, app, layer):
    page = opened(browser, f"{app}/support?period=Custom&dates=2026-03-02&dates=2026-03-29")
    (row,) = layer.query("tickets_created", since="2026-03-02", until="2026-03-30").rows

    expect(page.locator(".tv-head .when")).to_contain_text("29 Mar 2026")
    assert tile(page, "tickets_created") == f"{row['tickets_created']:,}"
    page.context.close()
