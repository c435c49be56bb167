"""What the machine cannot run is skipped, listed with its reason, and told how to mend; in CI it fails."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import machine
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
PRISM = "npm ci --no-audit --no-fund --ignore-scripts --prefix tests/prism"
PLAYWRIGHT = ".venv/bin/python -m playwright install --with-deps chromium"


@pytest.fixture
def run_without_chromium(tmp_path):
    """Runs one browser test on a machine that has apt-get and no Chromium."""
    (tmp_path / "apt-get").touch(mode=0o755)

    def run(**environment):
        bare = {"PATH": str(tmp_path), "HOME": str(Path.home()), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), **environment}
        call = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/browser/test_catalogue.py"]
        return subprocess.run(call, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=PATIENCE)

    return run


def test_without_chromium_the_list_names_the_reason_and_the_command(run_without_chromium):
    done = run_without_chromium()

    assert done.returncode == 0, done.stdout + done.stderr
    *_, listed, command, closing = done.stdout.strip().splitlines()
    assert listed.split(maxsplit=2)[1:] == ["tests/browser", "no Chromium on this machine"]
    assert command == f"To install what is missing:  {command_here()}"
    assert " skipped in " in closing


def command_here():
    here = {
        "chromium": False,
        "fonts-inter": machine.has_inter(),
        "nodejs npm": False,
        "postgresql": machine.postgres_programs() is not None,
    }
    names = [name for name, is_here in here.items() if not is_here]
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {' '.join(names)} && {PRISM}"


def test_in_ci_a_skipped_browser_suite_is_a_failure(run_without_chromium):
    done = run_without_chromium(CI="true")

    assert done.returncode == 1
    assert "CI=true: tests/browser, tests/cases, tests/contract, tests/unit/test_journal may not be skipped." in done.stdout


@pytest.mark.parametrize(("ci", "code"), [("false", 0), ("true", 1)])
def test_without_postgresql_its_cases_are_skipped_except_in_ci(tmp_path, ci, code):
    cases = ["tests/cases/test_engines.py", "-k", "postgres and ratio"]
    call = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *cases]
    environment = {**os.environ, "POSTGRES_BIN": str(tmp_path), "CI": ci}
    done = subprocess.run(call, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)

    assert done.returncode == code, done.stdout + done.stderr
    assert re.search(r"\d+  tests/cases +no PostgreSQL on this machine", done.stdout)
    assert re.search("To install what is missing: .* postgresql", done.stdout)
    assert ("may not be skipped" in done.stdout) == (ci == "true")


@pytest.mark.parametrize(
    ("missing", "system", "expected"),
    [
        (["chromium", "fonts-inter", "libatomic1"], "debian", "apt-get update && apt-get install -y … chromium fonts-inter libatomic1"),
        (["postgresql"], "debian", "apt-get update && apt-get install -y … postgresql"),
        (["libatomic1"], "debian", "apt-get update && apt-get install -y … libatomic1"),
        (["chromium", "libatomic1"], "ubuntu", f"apt-get update && apt-get install -y … libatomic1 && {PLAYWRIGHT}"),
        (["chromium"], "ubuntu", PLAYWRIGHT),
        (["fonts-inter"], "ubuntu", "apt-get update && apt-get install -y … fonts-inter"),
        (["chromium", "fonts-inter"], "other", PLAYWRIGHT),
        (["fonts-inter"], "other", None),
        (["nodejs npm", "prism"], "debian", f"apt-get update && apt-get install -y … nodejs npm && {PRISM}"),
        (["prism"], "debian", PRISM),
        ([], "debian", None),
    ],
)
def test_one_command_installs_what_is_missing(monkeypatch, missing, system, expected):
    monkeypatch.setattr(machine, "missing", lambda: missing)
    monkeypatch.setattr(machine, "is_ubuntu", lambda: system == "ubuntu")
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    monkeypatch.setattr(machine.shutil, "which", lambda name: None if system == "other" else name)

    assert machine.install_command() == (expected and expected.replace("…", "--no-install-recommends"))
