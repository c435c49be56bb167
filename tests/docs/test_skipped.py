"""What the machine cannot run is skipped, listed with its reason, and told how to mend; in CI it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import machine

ROOT = Path(__file__).parents[2]
PLAYWRIGHT = ".venv/bin/python -m playwright install --with-deps chromium"


@pytest.fixture
def run_without_chromium(tmp_path):
    """Runs one browser test on a machine that has apt-get and no Chromium."""
    (tmp_path / "apt-get").touch(mode=0o755)

    def run(**environment):
        bare = {"PATH": str(tmp_path), "HOME": str(Path.home()), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), **environment}
        call = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/browser/test_catalogue.py"]
        return subprocess.run(call, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=120)

    return run


def test_without_chromium_the_list_names_the_reason_and_the_command(run_without_chromium):
    done = run_without_chromium()

    assert done.returncode == 0, done.stdout + done.stderr
    *_, listed, command, closing = done.stdout.strip().splitlines()
    assert listed.split(maxsplit=2)[1:] == ["tests/browser", "no Chromium on this machine"]
    assert command == f"To install what is missing:  {command_here()}"
    assert " skipped in " in closing


def command_here():
    if machine.is_ubuntu():
        return PLAYWRIGHT
    names = ["chromium"] if machine.has_inter() else ["chromium", "fonts-inter"]
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {' '.join(names)}"


def test_in_ci_a_skipped_browser_suite_is_a_failure(run_without_chromium):
    done = run_without_chromium(CI="true")

    assert done.returncode == 1
    assert "CI=true: tests/browser and tests/contract may not be skipped." in done.stdout


def test_where_there_is_no_apt_playwright_brings_its_own(monkeypatch):
    monkeypatch.setattr(machine, "chromium", lambda: None)
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)

    assert machine.install_command() == PLAYWRIGHT


def test_nothing_is_asked_for_where_all_is_there(monkeypatch):
    monkeypatch.setattr(machine, "missing", list)

    assert machine.install_command() is None
