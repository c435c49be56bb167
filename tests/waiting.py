"""How tests wait: for a state, never for a time. The machine may be as busy as it likes; only what hangs fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

#: Seconds after which something hangs. What a test finds out must not depend on it.
PATIENCE = 300.0


def wait_until(look: Callable[[], Found]) -> Found:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found
