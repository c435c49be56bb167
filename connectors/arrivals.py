"""What was received of an API, taken into the draft: whether it says anything new, and how it becomes rows. See `api.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors import drift, mapped, raw, state
from connectors import inbox as boxes
from connectors.api import Source
from connectors.context import Context, Loaded
from connectors.inbox import RECEIPT, Inbox
from connectors.mapped import Tables
from connectors.sql import transaction, zoned
from connectors.streams import Stream
from data.errors import Problem

#: How old what is published may become while nothing changes, before a generation is published that only says so.
STALE = timedelta(minutes=15)
#: So many records do not go all at once.
_SUSPECT = 20


def pending(context: Context, source: Source) -> bool:
    """Whether loading the inbox would change anything; what says nothing new is dropped. `context.connection` may be read-only."""
    box = Inbox.of(context.landing.folder, context.workspace.root)
    with box.lock():
        known = state.read(context.connection, context.name).get(RECEIPT, {})
        loaded = set(known.get("loaded", ()))
        if known.get("wording") != _tables(context, source).wording or _lost(context, loaded):
            return True
        waiting = [path for path in box.waiting() if path.name not in loaded]
        if is_stale(waiting, known.get("until")) or _says_more(context, source.streams, waiting):
            return True
        box.drop(path.name for path in waiting)
        return False


def is_stale(waiting: list[Path], before: str | None) -> bool:
    """Whether what is published does not say, by some minutes, how far these files say that the source is complete."""
    until = max((told["until"] for path in waiting if "until" in (told := boxes.head(path))), default=None)
    return until is not None and (before is None or datetime.fromisoformat(until) - datetime.fromisoformat(before) >= STALE)


def _says_more(context: Context, found: Sequence[Stream], waiting: list[Path]) -> bool:
    """Whether files hold what is not in the store: news, things that are gone, or the end of a long walk that need not be done again."""
    heads = [boxes.head(path) for path in waiting]
    names, kept = {stream.name for stream in found}, raw.kept(context.connection, context.name)
    if any(told["stream"] in names - kept for told in heads):
        return True  # a stream that is seen for the first time need not be read to know
    boxes.arrived(context.connection, waiting, confined=True)
    if any(raw.has_news(context.connection, context.name, name) for name in {told["stream"] for told in heads} & names):
        return True
    long = {stream.name for stream in found if stream.changes is not None}
    gone = {told["stream"]: told["gone"] for told in heads if "gone" in told and told["stream"] in names}
    return any(name in long or raw.is_gone(context.connection, context.name, name, before) for name, before in gone.items())


def load(context: Context, source: Source) -> Loaded:
    """Loads the inbox, in one transaction: what the vendor says, what follows for the canonical tables, cursors."""
    box = Inbox.of(context.landing.folder, context.workspace.root)
    tables, connection = _tables(context, source), context.connection
    known = state.read(connection, context.name)
    loaded = set(known.get(RECEIPT, {}).get("loaded", ()))
    with box.lock():  # another process may find meanwhile that some of them say nothing new, and drop them
        files = _files(context, box, loaded)
    with zoned(connection, "UTC", context.workspace.company.timezone), transaction(connection):
        changed, doubted = _merge(context, source.streams, list(files.values()))
        files = {name: path for name, path in files.items() if path not in doubted}
        remapped = known.get(RECEIPT, {}).get("wording") != tables.wording
        done = [*tables.fill(context, remapped)] if changed or remapped else []
        heads = [boxes.head(path) for path in files.values()]
        before = known.get(RECEIPT, {}).get("until")
        until = before if doubted else max((head["until"] for head in heads if "until" in head), default=before)
        asked = {stream.name for stream in source.streams}  # what is not merged must be asked for again
        written = {f"{name}*": cursor for name, cursor in boxes.cursors(heads, {}).items() if name in asked}
        here = {path.name for path in box.waiting()} | {Path(copy.path).name for copy in context.landing.copies.values()}
        written[RECEIPT] = {"loaded": sorted((loaded & here) | set(files)), "until": until, "wording": tables.wording}
        state.write(connection, context.name, written, context.now)
    return Loaded(
        rows_in=sum(each.rows_in for _, each in done),
        rows_out=sum(each.rows_out for _, each in done),
        rejects=sum(each.rejects for _, each in done),
        repeats=sum(each.repeats for _, each in done),
        changed=changed or remapped or (bool(files) and not doubted),  # what waits would be told of at each sync
        notes=_sampled(context, source.streams) if context.sample else (),
        tables=tuple(tables.names),
        loaded_until=datetime.fromisoformat(until) if until else None,
        landed=frozenset((copy.path, copy.hash) for copy in context.landing.copies.values() if Path(copy.path).name in files),
        problem=next(iter(doubted.values()), None),
    )


def exposed(source: Callable[[Context], Source]) -> tuple[Callable[[Context], bool], Callable[[Context], Loaded]]:
    """`pending` and `load` of a connector, which are alike for all whose source is known."""
    return (lambda context: pending(context, source(context))), (lambda context: load(context, source(context)))


def _files(context: Context, box: Inbox, loaded: set[str]) -> dict[str, Path]:
    """What is to be loaded, in the order in which it came: what waits, and what a rollback took away."""
    names = {path.name: path for path in box.waiting() if path.name not in loaded}
    copies = [context.landing.receive(path, f"{box.folder.name}/{name}") for name, path in names.items()]
    found = {Path(copy.path).name: context.landing.file(copy) for copy in copies + _lost(context, loaded)}
    # The name of a copy begins with its hash: what sorts and dates it is the name under which it was received.
    return {name: names.get(name, path) for name, path in sorted(found.items())}


def _lost(context: Context, loaded: set[str]) -> list[Any]:
    return [copy for copy in context.landing.lacking(context.generation) if Path(copy.path).name not in loaded]


def _merge(context: Context, found: Sequence[Stream], files: list[Path]) -> tuple[bool, dict[Path, str]]:
    """Takes the files into the vendor's own tables; between two that say what is gone, all at once.

    Gives whether anything changed, and the files that are not believed, each with why: they wait until the vendor tells of rows again.
    """
    connection, source = context.connection, context.name
    names = [stream.name for stream in found]
    raw.prepare(connection, source, names)
    boxes.arrived(connection, files)
    changed = [raw.merge(connection, source, name, context.now) for name in names]
    drift.of_arrived(context, found)
    ends = [(path, told) for path in files if "gone" in (told := boxes.head(path)) and told["stream"] in names]
    doubted = {path: said for path, told in ends if (said := _doubt(context, told["stream"], told["gone"]))}
    changed += [raw.forget(connection, source, told["stream"], told["gone"], context.now) > 0 for path, told in ends if path not in doubted]
    return any(changed), doubted


def _doubt(context: Context, stream: str, before: int) -> str | None:
    """Why it is not believed that what was last seen before a moment is gone: who tells of nothing at all rather took a right away."""
    going, live = raw.going(context.connection, context.name, stream, before)
    if context.full or going < _SUSPECT or live > going:
        return None
    remedy = f"See what its token may read. If they are really gone: python -m connectors sync {context.name} --full."
    return str(Problem(f"{context.name} tells of none of the {going:,} {stream} that it had; none of them was removed", remedy=remedy))


def _sampled(context: Context, found: Sequence[Stream]) -> tuple[str, ...]:
    """How many rows the first page of each stream gave."""
    counts = dict(context.connection.execute("SELECT stream, count(*) FROM arrived_ GROUP BY stream").fetchall())
    return tuple(f"{stream.name}: {counts.get(stream.name, 0):,} rows on the first page" for stream in found)


def _tables(context: Context, source: Source) -> Tables:
    return source.mapping if isinstance(source.mapping, Tables) else mapped.tables(context, source.mapping, source.words)
