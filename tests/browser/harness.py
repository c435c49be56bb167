"""The app as a reader has it: a workspace with a small demo company, a server of its own, a page that has settled."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock
from playwright.sync_api import Browser, Page, expect

from tests.fakes.server import free_port

ROOT = Path(__file__).parents[2]
#: Their addresses; the overview is what opens first.
PAGES = (
    "", "adoption", "feature", "journeys", "revenue", "support", "delivery", "accounts", "catalogue", "editor", "data", "connect",
    "impact", "priorities", "actions", "review", "alerts",
)  # fmt: skip
#: A clock that begins at the same moment each time: the pages of a company under it look alike on every day.
STOPPED = {"PYTHONPATH": str(Path(__file__).with_name("stopped")), "TESTS_NOW": "2026-10-30T15:20:00+00:00"}
SETTLED = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"


def make_demo(root: Path, *, accounts: int = 90, events: int = 40_000, clock: Mapping[str, str] | None = None) -> Path:
    """A demo company of its own size, loaded; no process keeps it fresh, so that its numbers stand still. `clock` may be STOPPED."""
    here = os.environ | {"TRANSVERSE_WORKSPACE": str(root)} | (clock or {})
    for command in (["data", "demo", "--accounts", str(accounts), "--events", str(events)], ["connectors", "sync"]):
        done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=here, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"python -m {' '.join(command)}: {(done.stdout + done.stderr)[-2000:]}")
    return root


def copy_of_the_code(to: Path) -> Path:
    """The app as it lies in a fresh clone, without any workspace."""
    for name in (".streamlit", "connectors", "data", "metrics", "pages"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("workspaces", "__pycache__", "secrets.toml"))
    for path in (*ROOT.glob("*.py"), ROOT / "pyproject.toml"):
        shutil.copy(path, to)
    return to


@contextmanager
def serve(root: Path, clock: Mapping[str, str] | None = None) -> Iterator[str]:
    """The app on a workspace, at the address that is given; nothing loads beside it."""
    environment = {"TRANSVERSE_WORKSPACE": str(root), **(clock or {})}
    with FileLock(root / ".keeper.lock", is_singleton=True), started(ROOT, root / "app.log", environment) as url:
        yield url


@contextmanager
def started(code: Path, log: Path, environment: dict[str, str], script: str = "app.py") -> Iterator[str]:
    """The app as `streamlit run app.py` starts it."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    left_out = ("TRANSVERSE_WORKSPACE", "COVERAGE_")  # a server that is watched is slow, and its lines are those of the other suites
    here = {name: value for name, value in os.environ.items() if not name.startswith(left_out)} | environment
    with log.open("w") as written:
        app = subprocess.Popen(command, cwd=code, env=here, stdout=written, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", app, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            app.terminate()
            app.wait(20)


def opened(browser: Browser, url: str, *, width: int = 1440, scheme: str = "light", locale: str = "en-GB") -> Page:
    """A page in a browser context of its own, settled."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale, reduced_motion="reduce", timezone_id="Europe/Paris"
    )
    page = context.new_page()
    page.goto(url)
    return settled(page)


def settled(page: Page) -> Page:
    """Waits until the page has run, nothing of it is stale, and its tiles are drawn."""
    page.locator(SETTLED).wait_for(state="attached", timeout=60_000)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    page.locator(".tv-foot, .tv-title, .tv-state").first.wait_for(state="visible", timeout=60_000)
    return page


def gone_to(page: Page, group: str, name: str) -> Page:
    """Opens a page from the navigation, by the names of its group and its own."""
    page.get_by_role("button", name=group).click()
    page.get_by_role("menuitem", name=name).click()
    expect(page.locator(".tv-head h1")).to_have_text(name)
    return settled(page)


def stretched(page: Page) -> Page:
    """Makes the window as high as the page, which scrolls inside of it."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    width = page.viewport_size["width"] if page.viewport_size else 1440
    page.set_viewport_size({"width": width, "height": min(int(height) + 8, 6000)})
    page.wait_for_timeout(400)
    return page


def tile(page: Page, name: str) -> str:
    """The number on a metric's tile, as text with plain spaces."""
    found = page.locator(f".tile[data-id='{name}'] .number")
    return re.sub(r"\s", " ", found.inner_text())


def _wait(url: str, app: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if app.poll() is not None:
            raise RuntimeError(f"the app ended with {app.returncode}:\n{log.read_text()[-2000:]}")
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=2).read()
            return
        time.sleep(0.1)
    raise RuntimeError(f"the app does not answer:\n{log.read_text()[-2000:]}")
