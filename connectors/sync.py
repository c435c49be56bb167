"""A sync: every source into one draft, then accounts, what derives from them, audits, and one publish."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import duckdb

from connectors import context, entities, history, identity, of_block, state
from connectors.context import Context, Progress, silent
from connectors.landing import Landing
from data import derive, schema
from data.errors import Problem, did_you_mean
from data.reader import Reader
from data.store import Draft, Store
from data.workspace import Workspace
from data.writer_lock import Holder


@dataclass(frozen=True)
class SourceResult:
    """What a sync did with one source. `state` is ok, unchanged or failed."""

    name: str
    state: str
    rows_in: int = 0
    rows_out: int = 0
    rejects: int = 0
    loaded_until: datetime | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a sync did: the generation that is published after it, and whether it is a new one."""

    generation: int | None
    published: bool
    sources: tuple[SourceResult, ...]
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether a source could not be loaded."""
        return any(source.state == "failed" for source in self.sources)

    def to_dict(self) -> dict[str, Any]:
        """For JSON; times are ISO 8601."""
        return json.loads(json.dumps(asdict(self), default=lambda value: value.isoformat()))  # type: ignore[no-any-return]


def sync(
    workspace: Workspace,
    names: Sequence[str] = (),
    *,
    full: bool = False,
    wait: float | None = None,
    on_wait: Callable[[Holder], None] | None = None,
    progress: Progress = silent,
) -> Result:
    """Loads the named sources (all when none is named) and publishes what changed, as one new generation.

    A source that fails is left as it was and told of in the result; the others are published. Raises Problem when nothing can
    be loaded at all: an unknown name, a features.yml that is wrong, another writer (with `wait`), a full disk.
    """
    begun = monotonic()
    for name in names:
        if name not in workspace.sources:
            raise Problem(f'there is no source "{name}"', "sources.yml", remedy=did_you_mean(name, workspace.sources))
    store = Store(workspace.root, workspace.company.timezone)
    chosen = list(names) or list(workspace.sources)
    if not full and _nothing_new(workspace, store, chosen):
        unchanged = tuple(SourceResult(name, "unchanged") for name in chosen)
        return Result(store.current(), False, unchanged, monotonic() - begun)
    with store.draft(wait=wait, on_wait=on_wait) as draft:
        results, published = _Run(workspace, store, draft, full, progress).run(chosen)
    if published:
        store.prune(wait=wait, on_wait=on_wait)
    return Result(store.current(), published, tuple(results), monotonic() - begun)


@dataclass
class _Run:
    workspace: Workspace
    store: Store
    draft: Draft
    full: bool
    progress: Progress

    def run(self, chosen: list[str]) -> tuple[list[SourceResult], bool]:
        self.run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
        self.now = datetime.now(UTC)
        self.landings = {name: Landing(self.workspace.landing / name) for name in _landed(self.workspace, chosen)}
        entities.prepare(self.draft.connection)
        self.loaded: dict[str, context.Loaded] = {}
        with work_folder(self.workspace) as work:
            results = [self._source(name, work) for name in chosen]
        changed = any(each.changed for each in self.loaded.values()) or self._settings_changed() or self._states_changed(results)
        if not changed:
            return results, False
        self._finish(results)
        return results, True

    def _source(self, name: str, work: Path) -> SourceResult:
        started = datetime.now(UTC)
        try:
            block = self.workspace.sources[name]
            module = of_block(name, block, self.workspace.sources)
            given = Context(
                workspace=self.workspace,
                name=name,
                block=block,
                connection=self.draft.connection,
                landing=self.landings[name],
                work=work,
                run_id=self.run_id,
                now=self.now,
                generation=self.draft.parent,
                full=self.full,
                progress=self.progress,
            )
            self.loaded[name] = module.load(given)
        except (Problem, duckdb.Error, OSError) as error:
            result = SourceResult(name, "failed", error=str(error))
        else:
            done = self.loaded[name]
            told = (done.rows_in, done.rows_out, done.rejects, done.loaded_until, None, done.notes)
            result = SourceResult(name, "ok" if done.changed else "unchanged", *told)
        self.started = getattr(self, "started", {}) | {name: started}
        return result

    def _finish(self, results: list[SourceResult]) -> None:
        connection = self.draft.connection
        self.progress("accounts and what follows from them", 0.9)
        connection.execute("BEGIN")
        identity.resolve(connection, self.workspace)
        history.keep(connection, self.workspace, self.now)
        connection.execute("COMMIT")
        derive.run(connection, self.workspace)
        for name, done in self.loaded.items():
            for table in done.tables:
                derive.freshness(connection, name, table, done.loaded_until)
        for result in results:
            self._record(result)
        state.write(connection, "", "settings", {"hash": _settings(self.workspace)}, self.now)
        for name, landing in self.landings.items():
            landing.held(self.draft.number, self.draft.parent, self.loaded[name].landed if name in self.loaded else ())
            landing.save()
        self.draft.publish(sources=self._sources(results), audits=_audits(connection))
        kept = self.store.layout.numbers()
        for landing in self.landings.values():
            landing.prune(kept)

    def _record(self, result: SourceResult) -> None:
        row = [self.run_id, result.name, self.started[result.name], datetime.now(UTC), "failed" if result.state == "failed" else "ok"]
        row += [result.rows_in, result.rows_out, result.rejects, result.error]
        self.draft.connection.execute("INSERT INTO sync_run VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", row)

    def _sources(self, results: list[SourceResult]) -> dict[str, dict[str, Any]]:
        """What the manifest says of each source: of those not synced now, what the parent's said."""
        before = self.store.manifest(self.draft.parent).sources if self.draft.parent is not None else {}
        told = {name: said for name, said in before.items() if name in self.workspace.sources}
        for result in results:
            until = result.loaded_until or told.get(result.name, {}).get("loaded_until")
            told[result.name] = {"state": "failed" if result.state == "failed" else "ok", "loaded_until": until, "error": result.error}
        return told

    def _settings_changed(self) -> bool:
        known = state.read(self.draft.connection, "").get("settings", {})
        return bool(known.get("hash") != _settings(self.workspace))

    def _states_changed(self, results: list[SourceResult]) -> bool:
        before = _last_states(self.draft.connection)
        return any(before.get(result.name) != (result.state == "failed", result.error) for result in results)


@contextmanager
def work_folder(workspace: Workspace) -> Iterator[Path]:
    """A folder beside the landing copies, gone afterwards."""
    workspace.landing.mkdir(parents=True, exist_ok=True)
    for left in workspace.landing.glob(".work-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".work-", dir=workspace.landing, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _nothing_new(workspace: Workspace, store: Store, chosen: list[str]) -> bool:
    """Whether all sources are as the published generation has them: told without a copy of it."""
    current = store.current()
    if current is None:
        return False
    with Reader(workspace.root, workspace.company.timezone).open() as snapshot:
        connection = snapshot.cursor
        known = state.read(connection, "").get("settings", {})
        states = _last_states(connection)
        if known.get("hash") != _settings(workspace) or any(states.get(name) != (False, None) for name in chosen):
            return False
        now = datetime.now(UTC)
        with tempfile.TemporaryDirectory() as work:
            try:
                return not any(_pending(workspace, name, connection, Path(work), now, current) for name in chosen)
            except (Problem, OSError):
                return False


def _pending(workspace: Workspace, name: str, connection: duckdb.DuckDBPyConnection, work: Path, now: datetime, current: int) -> bool:
    block = workspace.sources[name]
    given = Context(workspace, name, block, connection, Landing(workspace.landing / name), work, "", now, current)
    return of_block(name, block, workspace.sources).pending(given)


def _last_states(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[bool, str | None]]:
    latest = "QUALIFY row_number() OVER (PARTITION BY source ORDER BY started_at DESC, run_id DESC) = 1"
    statement = f"SELECT source, state = 'failed', error FROM sync_run {latest}"
    return {source: (failed, error) for source, failed, error in connection.execute(statement).fetchall()}


def _landed(workspace: Workspace, chosen: list[str]) -> list[str]:
    folders = [entry.name for entry in workspace.landing.iterdir() if (entry / "index.json").exists()] if workspace.landing.is_dir() else []
    return list(dict.fromkeys([*chosen, *folders]))


def _settings(workspace: Workspace) -> str:
    """Everything beside the sources' own files that derived rows depend on."""
    company, features = asdict(workspace.company), [asdict(each) for each in workspace.features.values()]
    by_hand = {name: block.get("accounts") for name, block in workspace.sources.items() if isinstance(block, dict)}
    rates = workspace.root / workspace.company.rates if workspace.company.rates else None
    told = rates.stat().st_mtime_ns if rates is not None and rates.exists() else 0
    text = json.dumps([company, features, workspace.meaningful, workspace.schedules, by_hand, told, schema.VERSION], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _audits(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = ("source", "table", "name", "severity", "message", "count")
    rows = connection.execute("SELECT source, table_name, name, severity, message, row_count FROM finding ORDER BY ALL").fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]
