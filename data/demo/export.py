"""A file that one of the demo company's tools would export, and how it is written."""

from __future__ import annotations

import filecmp
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

TIMES = "TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ'"
#: How each kind of file is written, by the name's end.
FORMATS = {
    ".csv": f"FORMAT csv, HEADER, {TIMES}",
    ".tsv": f"FORMAT csv, HEADER, DELIMITER '\t', {TIMES}",
    ".jsonl": f"FORMAT json, {TIMES}",
    ".jsonl.gz": f"FORMAT json, COMPRESSION gzip, {TIMES}",
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
}


@dataclass(frozen=True)
class Export:
    """One file, or one file a month.

    `query` gives the columns as they stand in the file. A `{month}` in the path makes a file of each calendar month (UTC) of
    the column `monthly`, which is a moment in UTC; `open_days` says how long a row may still change.
    `dirt` gives rows that a loader must refuse; they follow the good ones, and `rejects` counts them by reason. `form`
    overrides the form that follows from the name.
    """

    path: str
    query: str
    monthly: str | None = None
    open_days: int = 0
    dirt: str | None = None
    rejects: Mapping[str, int] = field(default_factory=dict)
    form: str | None = None

    @property
    def source(self) -> str:
        """The folder of the tool that the file comes from."""
        return self.path.split("/")[0]

    def write(self, connection: duckdb.DuckDBPyConnection, path: Path, where: str = "true") -> bool:
        """Writes the rows that match in one step. Says whether the file changed: one that would not stays untouched, and a month
        without rows has none, because JSON lines without a line tell no columns.
        """
        rows = f"SELECT * FROM ({self.query}) WHERE {where}"
        if self.dirt:
            rows = f"({rows}) UNION ALL BY NAME ({self.dirt})"
        form = self.form or next(FORMATS[end] for end in sorted(FORMATS, key=len, reverse=True) if path.name.endswith(end))
        prepared = path.with_name(f".{path.name}.new")
        path.parent.mkdir(parents=True, exist_ok=True)
        target = str(prepared).replace("'", "''")
        written = connection.execute(f"COPY ({rows}) TO '{target}' ({form})").fetchone()
        is_empty = self.monthly is not None and written == (0,)
        if is_empty or (path.exists() and filecmp.cmp(prepared, path, shallow=False)):
            prepared.unlink()
            return False
        prepared.replace(path)
        return True
