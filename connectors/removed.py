"""What sources.yml no longer names: its rows no longer count, and count again when it is named again. Nothing is thrown away."""

from __future__ import annotations

import json
from datetime import datetime

import duckdb

from connectors.merge import target
from data.schema import TABLES
from data.workspace import Workspace
from data.yaml_file import Mapping

Filled = tuple[str, str]  # source, table


def differs(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> bool:
    """Whether something is to be retired or brought back; `connection` may be read-only."""
    return any(_changes(connection, workspace))


def apply(connection: duckdb.DuckDBPyConnection, workspace: Workspace, now: datetime) -> bool:
    """Marks the rows of sources and tables that are no longer named as deleted, and revives those that are named again."""
    gone, back = _changes(connection, workspace)
    connection.execute("BEGIN")
    for source, table in gone:
        connection.execute(f"UPDATE {target(TABLES[table])} SET deleted_at = $1 WHERE source = $2 AND deleted_at IS NULL", [now, source])
        for told in ("freshness", "finding", "reject"):
            connection.execute(f"DELETE FROM {told} WHERE source = $1 AND table_name = $2", [source, table])
        _mark(connection, source, table, now)
    for (source, table), since in back.items():
        connection.execute(f"UPDATE {target(TABLES[table])} SET deleted_at = NULL WHERE source = $1 AND deleted_at = $2", [source, since])
        _mark(connection, source, table, None)
    for source in {source for source, _ in gone} - set(workspace.sources):
        connection.execute("DELETE FROM sync_run WHERE source = $1", [source])
    connection.execute("COMMIT")
    return bool(gone or back)


def _changes(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> tuple[list[Filled], dict[Filled, datetime]]:
    """(what is to be retired, what is to be brought back and when it was retired). Without any source nothing is: a slip."""
    rows = connection.execute("SELECT source, resource, cursor ->> 'retired_at' FROM sync_state WHERE source <> ''").fetchall()
    since = {(source, _table(resource)): retired for source, resource, retired in rows if _table(resource) in TABLES}
    gone = [filled for filled, retired in since.items() if retired is None and not _named(workspace, *filled)]
    back = {filled: datetime.fromisoformat(retired) for filled, retired in since.items() if retired and _named(workspace, *filled)}
    return (gone if workspace.sources else []), back


def _named(workspace: Workspace, source: str, table: str) -> bool:
    block = workspace.sources.get(source)
    tables = block.get("tables") if isinstance(block, Mapping) else None
    return block is not None and (not isinstance(tables, Mapping) or table in tables)


def _mark(connection: duckdb.DuckDBPyConnection, source: str, table: str, now: datetime | None) -> None:
    """Its files are to be read again when it is named again, so the cursors forget the block's wording."""
    rows = connection.execute("SELECT resource, cursor FROM sync_state WHERE source = $1", [source]).fetchall()
    for resource, cursor in rows:
        if _table(resource) == table:
            told = {key: value for key, value in json.loads(cursor).items() if key != "retired_at"} | {"wording": ""}
            told |= {"retired_at": now.isoformat()} if now else {}
            values = [json.dumps(told), source, resource]
            connection.execute("UPDATE sync_state SET cursor = $1 WHERE source = $2 AND resource = $3", values)


def _table(resource: str) -> str:
    return resource.partition(":")[0].partition("[")[0]
