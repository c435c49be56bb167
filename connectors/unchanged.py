"""Whether a sync would change anything: told from the published generation, without the cost of a draft."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from connectors import of_block, removed, state
from connectors.context import Context
from connectors.landing import Landing
from data import schema
from data.errors import Problem
from data.reader import Reader
from data.store import Store
from data.workspace import Workspace

#: (whether the last run of a source failed, what it said)
Outcome = tuple[bool, str | None]


def nothing_new(workspace: Workspace, store: Store, chosen: Sequence[str], failed: dict[str, str]) -> bool:
    """Whether the published generation has all that these sources hold, and knows of each error; `failed` are those of receiving."""
    current = store.current()
    if current is None:
        return False
    with Reader(workspace.root, workspace.company.timezone).open() as snapshot, tempfile.TemporaryDirectory() as work:
        if state.read(snapshot.cursor, "").get("settings", {}).get("hash") != settings(workspace):
            return False
        known = outcomes(snapshot.cursor)
        if removed.differs(snapshot.cursor, workspace):
            return False
        return not any(_is_new(workspace, name, snapshot.cursor, Path(work), current, known.get(name), failed.get(name)) for name in chosen)


def outcomes(connection: duckdb.DuckDBPyConnection) -> dict[str, Outcome]:
    """How the last recorded run of each source ended."""
    latest = "QUALIFY row_number() OVER (PARTITION BY source ORDER BY started_at DESC, run_id DESC) = 1"
    statement = f"SELECT source, state = 'failed', error FROM sync_run {latest}"
    return {source: (failed, error) for source, failed, error in connection.execute(statement).fetchall()}


def settings(workspace: Workspace) -> str:
    """A hash of everything beside the sources' own files that derived rows depend on."""
    company, features = asdict(workspace.company), [asdict(each) for each in workspace.features.values()]
    by_hand = {name: block.get("accounts") for name, block in workspace.sources.items() if isinstance(block, dict)}
    rates = workspace.root / workspace.company.rates if workspace.company.rates else None
    told = rates.stat().st_mtime_ns if rates is not None and rates.exists() else 0
    text = json.dumps([company, features, workspace.meaningful, workspace.schedules, by_hand, told, schema.VERSION], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_new(
    workspace: Workspace,
    name: str,
    connection: duckdb.DuckDBPyConnection,
    work: Path,
    current: int,
    known: Outcome | None,
    failed: str | None,
) -> bool:
    try:
        block = workspace.sources[name]
        landing = Landing(workspace.landing / name)
        given = Context(workspace, name, block, connection, landing, work, "", datetime.now(UTC), current)
        return of_block(name, block, workspace.sources).pending(given) or known != (failed is not None, failed)
    except (Problem, OSError) as error:
        return known != (True, str(error))
