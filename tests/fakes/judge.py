"""A vendor's own description of its interface as the judge between connector and fake: what breaks it is answered with an error."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.fakes.server import free_port
from tests.machine import prism
from tests.waiting import wait_until

#: The vendors' descriptions: a sibling of the repository, or where SPECS says. They are not handed on with it.
SPECS = Path(os.environ.get("SPECS", Path(__file__).parents[3] / "shared/specs"))


def spec(name: str) -> Path:
    """The description of this name; the test is skipped where it is not."""
    return SPECS / name if (SPECS / name).exists() else pytest.skip("no descriptions of vendors' interfaces; set SPECS to their folder")


@contextmanager
def judged(description: Path, behind: str) -> Iterator[str]:
    """Serves what is behind an address, as far as requests and answers keep to the description; gives the address."""
    program = prism() or pytest.skip("no prism on this machine")
    port = free_port()
    call = [str(program), "proxy", "--errors", "-h", "127.0.0.1", "-p", str(port), str(description), behind]
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(process, port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    assert process.poll() is None, "prism ended before it served"
    try:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=2)
    except httpx.TransportError:
        return False
    return True
