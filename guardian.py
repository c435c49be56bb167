"""Keeps a child of the app (`python guardian.py COMMAND…`) no longer than the app: it holds a pipe from the app, and when the
app goes, however it goes, the pipe closes and the child is ended. A file of its own, for it starts before each child.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence


def guard(command: Sequence[str]) -> int:
    """Runs a command until it ends, or until the pipe that is our standard input closes; gives its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603

    def watch() -> None:
        sys.stdin.read()
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()

    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1:]))
