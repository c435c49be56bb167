"""The cursors of a source: for each resource (a file of a block, a stream of an API) what has been loaded of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

Cursor = dict[str, Any]


def read(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, Cursor]:
    """The cursors of a source, by resource."""
    rows = connection.execute("SELECT resource, cursor FROM sync_state WHERE source = $1", [source]).fetchall()
    return {resource: json.loads(cursor) for resource, cursor in rows}


def write(connection: duckdb.DuckDBPyConnection, source: str, cursors: dict[str, Cursor], now: datetime) -> None:
    """Sets these cursors, in the transaction of the rows that they count."""
    forget(connection, source, list(cursors))
    texts = [json.dumps(cursor) for cursor in cursors.values()]
    connection.register("cursors_", pa.table({"resource": pa.array(cursors, pa.string()), "cursor": pa.array(texts, pa.string())}))
    connection.execute("INSERT INTO sync_state SELECT $1, resource, cursor, $2 FROM cursors_", [source, now])
    connection.unregister("cursors_")


def forget(connection: duckdb.DuckDBPyConnection, source: str, resources: Sequence[str]) -> None:
    """Removes these cursors."""
    connection.execute("DELETE FROM sync_state WHERE source = $1 AND resource IN (SELECT unnest($2))", [source, list(resources)])
