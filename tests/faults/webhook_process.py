"""Serves the door for webhooks of a workspace, and says where; for tests that kill it."""

import sys
import threading
from pathlib import Path

from starlette.applications import Starlette

import webhooks
from tests.fakes.server import served

if __name__ == "__main__":
    with served(Starlette(routes=[webhooks.route(lambda: Path(sys.argv[1]))])) as url:
        print(url, flush=True)
        threading.Event().wait()
