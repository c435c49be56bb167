"""Accounts: sorted, searched, opened, and found again on the way back; the page of one account tells what happened."""

import re

from playwright.sync_api import expect

from tests.browser.harness import opened, settled


def names(page):
    return page.locator("tbody th a")


def heading(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_the_accounts_with_the_highest_mrr_come_first(browser, app, layer):
    page = opened(browser, f"{app}/accounts")
    rows = layer.query("mrr", by=("account.name",), top=1).rows
    largest = next(row["account.name"] for row in rows if row["account.name"] != "Other")

    expect(names(page).first).to_have_text(largest)
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("MRR")
    page.context.close()


def test_a_heading_sorts_by_mouse_and_keyboard_and_the_order_stands_in_the_url(browser, app):
    page = opened(browser, f"{app}/accounts")
    heading(page, "Account").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Account")
    page.wait_for_url(re.compile(r"sort=name"))
    shown = names(page).all_inner_texts()
    assert shown == sorted(shown, key=str.lower)

    page.keyboard.press("Enter")  # the heading keeps the focus
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Account")
    page.wait_for_url(re.compile(r"sort=-name"))
    page.context.close()


def test_an_account_opens_and_the_way_back_finds_the_view_again(browser, app):
    page = opened(browser, f"{app}/accounts?sort=name&period=90D")
    first = names(page).first.inner_text()
    search = page.get_by_role("textbox", name="Search")
    search.fill(first)
    search.press("Enter")
    page.wait_for_url(re.compile("find="))

    names(page).first.click()
    expect(page.locator(".tv-who h2")).to_have_text(first)
    assert "id=" in page.url
    assert "period=90D" in page.url

    page.get_by_role("link", name="All accounts").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Account")
    expect(names(page).first).to_have_text(first)
    page.wait_for_url(re.compile("find="))
    settled(page).reload()
    expect(names(page).first).to_have_text(first)
    expect(page.get_by_role("textbox", name="Search")).to_have_value(first)
    page.context.close()


def test_a_link_to_an_account_opens_it_with_what_happened(browser, app):
    page = opened(browser, f"{app}/accounts")
    link = names(page).first.get_attribute("href")
    page.goto(f"{app}/{link}")
    settled(page)

    expect(page.locator(".tv-times li").first).to_be_visible()
    page.get_by_role("tab", name="Tickets").click()
    expect(page.get_by_role("columnheader", name="Priority")).to_be_visible()
    assert page.locator(".tv-state.problem").count() == 0
    page.context.close()


def test_an_account_that_nobody_knows_says_so_and_leads_back(browser, app):
    page = opened(browser, f"{app}/account?id=<b>nobody</b>")

    expect(page.get_by_text("There is no such account")).to_be_visible()
    page.get_by_role("link", name="All accounts").click()
    expect(names(page).first).to_be_visible()
    page.context.close()


def test_a_mark_shows_its_accounts_alone(browser, app):
    page = opened(browser, f"{app}/accounts?only=use_falls")

    expect(page.locator("tbody tr").first.or_(page.get_by_text("No account matches"))).to_be_visible()
    for row in page.locator("tbody tr").all():
        expect(row.locator(".mark").first).to_have_text("Pays, use falls")
    page.context.close()
