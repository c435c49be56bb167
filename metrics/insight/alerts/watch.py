"""Runs alerts as long as somebody calls it: after each publish, when a rule changes, when a digest is due; sends what waits.

The worker (`python -m connectors work`) calls it between its jobs; who has no worker calls `python -m metrics alerts --run` after
each load.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data import workspace as workspaces
from data.journal import Journal, open_journal
from data.journal.alerts import RUNS
from data.reader import Reader
from metrics.insight.alerts import delivery as alert_delivery
from metrics.insight.alerts import run as alert_run
from metrics.layer import Layer

log = logging.getLogger("transverse.alerts")

#: Seconds after which rules are run again though nothing was published: digests come due, and data grows old.
EVERY = 300.0
#: Seconds after which rules are run again when that failed.
AGAIN = 60.0
#: Seconds between two looks at what there is to do.
LOOKS = 3.0
#: Who has rules and did not run them for so long has a watch that stands still.
SILENT = timedelta(hours=1)


def watching(root: Path) -> Callable[[], None]:
    """What a worker calls again and again, about once a second. It raises nothing: what goes wrong is logged, and the page tells."""
    looked = ran = -EVERY
    known: object = None
    said = ""

    def look() -> None:
        nonlocal looked, ran, known, said
        now = time.monotonic()
        if now - looked < LOOKS:
            return
        looked = now
        try:
            workspace = workspaces.load(root)
            reader = Reader(root, workspace.company.timezone)
            layer = Layer(workspace, reader)
            book, stamp = open_journal(root), _stamp(layer)
            if known != stamp or now - ran > EVERY:
                ran, known = now, stamp
                alert_run.run(layer, book)
                reader.close()  # a worker that waits holds no generation
            alert_delivery.deliver(layer.workspace, book)
        except Exception as error:
            ran = now - EVERY + AGAIN
            if str(error) != said:  # once, not at each look
                log.exception("alerts did not run")
            said = str(error)

    return look


def _stamp(layer: Layer) -> tuple[object, ...]:
    """What a run depends on: the published generation, the rules and the channels."""
    return layer.generation(), *(path.stat().st_mtime_ns for path in sorted(layer.workspace.alerts.glob("*.yml")))


def silence(book: Journal, now: datetime | None = None) -> timedelta | None:
    """How long ago alerts ran, where that is longer than it should be; None when they run. Never is `timedelta.max`."""
    last = book.alerts.checks().get(RUNS)
    ago = (now or datetime.now(UTC)) - last.ran_at if last else timedelta.max
    return ago if ago > SILENT else None
