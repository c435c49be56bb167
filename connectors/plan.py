"""Which files of a table must be loaded now: those that are new or changed, and those that must be loaded again after them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from connectors import folder
from connectors.blocks import Filling, Reading
from connectors.casts import Zones
from connectors.context import Context
from connectors.dialect import Dialect
from connectors.folder import Found
from connectors.landing import Copy, StillWritten, hashed
from connectors.state import Cursor
from data.schema import VERSION, Table
from data.yaml_file import Mapping


@dataclass(frozen=True)
class Item:
    """One file of one block. `copy` is its copy in the landing folder, once it has been received; `written` how, if that is known."""

    filling: Filling
    found: Found
    copy: Copy | None = None
    written: Dialect | None = None

    @property
    def resource(self) -> str:
        """The name of its cursor."""
        return f"{self.filling.label}:{self.found.path}"


@dataclass
class TablePlan:
    """What one table needs: `items` to load, in order, and the joined files of each block. `states` are the source's cursors."""

    table: Table
    fillings: list[Filling]
    wording: str
    items: list[Item] = field(default_factory=list)
    joins: dict[tuple[int, str], list[Copy]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    incomplete: bool = False
    states: dict[str, Cursor] = field(default_factory=dict)
    changed_joins: dict[str, bool] = field(default_factory=dict)

    @property
    def snapshot(self) -> bool:
        """Whether rows that the files no longer hold are to be marked deleted."""
        return self.fillings[0].block.mode == "snapshot"

    def put_off(self, note: str) -> None:
        """A file that cannot be taken now; a snapshot without it does not tell what is gone."""
        self.notes.append(f"{note}; the next sync takes it")
        self.incomplete = True


def plan(context: Context, root: Path, table: Table, fillings: list[Filling], states: dict[str, Cursor], zones: Zones) -> TablePlan:
    """Looks at the files of a table, receives into landing what changed, and says what to load."""
    made = TablePlan(table, fillings, wording_of(fillings, zones), states=states)
    everything = [item for filling in fillings for item in _present(context, root, filling, states)]
    for item in everything:
        if item.found.size == 0:
            made.put_off(f"{item.found.path} is empty")
    everything = [item for item in everything if item.found.size > 0]
    changed = [item for item in (_changed(context, made, root, item) for item in everything) if item is not None]
    if not changed and not (made.snapshot and _vanished(fillings, everything, states)):
        return made
    first = min((item.found for item in changed), default=None)
    again = {item.resource for item in everything if made.snapshot or (first is not None and item.found > first)}
    known = {(item.resource, item.found): item for item in changed}
    for item in sorted(everything, key=lambda item: item.found):
        chosen = known.get((item.resource, item.found)) or (_received(context, made, item) if item.resource in again else None)
        if chosen is not None:
            made.items.append(chosen)
    for filling in {item.filling.label: item.filling for item in made.items}.values():
        for alias, join in filling.joins.items():
            made.joins[filling.index, alias] = _joined(context, root, join, filling.join_at(alias))
    return made


def pending(context: Context, root: Path, fillings: list[Filling], states: dict[str, Cursor], zones: Zones) -> bool:
    """Whether a plan would find anything to do; nothing is received, and only files with another time are read."""
    wording = wording_of(fillings, zones)
    items = [item for filling in fillings for item in _present(context, root, filling, states) if item.found.size > 0]
    for item in items:
        known = states.get(item.resource)
        if item.copy is not None or known is None or known["wording"] != wording or _differs(item.found, known):
            return True
        for alias, join in item.filling.joins.items():
            before = {each[0]: {"size": each[1], "mtime_ns": each[2], "hash": each[3]} for each in known["joins"][alias]}
            now = folder.matching(root, join, item.filling.join_at(alias), required=False)
            if now and ({each.path for each in now} != set(before) or any(_differs(each, before[each.path]) for each in now)):
                return True
    return fillings[0].block.mode == "snapshot" and _vanished(fillings, items, states)


def _differs(found: Found, known: Cursor) -> bool:
    if found.size != known["size"]:
        return True
    return bool(found.mtime_ns != known["mtime_ns"] and hashed(found.file) != known["hash"])


def wording_of(fillings: Iterable[Filling], zones: Zones) -> str:
    """What changes when a mapping does, so that its files are loaded anew."""
    text = json.dumps([[filling.wording() for filling in fillings], zones.company, zones.source, VERSION])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _present(context: Context, root: Path, filling: Filling, states: dict[str, Cursor]) -> list[Item]:
    """The block's files in the folder, and those that only landing has since a rollback."""
    block = filling.block
    lost = [
        Item(filling, Found(copy.mtime_ns, copy.path, copy.size, context.landing.file(copy)), copy)
        for copy in context.landing.lacking(context.generation)
        if folder.matches(copy.path, block)
    ]
    known = bool(lost) or any(resource.startswith(f"{filling.label}:") for resource in states)
    found = folder.matching(root, block, filling.at, required=not known)
    here = {(each.path, each.size, each.mtime_ns) for each in found}
    lost = [item for item in lost if (item.found.path, item.found.size, item.found.mtime_ns) not in here]
    items = [*lost, *(Item(filling, each) for each in found)]
    return [max(items, key=lambda item: item.found)] if block.only_latest and items else items


def _changed(context: Context, made: TablePlan, root: Path, item: Item) -> Item | None:
    """The item, received, when the store does not hold it as it is now."""
    state = made.states.get(item.resource)
    known = state if state and state["wording"] == made.wording and not context.full else None
    if known and _joins_changed(context, made, root, item.filling, known):
        known = None
    if known and (item.found.size, item.found.mtime_ns) == (known["size"], known["mtime_ns"]):
        return None
    received = _received(context, made, item, state)
    same = known and received and received.copy and received.copy.hash == known["hash"]
    return None if same else received


def _received(context: Context, made: TablePlan, item: Item, state: Cursor | None = None) -> Item | None:
    if item.copy is not None:
        return item
    unchanged = state and (state["size"], state["mtime_ns"]) == (item.found.size, item.found.mtime_ns) and not context.full
    try:
        copy = context.landing.receive(item.found.file, item.found.path, state["hash"] if state and unchanged else None)
    except StillWritten:
        made.put_off(f"{item.found.path} is being written")
        return None
    except FileNotFoundError:
        made.put_off(f"{item.found.path} has just gone")
        return None
    return replace(item, copy=copy)


def _joins_changed(context: Context, made: TablePlan, root: Path, filling: Filling, known: Cursor) -> bool:
    """Whether a joined file is another than the one with which the item was loaded; asked once for all items alike."""
    asked = f"{filling.label} {json.dumps(known['joins'])}"
    if asked not in made.changed_joins:
        made.changed_joins[asked] = any(
            _join_changed(context, root, join, filling.join_at(alias), known["joins"].get(alias, []))
            for alias, join in filling.joins.items()
        )
    return made.changed_joins[asked]


def _join_changed(context: Context, root: Path, join: Reading, at: Mapping, before: list[list[Any]]) -> bool:
    now = folder.matching(root, join, at, required=False)
    if not now or [[each.path, each.size, each.mtime_ns] for each in now] == [each[:3] for each in before]:
        return False
    return [[copy.path, copy.hash] for copy in _joined(context, root, join, at)] != [[each[0], each[3]] for each in before]


def _joined(context: Context, root: Path, join: Reading, at: Mapping) -> list[Copy]:
    found = folder.matching(root, join, at, required=False)
    if not found:
        kept = [copy for copy in context.landing.copies.values() if folder.matches(copy.path, join)]
        latest = {copy.path: copy for copy in sorted(kept, key=lambda copy: copy.received_at)}
        if latest:
            return list(latest.values())
        folder.matching(root, join, at, required=True)
    return [context.landing.receive(each.file, each.path) for each in found]


def _vanished(fillings: list[Filling], everything: list[Item], states: dict[str, Cursor]) -> bool:
    """Whether a file of a snapshot in several parts is gone, while others are still there."""
    labels = tuple(f"{filling.label}:" for filling in fillings)
    return bool(everything) and {key for key in states if key.startswith(labels)} - {item.resource for item in everything} != set()
