"""Findings: what is suspect in loaded rows. Each file's are kept in its cursor, and summed up for the Data page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb

from connectors.staging import STAGE, Stage
from connectors.state import Cursor

EXAMPLES = 5
Found = dict[str, Any]


def of_stage(connection: duckdb.DuckDBPyConnection, stage: Stage) -> dict[int, list[Found]]:
    """What the rows of a stage fail, by the number of their file: declared audits, misses of joins, unknown words."""
    flags = _flags(stage)
    if not flags:
        return {}
    counted = ", ".join(f"count(*) FILTER ({flag})" for flag, _, _ in flags)
    found: dict[int, list[Found]] = {}
    for file, *numbers in connection.execute(f"SELECT file_, {counted} FROM {STAGE} GROUP BY file_").fetchall():
        for (flag, name, message), count in zip(flags, numbers, strict=True):
            if count:
                examples = _examples(connection, stage, flag, file)
                found.setdefault(file, []).append({"name": name, "message": message, "count": count, "examples": examples})
    return found


def replace(connection: duckdb.DuckDBPyConnection, source: str, table: str, cursors: Iterable[Cursor], run_id: str, now: datetime) -> bool:
    """Sets the findings of a source's table to the sum over its files; False when they are the same as before."""
    summed: dict[str, Found] = {}
    for cursor in cursors:
        for found in cursor.get("findings", ()):
            total = summed.setdefault(found["name"], {**found, "count": 0, "examples": []})
            total["count"] += found["count"]
            total["examples"] = [*total["examples"], *found["examples"]][:EXAMPLES]
    wanted = sorted((name, found["message"], found["count"], json.dumps(found["examples"])) for name, found in summed.items())
    here = "source = $1 AND table_name = $2 AND run_id IS NOT NULL"
    before = connection.execute(
        f"SELECT name, message, row_count, examples FROM finding WHERE {here} ORDER BY 1", [source, table]
    ).fetchall()
    if before == wanted:
        return False
    connection.execute(f"DELETE FROM finding WHERE {here}", [source, table])
    for name, message, count, examples in wanted:
        row = [run_id, source, table, name, "warning", message, count, examples, now]
        connection.execute("INSERT INTO finding VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", row)
    return True


def _flags(stage: Stage) -> list[tuple[str, str, str]]:
    """(column of the stage, name of the finding, what it says)."""
    block = stage.mapped.filling.block
    audits = [(f"audit{index}_", name, f"does not hold: {block.audits[name]}") for index, name in enumerate(stage.audits)]
    joins = [
        (f"miss{index}_", f"no_match:{alias}", f"no row of {stage.mapped.filling.joins[alias].file} matches")
        for index, alias in enumerate(stage.joins)
    ]
    unknown = [
        (f"unknown{index}_", f"unknown_word:{name}", f"{name} is a word that has no meaning here")
        for index, name in enumerate(stage.unknown)
    ]
    return [*audits, *joins, *unknown]


def _examples(connection: duckdb.DuckDBPyConnection, stage: Stage, flag: str, file: int) -> list[dict[str, Any]]:
    shown = [name for name in stage.columns if not name.endswith("_day")]
    packed = ", ".join(f"{name} := {name}" for name in shown)
    statement = f"SELECT to_json(struct_pack({packed})) FROM {STAGE} WHERE {flag} AND file_ = $1 ORDER BY {stage.row} LIMIT $2"
    rows = connection.execute(statement, [file, EXAMPLES]).fetchall()
    return [{key: value for key, value in json.loads(row).items() if value is not None} for (row,) in rows]
