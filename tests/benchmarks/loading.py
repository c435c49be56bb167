"""Loading files against DuckDB's own typed CREATE TABLE AS SELECT: python -m tests.benchmarks.loading [--rows 3000000] [--threads 2].

Both run on the same files in this one run, both into a database on disk and with a checkpoint at the end. Ours also copies
the files into landing, finds their dialect, refuses bad rows, checks keys and writes the cursors. Times are medians.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import duckdb

from connectors import entities, files
from connectors.context import Context
from connectors.landing import Landing
from connectors.sync import sync
from data import workspace as workspaces
from data.store import Store

ROWS = """
SELECT
  'E-' || i AS id, TIMESTAMP '2024-01-01 00:00:00' + to_seconds(7 * i) AS time, 'event_' || i % 23 AS name,
  'P-' || i * 7919 % 6000 AS person, 'A-' || i * 7919 % 400 AS account, 'feature_' || i % 24 AS feature,
  (i % 1000) / 10.0 AS value, 'S-' || i // 20 AS session
FROM range($1) AS numbers(i)
"""
TYPES = {"id": "VARCHAR", "time": "TIMESTAMPTZ", "name": "VARCHAR", "person": "VARCHAR", "account": "VARCHAR", "feature": "VARCHAR"}
TYPES |= {"value": "DOUBLE", "session": "VARCHAR"}
SOURCES = """
company: {{timezone: Europe/Paris, currency: EUR}}
sources:
  files:
    connector: files
    path: files
    tables:
      event:
        file: {file}
        columns: {{event_id: id, occurred_at: time, event_name: name, person_id: person, account_id: account, feature_id: feature,
                  value: value, session_id: session}}
"""
FORMATS = {
    "events.csv": "(FORMAT csv)",
    "events.csv.gz": "(FORMAT csv, COMPRESSION gzip)",
    "events.jsonl": "(FORMAT json)",
    "events.parquet": "(FORMAT parquet)",
}


def reader(file: Path) -> str:
    """DuckDB's own reader of the file, with explicit types where the format has none."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    if file.suffix == ".parquet":
        return f"SELECT * REPLACE (CAST(time AS TIMESTAMPTZ) AS time) FROM read_parquet('{file}')"
    if file.suffix == ".jsonl":
        return f"FROM read_json('{file}', format = 'newline_delimited', columns = {{{columns}}})"
    return f"FROM read_csv('{file}', header = true, delim = ',', quote = '\"', columns = {{{columns}}})"


Cost = tuple[float, float]  # seconds by the clock, and of all processors together


def spent(begun: Cost | None = None) -> Cost:
    """Now; or what has been spent since."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    wall, busy = time.perf_counter(), used.ru_utime + used.ru_stime
    return (wall - begun[0], busy - begun[1]) if begun else (wall, busy)


def theirs(file: Path, threads: int, root: Path) -> Cost:
    """The cost of CREATE TABLE AS SELECT and a checkpoint."""
    target = root / "theirs.duckdb"
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target), config={"threads": threads}) as connection:
        connection.execute("SET TimeZone = 'Europe/Paris'")
        connection.execute("SET enable_progress_bar = false")
        begun = spent()
        connection.execute(f"CREATE TABLE event AS {reader(file)}")
        connection.execute("CHECKPOINT")
        return spent(begun)


def ours(root: Path, threads: int) -> Cost:
    """The cost from the folder to the rows in a draft, and a checkpoint."""
    shutil.rmtree(root / "store", ignore_errors=True)
    shutil.rmtree(root / "landing", ignore_errors=True)
    workspace = workspaces.load(root)
    with Store(root, "Europe/Paris").draft() as draft, tempfile.TemporaryDirectory(dir=root) as work:
        draft.connection.execute(f"SET threads = {threads}")
        draft.connection.execute("SET enable_progress_bar = false")
        entities.prepare(draft.connection)
        landing = Landing(workspace.landing / "files")
        context = Context(workspace, "files", workspace.sources["files"], draft.connection, landing, Path(work), "run", datetime.now(UTC))
        begun = spent()
        files.load(context)
        landing.save()
        draft.connection.execute("CHECKPOINT")
        return spent(begun)


def whole(root: Path) -> float:
    """Seconds of a whole first sync: load, accounts, what derives, audits, publish."""
    shutil.rmtree(root / "store", ignore_errors=True)
    shutil.rmtree(root / "landing", ignore_errors=True)
    begun = spent()
    assert sync(workspaces.load(root)).published
    return spent(begun)[0]


def again(root: Path) -> float:
    """Seconds of a sync that finds nothing new."""
    begun = spent()
    assert not sync(workspaces.load(root)).published
    return spent(begun)[0]


def measure(rows: int, threads: int, times: int) -> None:
    """Prints a table: for each format the seconds of both, and how many times DuckDB's speed ours is.

    The runs take turns, so that what else the machine does weighs on both.
    """
    print(f"{rows:,} rows of 8 columns, {threads} threads, DuckDB {duckdb.__version__}, {os.cpu_count()} cores; medians of {times}")
    duckdb.execute("SET enable_progress_bar = false")
    print("file              MB  DuckDB s  ours s  ratio  ratio of processor time  whole sync s  nothing new s")
    for name, options in FORMATS.items():
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            file = root / "files" / name
            file.parent.mkdir()
            duckdb.execute(f"COPY ({ROWS.replace('$1', str(rows))}) TO '{file}' {options}")
            (root / "sources.yml").write_text(SOURCES.format(file=name), encoding="utf-8")
            pairs = [(theirs(file, threads, root), ours(root, threads)) for _ in range(times)]
            (duck, duck_busy), (own, own_busy) = [[median(pair[who][of] for pair in pairs) for of in (0, 1)] for who in (0, 1)]
            told = f"{file.stat().st_size / 1e6:>4.0f}{duck:>10.2f}{own:>8.2f}{duck / own:>7.2f}{duck_busy / own_busy:>25.2f}"
            print(f"{name:<16}{told}{whole(root):>14.2f}{again(root):>15.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    measure(options.rows, options.threads, options.times)
