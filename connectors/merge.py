"""Puts staged rows into a table: by key, what is new is added, what differs is changed, what a snapshot lacks is marked deleted."""

from __future__ import annotations

from datetime import datetime

import duckdb

from connectors.sql import count, first
from connectors.staging import STAGE, Stage
from data.schema import Table

#: Tables of which several sources tell of the same thing: each source's rows are kept apart, and made into one row per thing.
ENTITIES = ("account", "person")
#: Keys of everything that a snapshot has shown, for finding what is gone.
PRESENT = "present_"
#: Which staged row is which row of the table.
MATCHED = "matched_"


def target(table: Table) -> str:
    """Where a source's rows of a table are kept."""
    return f"staged.{table.name}" if table.name in ENTITIES else table.name


def keys(table: Table) -> list[str]:
    """The columns that tell rows of one source apart."""
    return list(table.key)


def upsert(connection: duckdb.DuckDBPyConnection, stage: Stage, source: str, now: datetime) -> int:
    """Merges the stage; gives how many rows were added or changed. Columns that the block does not fill stay as they are."""
    table, columns = stage.table, list(stage.columns)
    names = ", ".join([*columns, "source", "loaded_at"])
    values = {"source": source, "now": now}
    added = f"INSERT INTO {target(table)} ({names}) SELECT {', '.join(columns)}, $source, $now FROM {STAGE}"
    if not first(connection, f"SELECT 1 FROM {target(table)} WHERE source = $1 LIMIT 1", [source]):
        return count(connection, added, values)
    free = [column for column in columns if column not in table.key]
    revived = [] if "deleted_at" in columns else ["deleted_at"]
    differs = [f"kept.{name} IS DISTINCT FROM new.{name}" for name in free] + [f"kept.{name} IS NOT NULL" for name in revived]
    _match(connection, table, source, " OR ".join(differs) or "false")
    set_ = ", ".join([f"{name} = new.{name}" for name in free] + [f"{name} = NULL" for name in revived] + ["loaded_at = $now"])
    changed = f"""
      UPDATE {target(table)} AS kept SET {set_}
      FROM {MATCHED} JOIN {STAGE} AS new ON new.rowid = new_id
      WHERE kept.rowid = kept_id AND differs
    """
    changes = count(connection, changed, {"now": now})
    return changes + count(connection, f"{added} WHERE rowid NOT IN (SELECT new_id FROM {MATCHED})", values)


def _match(connection: duckdb.DuckDBPyConnection, table: Table, source: str, differs: str) -> None:
    """Which row of the table is which of the stage, and whether they differ.

    Kept apart from what follows, because DuckDB 2.0's MERGE goes on reading the table while it adds rows to it: where rows of
    the same transaction are read, that now and then ends in "Corrupted uncompressed string segment".
    """
    same = " AND ".join(f"kept.{name} IS NOT DISTINCT FROM new.{name}" for name in table.key)
    statement = f"""
      CREATE OR REPLACE TEMP TABLE {MATCHED} AS
      SELECT kept.rowid AS kept_id, new.rowid AS new_id, {differs} AS differs
      FROM {STAGE} AS new JOIN {target(table)} AS kept ON kept.source = $source AND {same}
    """
    connection.execute(statement, {"source": source})


def begin_snapshot(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """An empty list of keys that are present."""
    columns = ", ".join(f"{name} {table.columns[name]}" for name in table.key)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {PRESENT} ({columns})")


def note_present(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Takes down the keys of the stage, refused rows included: a row that cannot be read is not gone."""
    names = ", ".join(name for name in table.key)
    connection.execute(f"INSERT INTO {PRESENT} SELECT DISTINCT {names} FROM {STAGE}")


def delete_gone(connection: duckdb.DuckDBPyConnection, table: Table, source: str, now: datetime) -> int:
    """Marks the source's rows that no snapshot shows any more as deleted; gives how many."""
    same = " AND ".join(f"gone.{name} IS NOT DISTINCT FROM {PRESENT}.{name}" for name in table.key)
    statement = f"""
      UPDATE {target(table)} AS gone SET deleted_at = $now, loaded_at = $now
      WHERE source = $source AND deleted_at IS NULL AND NOT EXISTS (FROM {PRESENT} WHERE {same})
    """
    return count(connection, statement, {"source": source, "now": now})
