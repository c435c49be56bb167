"""Refused rows: each with its file, line, column, value and reason, replaced when its file is loaded again."""

from __future__ import annotations

import csv
import io
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import duckdb
import pyarrow as pa

from connectors.dialect import Dialect, parser
from connectors.encoding import opened
from connectors.malformed import REJECTED, masked
from connectors.merge import keys
from connectors.sql import count
from connectors.staging import STAGE, Stage

_CREATE = f"""
CREATE OR REPLACE TEMP TABLE {REJECTED} (
  file VARCHAR, line BIGINT, row BIGINT, column_name VARCHAR, value VARCHAR, reason VARCHAR, detail VARCHAR, payload JSON)
"""
_COLUMNS = "file, line, column_name, value, reason, detail, payload"

_DOOMED = f"""
CREATE OR REPLACE TEMP TABLE doomed_ AS
WITH shared AS (SELECT {{key}} FROM {STAGE} GROUP BY ALL HAVING count(*) > 1),
numbered AS (
  SELECT rowid AS id, {{row}} AS row_, file_, {{key}}, struct_pack({{loaded}}) AS loaded
  FROM {STAGE} SEMI JOIN shared ON {{by_key}}
),
compared AS (
  SELECT
    *,
    first_value(loaded) OVER in_file AS kept,
    row_number() OVER in_file AS place,
    max(file_) OVER (PARTITION BY {{key}}) AS last_file
  FROM numbered
  WINDOW in_file AS (PARTITION BY file_, {{key}} ORDER BY row_)
)
SELECT
  id, row_, file_, concat_ws(', ', {{key}}) AS key, to_json(loaded) AS payload,
  CASE
    WHEN place > 1 AND loaded IS NOT DISTINCT FROM kept THEN 'repeat'
    WHEN place > 1 THEN 'duplicate_key'
    ELSE 'overwritten'
  END AS fate
FROM compared
WHERE place > 1 OR file_ < last_file
"""
_REFUSE_DUPLICATES = f"""
INSERT INTO {REJECTED}
SELECT
  files_.file, NULL, row_ - files_.first, $column_name, key, 'duplicate_key', $detail,
  {masked("CAST(payload AS VARCHAR)")}
FROM doomed_ JOIN files_ USING (file_)
WHERE fate = 'duplicate_key'
"""
_REPLACE = f"""
INSERT INTO reject
SELECT $run_id, $source, $table_name, {_COLUMNS}, $now
FROM {REJECTED}
ORDER BY file, line
"""


def _same_key() -> str:
    # Apart from the SQL, where docs.messages would not find it to be translated.
    return "an earlier row of the file has the same key"


def begin(connection: duckdb.DuckDBPyConnection) -> None:
    """An empty list of rejects."""
    connection.execute(_CREATE)


def take_bad(connection: duckdb.DuckDBPyConnection, stage: Stage, files: list[str], starts: dict[int, int]) -> None:
    """Moves the rows that a check refused from the stage to the rejects."""
    if not count(connection, f"SELECT count(problem_) FROM {STAGE}"):
        return  # counting one column is much cheaper than to look through all of them for nothing
    checks = pa.table(
        {
            "problem_": pa.array(range(len(stage.checks)), pa.int32()),
            "column_name": pa.array([check.column for check in stage.checks], pa.string()),
            "reason": pa.array([check.reason for check in stage.checks], pa.string()),
            "detail": pa.array([check.detail for check in stage.checks], pa.string()),
        }
    )
    connection.register("checks_", checks)
    _with_files(connection, files, starts)
    connection.execute(
        f"""
        INSERT INTO {REJECTED}
        SELECT files_.file, NULL, stage_.{stage.row} - files_.first, column_name, {masked("value_")}, reason, detail,
          {masked("CAST(payload_ AS VARCHAR)")}
        FROM {STAGE} JOIN checks_ USING (problem_) JOIN files_ USING (file_)
        """
    )
    connection.execute(f"DELETE FROM {STAGE} WHERE problem_ IS NOT NULL")
    connection.unregister("checks_")
    connection.unregister("files_")


def take_duplicates(connection: duckdb.DuckDBPyConnection, stage: Stage, files: list[str], starts: dict[int, int]) -> int:
    """Of the rows of a file that share a key the first stays. Later ones that differ go to the rejects, equal ones are dropped.

    Of several files the latest wins. Gives how many rows were dropped because another says the same, or has the last word.
    """
    names = keys(stage.table)
    key = ", ".join(names)
    # Equal hashes are hardly more than a suspicion, but much cheaper to find than equal keys.
    if not count(connection, f"SELECT count(*) - count(DISTINCT hash({key})) FROM {STAGE}"):
        return 0
    by_key = " AND ".join(f"{STAGE}.{name} IS NOT DISTINCT FROM shared.{name}" for name in names)
    loaded = ", ".join(f"{column} := {column}" for column in stage.columns)
    connection.execute(_DOOMED.format(key=key, by_key=by_key, loaded=loaded, row=stage.row))
    _with_files(connection, files, starts)
    connection.execute(_REFUSE_DUPLICATES, {"column_name": key, "detail": _same_key()})
    connection.unregister("files_")
    connection.execute(f"DELETE FROM {STAGE} WHERE rowid IN (SELECT id FROM doomed_)")
    return count(connection, "SELECT count(*) FROM doomed_ WHERE fate <> 'duplicate_key'")


def place(connection: duckdb.DuckDBPyConnection, files: Iterable[tuple[str, Path, Dialect]]) -> None:
    """Finds the line of each reject of which only the row is known: (name, what was read of it, how it is written)."""
    rows = connection.execute(f"SELECT DISTINCT file, row FROM {REJECTED} WHERE line IS NULL ORDER BY ALL").fetchall()
    if not rows:
        return
    lines = connection.execute(f"SELECT DISTINCT file, line FROM {REJECTED} WHERE line IS NOT NULL ORDER BY ALL").fetchall()
    wanted, broken = _by_file(rows), _by_file(lines)
    placed = [
        (name, row, line, text)
        for name, path, dialect in files
        if name in wanted
        for row, (line, text) in zip(wanted[name], _lines(path, dialect, wanted[name], broken.get(name, [])), strict=True)
    ]
    columns = zip(
        ("file", "row", "line", "text"), zip(*placed, strict=True), (pa.string(), pa.int64(), pa.int64(), pa.string()), strict=True
    )
    connection.register("placed_", pa.table({name: pa.array(values, kind) for name, values, kind in columns}))
    connection.execute(
        f"""
        UPDATE {REJECTED} AS rejected SET
          line = placed_.line,
          value = CASE WHEN reason = 'malformed_line' THEN {masked("placed_.text")} ELSE value END
        FROM placed_
        WHERE rejected.file = placed_.file AND rejected.row = placed_.row AND rejected.line IS NULL
        """
    )
    connection.unregister("placed_")


def _by_file(rows: list[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for file, number in rows:
        found.setdefault(file, []).append(number)
    return found


def replace(connection: duckdb.DuckDBPyConnection, source: str, table: str, files: Iterable[str], run_id: str, now: datetime) -> bool:
    """Puts the collected rejects of these files in the place of earlier ones; False when they are the same."""
    values = {"source": source, "table_name": table, "files": list(files)}
    old = f"SELECT {_COLUMNS} FROM reject WHERE source = $source AND table_name = $table_name AND file IN (SELECT unnest($files))"
    new = f"SELECT {_COLUMNS} FROM {REJECTED}"
    differ = f"({old} EXCEPT ALL {new}) UNION ALL ({new} EXCEPT ALL {old})"
    if count(connection, f"SELECT count(*) FROM ({differ})", values) == 0:
        return False
    connection.execute("DELETE FROM reject WHERE source = $source AND table_name = $table_name AND file IN (SELECT unnest($files))", values)
    connection.execute(_REPLACE, {"run_id": run_id, "source": source, "table_name": table, "now": now})
    return True


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rejects each file has."""
    return dict(connection.execute(f"SELECT file, count(*) FROM {REJECTED} GROUP BY file").fetchall())


def _with_files(connection: duckdb.DuckDBPyConnection, files: list[str], starts: dict[int, int]) -> None:
    numbers = list(range(1, len(files) + 1))
    firsts = [starts.get(number, 0) for number in numbers]
    connection.register("files_", pa.table({"file_": pa.array(numbers, pa.int32()), "file": files, "first": pa.array(firsts, pa.int64())}))


def _lines(path: Path, dialect: Dialect, rows: list[int], broken: list[int]) -> Iterator[tuple[int, str | None]]:
    """The line of each row, and for JSON lines its text. Rows and broken lines are in order."""
    wanted = iter(rows)
    row = next(wanted, None)
    with suppress(csv.Error), opened(path) as file:
        for number, (line, shown) in enumerate(_readable(file, dialect, broken)):
            if number == row:
                yield line, shown
                row = next(wanted, None)
            if row is None:
                return
    # Parquet has no lines; and where Python reads a file otherwise than DuckDB did, the row is the nearest that can be said.
    yield from ((each + 1 + dialect.header, None) for each in ([row] if row is not None else []) + list(wanted))


def _readable(file: IO[bytes], dialect: Dialect, broken: list[int]) -> Iterator[tuple[int, str | None]]:
    """The records that could be read, with the line on which each begins."""
    if dialect.format == "parquet":
        return
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    for line, shown in _json_records(text) if dialect.format == "jsonl" else _csv_records(text, dialect):
        at = bisect_left(broken, line)
        if at == len(broken) or broken[at] != line:
            yield line, shown


def _json_records(text: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text, start=1):
        if line.strip():
            yield number, line.strip()[:2000]


def _csv_records(text: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, None]]:
    reader = parser(text, dialect)
    header, begun = dialect.header, 1
    for record in reader:
        if record and not header:
            yield begun, None
        header = header and not record
        begun = reader.line_num + 1
