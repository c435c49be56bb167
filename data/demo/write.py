"""Writes the demo company's files into a workspace, and only those that can have changed since the last time."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import duckdb
from filelock import FileLock

from data import files
from data.demo import accounts as customers
from data.demo import billing, catalogue, delivery, effects, feedback, people, product, sales, support
from data.demo import events as usage
from data.demo.export import Export
from data.demo.world import EPOCH, World, as_utc, connect, cursor, first_of_month
from data.errors import Problem

#: In the order in which they need each other.
_DOMAINS = (catalogue, customers, people, billing, sales, support, feedback, delivery, product)
EXPORTS: tuple[Export, ...] = tuple(export for domain in _DOMAINS for export in getattr(domain, "EXPORTS", ()))
_SOURCES = sorted({export.source for export in EXPORTS} | {usage.SOURCE})
_TRUTH, _EXPORTED = "ground_truth.json", "exported_at.txt"
#: Raised when the same parameters make other rows than before: existing demo workspaces are then written anew.
_FORM = 1
#: Up to so many events a month of them is small, and this many at once take little memory.
_SMALL, _AT_A_TIME = 2_000_000, 4

#: Called with the file that was written last and the share that is done, 0 to 1.
Progress = Callable[[str, float], None]
# A file, relative to the workspace, and what writes it, with others like it where it is the last of several.
Step = tuple[str, Callable[[duckdb.DuckDBPyConnection], object]]


def write(
    root: Path,
    *,
    accounts: int = 400,
    events: int = 500_000,
    seed: int = 7,
    until: datetime | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes the company as it stands at `until` (now when left out; without a zone it is UTC), and gives the ground truth.

    The accounts and events are those of the first 18 months, about; the company grows on. A folder that holds the same
    company at an earlier moment is brought up to date. Raises Problem for a folder that holds something else, and for a
    moment before the company's first day.
    """
    world = World(accounts, events, seed, as_utc(until or datetime.now(UTC)))
    if world.today <= EPOCH:
        raise Problem(f"the demo company begins on {EPOCH}", remedy="Ask for a later --until.")
    if accounts < 1 or events < 1:
        raise Problem("the demo company needs at least one account and one event")
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / ".demo.lock"):
        since = _prepare(root, world)
        connection = connect(world)
        for domain in _DOMAINS:
            domain.build(connection)
        steps = [*_event_files(world, since, root), *_files(world, since, root)]
        for number, path in enumerate(_written(connection, world, steps), start=1):
            if progress:
                progress(path, number / len(steps))
        _remove_merged_days(root, world)
        return _finish(connection, root, world)


def parameters(root: Path) -> dict[str, Any] | None:
    """How the demo company in this folder was made: accounts, events, seed, until …; None when there is none."""
    path = root / _TRUTH
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["parameters"]
    return found


def _told(world: World) -> dict[str, Any]:
    made = {"accounts": world.accounts, "events": world.events, "seed": world.seed, "until": f"{world.until.isoformat()}Z"}
    return made | {"form": _FORM, "engine": f"duckdb {duckdb.__version__}"}


def _prepare(root: Path, world: World) -> datetime | None:
    """The moment up to which the folder already holds this company; None when it is written from the beginning."""
    before, now = parameters(root), _told(world)
    if before is None and (root / "sources.yml").exists():
        raise Problem(f"{root} is another company's workspace", remedy="Name an empty folder in TRANSVERSE_WORKSPACE.")
    since = datetime.fromisoformat(before["until"]).replace(tzinfo=None) if before and before["until"] else None
    if before and since and since <= world.until and {**before, "until": None} == {**now, "until": None}:
        return since
    if before and since:
        _check_replaceable(root, world, before, since)
    _tell(root, {**now, "until": None}, [])
    for source in _SOURCES:
        shutil.rmtree(root / source, ignore_errors=True)
    shutil.copytree(catalogue.TEMPLATE, root, dirs_exist_ok=True)
    return None


def _check_replaceable(root: Path, world: World, before: dict[str, Any], since: datetime) -> None:
    """Rows of another company, or of a later moment, would stay in a store that has loaded them."""
    now = _told(world)
    same = all(before[name] == now[name] for name in ("accounts", "events", "seed"))
    if (root / "store").exists() and not (same and since <= world.until):
        made = ", ".join(f"{name} {before[name]}" for name in ("accounts", "events", "seed", "until"))
        raise Problem(f"{root} holds a demo company that is already loaded ({made})", remedy="Remove the folder, or name another.")


def _written(connection: duckdb.DuckDBPyConnection, world: World, steps: Sequence[Step]) -> Iterator[str]:
    """Writes the files, and tells each: one for each core at a time, which small months use better than a month on all cores would."""
    workers = min(os.cpu_count() or 1, _AT_A_TIME) if world.events <= _SMALL else 1
    if workers > 1:
        connection.execute("SET threads = 1")  # the threads that ask do all the work
    free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    for _ in range(workers):
        free.put(cursor(connection, world))

    def written(step: Step) -> str:
        path, put = step
        own = free.get()
        try:
            put(own)
        finally:
            free.put(own)
        return path

    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(written, steps)


def _files(world: World, since: datetime | None, root: Path) -> Iterator[Step]:
    for export in EXPORTS:
        if export.monthly is None:
            yield export.path, partial(export.write, path=root / export.path)
            continue
        month = EPOCH
        while month <= world.today:
            after = first_of_month(month, 1)
            path = export.path.format(month=f"{month:%Y-%m}")
            if not _is_final(root / path, after + timedelta(days=export.open_days), since):
                within = f"{export.monthly} >= DATE '{month}' AND {export.monthly} < DATE '{after}'"
                yield path, partial(export.write, path=root / path, where=within)
            month = after


def _event_files(world: World, since: datetime | None, root: Path) -> Iterator[Step]:
    periods = usage.periods(world.until.date()).items()
    still_open = [(path, days) for path, days in periods if not _is_final(root / path, days[1], since)]
    for _, files_of in groupby(still_open, key=lambda each: first_of_month(each[1][0])):
        group = dict(files_of)
        yield list(group)[-1], partial(usage.write, files={root / path: days for path, days in group.items()})


def _is_final(path: Path, from_day: date, since: datetime | None) -> bool:
    return since is not None and datetime.combine(from_day, time()) <= since and path.exists()


def _remove_merged_days(root: Path, world: World) -> None:
    """The days of a month that is over stand in the month's file now."""
    kept = usage.periods(world.until.date())
    for path in (root / usage.SOURCE).glob("*.parquet"):
        if f"{usage.SOURCE}/{path.name}" not in kept:
            path.unlink()


def _finish(connection: duckdb.DuckDBPyConnection, root: Path, world: World) -> dict[str, Any]:
    for source in _SOURCES:
        # The site counts whole days; the other tools export everything up to the moment.
        upto = str(world.today - timedelta(days=1)) if source == "web" else f"{world.until.isoformat()}Z"
        files.replace_text(root / source / _EXPORTED, upto + "\n")
    return _tell(root, _told(world), effects.begun(connection))


def _tell(root: Path, told: dict[str, Any], begun: list[dict[str, Any]]) -> dict[str, Any]:
    dirt = [{"file": export.path, "reason": reason, "rows": rows} for export in EXPORTS for reason, rows in export.rejects.items()]
    truth = {"parameters": told, "effects": begun, "rejects": dirt}
    files.replace_text(root / _TRUTH, json.dumps(truth, indent=1, ensure_ascii=False) + "\n")
    return truth
