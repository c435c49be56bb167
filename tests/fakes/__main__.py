"""A workspace that asks every fake vendor at once, and a command in it: python -m tests.fakes FOLDER COMMAND…

Such as `python -m tests.fakes /tmp/all sh -c "python -m connectors sync && python -m connectors status && streamlit run app.py"`. The
fakes live as long as the command, and people edit at each vendor every few seconds meanwhile.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from textwrap import indent

from tests.fakes import VENDORS, vendor
from tests.fakes.server import Fake

#: Seconds between two edits at each vendor.
PAUSE = 5.0


def main(arguments: list[str]) -> int:
    """Serves the fakes, writes sources.yml, runs the command; gives its exit code."""
    asked = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    asked.add_argument("folder", type=Path, help="the workspace; its sources.yml is written anew")
    asked.add_argument("command", nargs=argparse.REMAINDER, help="what is run in it")
    told = asked.parse_args(arguments)
    with ExitStack() as running:
        fakes = {name: vendor(name).fake(7) for name in VENDORS}
        blocks = [_block(name, running.enter_context(fake.serve())) for name, fake in fakes.items()]
        told.folder.mkdir(parents=True, exist_ok=True)
        head = "company: {name: All fakes, timezone: UTC, currency: EUR}\nsources:\n"
        (told.folder / "sources.yml").write_text(head + "".join(blocks), encoding="utf-8")
        ended = threading.Event()
        running.callback(ended.set)
        threading.Thread(target=_edit, args=(fakes, ended), daemon=True).start()
        secrets = {key: value for name in VENDORS for key, value in vendor(name).SECRETS.items()}
        return subprocess.run(told.command, env=os.environ | secrets | {"TRANSVERSE_WORKSPACE": str(told.folder)}, check=False).returncode


def _block(name: str, url: str) -> str:
    text = f"{vendor(name).BLOCK.strip().replace('FAKE_URL', url)}\nbase_url: {url}\npause: 0.01\nrate: 10000\n"
    return f"  {name}:\n{indent(text, '    ')}"


def _edit(fakes: dict[str, Fake], ended: threading.Event) -> None:
    while not ended.wait(PAUSE):
        for name, fake in fakes.items():
            with fake.lock:
                vendor(name).edit(fake)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
