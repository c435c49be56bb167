"""The walk of somebody who knows the business and no SQL: a metric added by the form alone. The tests walk it, and the tour films it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import opened, settled, stretched

LABEL = "Accounts that exported a report at least twice in a week"
NAME = "accounts_that_exported_a_report_at_least_twice_in_a_week"


def chosen(page: Page, label: str, typed: str, option: str) -> None:
    """Chooses in a list by typing a part of the word."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    box.fill(typed)
    page.get_by_role("option", name=option).first.click()
    settled(page)


def described(browser: Browser, url: str, *, picture: Callable[[Page, str], None] = lambda _page, _name: None) -> Page:
    """Fills the form, up to the moment before saving; `picture` is called at each stage."""
    page = opened(browser, f"{url}/editor")
    picture(page, "start")
    chosen(page, "What do you count?", "Acc", "Accounts")
    chosen(page, "Of what?", "events in", "Events in the product")
    page.get_by_role("button", name="Add a condition").click()
    settled(page)
    chosen(page, "Attribute", "event", "event")
    box = page.get_by_role("combobox", name="Values")
    box.click()
    box.fill("report_ex")
    expect(page.get_by_role("option", name="report_exported").first).to_be_visible()
    picture(page, "condition")
    page.get_by_role("option", name="report_exported").first.click()
    page.keyboard.press("Escape")
    settled(page)
    often = page.get_by_role("spinbutton", name="At least how many times?")
    often.fill("2")
    often.press("Enter")
    settled(page)
    chosen(page, "In which time?", "In a week", "In a week")
    page.get_by_role("textbox", name="What is it called?").fill(LABEL)
    expect(page.get_by_text(f"In files and links: {NAME}")).to_be_visible()
    chosen(page, "Who keeps it?", "product", "product-ops")
    return settled(page)


def saved(page: Page, reason: str) -> None:
    """Says who and why, and saves."""
    page.get_by_role("textbox", name="Who are you?").fill("Ana")
    page.get_by_role("textbox", name="Why do you change it?").fill(reason)
    page.get_by_role("textbox", name="Why do you change it?").press("Tab")
    settled(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".st-key-saved").wait_for()
    settled(page)


def pictures(browser: Browser, url: str, shoot: Callable[[Page, str], None]) -> None:
    """The walk as pictures, from the empty form to the Catalogue."""
    page = described(browser, url, picture=lambda seen, name: shoot(seen, f"adding-{name}"))
    shoot(stretched(page), "adding-described")
    page.set_viewport_size({"width": 1440, "height": 900})
    saved(page, "Leadership asks who exports regularly")
    page.locator(".st-key-card-save").scroll_into_view_if_needed()
    shoot(page, "adding-saved")
    page.get_by_role("link", name="Look at it in the Catalogue").click()
    page.get_by_role("dialog").locator(".tv-facts").wait_for()
    shoot(settled(page), "adding-catalogue")
    page.context.close()
