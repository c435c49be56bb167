"""Remembers what an account was: when its plan, segment or owner changes on a later load, the old period ends and a new begins."""

from __future__ import annotations

from datetime import datetime

import duckdb

from connectors.sql import count
from data.workspace import Workspace

TRACKED = ("plan", "segment", "owner")

_CLOSE = """
UPDATE account_history AS past SET valid_to = {at}, valid_to_day = CAST(timezone($zone, {at}) AS DATE), loaded_at = $now
FROM account
WHERE past.account_id = account.account_id AND past.valid_to IS NULL AND past.deleted_at IS NULL
  AND NOT list_contains($filled, past.source) AND ({differs})
"""
_OPEN = """
WITH ended AS (
  SELECT account_id, max(valid_to) AS valid_to, bool_or(valid_to IS NULL) AS is_open, bool_or(list_contains($filled, source)) AS is_told
  FROM account_history WHERE deleted_at IS NULL GROUP BY account_id
),
begun AS (
  SELECT account.*, coalesce(ended.valid_to, timezone($zone, TIMESTAMP '1900-01-01')) AS valid_from
  FROM account LEFT JOIN ended USING (account_id)
  WHERE account.deleted_at IS NULL AND ended.is_open IS NOT TRUE AND ended.is_told IS NOT TRUE
)
INSERT INTO account_history (account_id, plan, segment, owner, valid_from, valid_from_day, source, loaded_at)
SELECT account_id, plan, segment, owner, valid_from, CAST(timezone($zone, valid_from) AS DATE), source, $now
FROM begun
"""


def keep(connection: duckdb.DuckDBPyConnection, workspace: Workspace, now: datetime) -> bool:
    """Brings account_history up to `account`; True when something changed. Sources that fill it themselves are left alone.

    A change is dated by the source's `updated_at` when that lies inside the open period, else by this load.
    """
    filled = [
        row[0]
        for row in connection.execute(
            "SELECT DISTINCT source FROM sync_state WHERE resource LIKE 'account\\_history%' ESCAPE '\\'"
        ).fetchall()
    ]
    values = {"zone": workspace.company.timezone, "now": now, "filled": filled}
    at = "CASE WHEN account.updated_at > past.valid_from AND account.updated_at <= $now THEN account.updated_at ELSE $now END"
    differs = " OR ".join(f"past.{name} IS DISTINCT FROM account.{name}" for name in TRACKED)
    closed = count(connection, _CLOSE.format(at=at, differs=differs), values)
    return count(connection, _OPEN, values) + closed > 0
