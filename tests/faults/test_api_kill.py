"""A sync of an API that is killed at any moment, while it receives or loads, leaves a whole generation; the next makes up for it."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from tests.contract.api_company import ApiCompany, made
from tests.fakes import VENDORS, vendor
from tests.faults.sync_process import start


def killed(company: ApiCompany, after: float) -> bool:
    """Kills a sync some seconds after it began; False when it had ended by itself."""
    process = start(company.root)
    time.sleep(after)
    was_running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return was_running


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.full] * (name != "hubspot")) for name in VENDORS])
def test_a_sync_that_is_killed_is_made_up_for(tmp_path: Path, name: str, full: bool) -> None:
    fake, chance = vendor(name).fake(3), random.Random(name)
    with fake.serve():
        company = made(tmp_path, name, fake)
        begun = time.monotonic()
        assert start(company.root).wait() == 0
        takes = time.monotonic() - begun
        rounds, fatal = 0, 0
        while fatal < (40 if full else 2):
            rounds += 1
            for _ in range(3):
                vendor(name).edit(fake)
            if killed(company, chance.uniform(0, takes)):
                fatal += 1
            else:
                takes *= 0.95  # the first sync had more to do than those that follow

        company.load()

        assert company.loaded() == vendor(name).expected(fake)
    print(f"{name}: {fatal} kills while it ran, in {rounds} rounds of edits, then exact")
