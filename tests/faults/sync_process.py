"""A sync in a process of its own, to be killed: python -m tests.faults.sync_process ROOT. Says `begin` when it begins, `end` after."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from connectors.sync import sync
from data import workspace as workspaces


def start(root: Path) -> subprocess.Popen[str]:
    """A sync of this workspace that has begun."""
    call = [sys.executable, "-m", "tests.faults.sync_process", str(root)]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n", process.stderr and process.stderr.read()
    return process


if __name__ == "__main__":
    print("begin", flush=True)
    result = sync(workspaces.load(Path(sys.argv[1])))
    print("end", result.generation, *(source.error for source in result.sources if source.error), flush=True)
