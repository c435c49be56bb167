"""The cursors of a source: for each resource (a file of a block, a stream of an API) what has been loaded of it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import duckdb

Cursor = dict[str, Any]


def read(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, Cursor]:
    """The cursors of a source, by resource."""
    rows = connection.execute("SELECT resource, cursor FROM sync_state WHERE source = $1", [source]).fetchall()
    return {resource: json.loads(cursor) for resource, cursor in rows}


def write(connection: duckdb.DuckDBPyConnection, source: str, resource: str, cursor: Cursor, now: datetime) -> None:
    """Sets one cursor, in the transaction of the rows that it counts."""
    connection.execute("DELETE FROM sync_state WHERE source = $1 AND resource = $2", [source, resource])
    connection.execute("INSERT INTO sync_state VALUES ($1, $2, $3, $4)", [source, resource, json.dumps(cursor), now])
