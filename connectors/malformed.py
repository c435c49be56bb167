"""Lines that the CSV reader could not read: kept as rejects, and mended where one of them hides those that follow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import duckdb
import pyarrow as pa

from connectors.encoding import opened
from connectors.sql import count

#: The rejects of one table while it is loaded. `row` counts from 0 in the file, among the rows that could be read.
REJECTED = "rejected_"
#: What DuckDB's `store_rejects` fills: `<REJECTS>_error` and `<REJECTS>_scan`.
REJECTS = "malformed"
#: How often a batch is read anew because of quotes that are never closed.
ROUNDS = 100

Line = tuple[Path, int, str, str]  # file, position of its first byte, text, what is wrong


def masked(text: str) -> str:
    """SQL without the name in an e-mail address: it must not come to rest in the rejects either."""
    return rf"regexp_replace({text}, '[[:alnum:]._%+-]+@', '…@', 'g')"


def take(connection: duckdb.DuckDBPyConnection, files: list[Path], names: list[str]) -> None:
    """Moves the lines that could not be read to the rejects; `names` are those that people know."""
    _keep(connection, _found(connection), dict(zip(files, names, strict=True)))


def mend(connection: duckdb.DuckDBPyConnection, files: list[Path], names: list[str], work: Path) -> list[Path]:
    """Copies of the files without the lines whose open quote swallowed others; the files themselves when there are none.

    Such a line becomes a reject here and is blank in the copy, so that the lines after it keep their numbers.
    """
    found = _found(connection, keep=True)
    swallowing = [line for line in found if "\n" in line[2]]
    if not swallowing:
        return files
    _found(connection)
    lines = [(path, at, text.splitlines()[0], said) for path, at, text, said in swallowing]
    _keep(connection, lines, dict(zip(files, names, strict=True)))
    return [_blanked(path, [at for other, at, _, _ in swallowing if other == path], work) for path in files]


def _found(connection: duckdb.DuckDBPyConnection, *, keep: bool = False) -> list[Line]:
    if not count(connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name = $1", [f"{REJECTS}_error"]):
        return []
    statement = f"""
      SELECT file_path, line_byte_position, trim(any_value(csv_line), chr(10) || chr(13)),
        string_agg(DISTINCT error_message, '; ' ORDER BY error_message)
      FROM {REJECTS}_error JOIN {REJECTS}_scan USING (scan_id, file_id)
      GROUP BY ALL ORDER BY ALL
    """
    rows = connection.execute(statement).fetchall()
    if not keep:
        connection.execute(f"DROP TABLE {REJECTS}_error; DROP TABLE {REJECTS}_scan")
    return [(Path(path), at, text, said) for path, at, text, said in rows]


def _keep(connection: duckdb.DuckDBPyConnection, found: list[Line], names: dict[Path, str]) -> None:
    for path, name in names.items():
        mine = [line[1:] for line in found if line[0] == path]
        if not mine:
            continue
        columns = {
            "file": pa.array([name] * len(mine), pa.string()),
            "line": pa.array(_line_numbers(path, [at for at, _, _ in mine]), pa.int64()),
            "value": pa.array([text[:2000] for _, text, _ in mine], pa.string()),
            "detail": pa.array([said for _, _, said in mine], pa.string()),
        }
        connection.register("malformed_", pa.table(columns))
        values = f"file, line, NULL, NULL, {masked('value')}, 'malformed_line', detail, NULL"
        connection.execute(f"INSERT INTO {REJECTED} SELECT {values} FROM malformed_")
        connection.unregister("malformed_")


def _line_numbers(path: Path, positions: list[int]) -> list[int]:
    """The line on which each byte stands; DuckDB's own count takes a value of several lines for one."""
    lines: list[int] = []
    if not positions:
        return lines
    with opened(path) as file:
        line, read = 1, 0
        for position in positions:
            line += sum(chunk.count(b"\n") for chunk in _chunks(file, position - read))
            read = position
            lines.append(line)
    return lines


def _blanked(path: Path, positions: list[int], work: Path) -> Path:
    if not positions:
        return path
    base, _, number = path.name.partition(".mended-")
    mended = work / f"{base}.mended-{int(number or 0) + 1}"
    with opened(path) as file, mended.open("wb") as written:
        read = 0
        for position in sorted(positions):
            start = position - 1
            for chunk in _chunks(file, start - read):
                written.write(chunk)
            before = file.read(1)  # the line's first byte, or the end of the line before it
            line = file.readline()
            read = start + 1 + len(line)
            written.write((before if before == b"\n" else b"") + (b"\r\n" if line.endswith(b"\r\n") else b"\n"))
        shutil.copyfileobj(file, written, 1 << 20)
    return mended


def _chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := file.read(min(size, 1 << 20))):
        size -= len(chunk)
        yield chunk
