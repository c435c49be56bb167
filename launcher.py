"""What the app starts beside itself: the demo company on the first run, loads that a reader asks for, the process that keeps the
data fresh, and the worker that does what pages ask for.

Each is a child under a guardian (`guardian.py`), so that it ends with the app, however that goes. One process keeps one
workspace fresh; a lock says whose.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from data import demo
from data import workspace as workspaces
from data.errors import Problem

HERE = Path(__file__).resolve()
EVERY = "60s"
#: Does what pages ask for.
WORKER = ("connectors", "work")
#: Seconds that the first page has the cores for itself before the worker starts; what is asked for meanwhile waits.
SETTLES = 10.0
#: The share of a first run that writing the demo's files takes.
_WRITING = 0.4
_LINE = re.compile(r"^(\d{1,3})% (.*)$")


@dataclass
class Job:
    """A child at work: what it is for, what it said last, how much of it is done (0 to 1), how it ended (None while it runs)."""

    name: str
    lines: list[str] = field(default_factory=list)
    share: float = 0.0
    ended: int | None = None

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.ended is None


@cache
def of(root: Path) -> Launcher:
    """The one launcher of this process for a workspace: what starts with the server is what the pages see."""
    return Launcher(root)


class Launcher:
    """The children of one app process for one workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.job: Job | None = None
        self._children: list[subprocess.Popen[str]] = []
        self._keeper = FileLock(root / ".keeper.lock", thread_local=False)  # taken in one thread, given back in another
        self._ending = threading.Event()

    def start(self) -> None:
        """Makes the demo company when the default workspace is empty, then keeps the data fresh; returns at once."""
        if self.root == workspaces.DEMO:
            self.root.mkdir(parents=True, exist_ok=True)
        if self.root.is_dir():
            first = self.root == workspaces.DEMO and not (self.root / "store" / "CURRENT").exists()
            self.job = Job("demo") if first else None
            threading.Thread(target=self._begin, daemon=True).start()

    def load(self, name: str = "sync") -> None:
        """Loads the sources (`sync`) or makes the demo company here (`demo`), in the background; `job` tells how it goes."""
        if self.job is None or not self.job.running:
            self.job = Job(name)
            threading.Thread(target=self._begin, daemon=True).start()

    def stop(self) -> None:
        """Ends the children; closing their pipes is enough."""
        self._ending.set()
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
        if self.job is not None and self.job.running:
            self._run(self.job)
        command = self._fresh()
        if command is None or self._keeper.is_locked or (self.job is not None and self.job.ended):
            return
        try:
            self._keeper.acquire(blocking=False)
        except Timeout:
            return  # another process keeps this workspace fresh
        self._spawn([sys.executable, "-m", *command], output=subprocess.DEVNULL)
        if not self._ending.wait(SETTLES):
            self._spawn([sys.executable, "-m", *WORKER], output=subprocess.DEVNULL)

    def _fresh(self) -> list[str] | None:
        if demo.parameters(self.root):
            return ["data", "demo", "--every", EVERY]
        return ["connectors", "sync", "--every", EVERY] if (self.root / "sources.yml").exists() else None

    def _run(self, job: Job) -> None:
        child = self._spawn([sys.executable, "-u", str(HERE), job.name], output=subprocess.PIPE)
        if child is None:
            return
        for line in child.stdout or ():
            told = _LINE.match(line.strip())
            job.share = int(told[1]) / 100 if told else job.share
            job.lines = [*job.lines[-200:], told[2] if told else line.rstrip()]
        job.ended = child.wait()

    def _spawn(self, command: Sequence[str], output: int) -> subprocess.Popen[str] | None:
        if self._ending.is_set():
            return None
        guarded = [sys.executable, str(HERE.with_name("guardian.py")), *command]
        there = os.environ | {"TRANSVERSE_WORKSPACE": str(self.root)}
        child = subprocess.Popen(  # noqa: S603
            guarded, cwd=HERE.parent, env=there, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, text=True
        )
        self._children.append(child)
        return child


def make_demo() -> int:
    """Writes the demo company and loads it, a line of progress at a time; 0 when it is published."""
    demo.write(workspaces.folder(), progress=_printed(0.0, _WRITING))
    return load(_WRITING)


def load(begin: float = 0.0) -> int:
    """Loads the workspace's sources, a line of progress at a time; 0 when a generation is published."""
    from connectors.sync import sync  # the app itself never loads
    from metrics import audit

    result = sync(workspaces.load(), progress=_printed(begin, 1.0), audit=audit.at_publish)
    for source in result.sources:
        if source.error:
            sys.stdout.write(f"{source.name}: {source.error}\n")
    return 0 if result.generation else 1


def _printed(begin: float, end: float) -> Callable[[str, float], None]:
    return lambda line, share: print(f"{round((begin + share * (end - begin)) * 100)}% {line}", flush=True)  # noqa: T201


def main(arguments: Sequence[str]) -> int:
    """Runs as a child; what is wrong is said in one line."""
    try:
        return make_demo() if arguments[0] == "demo" else load()
    except Problem as problem:
        sys.stdout.write(f"{problem}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
