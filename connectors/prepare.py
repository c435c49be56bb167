"""Makes the planned files of a table ready to be read: how each is written, and every expression tied to its columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import duckdb

from connectors import dialect, entities, mapping, staging
from connectors.blocks import Filling, Reading
from connectors.casts import Zones
from connectors.context import Context
from connectors.dialect import Dialect
from connectors.encoding import transcode
from connectors.landing import Copy
from connectors.malformed import REJECTS
from connectors.mapping import THIS, Mapped
from connectors.plan import Item, TablePlan
from connectors.reading import Source, json_keys, parquet_columns
from connectors.sql import first, literal, quoted
from connectors.staging import Stage
from data.errors import Problem
from data.yaml_file import Mapping

# Files are read together up to about five million rows: each statement has its price, and what it reads must fit in memory.
_GROUP_FILES = 200
_GROUP_BYTES = {"csv": 512 << 20, "tsv": 512 << 20, "jsonl": 1 << 30, "parquet": 64 << 20}
_GZIP = 5


@dataclass(frozen=True)
class File:
    """A received file, ready to be read: `readable` is its copy, or that copy as UTF-8."""

    copy: Copy
    dialect: Dialect
    readable: Path
    natural: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Files of one block and one dialect, read in one statement."""

    filling: Filling
    files: list[File]
    stage: Stage


def prepare(context: Context, plan: TablePlan, zones: Zones, salt: str) -> list[Batch]:
    """Finds dialects and binds every expression, before any row is touched. Raises Problem at what does not fit."""
    files = _with_all_keys(
        plan,
        [(item, _item(context, plan, item, item.copy)) for item in plan.items if item.copy],
    )
    # An expression that cannot be bound is an error, which must not end the transaction of whoever prepares within one.
    binding = context.connection.cursor()
    with_attrs = entities.has_moved(context.connection, context.name)
    batches: list[Batch] = []
    for _, group in groupby(files, key=_alike):
        for part in _parts(list(group)):
            filling = part[0][0].filling
            mapped, read = _bind(context, plan, filling, [file for _, file in part])
            currency = context.workspace.company.currency
            stage = staging.build(binding, mapped, zones, currency=currency, salt=salt, rejects=REJECTS, with_attrs=with_attrs)
            batches.append(Batch(filling, read, stage))
    return batches


def _item(context: Context, plan: TablePlan, item: Item, copy: Copy) -> File:
    if item.written is not None:
        return File(copy, item.written, context.landing.file(copy))
    return _file(context, copy, item.filling.block, item.filling.at, _written(plan, item))


def _alike(pair: tuple[Item, File]) -> tuple[object, ...]:
    """What files have in common that are read together."""
    item, file = pair
    return item.filling.index, item.filling.block.types, file.dialect, sorted(file.natural.items())


def _bind(context: Context, plan: TablePlan, filling: Filling, files: list[File]) -> tuple[Mapped, list[File]]:
    """Keys of JSON lines that the first lines lack are looked for in all lines before one is said to be missing."""

    def bind(read: list[File]) -> tuple[Mapped, list[File]]:
        this = _source(context, filling.block, filling.at, read)
        joined = {alias: _join(context, plan, filling, alias, this) for alias in filling.joins}
        return mapping.bind(filling, {THIS: this, **joined}), read

    try:
        return bind(files)
    except Problem:
        found = [json_keys(context.connection, file.readable, file.dialect) for file in files if file.dialect.format == "jsonl"]
        keys = tuple(dict.fromkeys(key for each in found for key in each))
        if set(keys) <= set(files[0].dialect.columns):
            raise
        return bind([replace(file, dialect=replace(file.dialect, columns=keys)) for file in files])


def _with_all_keys(plan: TablePlan, files: list[tuple[Item, File]]) -> list[tuple[Item, File]]:
    """JSON lines have no header: a key counts as there when any file of the block has it, or had it in an earlier sync."""
    known: dict[str, dict[str, None]] = {}
    for resource, cursor in plan.states.items():
        known.setdefault(resource.partition(":")[0], {}).update(dict.fromkeys(cursor["dialect"]["columns"]))
    for item, file in files:
        if file.dialect.format == "jsonl":
            known.setdefault(item.filling.label, {}).update(dict.fromkeys(file.dialect.columns))
    return [
        (
            item,
            replace(file, dialect=replace(file.dialect, columns=tuple(known[item.filling.label])))
            if file.dialect.format == "jsonl"
            else file,
        )
        for item, file in files
    ]


def _parts(group: list[tuple[Item, File]]) -> Iterator[list[tuple[Item, File]]]:
    part: list[tuple[Item, File]] = []
    size = 0.0
    for pair in group:
        how = pair[1].dialect
        share = pair[1].copy.size * (_GZIP if how.gzip else 1) / _GROUP_BYTES[how.format]
        if part and (len(part) == _GROUP_FILES or size + share > 1):
            yield part
            part, size = [], 0.0
        part.append(pair)
        size += share
    yield part


def _file(context: Context, copy: Copy, reading: Reading, at: Mapping, written: Dialect | None = None) -> File:
    """Finds how a file is written, once; a text that is not UTF-8 is read from a UTF-8 copy."""
    path = context.landing.file(copy)
    try:
        found = dialect.find(path, copy.path, reading, written)
        natural: dict[str, str] = {}
        if found.format == "parquet":
            natural = parquet_columns(context.connection, path, copy.path)
            found = Dialect("parquet", header=False, columns=tuple(natural))
    except Problem as problem:
        raise at.problem("file", problem.message, problem.remedy, value=True) from None
    context.landing.describe(copy, found.to_dict())
    if found.encoding in ("utf-8", "ascii", "utf-8-sig") and found.plain_ends:
        return File(copy, found, path, natural)
    readable = context.work / f"{copy.name}.utf8"
    if not readable.exists():
        transcode(path, readable, found.encoding)
    return File(copy, replace(found, gzip=False), readable, natural)


def _written(plan: TablePlan, item: Item) -> Dialect | None:
    """What was written down for an earlier version of this file, or else for another file of the block."""
    others = (cursor for resource, cursor in plan.states.items() if resource.startswith(f"{item.filling.label}:"))
    known = plan.states.get(item.resource) or next(others, None)
    return Dialect.parse(known["dialect"]) if known else None


def _source(context: Context, reading: Reading, at: Mapping, files: list[File]) -> Source:
    first = files[0].dialect
    types = mapping.types_of(context.connection, reading, at, first.columns)
    return Source(files[0].copy.path, tuple(file.readable for file in files), first, tuple(reading.nulls), types, files[0].natural)


def _join(context: Context, plan: TablePlan, filling: Filling, alias: str, this: Source) -> Source:
    """The joined files as one source. Raises Problem unless each key stands in one row only."""
    join, at = filling.joins[alias], filling.join_at(alias)
    files = [_file(context, copy, join, at) for copy in plan.joins[filling.index, alias]]
    if any(file.dialect != files[0].dialect for file in files):
        raise at.problem(
            "file", f"the files of {alias} are not written alike", "Join one file, or files with the same columns.", value=True
        )
    source = _source(context, join, at, files)
    for own, other in join.pairs():
        for name, side in ((own, this), (other, source)):
            if side.column(name) is None:
                raise at.problem("on", f'{side.name} has no column "{name}"', f"It has: {', '.join(side.dialect.columns)}.", value=True)
    names = [(source.column(other) or other,) for _, other in join.pairs()]
    listed = ", ".join(quoted(name[0]) for name in names)
    present = " AND ".join(f"{quoted(name[0])} IS NOT NULL" for name in names)
    scanned = f"FROM ({source.scan(names)}) WHERE {present} GROUP BY {listed} HAVING count(*) > 1"
    repeated = f"SELECT concat_ws(', ', {listed}), count(*) {scanned} ORDER BY 1 LIMIT 1"
    try:
        found = first(context.connection, repeated)
    except duckdb.Error as error:
        raise at.problem("file", f"{join.file} cannot be read: {str(error).splitlines()[0]}", value=True) from None
    if found:
        said = f"{join.file} has {found[1]} rows for {' and '.join(name[0] for name in names)} {literal(found[0])}; a joined file has one"
        raise at.problem("on", said, "Join by a column that tells its rows apart.", value=True)
    return source
