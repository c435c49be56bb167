"""Loads the prepared files of one table: rows, rejects, findings and cursors, in the transaction of the whole source."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from connectors import audits, entities, malformed, merge, quarantine, state
from connectors.context import Context
from connectors.plan import TablePlan
from connectors.prepare import Batch
from connectors.sql import count, literal
from connectors.staging import STAGE
from data import source_changes
from data.source_changes import rows_gone

#: What is kept of each file beside its place: how many rows it had, and what was found in them.
Counted = dict[str, dict[str, Any]]


@dataclass
class Done:
    """What the loading of a table came to."""

    rows_in: int = 0
    rows_out: int = 0
    rejects: int = 0
    repeats: int = 0
    changed: bool = False
    loaded: set[tuple[str, str]] = field(default_factory=set)


def load(context: Context, plan: TablePlan, batches: list[Batch]) -> Done:
    """Loads the batches of a table inside the caller's transaction: rows, rejects, findings and cursors."""
    connection, done = context.connection, Done()
    quarantine.begin(connection)
    if plan.snapshot:
        merge.begin_snapshot(connection, plan.table)
    cursors = [_load_batch(context, plan, batch, done) for batch in batches]
    names = {file.copy.path for batch in batches for file in batch.files}
    if plan.snapshot:
        names |= {cursor["path"] for resource, cursor in plan.states.items() if _of(resource) == plan.table.name}
    broken = count(connection, f"SELECT count(*) FROM {malformed.REJECTED} WHERE reason = 'malformed_line' AND row IS NULL")
    done.rows_in += broken
    counted = quarantine.counts(connection)
    done.rejects = sum(counted.values())
    if plan.snapshot and not plan.incomplete and not broken:
        done.changed |= _delete_gone(context, plan)
    done.changed |= quarantine.replace(connection, context.name, plan.table.name, names, context.run_id, context.now)
    _write_cursors(context, plan, batches, cursors, done)
    return done


def _delete_gone(context: Context, plan: TablePlan) -> bool:
    connection, name = context.connection, context.name
    gone = merge.delete_gone(connection, plan.table, name, context.now)
    if gone:
        left = count(connection, f"SELECT count(*) FROM {merge.target(plan.table)} WHERE source = $1 AND deleted_at IS NULL", [name])
        source_changes.record(connection, name, rows_gone(plan.table.name, left + gone, gone), context.run_id, context.now)
    return gone > 0


def _load_batch(context: Context, plan: TablePlan, batch: Batch, done: Done) -> Counted:
    connection, stage = context.connection, batch.stage
    read = _read(context, batch)
    starts = dict(connection.execute(f"SELECT file_, min({stage.row}) FROM {STAGE} GROUP BY file_").fetchall())
    if stage.mapped.where:
        connection.execute(f"DELETE FROM {STAGE} WHERE skip_")
    rows = dict(connection.execute(f"SELECT file_, count(*) FROM {STAGE} GROUP BY file_").fetchall())
    found = audits.of_stage(connection, stage)
    if plan.snapshot:
        merge.note_present(connection, plan.table)
    paths = [file.copy.path for file in batch.files]
    quarantine.take_bad(connection, stage, paths, starts)
    done.repeats += quarantine.take_duplicates(connection, stage, paths, starts)
    stage = entities.resolve_stage(connection, stage, context.name)
    done.changed |= merge.upsert(connection, stage, context.name, context.now) > 0
    done.rows_in += sum(rows.values())
    done.rows_out += count(connection, f"SELECT count(*) FROM {STAGE}")
    quarantine.place(connection, ((file.copy.path, path, file.dialect) for file, path in zip(batch.files, read, strict=True)))
    return {path: {"rows": rows.get(number, 0), "findings": found.get(number, [])} for number, path in enumerate(paths, start=1)}


def _read(context: Context, batch: Batch) -> list[Path]:
    """Fills the stage; gives what was read of each file. A quote that is never closed costs its own line, not all that follow."""
    *before, create = batch.stage.statements
    read = [file.readable for file in batch.files]
    for _ in range(malformed.ROUNDS):
        for statement in before:
            _run(context, batch, statement, {})
        _run(context, batch, create, batch.stage.values)
        mended = malformed.mend(context.connection, read, [file.copy.path for file in batch.files], context.work)
        if mended == read:
            break
        for old, new in zip(read, mended, strict=True):
            before = [statement.replace(literal(str(old)), literal(str(new))) for statement in before]
            create = create.replace(literal(str(old)), literal(str(new)))
        read = mended
    malformed.take(context.connection, read, [file.copy.path for file in batch.files])
    return read


def _run(context: Context, batch: Batch, statement: str, values: dict[str, Any]) -> None:
    try:
        context.connection.execute(statement, values) if values else context.connection.execute(statement)
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException) as error:
        names = ", ".join(file.copy.path for file in batch.files[:3])
        said = str(error).splitlines()[0].partition(": ")[2] or str(error)
        raise batch.filling.at.problem("file", f"{names} cannot be read: {said}", "Export it again.", value=True) from error


def _write_cursors(context: Context, plan: TablePlan, batches: list[Batch], counted: list[Counted], done: Done) -> None:
    written: dict[str, state.Cursor] = {}
    for batch, counts in zip(batches, counted, strict=True):
        joined = {alias: plan.joins[batch.filling.index, alias] for alias in batch.filling.joins}
        joins = {alias: [[copy.path, copy.size, copy.mtime_ns, copy.hash] for copy in copies] for alias, copies in joined.items()}
        done.loaded |= {(copy.path, copy.hash) for copies in joined.values() for copy in copies}
        for file in batch.files:
            copy = file.copy
            told = {"path": copy.path, "size": copy.size, "mtime_ns": copy.mtime_ns, "hash": copy.hash, "wording": plan.wording}
            told |= {"dialect": file.dialect.to_dict(), "joins": joins}
            written[f"{batch.filling.label}:{copy.path}"] = told | counts[copy.path]
            done.loaded.add((copy.path, copy.hash))
    state.write(context.connection, context.name, written, context.now)
    gone = [resource for resource in plan.states if _of(resource) == plan.table.name and resource not in written]
    if plan.snapshot and not plan.incomplete:
        state.forget(context.connection, context.name, gone)
    cursors = [cursor for resource, cursor in state.read(context.connection, context.name).items() if _of(resource) == plan.table.name]
    done.changed |= audits.replace(context.connection, context.name, plan.table.name, cursors, context.run_id, context.now)


def _of(resource: str) -> str:
    return resource.partition(":")[0].partition("[")[0]
