"""Asks all vendors at once for what is new, before anything is written: the network is what takes time, and one must not hold up others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import duckdb

from connectors import api, of_block
from connectors.context import Context, Progress
from connectors.landing import INBOX, Landing
from data import looks, schema
from data.errors import Problem
from data.looks import Look
from data.reader import Reader
from data.store import Store
from data.workspace import Workspace
from data.yaml_file import Mapping

#: How many vendors are asked at a time.
_AT_ONCE = 8


def receive(workspace: Workspace, store: Store, names: Sequence[str], *, full: bool, at_once: bool, progress: Progress) -> dict[str, str]:
    """Lets each source that is due (all of them with `at_once`) receive what is new; gives what went wrong, by source."""
    due = [name for name in names if full or at_once or _due(workspace, name)]
    one_at_a_time = Lock()

    def tell(line: str, _share: float) -> None:
        with one_at_a_time:
            progress(line, 0.0)

    with ThreadPoolExecutor(min(_AT_ONCE, max(len(due), 1)), thread_name_prefix="receive") as pool:
        told = pool.map(lambda name: _one(workspace, store, name, full, tell), due)
        found = dict(zip(due, told, strict=True))
    return {name: said for name, said in (found | _earlier(workspace, set(names) - set(due))).items() if said}


def _one(workspace: Workspace, store: Store, name: str, full: bool, tell: Progress) -> str | None:
    try:
        block = workspace.sources[name]
        module = of_block(name, block, workspace.sources)
        landing = Landing(workspace.landing / name)
        with _published(workspace, store) as connection, tempfile.TemporaryDirectory() as work:
            given = Context(
                workspace, name, block, connection, landing, Path(work), "", datetime.now(UTC), store.current(), full, progress=tell
            )
            module.receive(given)
        said = None
    except (Problem, OSError) as error:
        said = str(error)
    if (workspace.landing / name / INBOX).is_dir():
        looks.note(workspace.root, name, Look(datetime.now(UTC), said, _pause(workspace, name)))
    return said


def _due(workspace: Workspace, name: str) -> bool:
    last = looks.last(workspace.root, name)
    return last is None or datetime.now(UTC) - last.at >= _pause(workspace, name)


def _pause(workspace: Workspace, name: str) -> timedelta:
    block = workspace.sources[name]
    try:
        return api.pause(block) if isinstance(block, Mapping) else timedelta(0)
    except Problem:
        return timedelta(0)


def _earlier(workspace: Workspace, names: set[str]) -> dict[str, str | None]:
    """What went wrong with sources that are not due, when they were last asked."""
    return {name: last.error for name in names if (last := looks.last(workspace.root, name))}


@contextmanager
def _published(workspace: Workspace, store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """What is published, to read where each stream was left; an empty store when nothing is."""
    if store.current() is not None:
        with Reader(workspace.root, workspace.company.timezone).open() as snapshot:
            yield snapshot.cursor
        return
    with duckdb.connect() as empty:
        for statement in schema.BOOKKEEPING:
            empty.execute(statement)
        yield empty
