"""One browser, one small demo company and one server for the whole suite."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, expect, sync_playwright

import metrics
from data import journal, workspace
from metrics import Layer
from tests.browser import harness

# What a page shows is waited for, not timed: the machine may have other tests to run.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(autouse=True)
def tidy(browser: Browser) -> Iterator[None]:
    """A page that a failing test leaves open would go on asking, and slow the tests that follow until they fail too."""
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture(scope="session")
def demo(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _copy("demo", harness.make_demo, tmp_path_factory)


@pytest.fixture(scope="session")
def app(demo: Path) -> Iterator[str]:
    with harness.serve(demo) as url:
        yield url


@pytest.fixture(scope="session")
def layer(demo: Path) -> Layer:
    return metrics.open(workspace.load(demo))


@pytest.fixture(scope="session")
def own(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller company, which tests may change."""
    return _copy("own", partial(harness.make_demo, accounts=30, events=5_000), tmp_path_factory)


@pytest.fixture
def untouched(own: Path) -> Iterator[Path]:
    """The smaller company without definitions of its own making and without anything that people kept, before and after a test."""
    _emptied(own)
    yield own
    _emptied(own)


def _copy(name: str, make: Callable[[Path], Any], folders: pytest.TempPathFactory) -> Path:
    """A company of this worker's own: the first worker that needs it makes it, the others copy what it made."""
    shared = folders.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else folders.getbasetemp()
    made = shared / f"made-{name}"
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            make(made.with_suffix(".new"))
            made.with_suffix(".new").rename(made)
    return Path(shutil.copytree(made, folders.mktemp(name), dirs_exist_ok=True))


def _emptied(root: Path) -> None:
    (root / "metrics" / "own.yml").unlink(missing_ok=True)
    book = journal.open_journal(root)
    for part in (book.segments, book.views, book.annotations):
        for one in part.all():
            part.remove(one.id)
