"""Tables of `sources.yml` that streams of an API fill: the blocks of the files connector, with `stream: NAME` in the place of `file:`.

The rows of a stream are written as JSON lines and loaded as any other file: what is gone from a stream is deleted. Of a stream that
only grows there is a file for each day on which rows came; today's is read, and the others when what is made of them has changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field

from connectors import blocks, loading, prepare, privacy, raw, state
from connectors import plan as planning
from connectors.blocks import Filled, Filling, Looked, Values
from connectors.casts import Zones
from connectors.context import Context
from connectors.folder import Found
from connectors.landing import Landing
from connectors.loading import Done
from connectors.mapped import Tables
from connectors.plan import Item, TablePlan
from connectors.settings import Settings, parse
from connectors.state import Cursor
from connectors.streams import Stream
from data.errors import did_you_mean
from data.schema import TABLES
from data.yaml_file import Mapping

_ROWS = 10_000
Filled_ = dict[str, list[Filling]]


class FromStream(Settings):
    """Where the rows of a block come from."""

    stream: str = Field(description="The stream whose rows it reads.")


class StreamBlock(Filled, Values, FromStream):
    """What fills one table from a stream."""


class StreamJoin(Looked, Values, FromStream):
    """A stream whose rows are looked up."""


def of(at: Mapping, streams: AnyMapping[str, Stream], zones: Zones) -> Tables:
    """What fills the tables of a source's block. Raises Problem for unknown tables, streams, columns and keys."""
    filled = blocks.fillings(_as_files(at, streams))
    wording = planning.wording_of([filling for fillings in filled.values() for filling in fillings], zones)
    return Tables(tuple(filled), wording, lambda context, _anew: _fill(context, filled, zones))


def _as_files(at: Mapping, streams: AnyMapping[str, Stream]) -> Mapping:
    """The block with files where streams stand, each at the line of its stream."""
    tables = at["tables"]
    if not isinstance(tables, Mapping) or not tables:
        raise at.problem(
            "tables", "tables must say what fills each table", "For example tables: {account: {stream: customers, columns: …}}."
        )
    made = _like(tables)
    for name, given in tables.items():
        listed = [_as_file(each, tables, name, streams) for each in (given if isinstance(given, list) else [given])]
        if len({each["mode"] for each in listed}) > 1:
            raise listed[1].problem(
                "file", f"{name} is filled by streams that grow and by others", "Only one kind may fill a table.", value=True
            )
        made[name] = listed
    return _like(at, tables=made)


def _as_file(block: Any, tables: Mapping, name: str, streams: AnyMapping[str, Stream]) -> Mapping:
    told = parse(StreamBlock, block, tables, name)
    stream = _known(told.stream, block, streams)
    joins = _like(block["join"]) if told.join else None
    for alias in told.join:
        join = parse(StreamJoin, block["join"][alias], block["join"], alias)
        _known(join.stream, block["join"][alias], streams)
        assert joins is not None
        joins[alias] = _like(block["join"][alias], file=join.stream, format="jsonl", encoding="utf-8")
    made = _like(block, file=told.stream, format="jsonl", encoding="utf-8", mode="append" if stream.grows else "snapshot")
    return made if joins is None else _like(made, join=joins)


def _known(name: str, at: Mapping, streams: AnyMapping[str, Stream]) -> Stream:
    if name not in streams:
        raise at.problem("stream", f'there is no stream "{name}"', did_you_mean(name, streams), value=True)
    return streams[name]


def _like(of: Mapping, **told: Any) -> Mapping:
    """A copy that knows the same places; `told` is put in the place of `stream`, or beside the rest."""
    made = Mapping()
    made.file, made.line = of.file, of.line
    made.update({key: value for key, value in of.items() if key != "stream"} | told)
    for places, old in ((made.keys_at, of.keys_at), (made.values_at, of.values_at)):
        places.update({"file" if key == "stream" else key: place for key, place in old.items()})
    return made


def _fill(context: Context, filled: Filled_, zones: Zones) -> Iterator[tuple[str, Done]]:
    """Fills the tables, inside the caller's transaction."""
    landing = Landing(context.work / f"streams-{context.name}")
    landing.folder.mkdir(parents=True, exist_ok=True)
    made, known = replace(context, landing=landing), state.read(context.connection, context.name)
    context.connection.execute(f"SET TimeZone = '{zones.source}'")
    for number, (name, fillings) in enumerate(filled.items()):
        context.progress(f"{context.name}: {name}", number / len(filled))
        states = {key: cursor for key, cursor in known.items() if key.partition(":")[0].partition("[")[0] == name}
        plan = _plan(made, fillings, zones, states)
        yield name, loading.load(made, plan, prepare.prepare(made, plan, zones, privacy.salt(context.workspace.root)))


def _plan(context: Context, fillings: list[Filling], zones: Zones, states: dict[str, Cursor]) -> TablePlan:
    plan = TablePlan(TABLES[fillings[0].table.name], fillings, planning.wording_of(fillings, zones), states=states)
    for filling in fillings:
        for name, day in _parts(context, plan, filling):
            path = _written(context, filling.block.file, name, day)
            if path.stat().st_size:  # a stream without rows has no columns either
                copy = context.landing.receive(path, name)
                plan.items.append(Item(filling, Found(copy.mtime_ns, copy.path, copy.size, path), copy))
        for alias, join in filling.joins.items():
            plan.joins[filling.index, alias] = [context.landing.receive(_looked_up(context, filling, alias), join.file)]
    return plan


def _looked_up(context: Context, filling: Filling, alias: str) -> Path:
    """The rows of a joined stream; one without rows still has the columns that the block names."""
    join = filling.joins[alias]
    path = _written(context, join.file, join.file, None)
    if path.stat().st_size:
        return path
    named = {other for _, other in join.pairs()} | set(re.findall(rf"\b{alias}\.(\w+)", filling.wording()))
    empty = path.with_name(f"{join.file}-empty-{filling.label}-{alias}.jsonl")
    empty.write_text(json.dumps(dict.fromkeys(sorted(named))) + "\n", encoding="utf-8")
    return empty


def _parts(context: Context, plan: TablePlan, filling: Filling) -> Iterator[tuple[str, str | None]]:
    """What is read of a stream: (name for its rejects, day)."""
    stream = filling.block.file
    if plan.snapshot:
        yield stream, None
        return
    days = f"SELECT DISTINCT {_DAY} FROM {raw.table(context.name, stream)} WHERE deleted_at IS NULL ORDER BY 1"
    for (day,) in context.connection.execute(days).fetchall():
        before = plan.states.get(f"{filling.label}:{stream}-{day}", {})
        if before.get("wording") != plan.wording or day == f"{context.now:%Y-%m-%d}":
            yield f"{stream}-{day}", day


_DAY = "strftime(loaded_at AT TIME ZONE 'UTC', '%Y-%m-%d')"


def _written(context: Context, stream: str, name: str, day: str | None) -> Path:
    """A file of the rows of a stream, of one day or of all."""
    path = context.landing.folder / f"{name}.jsonl"
    if path.exists():
        return path
    of_day = f" AND {_DAY} = $1" if day else ""
    rows = context.connection.execute(
        f"SELECT CAST(payload AS VARCHAR) FROM {raw.table(context.name, stream)} WHERE deleted_at IS NULL{of_day} ORDER BY id",
        [day] if day else [],
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        while found := rows.fetchmany(_ROWS):
            file.writelines(f"{payload}\n" for (payload,) in found)
    return path
