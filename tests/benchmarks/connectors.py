"""Loading what connectors received: python -m tests.benchmarks.connectors [--objects 200000] [--rows 500000] [--threads 2].

Pages of an API (contacts of HubSpot, 2,000 to a file): from the inbox to raw rows and canonical rows, against DuckDB's own
CREATE TABLE AS SELECT * FROM read_json of the same files. A database: from PostgreSQL to canonical rows, against COPY of the same
rows into a file that is then on the disk. Both with a checkpoint; the two sides take turns, and times are medians.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb
import psycopg

from connectors import database, entities, hubspot
from connectors.context import Context
from connectors.inbox import Inbox, Record
from connectors.landing import Landing
from data import files, schema
from data import workspace as workspaces
from data.store import Store
from tests.benchmarks.loading import Cost, spent
from tests.engines import cluster

SOURCES = """
company: {timezone: Europe/Paris, currency: EUR}
sources:
  crm: {connector: hubspot, token: "${CRM_TOKEN}", account: {external_id: product_id}}
  app:
    connector: database
    url: ${APP_URL}
    tables:
      event:
        from: events
        cursor: time
        columns: {event_id: id, occurred_at: time, event_name: name, person_id: person, account_id: account, feature_id: feature,
                  value: value, session_id: session}
"""
EVENTS = """
CREATE TABLE events AS SELECT
  'E-' || i AS id, timestamptz '2024-01-01 00:00:00Z' + 7 * i * interval '1 second' AS time, 'event_' || i % 23 AS name,
  'P-' || i * 7919 % 6000 AS person, 'A-' || i * 7919 % 400 AS account, 'feature_' || i % 24 AS feature,
  (i % 1000) / 10.0::double precision AS value, 'S-' || i / 20 AS session
FROM generate_series(1::bigint, {rows}) AS numbers(i)
"""


def contact(number: int) -> Record:
    """A contact as HubSpot says it."""
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    properties = {
        "email": f"person{number}@company{number % 900}.example",
        "jobtitle": ["Engineer", "Manager", None][number % 3],
        "createdate": at.isoformat(),
        "lastmodifieddate": (at + timedelta(days=30)).isoformat(),
        "associatedcompanyid": str(number % 900),
        "hs_object_id": str(number),
    }
    return Record(str(number), {"properties": properties})


def received(root: Path, objects: int) -> list[Path]:
    """The inbox of the source, filled."""
    box = Inbox.of(root / "inbox-of-crm", root)
    for begin in range(0, objects, 2_000):
        box.write("contacts", [contact(number) for number in range(begin, min(begin + 2_000, objects))], {"cursor": {}})
    return box.waiting()


def fresh(root: Path, name: str, work: Callable[[Context], object], threads: int) -> Cost:
    """The cost of what a source does in an empty draft, and a checkpoint."""
    workspace = workspaces.load(root)
    shutil.rmtree(root / "store", ignore_errors=True)
    with Store(root, "Europe/Paris").draft() as draft, tempfile.TemporaryDirectory(dir=root) as folder:
        draft.connection.execute(f"SET threads = {threads}")
        draft.connection.execute("SET enable_progress_bar = false")
        entities.prepare(draft.connection)
        landing = Landing(workspace.landing / name)
        given = Context(workspace, name, workspace.sources[name], draft.connection, landing, Path(folder), "run", datetime.now(UTC))
        begun = spent()
        work(given)
        landing.save()
        draft.connection.execute("CHECKPOINT")
        return spent(begun)


def pages(root: Path, threads: int) -> Cost:
    """The cost from the inbox to rows."""
    shutil.rmtree(root / "landing", ignore_errors=True)
    shutil.copytree(root / "inbox-of-crm/inbox", root / "landing/crm/inbox")
    return fresh(root, "crm", hubspot.load, threads)


def read_json(paths: list[Path], root: Path, threads: int) -> Cost:
    """The cost of DuckDB's own reading of the same files."""
    target = root / "theirs.duckdb"
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target), config={"threads": threads}) as connection:
        connection.execute("SET enable_progress_bar = false")
        begun = spent()
        connection.execute("CREATE TABLE page AS SELECT * FROM read_json($1)", [[str(path) for path in paths]])
        connection.execute("CHECKPOINT")
        return spent(begun)


def rows(root: Path, threads: int) -> Cost:
    """The cost from the database to rows."""
    shutil.rmtree(root / "landing", ignore_errors=True)

    def both(context: Context) -> None:
        with duckdb.connect() as published:
            for statement in schema.BOOKKEEPING:
                published.execute(statement)
            database.receive(Context(**{**vars(context), "connection": published}))
        database.load(context)

    return fresh(root, "app", both, threads)


def copied(root: Path, server: Path) -> Cost:
    """The cost of COPY into a file."""
    target = root / "theirs.csv"
    begun = spent()
    with (
        psycopg.connect(host=str(server), user="postgres", dbname="postgres") as connection,
        connection.cursor().copy("COPY events TO STDOUT (FORMAT csv, HEADER)") as copy,
        target.open("wb", 1 << 20) as file,
    ):
        for line in copy:
            file.write(line)
    files.fsync(target)
    return spent(begun)


def told(what: str, number: int, pairs: list[tuple[Cost, Cost]]) -> None:
    """Prints both sides' rows a second, the ratio by the clock, and that of our own process's time."""
    (other, other_busy), (own, own_busy) = [[median(pair[who][of] for pair in pairs) for of in (0, 1)] for who in (0, 1)]
    ratio = median(pair[0][0] / pair[1][0] for pair in pairs)
    print(f"{what:<20}{number / other:>12,.0f}{number / own:>12,.0f}{ratio:>8.2f}{other_busy / own_busy:>26.2f}")


def measure(objects: int, number: int, threads: int, times: int) -> None:
    """Prints a line for pages and one for the database."""
    print(f"{threads} threads, DuckDB {duckdb.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}; medians of {times}")
    print("                    theirs rows/s  ours rows/s  ratio  ratio of processor time")
    with tempfile.TemporaryDirectory() as folder, cluster() as server:
        root = Path(folder)
        (root / "sources.yml").write_text(SOURCES, encoding="utf-8")
        os.environ |= {"CRM_TOKEN": "token", "APP_URL": f"postgresql://postgres@/postgres?host={server}"}
        if objects:
            paths = received(root, objects)
            told("pages of an API", objects, [(read_json(paths, root, threads), pages(root, threads)) for _ in range(times)])
        if number:
            with psycopg.connect(host=str(server), user="postgres", dbname="postgres", autocommit=True) as connection:
                connection.execute(EVENTS.format(rows=number))
                connection.execute("CREATE INDEX ON events (time)")
                connection.execute("VACUUM ANALYZE events")
            told("PostgreSQL", number, [(copied(root, server), rows(root, threads)) for _ in range(times)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=200_000)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    measure(options.objects, options.rows, options.threads, options.times)
