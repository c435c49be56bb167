"""A sync in a process of its own, to be killed: python -m tests.faults.sync_process ROOT. Says `begin` when it begins, `end` after."""

from __future__ import annotations

import sys
from pathlib import Path

from connectors.sync import sync
from data import workspace as workspaces

if __name__ == "__main__":
    print("begin", flush=True)
    result = sync(workspaces.load(Path(sys.argv[1])))
    print("end", result.generation, *(source.error for source in result.sources if source.error), flush=True)
