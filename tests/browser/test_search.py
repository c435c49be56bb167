"""Search from any page by keyboard: what is found leads to its page, also when that is the page that is open."""

import pytest
from playwright.sync_api import expect

from tests.browser.harness import opened


def looked_for(page, text):
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill(text)
    return dialog


@pytest.mark.parametrize(
    ("start", "text", "link", "heading"),
    [
        ("", "export", "Export", "Feature"),
        ("data", "nrr over 12", "NRR over 12 months", "Catalogue"),
        ("support", "journ", "Journeys", "Journeys"),
        ("revenue", "overview", "Overview", "Overview"),
    ],
)
def test_what_is_found_leads_to_its_page(browser, app, start, text, link, heading):
    page = opened(browser, f"{app}/{start}")
    dialog = looked_for(page, text)
    dialog.get_by_role("link", name=link, exact=True).click()

    expect(page.locator(".tv-head h1")).to_have_text(heading)
    expect(page.get_by_role("dialog").get_by_role("searchbox")).to_have_count(0)
    page.context.close()


def test_another_feature_is_found_from_the_page_of_one(browser, app):
    page = opened(browser, f"{app}/feature?feature=export")
    looked_for(page, "import").get_by_role("link", name="Import", exact=True).click()

    expect(page.get_by_role("combobox", name="Feature")).to_have_value("Import")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()


def test_an_account_is_found_by_its_name(browser, app, layer):
    name = layer.query("mrr", by=("account.name",), top=1).rows[0]["account.name"]
    page = opened(browser, f"{app}/")
    looked_for(page, name).get_by_role("link", name=name, exact=True).click()

    expect(page.locator(".tv-who h2")).to_have_text(name)
    page.context.close()


def test_what_nobody_knows_is_said(browser, app):
    page = opened(browser, f"{app}/")

    expect(looked_for(page, "zzzz").get_by_text("Nothing is called that")).to_be_visible()
    page.context.close()
