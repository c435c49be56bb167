"""Our pages against hand-coded ones with as many marks: python -m tests.benchmarks.floor [--rounds 15] [--workspace DIR].

The app on the demo company and `floor_page.py` are served in the same way and take turns in one Chromium: a page is opened, then
its period is changed to 90 days and back. What is timed is the moment of the last change of anything that can be seen. Printed are
medians, and the medians of the ratios within a round to the floor with SVG charts and with Plotly. Exit 1 when a budget is missed:
1.25 times the floor.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.queries import demo
from tests.browser import harness
from tests.machine import chromium

BUDGET = 1.25
PAGE = Path(__file__).with_name("floor_page.py")
FLOORS = ("svg", "plotly")
MOMENTS = ("navigation", "filter")
#: How long nothing may change before a page counts as drawn, in milliseconds.
QUIET = 900

#: Notes when marks and texts last changed, also within components. It looks only where something happened, so that it costs both
#: sides little.
WATCH = """
(() => {
  const state = window.floor = { last: 0, said: '', charts: 0, clicked: 0 };
  let dirty = false;
  const observer = new MutationObserver(() => { dirty = true; });
  const observe = root => observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) { const root = attach.call(this, options); observe(root); return root; };
  addEventListener('pointerdown', () => { state.clicked = performance.now(); }, true);
  const all = (root, found = []) => {
    for (const one of root.querySelectorAll('*')) { found.push(one); if (one.shadowRoot) all(one.shadowRoot, found); }
    return found;
  };
  const look = main => {
    let marks = 0, letters = 0;
    for (const one of all(main)) {
      if (one.ownerSVGElement || ['li', 'td', 'th'].includes(one.localName)) {
        marks++;
        letters = (letters * 31 + (one.getAttribute('points') || one.getAttribute('d') || one.textContent).length) | 0;
      }
    }
    return [marks, letters, main.textContent.length].join();
  };
  observe(document);
  setInterval(() => {
    const main = document.querySelector('[data-testid=stMain]');
    if (!dirty || !main) return;
    dirty = false;
    const said = look(main), now = performance.now();
    if (said !== state.said) { state.said = said; state.last = now; }
    state.charts = document.querySelectorAll('.js-plotly-plot:has(.main-svg .trace), svg.chart:has(*)').length;
    state.app = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState;
  }, 20);
})();
"""


@dataclass(frozen=True)
class Shown:
    """One of the pages: where it is, and how many charts it has drawn when it is whole."""

    page: str
    by: str
    url: str
    charts: int


def pages(ours: str, floor: str) -> list[Shown]:
    """Both pages, each by us and by hand."""
    found = []
    for name, path, charts in (("overview", "", 1), ("adoption", "adoption", 3)):
        found.append(Shown(name, "ours", f"{ours}/{path}", charts))
        found += [Shown(name, engine, f"{floor}/{name}_{engine}", charts) for engine in FLOORS]
    return found


def settled(page: Page, shown: Shown, since: float) -> float:
    """The moment of the last change after `since`, when all charts are there and nothing has changed for a while."""
    ready = (
        f"() => floor.charts >= {shown.charts} && floor.app === 'notRunning' && floor.last > {since} "
        f"&& performance.now() - floor.last > {QUIET}"
    )
    page.wait_for_function(ready, timeout=60_000, polling=50)
    return float(page.evaluate("floor.last"))


def visit(page: Page, shown: Shown, taken: dict[tuple[str, str, str], list[float]]) -> None:
    """Opens the page, changes its period and changes it back; notes how long each took in milliseconds."""
    page.goto(shown.url, wait_until="commit")
    taken[shown.page, shown.by, "navigation"].append(settled(page, shown, 0.0))
    for period in ("90D", "28D"):
        page.get_by_role("radio", name=period, exact=True).click()
        begun = float(page.evaluate("floor.clicked"))
        taken[shown.page, shown.by, "filter"].append(settled(page, shown, begun) - begun)


def measured(browser: Browser, known: list[Shown], rounds: int) -> dict[tuple[str, str, str], list[float]]:
    """What each moment took, after a round that fills the caches of both; the order turns with each round."""
    taken: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Europe/Paris")
    context.add_init_script(WATCH)
    for number in range(rounds + 1):
        for shown in known if number % 2 else reversed(known):
            page = context.new_page()
            visit(page, shown, taken if number else defaultdict(list))
            page.close()
    context.close()
    return taken


@contextmanager
def served(workspace: str | None) -> Iterator[tuple[str, str]]:
    """The addresses of the app and of the floor."""
    with (
        demo(workspace) as root,
        TemporaryDirectory() as folder,
        harness.serve(root) as ours,
        harness.started(harness.ROOT, Path(folder) / "log", {"PYTHONPATH": _path()}, script=str(PAGE)) as floor,
    ):
        yield ours, floor


def _path() -> str:
    return os.pathsep.join(part for part in (str(harness.ROOT), os.environ.get("PYTHONPATH", "")) if part)


def main() -> int:
    """Prints medians and ratios; 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="visits of each page (15)")
    parser.add_argument("--workspace", default=os.environ.get("TRANSVERSE_WORKSPACE"), help="a loaded demo company")
    args = parser.parse_args()
    with served(args.workspace) as (ours, floor), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        found = measured(browser, pages(ours, floor), args.rounds)
        browser.close()
    print(f"{'':24} {'ours':>9} {'SVG':>9} {'Plotly':>9} {'to SVG':>7} {'to Plotly':>9}")
    slow = []
    for page in ("overview", "adoption"):
        for moment in MOMENTS:
            one, svg, plotly = (found[page, by, moment] for by in ("ours", *FLOORS))
            ratios = [median(here / there for here, there in zip(one, other, strict=True)) for other in (svg, plotly)]
            times = " ".join(f"{median(values):6.0f} ms" for values in (one, svg, plotly))
            print(f"{page + ', ' + moment:24} {times} {ratios[0]:7.2f} {ratios[1]:9.2f}")
            slow += [f"{page}, {moment}, {by}" for by, ratio in zip(FLOORS, ratios, strict=True) if ratio > BUDGET]
    print(f"{args.rounds} rounds, budget {BUDGET}" + (f"; missed by {'; '.join(slow)}" if slow else ""))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
