"""Search from any page by keyboard: what is found leads to its page, also when that is the page that is open."""

import os
import subprocess
import sys

from playwright.sync_api import Page, expect

from tests.browser import harness
from tests.browser.harness import opened


def found(page: Page, text: str, link: str) -> None:
    """Looks for a text and follows what is called so."""
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill(text)
    dialog.get_by_role("link", name=link, exact=True).click()


def test_what_is_found_leads_to_its_page_also_on_the_page_that_is_open(browser, app, layer):
    largest = layer.query("mrr", by=("account.name",), top=1).rows
    account = next(row["account.name"] for row in largest if row["account.name"] != "Other")
    page = opened(browser, f"{app}/data")
    heading = page.locator(".tv-head h1")

    found(page, "journ", "Journeys")
    expect(heading).to_have_text("Journeys")
    found(page, "export", "Export")
    expect(page.get_by_role("combobox", name="Feature")).to_have_value("Export")
    found(page, "import", "Import")
    expect(page.get_by_role("combobox", name="Feature")).to_have_value("Import")
    expect(page.get_by_role("dialog")).to_have_count(0)
    found(page, account, account)
    expect(page.locator(".tv-who h2")).to_have_text(account)
    found(page, "overview", "Overview")
    expect(heading).to_have_text("Overview")
    found(page, "nrr over 12", "NRR over 12 months")
    expect(heading).to_have_text("Catalogue")
    expect(page.get_by_role("dialog").locator(".tv-facts").first).to_be_visible()
    page.context.close()


def test_what_nobody_knows_is_said(browser, app):
    page = opened(browser, f"{app}/catalogue")
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("zzzz")

    expect(dialog.get_by_text("Nothing is called that")).to_be_visible()
    page.context.close()


def test_search_works_before_anything_is_loaded(browser, tmp_path):
    (tmp_path / "sources.yml").write_text("company: {name: Acme, timezone: Europe/Paris}\nsources: {}\n")
    here = os.environ | {"TRANSVERSE_WORKSPACE": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "connectors", "sync"], cwd=harness.ROOT, env=here, check=True, capture_output=True)
    with harness.serve(tmp_path) as url:
        page = opened(browser, url)
        expect(page.get_by_text("No rows yet")).to_be_visible()
        found(page, "data", "Data")
        expect(page.locator(".tv-head h1")).to_have_text("Data")
        page.context.close()
