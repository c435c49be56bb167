"""A tool is connected in the app alone: chosen, named, added to sources.yml, tested, loaded; what is missing is told on the way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import ROOT, opened, serve, settled
from tests.fakes import hubspot
from tests.loads import Company


def step(page: Page, root: Path, button: str, said: str) -> None:
    """Presses a button; the worker does what was asked for."""
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text("Waits for the worker")).to_be_visible()
    here = os.environ | {"TRANSVERSE_WORKSPACE": str(root)}
    subprocess.run([sys.executable, "-m", "connectors", "work", "--once"], cwd=ROOT, env=here, check=True, capture_output=True)
    expect(page.locator(".tv-done, .tv-state.problem").last).to_contain_text(said)
    settled(page)


def test_hubspot_is_connected_without_a_terminal(tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    company, fake = Company(tmp_path), hubspot.fake(7)
    for name, value in hubspot.SECRETS.items():
        monkeypatch.setenv(name, value)
    with fake.serve() as address, serve(tmp_path) as url:
        page = opened(browser, url)
        page.get_by_role("link", name="Connect a tool").click()
        settled(page)
        page.get_by_label("Tool").click()
        page.get_by_role("option", name="HubSpot").click()
        expect(page).to_have_url(re.compile("tool=hubspot"))
        expect(page.locator(".st-key-card-connect-block li")).to_have_text("HUBSPOT_TOKEN is set")
        block = page.get_by_label("Block of sources.yml")
        block.fill(block.input_value().replace("    token:", f"    base_url: {address}\n    rate: 1000\n    token:"))
        block.press("Control+Enter")
        settled(page)

        step(page, tmp_path, "Add to sources.yml", "sources.yml:")
        step(page, tmp_path, "Test the connection", "the connection works")
        step(page, tmp_path, "Load now", "was published")
        page.context.close()

    firms = company.rows("SELECT count(*) FROM account WHERE source = 'hubspot'")
    assert firms == [(sum(not each["archived"] for each in fake.objects["companies"].values()),)]
