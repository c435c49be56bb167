"""The journal: what people write, apart from what is loaded, so that it survives every reload and upgrade.

It lies in `journal.db` of the workspace (SQLite); TRANSVERSE_JOURNAL names another database by its SQLAlchemy URL, such as
`postgresql+psycopg://…` for a team with several servers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from data.errors import Problem
from data.journal import migrate
from data.journal.alert_rows import Alert, Check, Delivery, Snooze
from data.journal.alerts import Alerts
from data.journal.annotations import Annotation, Annotations
from data.journal.base import Base
from data.journal.decisions import Decision, Decisions
from data.journal.definitions import Change, Definitions
from data.journal.jobs import Job, Jobs
from data.journal.priorities import Priorities, PriorityChoice, PriorityItem, PriorityValue
from data.journal.reviews import Reviews, Snapshot
from data.journal.segments import Segment, Segments
from data.journal.targets import Target, Targets
from data.journal.views import View, Views

__all__ = [
    "Alert", "Annotation", "Change", "Check", "Decision", "Delivery", "Job", "Journal", "PriorityChoice", "PriorityItem", "PriorityValue",
    "Segment", "Snapshot", "Snooze", "Target", "View", "address", "open_journal",
]  # fmt: skip

VARIABLE = "TRANSVERSE_JOURNAL"
#: How long ago a file must have been written for its time to tell that nothing came after it, in nanoseconds.
_BLURRED = 100_000_000


class Journal:
    """The journal of one workspace; any thread may use it. What it gives are copies: to change one, call what writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self.segments = Segments(self._begin)
        self.views = Views(self._begin)
        self.annotations = Annotations(self._begin)
        self.targets = Targets(self._begin)
        self.definitions = Definitions(self._begin)
        self.decisions = Decisions(self._begin)
        self.jobs = Jobs(self._begin)
        self.priorities = Priorities(self._begin)
        self.alerts = Alerts(self._begin)
        self.reviews = Reviews(self._begin)

    def export(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that is kept, table by table, the oldest entry first; what was removed is there with the moment."""
        with self._engine.connect() as connection:
            tables = Base.metadata.sorted_tables
            return {
                table.name: [dict(row) for row in connection.execute(select(table).order_by(table.c.written_at, table.c.id)).mappings()]
                for table in tables
            }

    def stamp(self) -> tuple[tuple[int, int], ...] | None:
        """What changes whenever anything is written here; None where that cannot be told: on a server, and of what was written just now."""
        if self._engine.dialect.name != "sqlite" or not self._engine.url.database:
            return None
        file = Path(self._engine.url.database)
        found = [path.stat() for path in (file, file.with_name(f"{file.name}-wal")) if path.exists()]
        # A file system may tell two writes within some milliseconds by one and the same time.
        if not found or time.time_ns() - max(one.st_mtime_ns for one in found) < _BLURRED:
            return None
        return tuple((one.st_mtime_ns, one.st_size) for one in found)

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    @contextmanager
    def _begin(self) -> Iterator[Session]:
        try:
            with self._sessions.begin() as session:
                yield session
        except SQLAlchemyError as error:
            raise _refused(error, self._engine.url) from error


def address(root: Path) -> str:
    """The URL of a workspace's journal."""
    return os.environ.get(VARIABLE) or f"sqlite:///{root / 'journal.db'}"


def open_journal(root: Path) -> Journal:
    """The journal of a workspace, made or brought up to this version where need be; the same one for the same address.

    Raises Problem when it cannot be opened, or when a newer version wrote it.
    """
    return _opened(address(root))


@cache
def _opened(url: str) -> Journal:
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite)
    try:
        migrate.upgrade(engine)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise _refused(error, engine.url) from error
    return Journal(engine)


def _sqlite(connection: Any, _record: Any) -> None:
    # Several processes write: each waits for the other; readers wait for nobody (WAL).
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def _refused(error: Exception, url: URL) -> Problem:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return Problem(
        f"the journal refused: {said}", url.render_as_string(hide_password=True), remedy=f"See that it can be written, or set {VARIABLE}."
    )
