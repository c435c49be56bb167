"""The README's first command, as a newcomer types it: at a terminal, with a home that has never seen the app."""

import os
import pty
import re
import shlex
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]


def run_line() -> list[str]:
    """What the README runs once the environment is set up, with this environment's program."""
    line = next(line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if "streamlit run" in line)
    program, *rest = shlex.split(line.rsplit("&&", 1)[1])
    return [str(Path(sys.executable).parent / Path(program).name), *rest]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(port: int) -> str:
    """What the app says of its health, if it says anything yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            return response.read().decode()
    except OSError:
        return ""


@pytest.fixture
def started(tmp_path):
    """The app at a terminal of its own: (its port, what it wrote so far)."""
    port, written = free_port(), bytearray()
    (tmp_path / "acme").mkdir()
    inherited = {name: value for name, value in os.environ.items() if name.startswith(("PATH", "COVERAGE", "LANG"))}
    own = {"HOME": str(tmp_path / "home"), "TERM": "xterm", "STREAMLIT_SERVER_PORT": str(port)}
    controller, terminal = pty.openpty()
    child = subprocess.Popen(
        run_line(),
        cwd=ROOT,
        env={**inherited, **own, "TRANSVERSE_WORKSPACE": str(tmp_path / "acme")},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.set_blocking(controller, False)

    def said() -> str:
        try:
            while chunk := os.read(controller, 65536):
                written.extend(chunk)
        except OSError:
            pass
        return re.sub(r"\x1b\[[0-9;]*m", "", written.decode(errors="replace"))

    yield port, said
    child.terminate()
    child.wait(PATIENCE)
    os.close(controller)
    os.close(terminal)


def test_the_app_comes_up_by_itself_says_where_and_answers_this_machine_only(started):
    port, said = started

    assert '"status":"ok"' in wait_until(lambda: answer(port)).replace(" ", "")
    wait_until(lambda: f"http://127.0.0.1:{port}" in said())
    assert "Email" not in said()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port), timeout=3):
        pass
