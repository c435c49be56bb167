"""A sync: every source into one draft, then accounts, what derives from them, audits, and one publish."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import duckdb

from connectors import entities, history, identity, of_block, receiving, removed, state, unchanged
from connectors.context import Context, Loaded, Progress, silent
from connectors.landing import Landing
from data import derive, volume
from data.errors import Problem, did_you_mean, is_interrupt
from data.generation import Manifest
from data.pauses import paused
from data.reader import Reader
from data.store import Draft, Store
from data.workspace import Workspace
from data.writer_lock import Holder

log = logging.getLogger("transverse.sync")

#: Tests what is about to be published, given the generation before it; what it gives goes into the manifest.
Audit = Callable[[Workspace, Draft, Manifest | None], dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class SourceResult:
    """What a sync did with one source. `state` is ok, unchanged or failed."""

    name: str
    state: str
    rows_in: int = 0
    rows_out: int = 0
    rejects: int = 0
    repeats: int = 0
    loaded_until: datetime | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a sync did: the generation that is published after it, whether it is a new one, and what the copy of the last took."""

    generation: int | None
    published: bool
    sources: tuple[SourceResult, ...]
    seconds: float
    copy_seconds: float = 0.0

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
    at_once: bool = False,
    wait: float | None = None,
    on_wait: Callable[[Holder], None] | None = None,
    progress: Progress = silent,
    audit: Audit | None = None,
) -> Result:
    """Loads the named sources (all that are not paused when none is named) and publishes what changed, as one new generation.

    A source that fails is left as it was and told of in the result; the others are published. `audit` tests the numbers
    that follow; whatever it finds, or dies of, the load is published. `at_once` asks vendors whatever pause their blocks name.
    Raises Problem when nothing can be loaded at all: an unknown name, a features.yml that is wrong, another writer (with
    `wait`), a full disk.
    """
    begun = monotonic()
    for name in names:
        if name not in workspace.sources:
            raise Problem(f'there is no source "{name}"', "sources.yml", remedy=did_you_mean(name, workspace.sources))
    store = Store(workspace.root, workspace.company.timezone)
    chosen = list(names) or [name for name in workspace.sources if name not in paused(workspace.root)]
    failed = receiving.receive(workspace, store, chosen, full=full, at_once=at_once, progress=progress)
    if not full and unchanged.nothing_new(workspace, store, chosen, failed):
        return Result(store.current(), False, tuple(_as_before(workspace, chosen)), monotonic() - begun)
    with store.draft(wait=wait, on_wait=on_wait) as draft:
        now = datetime.now(UTC)
        run_id = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
        landings = {name: Landing(workspace.landing / name) for name in _landed(workspace, chosen)}
        results, published = _Run(workspace, store, draft, full, progress, run_id, now, landings, audit, failed).run(chosen)
        copy_seconds = draft.copy_seconds
    if published:
        store.prune(wait=wait, on_wait=on_wait)
    return Result(store.current(), published, tuple(results), monotonic() - begun, copy_seconds)


def _as_before(workspace: Workspace, chosen: list[str]) -> list[SourceResult]:
    """What the published generation says of sources that have nothing new: one that failed still fails."""
    with Reader(workspace.root, workspace.company.timezone).open() as snapshot:
        known = unchanged.outcomes(snapshot.cursor)
    return [SourceResult(name, "failed" if known[name][0] else "unchanged", error=known[name][1]) for name in chosen]


@dataclass
class _Run:
    workspace: Workspace
    store: Store
    draft: Draft
    full: bool
    progress: Progress
    run_id: str
    now: datetime
    landings: dict[str, Landing]
    audit: Audit | None = None
    failed: dict[str, str] = field(default_factory=dict)
    loaded: dict[str, Loaded] = field(default_factory=dict)
    started: dict[str, datetime] = field(default_factory=dict)

    def run(self, chosen: list[str]) -> tuple[list[SourceResult], bool]:
        """Loads the sources and publishes; False when nothing changed and nothing was published."""
        connection = self.draft.connection
        connection.execute("SET enable_progress_bar = false")  # it would write into the JSON for programs
        entities.prepare(connection)
        changed = removed.apply(connection, self.workspace, self.now)
        with work_folder(self.workspace) as work:
            results = [self._source(name, work, number / len(chosen), 0.9 / len(chosen)) for number, name in enumerate(chosen)]
        changed |= any(each.changed for each in self.loaded.values()) or self._outcome_changed(results)
        changed |= state.read(connection, "").get("settings", {}).get("hash") != unchanged.settings(self.workspace)
        if changed:
            try:
                self._finish(results)
            except duckdb.Error as error:
                said = str(error).splitlines()[0]
                raise Problem(f"nothing was published: {said}", remedy="What is published stays. The next sync tries again.") from error
        return results, changed

    def _source(self, name: str, work: Path, done: float, share: float) -> SourceResult:
        self.started[name] = datetime.now(UTC)
        try:
            block = self.workspace.sources[name]
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
                progress=lambda line, part: self.progress(line, 0.9 * done + share * part),
            )
            told = self.loaded[name] = of_block(name, block, self.workspace.sources).load(given)
        except (Problem, duckdb.Error, OSError) as error:
            return SourceResult(name, "failed", error=str(error))
        said = self.failed.get(name) or told.problem
        outcome = "failed" if said else "ok" if told.changed else "unchanged"
        return SourceResult(name, outcome, told.rows_in, told.rows_out, told.rejects, told.repeats, told.loaded_until, said, told.notes)

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
        volume.run(connection)
        for result in results:
            self._record(result)
        state.write(connection, "", {"settings": {"hash": unchanged.settings(self.workspace)}}, self.now)
        for name, landing in self.landings.items():
            landing.held(self.draft.number, self.draft.parent, self.loaded[name].landed if name in self.loaded else ())
            landing.save()
        self.draft.publish(sources=self._sources(results), audits=_audits(connection), tests=self._tests())
        kept = self.store.layout.numbers()
        for landing in self.landings.values():
            landing.prune(kept)

    def _record(self, result: SourceResult) -> None:
        row = [self.run_id, result.name, self.started[result.name], datetime.now(UTC), "failed" if result.state == "failed" else "ok"]
        row += [result.rows_in, result.rows_out, result.rejects, result.error]
        self.draft.connection.execute("INSERT INTO sync_run VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", row)

    def _tests(self) -> dict[str, dict[str, Any]]:
        if self.audit is None:
            return {}
        self.progress("the tests of the definitions", 0.97)
        try:
            return self.audit(self.workspace, self.draft, self.store.manifest(self.draft.parent) if self.draft.parent is not None else None)
        except Exception as error:
            if is_interrupt(error):
                raise KeyboardInterrupt from None
            log.exception("the tests of the definitions could not be run")
            return {}

    def _sources(self, results: list[SourceResult]) -> dict[str, dict[str, Any]]:
        """What the manifest says of each source: of those not synced now, what the parent's said."""
        before = self.store.manifest(self.draft.parent).sources if self.draft.parent is not None else {}
        told = {name: said for name, said in before.items() if name in self.workspace.sources}
        for result in results:
            until = result.loaded_until or told.get(result.name, {}).get("loaded_until")
            told[result.name] = {"state": "failed" if result.state == "failed" else "ok", "loaded_until": until, "error": result.error}
        return told

    def _outcome_changed(self, results: list[SourceResult]) -> bool:
        before = unchanged.outcomes(self.draft.connection)
        return any(before.get(result.name) != (result.state == "failed", result.error) for result in results)


@contextmanager
def work_folder(workspace: Workspace) -> Iterator[Path]:
    """A folder beside the landing copies, gone afterwards."""
    workspace.landing.mkdir(parents=True, exist_ok=True)
    for left in workspace.landing.glob(".work-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".work-", dir=workspace.landing, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _landed(workspace: Workspace, chosen: list[str]) -> list[str]:
    """The chosen sources, and all that have landing copies."""
    folders = [entry.name for entry in workspace.landing.iterdir() if (entry / "index.json").exists()] if workspace.landing.is_dir() else []
    return list(dict.fromkeys([*chosen, *folders]))


def _audits(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = ("source", "table", "name", "severity", "message", "count")
    rows = connection.execute("SELECT source, table_name, name, severity, message, row_count FROM finding ORDER BY ALL").fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]
