"""The children of the app: they die with it however it goes, one process keeps a workspace fresh, progress is told."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import HERE, Job, Launcher
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
GUARDIAN = ROOT / "guardian.py"


def alive(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text() and bool(os.kill(pid, 0) is None)
    except (OSError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_child_dies_with_an_app_that_is_killed(tmp_path):
    note = tmp_path / "pid"
    child = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(600)"
    parent = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, {str(GUARDIAN)!r}, sys.executable, '-c', {child!r}], stdin=subprocess.PIPE)\n"
        "time.sleep(600)"
    )
    app = subprocess.Popen([sys.executable, "-c", parent])
    pid = int(wait_until(lambda: note.exists() and note.read_text()))
    assert alive(pid)

    app.send_signal(signal.SIGKILL)
    app.wait()

    wait_until(lambda: not alive(pid))


def test_a_guardian_hands_on_how_its_child_ended():
    command = [sys.executable, str(GUARDIAN), sys.executable, "-c", "raise SystemExit(3)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as guardian:
        assert guardian.wait(PATIENCE) == 3


def test_lines_of_progress_become_a_share(tmp_path, monkeypatch):
    starter = Launcher(tmp_path)
    script = tmp_path / "child.py"
    script.write_text("print('10% one', flush=True)\nprint('a plain line')\nprint('55% two')\n")
    child = [sys.executable, str(script)]
    monkeypatch.setattr(starter, "_spawn", lambda command, output: subprocess.Popen(child, stdout=output, text=True))
    job = Job("sync")
    starter._run(job)

    assert (job.share, job.lines, job.ended, job.running) == (0.55, ["one", "a plain line", "two"], 0, False)


def test_the_progress_of_a_load_covers_all_of_it(tmp_path):
    names = ("first", "second", "third")
    sources = tmp_path / "sources.yml"
    sources.write_text("sources:\n")
    for name in names:
        tables = f"{{account: {{file: {name}.csv, columns: {{account_id: id}}}}}}"
        sources.write_text(f"{sources.read_text()}  {name}: {{connector: files, path: ., tables: {tables}}}\n")
        (tmp_path / f"{name}.csv").write_text(f"id\n{name}\n")
    here = os.environ | {"TRANSVERSE_WORKSPACE": str(tmp_path)}
    done = subprocess.run([sys.executable, str(HERE), "sync"], env=here, capture_output=True, text=True, check=True)
    shares = [int(line.split("%")[0]) for line in done.stdout.splitlines()]

    assert shares == sorted(shares)
    assert min(shares) < 10
    assert max(shares) >= 90


def test_only_one_app_keeps_a_workspace_fresh(tmp_path, monkeypatch):
    (tmp_path / "sources.yml").write_text("sources: {}\n")
    started = []
    monkeypatch.setattr(Launcher, "_spawn", lambda self, command, output: started.append(command[1:]))
    monkeypatch.setattr("launcher.SETTLES", 0.0)
    first, second = Launcher(tmp_path), Launcher(tmp_path)
    first._begin()
    second._begin()

    assert started == [["-m", "connectors", "sync", "--every", "60s"], ["-m", "connectors", "work"]]
    first.stop()
    second._begin()
    assert len(started) == 4
    second.stop()


def test_an_empty_workspace_has_nothing_to_keep_fresh(tmp_path, monkeypatch):
    monkeypatch.setattr(Launcher, "_spawn", lambda *_: pytest.fail("started a child"))
    Launcher(tmp_path)._begin()


def test_the_default_workspace_is_made_on_the_first_run_only(tmp_path, monkeypatch):
    monkeypatch.setattr("launcher.workspaces.DEMO", tmp_path / "demo")
    begun = []
    monkeypatch.setattr(Launcher, "_begin", lambda self: begun.append(self.job and self.job.name))
    Launcher(tmp_path / "demo").start()
    wait_until(lambda: begun == ["demo"])

    (tmp_path / "demo" / "store").mkdir()
    (tmp_path / "demo" / "store" / "CURRENT").write_text("1\n")
    Launcher(tmp_path / "demo").start()
    wait_until(lambda: begun == ["demo", None])


@pytest.mark.full
def test_the_demo_company_costs_fifteen_seconds_of_two_cores(tmp_path):
    before, here = resource.getrusage(resource.RUSAGE_CHILDREN), os.environ | {"TRANSVERSE_WORKSPACE": str(tmp_path)}
    done = subprocess.run([sys.executable, str(HERE), "demo"], env=here, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (tmp_path / "store" / "CURRENT").read_text().strip() == "1"
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2 * 15
