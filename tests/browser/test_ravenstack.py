"""Real exports, with what they lack: no people, no names of features, no channel, no deals. Every page still answers."""

import os
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser import harness
from tests.browser.harness import PAGES, opened, settled, tile


@pytest.fixture(scope="module")
def served(chromium, ravenstack, tmp_path_factory):
    root = tmp_path_factory.mktemp("ravenstack")
    shutil.copy(harness.ROOT / "docs/examples/ravenstack/sources.yml", root)
    here = os.environ | {"TRANSVERSE_WORKSPACE": str(root), "RAVENSTACK": str(ravenstack)}
    subprocess.run([sys.executable, "-m", "connectors", "sync"], cwd=harness.ROOT, env=here, check=True, capture_output=True)
    with harness.serve(root) as url:
        yield url


def test_every_page_shows_it(browser, served):
    page = opened(browser, served)
    for name in PAGES:
        page.goto(f"{served}/{name}")
        settled(page)
        for wrong in (".tv-state.problem", ".tile.problem", "[data-testid=stException]"):
            expect(page.locator(wrong), name or "overview").to_have_count(0)
    page.context.close()


def test_its_mrr_is_what_an_analyst_counts(browser, served):
    page = opened(browser, f"{served}/revenue")
    assert tile(page, "mrr") == "$10.2M"

    page.locator(".st-key-beside-by-plan summary").click()
    page.locator(".tile[data-id='mrr']").hover()
    page.get_by_role("button", name="Rows behind this: MRR", exact=True).click()
    expect(page.get_by_role("dialog").locator(".tv-title strong")).to_have_text("$10,159,608")
    page.context.close()


def test_an_old_export_says_how_old_it_is(browser, served):
    page = opened(browser, served)

    expect(page.locator(".tv-state.late")).to_contain_text("exports is loaded until the end of 31 Dec 2024")
    expect(page.locator(".tv-head .when")).to_contain_text("Data until the end of 31 Dec 2024")
    page.context.close()


def test_tiles_without_anything_to_show_make_room_for_others(browser, served):
    page = opened(browser, f"{served}/revenue")

    expect(page.locator(".tile")).to_have_count(8)
    expect(page.locator(".tile[data-id='win_rate']")).to_have_count(0)
    assert "–" not in page.locator(".tile .number").all_inner_texts()
    page.context.close()
