"""What a database's inbox holds, as files that are loaded: which still count, what they belong to, and what is forgotten with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors import inbox as boxes
from connectors import queries, state
from connectors.casts import Zones
from connectors.context import Context
from connectors.folder import Found
from connectors.inbox import RECEIPT, Inbox
from connectors.landing import INBOX, Copy
from connectors.merge import keys, target
from connectors.plan import Item, TablePlan, wording_of
from connectors.queries import Query
from connectors.sql import count
from connectors.state import Cursor
from data.schema import TABLES, Table

Head = dict[str, Any]


@dataclass
class Received:
    """All `heads` by name, in the order in which they came, those that count (`current`), and the copies that landing has of all."""

    heads: dict[str, Head] = field(default_factory=dict)
    current: list[Head] = field(default_factory=list)
    copies: dict[tuple[str, int, int], Copy] = field(default_factory=dict)
    held: set[tuple[str, str]] = field(default_factory=set)

    def of(self, streams: Iterable[str]) -> list[Head]:
        """The heads of these streams that count."""
        wanted = set(streams)
        return [head for head in self.current if head["stream"] in wanted and "cursor" in head]

    @property
    def until(self) -> str | None:
        """The moment up to which everything has been received."""
        return max((head["until"] for head in self.heads.values() if "until" in head), default=None)


def take(context: Context, loaded: set[str]) -> Received:
    """Receives into landing what waits, and takes up again what a rollback took away."""
    box, landing, found = Inbox.of(context.landing.folder, context.workspace.root), context.landing, Received()
    gone = lost(context, loaded)
    heads = {Path(copy.path).name: landing.file(copy) for copy in gone if copy.path.startswith(f"{INBOX}/")}
    waiting = {path.name: path for path in box.waiting() if path.name not in loaded}
    found.heads = {name: boxes.head(path) for name, path in sorted((heads | waiting).items())}
    found.current = _current(found.heads.values())
    found.copies = {(copy.path, copy.size, copy.mtime_ns): copy for copy in gone}
    copies = gone + [landing.receive(path, f"{INBOX}/{name}") for name, path in waiting.items()]
    for part in (part for head in found.current for part in head.get("files", ())):
        key = (part["path"], part["size"], part["mtime_ns"])
        if key not in found.copies:
            found.copies[key] = landing.receive(box.folder / part["name"], part["path"])
            copies.append(found.copies[key])
    found.held = {(copy.path, copy.hash) for copy in copies}
    return found


def lost(context: Context, loaded: set[str]) -> list[Copy]:
    """The copies that other generations hold and this one does not, unless they were loaded otherwise."""
    return [copy for copy in context.landing.lacking(context.generation) if Path(copy.path).name not in loaded]


def plan(context: Context, table: Table, found: list[Query], received: Received, zones: Zones) -> TablePlan | None:
    """What is to be loaded into a table; None when nothing is."""
    by_index = {query.filling.index: query for query in found}
    parts = [part for head in received.of(query.stream for query in found) for part in head["files"] if part["index"] in by_index]
    if not parts:
        return None
    items = []
    for part in parts:
        copy = received.copies[part["path"], part["size"], part["mtime_ns"]]
        place = Found(copy.mtime_ns, copy.path, copy.size, context.landing.file(copy))
        items.append(Item(by_index[part["index"]].read_as(part["columns"]), place, copy, queries.dialect(list(part["columns"]))))
    known = state.read(context.connection, context.name)
    states = {resource: cursor for resource, cursor in known.items() if _table(resource) == table.name}
    fillings = [query.filling for query in found]
    return TablePlan(table, fillings, wording_of(fillings, zones), items=items, states=states)


def forget_earlier(context: Context, made: TablePlan, found: list[Query], received: Received) -> None:
    """What was known of files that are read anew as a whole, or of which there is nothing to tell, is forgotten."""
    again = {head["stream"] for head in received.of(query.stream for query in found) if head.get("whole")}
    if not again:
        quiet = [resource for resource, cursor in made.states.items() if not cursor.get("findings")]
        return state.forget(context.connection, context.name, quiet)
    kept = tuple(f"{query.stream}." for query in found if query.stream not in again)
    known = [resource for resource in made.states if not resource.partition(":")[2].startswith(kept)]
    new = [item.found.path for item in made.items]
    here = "source = $1 AND table_name = $2"
    refused = context.connection.execute(f"SELECT DISTINCT file FROM reject WHERE {here}", [context.name, made.table.name]).fetchall()
    gone = [file for (file,) in refused if file not in new and not str(file).startswith(kept)]
    context.connection.execute(f"DELETE FROM reject WHERE {here} AND file IN (SELECT unnest($3))", [context.name, made.table.name, gone])
    if not made.snapshot:
        state.forget(context.connection, context.name, known)
    return None


def forgive(context: Context, table: Table) -> None:
    """Of a row that was refused before and has been read again only what is true now is told: it is loaded, or refused anew."""
    if not count(context.connection, "SELECT count(*) FROM reject WHERE source = $1 AND table_name = $2", [context.name, table.name]):
        return
    loaded = " AND ".join(f"CAST(kept.{name} AS VARCHAR) IS NOT DISTINCT FROM (old.payload ->> '{name}')" for name in keys(table))
    again = " AND ".join(f"(new.payload ->> '{name}') IS NOT DISTINCT FROM (old.payload ->> '{name}')" for name in keys(table))
    statement = f"""
      DELETE FROM reject AS old WHERE source = $source AND table_name = $table_name AND rejected_at < $now AND payload IS NOT NULL AND (
        EXISTS (SELECT 1 FROM {target(table)} AS kept WHERE kept.source = $source AND kept.loaded_at = $now AND {loaded})
        OR EXISTS (
          SELECT 1 FROM reject AS new
          WHERE new.source = $source AND new.table_name = $table_name AND new.rejected_at = $now AND {again}))
    """
    context.connection.execute(statement, {"source": context.name, "table_name": table.name, "now": context.now})


def write_cursors(context: Context, received: Received, known: dict[str, Cursor]) -> str | None:
    """Notes how far each stream has been loaded, in the transaction of its rows; gives the moment up to which all is complete."""
    receipt = known.get(RECEIPT, {})
    until = max((each for each in (received.until, receipt.get("until")) if each), default=None)
    here = {Path(copy.path).name for copy in context.landing.copies.values()}
    before = set(receipt.get("loaded", ())) & here
    written = {f"{head['stream']}*": head["cursor"] for head in received.current if "cursor" in head}
    written[RECEIPT] = {"loaded": sorted(before | set(received.heads)), "until": until}
    state.write(context.connection, context.name, written, context.now)
    return until


def _current(heads: Iterable[Head]) -> list[Head]:
    """Without what came before its stream was read whole again."""
    found: list[Head] = []
    for head in heads:
        if head.get("whole"):
            found = [each for each in found if each["stream"] != head["stream"]]
        found.append(head)
    return found


def _table(resource: str) -> str:
    name = resource.partition(":")[0].partition("[")[0]
    return name if ":" in resource and name in TABLES else ""
