"""What all suites share: `--full`, and the closing list of what this machine could not run and how to mend it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

from tests.machine import chromium as find_chromium
from tests.machine import drives_browsers, install_command

#: Suites that must not be skipped where CI=true.
REQUIRED = ("tests/browser", "tests/cases", "tests/contract", "tests/unit/test_journal")

#: Why a long form is left out: no part of a suite is then skipped.
LONG_FORM = "the long form; run with --full"

#: Suites that try thousands of variants of what others try once.
REPEATING = ("tests/properties", "tests/cases/test_engines", "tests/unit/test_hostile_doors", "tests/unit/test_mutations")

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the long form of each suite too (kills, simulations, all pages)")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than cores, for many tests wait; at most eight browsers at once; a single file does not wait for workers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 0 if any(".py" in argument for argument in config.args) else min(cores + 1, 8)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason=LONG_FORM))


@pytest.fixture(autouse=True)
def _watched_or_not(request: pytest.FixtureRequest) -> Iterator[None]:
    """Coverage, where it is measured, looks away from suites that go over the same lines thousands of times."""
    watching = Coverage.current() if request.node.nodeid.startswith(REPEATING) else None
    if watching:
        watching.stop()
    yield
    if watching:
        watching.start()


@pytest.fixture(scope="session")
def full(pytestconfig: pytest.Config) -> bool:
    """Whether the long form of a suite was asked for."""
    return bool(pytestconfig.getoption("--full"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium for Playwright's `executable_path`; a test that asks for it is skipped where there is none."""
    if not drives_browsers():
        pytest.skip("no libatomic1 on this machine, which Playwright needs")
    return find_chromium() or pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="session")
def ravenstack() -> Path:
    """The folder of the public RavenStack data set: a sibling of the repository, or where RAVENSTACK says."""
    folder = Path(os.environ.get("RAVENSTACK", Path(__file__).parents[2] / "shared/datasets/ravenstack"))
    return folder if folder.is_dir() else pytest.skip("no RavenStack data set; set RAVENSTACK to its folder")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter else ()
    if os.environ.get("CI") == "true" and any(_suite(r).startswith(REQUIRED) and _reason(r) != LONG_FORM for r in skipped):
        session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = Counter((_suite(report), _reason(report)) for report in terminalreporter.stats.get("skipped", ()))
    if not skipped:
        terminalreporter.write_line("Nothing was skipped.")
        return
    terminalreporter.section("skipped here, and why")
    for (suite, reason), count in sorted(skipped.items()):
        terminalreporter.write_line(f"{count:>5}  {suite:<18} {reason}")
    if command := install_command():
        terminalreporter.write_line(f"To install what is missing:  {command}", bold=True)
    if os.environ.get("CI") == "true" and any(suite.startswith(REQUIRED) and reason != LONG_FORM for suite, reason in skipped):
        terminalreporter.write_line(f"CI=true: {', '.join(REQUIRED)} may not be skipped.", red=True)


def _suite(report: pytest.TestReport) -> str:
    return "/".join(report.nodeid.split("::")[0].split("/")[:2])


def _reason(report: pytest.TestReport) -> str:
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix("Skipped: ")
