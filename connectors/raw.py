"""What a vendor says, as it says it: schema `raw_<source>`, a table for each stream. Received pages are merged into it by id."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from connectors.sql import count, first, quoted

_TABLE = "id VARCHAR, payload JSON, loaded_at TIMESTAMPTZ, deleted_at TIMESTAMPTZ, seen BIGINT"
_NEWS = """
SELECT new.id FROM arrived_ AS new LEFT JOIN {table} AS kept USING (id)
WHERE new.stream = $1 AND CASE
  WHEN kept.id IS NULL THEN NOT (new.deleted AND new.payload IS NULL)
  WHEN new.deleted THEN kept.deleted_at IS NULL
  ELSE kept.deleted_at IS NOT NULL OR CAST(kept.payload AS VARCHAR) IS DISTINCT FROM CAST(new.payload AS VARCHAR)
END
"""
_SEEN = "UPDATE {table} AS kept SET seen = new.seen FROM arrived_ AS new WHERE new.stream = $1 AND new.id = kept.id"
_KNOWN = f"DELETE FROM arrived_ WHERE stream = $1 AND id NOT IN ({_NEWS})"
_CHANGE = """
UPDATE {table} AS kept SET
  payload = coalesce(new.payload, kept.payload),
  deleted_at = CASE WHEN new.deleted THEN coalesce(kept.deleted_at, $now) END,
  loaded_at = $now
FROM arrived_ AS new
WHERE new.stream = $stream AND new.id = kept.id
"""
_ADD = """
INSERT INTO {table}
SELECT id, payload, $now, CASE WHEN deleted THEN $now END, seen
FROM arrived_ WHERE stream = $stream AND id NOT IN (SELECT id FROM {table}) AND payload IS NOT NULL
"""
_LIVE = "SELECT count(*) FROM {table} WHERE deleted_at IS NULL AND seen < $2 AND id NOT IN (SELECT id FROM arrived_ WHERE stream = $1)"
_GONE = "UPDATE {table} SET deleted_at = $now WHERE deleted_at IS NULL AND seen < $before"


def table(source: str, stream: str) -> str:
    """The name in SQL of the table that keeps a stream of a source."""
    return f"{quoted('raw_' + source)}.{quoted(stream)}"


def prepare(connection: duckdb.DuckDBPyConnection, source: str, streams: Iterable[str]) -> None:
    """Makes the schema and the tables that are not there yet."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted('raw_' + source)}")
    for stream in streams:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table(source, stream)} ({_TABLE})")


def has_news(connection: duckdb.DuckDBPyConnection, source: str, stream: str) -> bool:
    """Whether `arrived_` says of a stream that has been kept anything that its table does not; `connection` may read only otherwise."""
    return connection.execute(f"{_NEWS.format(table=table(source, stream))} LIMIT 1", [stream]).fetchone() is not None


def is_gone(connection: duckdb.DuckDBPyConnection, source: str, stream: str, before: int) -> bool:
    """Whether there is anything of a stream that has been kept that was last seen before a moment, and does not stand in `arrived_`."""
    return count(connection, _LIVE.format(table=table(source, stream)), [stream, before]) > 0


def merge(connection: duckdb.DuckDBPyConnection, source: str, stream: str, now: object) -> bool:
    """Puts what has arrived into a stream's table; `arrived_` holds only its news afterwards. False when there is none."""
    here = table(source, stream)
    if first(connection, f"SELECT 1 FROM {here} LIMIT 1"):
        connection.execute(_SEEN.format(table=here), [stream])
        connection.execute(_KNOWN.format(table=here), [stream])
    else:
        connection.execute("DELETE FROM arrived_ WHERE stream = $1 AND payload IS NULL", [stream])
    if count(connection, "SELECT count(*) FROM arrived_ WHERE stream = $1", [stream]) == 0:
        return False
    connection.execute(_CHANGE.format(table=here), {"stream": stream, "now": now})
    connection.execute(_ADD.format(table=here), {"stream": stream, "now": now})
    return True


def forget(connection: duckdb.DuckDBPyConnection, source: str, stream: str, before: int, now: object) -> int:
    """Marks as deleted what was last seen before a moment (nanoseconds); gives how many that was."""
    return count(connection, _GONE.format(table=table(source, stream)), {"now": now, "before": before})


def going(connection: duckdb.DuckDBPyConnection, source: str, stream: str, before: int) -> tuple[int, int]:
    """How many records of a stream that are not deleted were last seen before a moment, and how many there are of them at all."""
    told = f"SELECT count(*) FILTER (WHERE seen < $1), count(*) FROM {table(source, stream)} WHERE deleted_at IS NULL"
    old, live = connection.execute(told, [before]).fetchall()[0]
    return int(old), int(live)


def kept(connection: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    """The streams of a source of which anything has been kept."""
    known = "SELECT table_name FROM duckdb_tables() WHERE schema_name = $1"
    return {name for (name,) in connection.execute(known, [f"raw_{source}"]).fetchall()}
