"""Loads the planned files of one table: dialects first, then all expressions bound, then the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from connectors import audits, dialect, mapping, merge, quarantine, staging, state
from connectors.blocks import Filling, Reading
from connectors.casts import Zones
from connectors.context import Context
from connectors.dialect import Dialect
from connectors.landing import Copy
from connectors.mapping import THIS
from connectors.plan import Item, TablePlan
from connectors.reading import Source, parquet_columns
from connectors.sql import count, first, literal, quoted
from connectors.staging import STAGE, Stage
from data.errors import Problem
from data.yaml_file import Mapping

_REJECTS = "malformed"
_GROUP_FILES, _GROUP_BYTES = 200, 1 << 30


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


@dataclass
class Done:
    """What the loading of a table came to."""

    rows_in: int = 0
    rows_out: int = 0
    rejects: int = 0
    changed: bool = False
    loaded: set[tuple[str, str]] = field(default_factory=set)


def prepare(context: Context, plan: TablePlan, zones: Zones, salt: str) -> list[Batch]:
    """Finds dialects and binds every expression, before any row is touched. Raises Problem at what does not fit."""
    files = [(item, _file(context, item.copy, item.filling.block, item.filling.at)) for item in plan.items if item.copy is not None]
    batches: list[Batch] = []
    for _, group in groupby(files, key=lambda pair: (pair[0].filling.index, pair[1].dialect, sorted(pair[1].natural.items()))):
        for part in _parts(list(group)):
            filling = part[0][0].filling
            sources = {THIS: _source(context, filling.block, filling.at, [file for _, file in part])}
            sources |= {alias: _join(context, plan, filling, alias) for alias in filling.joins}
            mapped = mapping.bind(filling, sources)
            currency = context.workspace.company.currency
            stage = staging.build(context.connection, mapped, zones, currency, salt, _REJECTS)
            batches.append(Batch(filling, [file for _, file in part], stage))
    return batches


def load(context: Context, plan: TablePlan, batches: list[Batch]) -> Done:
    """Loads the batches of a table inside the caller's transaction: rows, rejects, findings and cursors."""
    connection, done = context.connection, Done()
    quarantine.begin(connection)
    if plan.snapshot:
        merge.begin_snapshot(connection, plan.table)
    cursors = [_load_batch(context, plan, batch, done) for batch in batches]
    names = list(dict.fromkeys(file.copy.path for batch in batches for file in batch.files))
    for batch in batches:
        for file in batch.files:
            quarantine.place(connection, file.copy.path, file.readable, file.dialect)
    malformed = count(connection, f"SELECT count(*) FROM {quarantine.REJECTED} WHERE reason = 'malformed_line' AND row IS NULL")
    done.rows_in += malformed
    counted = quarantine.counts(connection)
    done.rejects = sum(counted.values())
    if plan.snapshot and not plan.incomplete and not malformed:
        done.changed |= merge.delete_gone(connection, plan.table, context.name, context.now) > 0
    done.changed |= quarantine.replace(connection, context.name, plan.table.name, names, context.run_id, context.now)
    _write_cursors(context, plan, batches, cursors, done)
    return done


def _load_batch(context: Context, plan: TablePlan, batch: Batch, done: Done) -> dict[str, dict[str, Any]]:
    connection, stage = context.connection, batch.stage
    for number, statement in enumerate(stage.statements):
        _run(context, batch, statement, stage.values if number == len(stage.statements) - 1 else {})
    quarantine.take_malformed(connection, _REJECTS, {str(file.readable): file.copy.path for file in batch.files})
    starts = dict(connection.execute(f"SELECT file_, min({stage.row}) FROM {STAGE} GROUP BY file_").fetchall())
    if stage.mapped.where:
        connection.execute(f"DELETE FROM {STAGE} WHERE skip_")
    rows = dict(connection.execute(f"SELECT file_, count(*) FROM {STAGE} GROUP BY file_").fetchall())
    found = audits.of_stage(connection, stage)
    if plan.snapshot:
        merge.note_present(connection, plan.table)
    paths = [file.copy.path for file in batch.files]
    quarantine.take_bad(connection, stage, paths, starts)
    quarantine.take_duplicates(connection, stage, paths, starts)
    done.changed |= merge.upsert(connection, stage, context.name, context.now) > 0
    done.rows_in += sum(rows.values())
    done.rows_out += count(connection, f"SELECT count(*) FROM {STAGE}")
    return {path: {"rows": rows.get(number, 0), "findings": found.get(number, [])} for number, path in enumerate(paths, start=1)}


def _run(context: Context, batch: Batch, statement: str, values: dict[str, Any]) -> None:
    try:
        context.connection.execute(statement, values) if values else context.connection.execute(statement)
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException) as error:
        names = ", ".join(file.copy.path for file in batch.files[:3])
        said = str(error).splitlines()[0].partition(": ")[2] or str(error)
        raise batch.filling.at.problem("file", f"{names} cannot be read: {said}", "Export it again.", value=True) from error


def _write_cursors(context: Context, plan: TablePlan, batches: list[Batch], counted: list[dict[str, dict[str, Any]]], done: Done) -> None:
    for batch, counts in zip(batches, counted, strict=True):
        joined = {alias: plan.joins[batch.filling.index, alias] for alias in batch.filling.joins}
        joins = {alias: [[copy.path, copy.size, copy.mtime_ns, copy.hash] for copy in copies] for alias, copies in joined.items()}
        done.loaded |= {(copy.path, copy.hash) for copies in joined.values() for copy in copies}
        for file in batch.files:
            copy = file.copy
            told = {"path": copy.path, "size": copy.size, "mtime_ns": copy.mtime_ns, "hash": copy.hash, "wording": plan.wording}
            cursor = told | {"dialect": file.dialect.to_dict(), "joins": joins} | counts[copy.path]
            state.write(context.connection, context.name, f"{batch.filling.label}:{copy.path}", cursor, context.now)
            done.loaded.add((copy.path, copy.hash))
    cursors = [cursor for resource, cursor in state.read(context.connection, context.name).items() if _of(resource) == plan.table.name]
    done.changed |= audits.replace(context.connection, context.name, plan.table.name, cursors, context.run_id, context.now)


def _of(resource: str) -> str:
    return resource.partition(":")[0].partition("[")[0]


def _parts(group: list[tuple[Item, File]]) -> list[list[tuple[Item, File]]]:
    parts: list[list[tuple[Item, File]]] = [[]]
    for pair in group:
        size = sum(file.copy.size for _, file in parts[-1])
        if parts[-1] and (len(parts[-1]) == _GROUP_FILES or size + pair[1].copy.size > _GROUP_BYTES):
            parts.append([])
        parts[-1].append(pair)
    return parts


def _file(context: Context, copy: Copy, reading: Reading, at: Mapping) -> File:
    """Finds how a file is written, once; a text that is not UTF-8 is read from a UTF-8 copy."""
    path = context.landing.file(copy)
    written = _written(context, copy)
    try:
        found = dialect.find(path, copy.path, reading, written)
        natural: dict[str, str] = {}
        if found.format == "parquet":
            natural = parquet_columns(context.connection, path, copy.path)
            found = Dialect("parquet", columns=tuple(natural))
    except Problem as problem:
        raise at.problem("file", problem.message, problem.remedy, value=True) from None
    context.landing.describe(copy, found.to_dict())
    if found.encoding in ("utf-8", "ascii", "utf-8-sig"):
        return File(copy, found, path, natural)
    readable = context.work / f"{copy.name}.utf8"
    if not readable.exists():
        dialect.transcode(path, readable, found)
    return File(copy, Dialect(**{**found.to_dict(), "columns": found.columns, "gzip": False}), readable, natural)


def _written(context: Context, copy: Copy) -> Dialect | None:
    """What was written down for this file, or for another version of it."""
    known = [each for each in context.landing.copies.values() if each.dialect and each.path == copy.path]
    return Dialect.parse(known[-1].dialect) if known and known[-1].dialect else None


def _source(context: Context, reading: Reading, at: Mapping, files: list[File]) -> Source:
    first = files[0].dialect
    types = mapping.types_of(context.connection, reading, at, first.columns)
    return Source(tuple(file.readable for file in files), first, tuple(reading.nulls), types, files[0].natural)


def _join(context: Context, plan: TablePlan, filling: Filling, alias: str) -> Source:
    """The joined files as one source. Raises Problem unless each key stands in one row only."""
    join, at = filling.joins[alias], filling.join_at(alias)
    files = [_file(context, copy, join, at) for copy in plan.joins[filling.index, alias]]
    if any(file.dialect != files[0].dialect for file in files):
        raise at.problem(
            "file", f"the files of {alias} are not written alike", "Join one file, or files with the same columns.", value=True
        )
    source = _source(context, join, at, files)
    columns = [source.column(other) for _, other in join.pairs()]
    if None in columns:
        lacking = next(other for (_, other), column in zip(join.pairs(), columns, strict=True) if column is None)
        raise at.problem("on", f'{join.file} has no column "{lacking}"', f"It has: {', '.join(source.dialect.columns)}.", value=True)
    names = [(column,) for column in columns if column is not None]
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
