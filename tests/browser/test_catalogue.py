"""The Catalogue: every metric can be found, read, and opened down to its SQL; a link names one."""

from playwright.sync_api import expect

from tests.browser.harness import opened, settled


def entry(page, name):
    return page.locator(f"li[data-id='{name}']")


def test_every_metric_is_listed_with_its_meaning_and_its_number(browser, app, layer):
    page = opened(browser, f"{app}/catalogue")
    expect(page.locator("li[data-id]")).to_have_count(len(layer.metrics))

    shown = entry(page, "paying_accounts")
    expect(shown.locator(".label")).to_have_text("Paying accounts")
    expect(shown.locator(".meaning")).to_have_text("Accounts with MRR above zero on the last loaded day of the period.")
    expect(shown.locator(".facts")).to_contain_text("finance")
    until = layer.query("paying_accounts").until
    expect(shown.locator(".value")).to_have_text(str(layer.query("paying_accounts", until=until).rows[0]["paying_accounts"]))
    page.context.close()


def test_a_synonym_finds_a_metric_and_the_search_stands_in_the_url(browser, app):
    page = opened(browser, f"{app}/catalogue")
    search = page.get_by_role("textbox", name="Search")
    search.fill("run rate")
    search.press("Enter")
    expect(page.locator("li[data-id]")).to_have_count(1)
    expect(entry(page, "arr")).to_be_visible()
    assert "q=run" in page.url

    settled(page).reload()
    expect(entry(settled(page), "arr")).to_be_visible()
    expect(page.locator("li[data-id]")).to_have_count(1)
    page.context.close()


def test_nothing_found_says_what_to_do(browser, app):
    page = opened(browser, f"{app}/catalogue?q=zzz")
    expect(page.get_by_text("Try fewer letters")).to_be_visible()
    page.context.close()


def test_a_metric_opens_to_definition_sql_lineage_tests_and_place(browser, app):
    page = opened(browser, f"{app}/catalogue")
    entry(page, "arpa").locator(".pick").click()
    drawer = page.get_by_role("dialog")

    expect(drawer.get_by_text("ratio: mrr")).to_be_visible()
    expect(drawer.locator("code", has_text="SELECT").first).to_be_visible()
    expect(drawer.locator(".tv-facts")).to_contain_text("mrr ← mrr_day")
    expect(drawer.locator(".tv-facts")).to_contain_text("not_below 0")
    expect(drawer.locator(".tv-facts")).to_contain_text("account.plan")
    expect(drawer.get_by_text("metrics/definitions/sales.yml:")).to_be_visible()
    assert "metric=arpa" in page.url
    page.context.close()


def test_which_reading_of_its_name_a_number_used_stands_beside_it(browser, app):
    page = opened(browser, f"{app}/catalogue?metric=nrr_12m")

    expect(page.get_by_role("dialog").locator(".tv-facts")).to_contain_text("came back counts as lost (count_reactivation: false)")
    page.context.close()


def test_a_link_opens_its_metric_and_closing_it_clears_the_link(browser, app):
    page = opened(browser, f"{app}/catalogue?metric=csat")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", name="CSAT")).to_be_visible()

    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.wait_for_url(lambda url: "metric=" not in url)
    page.context.close()


def test_the_keyboard_opens_a_metric(browser, app):
    page = opened(browser, f"{app}/catalogue?q=arpa")
    entry(page, "arpa").locator(".pick").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.context.close()
