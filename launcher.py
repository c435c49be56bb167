"""What the app starts beside itself: the demo company on the first run, then the process that keeps the data fresh.

Each is a child under a small guardian (`python launcher.py COMMAND…`) that holds a pipe from the app: when the app goes, however
it goes, the pipe closes and the guardian ends its child. One process keeps one workspace fresh; a lock says whose.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

ROOT = Path(__file__).resolve().parent
EVERY = "60s"
_SHARE = re.compile(r"(\d{1,3}) ?%")


@dataclass
class Job:
    """A child at work: the last lines it wrote, how much of it is done (0 to 1), how it ended (None while it runs)."""

    name: str
    lines: list[str] = field(default_factory=list)
    share: float = 0.0
    ended: int | None = None

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.ended is None


class Launcher:
    """The children of one app process for one workspace."""

    def __init__(self, root: Path, default: Path) -> None:
        self.root, self.is_default = root, root == default
        self.job: Job | None = None
        self._children: list[subprocess.Popen[str]] = []
        self._keeper = FileLock(root / ".keeper.lock")

    @property
    def published(self) -> bool:
        """Whether the workspace has a published generation."""
        return (self.root / "store" / "CURRENT").exists()

    def start(self) -> None:
        """Makes the demo company when this is the first run of the default workspace, then keeps the data fresh."""
        self.root.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._begin, daemon=True).start()

    def load(self) -> None:
        """Loads the workspace's sources once, in the background; `job` tells how it goes."""
        if self.job is None or not self.job.running:
            self.job = Job("sync")
            threading.Thread(target=self._run, args=(self.job, ["connectors", "sync"]), daemon=True).start()

    def stop(self) -> None:
        """Ends the children; closing their pipe is enough."""
        for child in self._children:
            if child.stdin:
                child.stdin.close()
        for child in self._children:
            try:
                child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                child.kill()
        self._keeper.release()

    def _begin(self) -> None:
        if self.is_default and not self.published:
            self.job = Job("demo")
            self._run(self.job, ["data", "demo"])
        if command := self._fresh():
            try:
                self._keeper.acquire(blocking=False)
            except Timeout:
                return  # another process keeps this workspace fresh
            self._spawn(command, output=subprocess.DEVNULL)

    def _fresh(self) -> list[str] | None:
        if (self.root / "ground_truth.json").exists():
            return ["data", "demo", "--every", EVERY]
        return ["connectors", "sync", "--every", EVERY] if (self.root / "sources.yml").exists() else None

    def _run(self, job: Job, command: Sequence[str]) -> None:
        child = self._spawn(command, output=subprocess.PIPE)
        for line in child.stdout or ():
            if said := line.strip():
                job.lines = [*job.lines[-200:], said]
                shares = _SHARE.findall(said)
                job.share = min(int(shares[-1]), 100) / 100 if shares else job.share
        job.ended = child.wait()

    def _spawn(self, command: Sequence[str], output: int) -> subprocess.Popen[str]:
        guarded = [sys.executable, str(ROOT / "launcher.py"), sys.executable, "-u", "-m", *command]
        child = subprocess.Popen(guarded, cwd=ROOT, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, text=True)  # noqa: S603
        self._children.append(child)
        return child


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
