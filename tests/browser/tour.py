"""A tour of the product: each page of the demo company, light and dark, and on a phone, as pictures in docs/screenshots.

Run from the project's root: .venv/bin/python -m tests.browser.tour [page …]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import adding, harness
from tests.browser.harness import PAGES, ROOT
from tests.browser.pictures import IMPACT
from tests.machine import chromium

SHOTS = ROOT / "docs" / "screenshots"


def shoot(page: Page, name: str) -> None:
    """Stores what is in the window as a small PNG."""
    path = SHOTS / f"{name}.png"
    page.wait_for_timeout(900)
    page.screenshot(path=path)
    with Image.open(path) as shot:
        shot.convert("RGB").quantize(256, kmeans=3, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} kB")


def tour(browser: Browser, url: str, names: tuple[str, ...]) -> None:
    """Visits the pages; the overview also on a phone, and with its drawer open."""
    for name in names:
        for scheme in ("light", "dark"):
            page = harness.opened(browser, f"{url}/{name}", scheme=scheme)
            shoot(harness.stretched(page), f"{name.partition('?')[0] or 'overview'}-{scheme}")
            page.context.close()
    if "" in names:
        page = harness.opened(browser, url, width=390)
        shoot(harness.stretched(page), "overview-phone")
        page.context.close()
        page = harness.opened(browser, url)
        page.locator(".tile[data-id='mrr']").hover()
        page.get_by_role("button", name="How is this computed?: MRR", exact=True).click()
        page.get_by_role("dialog").locator(".tv-facts").wait_for()
        shoot(page, "drawer-light")
        page.context.close()
        page = harness.opened(browser, url)
        page.get_by_role("button", name="Why?").first.click()
        page.get_by_role("dialog").get_by_text("In words and as a table").last.wait_for()
        shoot(page, "why-light")
        page.context.close()
    if "editor" in names:
        adding.pictures(browser, url, shoot)


def main(asked: list[str]) -> None:
    """Makes a demo company, serves it, takes the pictures."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    pages = (IMPACT if name == "impact" else name for name in PAGES)
    names = tuple(name for name in pages if not asked or (name.partition("?")[0] or "overview") in asked)
    with tempfile.TemporaryDirectory() as folder:
        root = harness.make_demo(Path(folder), accounts=400, events=500_000)
        with harness.serve(root) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            tour(browser, url, names)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
