"""features.yml applied to the loaded rows: which events and tickets belong to a feature, and which events count as use."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import duckdb

from data.feature_rules import Rule, at_where, rules
from data.workspace import Feature, Workspace

#: The `source` of features that features.yml tells of, and of those that are only seen in facts.
TOLD, SEEN = "features.yml", "facts"

_WITH_FEATURES = ("event", "ticket", "idea", "work_item")
# Tags stand as a list in JSON, or parted by , ; or |
_TAGS = r"""regexp_split_to_array(trim(lower(tags), ' []"'), '[" ]*[,;|][" ]*')"""


def fill(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Fills `feature_id` of events and tickets that have none, `event.is_meaningful`, and completes `feature`.

    When features.yml has changed, what the earlier rules filled is filled anew; an id that a source gave stays. Of two
    features that claim an event, the first in the file has it.
    """
    current = rules(workspace)
    _forget_changed(connection, current, workspace.meaningful)
    try:
        _fill_events(connection, [rule for rule in current if rule.events or rule.where])
    except duckdb.Error:
        _name_what_fails(connection, current, workspace)
        raise
    _fill_tickets(connection, [rule for rule in current if rule.tags])
    _fill_meaningful(connection, workspace.meaningful)
    _complete_features(connection, workspace)


def _fill_events(connection: duckdb.DuckDBPyConnection, current: list[Rule]) -> None:
    if not current:
        return
    values: dict[str, Any] = {}
    branches = []
    for number, rule in enumerate(current):
        conditions = [f"({rule.where})"] if rule.where else []
        if rule.events:
            conditions.insert(0, f"list_contains($events_{number}, event_name)")
            values[f"events_{number}"] = list(rule.events)
        values[f"feature_{number}"] = rule.feature_id
        branches.append(f"WHEN {' AND '.join(conditions)} THEN $feature_{number}")
    found = f"CASE {' '.join(branches)} END"
    likely = "true"
    if all(rule.events for rule in current):
        likely = "event_name IN (SELECT unnest($events))"
        values["events"] = sorted({name for rule in current for name in rule.events})
    connection.execute(f"UPDATE event SET feature_id = {found} WHERE feature_id IS NULL AND {likely} AND {found} IS NOT NULL", values)


def _name_what_fails(connection: duckdb.DuckDBPyConnection, current: list[Rule], workspace: Workspace) -> None:
    for rule in current:
        try:
            connection.execute(f"SELECT count(*) FROM event WHERE {rule.where or 'true'}")
        except (duckdb.BinderException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            said = str(error).splitlines()[0]
            raise at_where(workspace, rule.feature_id, f"this condition cannot be computed: {said}") from None


def _fill_tickets(connection: duckdb.DuckDBPyConnection, current: list[Rule]) -> None:
    for rule in current:
        statement = f"UPDATE ticket SET feature_id = $1 WHERE feature_id IS NULL AND list_has_any({_TAGS}, $2)"
        connection.execute(statement, [rule.feature_id, list(rule.tags)])


def _fill_meaningful(connection: duckdb.DuckDBPyConnection, meaningful: tuple[str, ...] | None) -> None:
    if meaningful is None:
        connection.execute("UPDATE event SET is_meaningful = true WHERE is_meaningful IS NULL")
        return
    listed = "coalesce(list_contains($1, event_name), false)"
    connection.execute(f"UPDATE event SET is_meaningful = {listed} WHERE is_meaningful IS DISTINCT FROM {listed}", [list(meaningful)])


def _forget_changed(connection: duckdb.DuckDBPyConnection, current: list[Rule], meaningful: tuple[str, ...] | None) -> None:
    """Empties what earlier rules filled, when the rules are no longer the same."""
    connection.execute("CREATE TABLE IF NOT EXISTS feature_rules (rules JSON)")
    found = connection.execute("SELECT rules FROM feature_rules").fetchone()
    before = json.loads(found[0]) if found else None
    now = json.loads(json.dumps({"rules": [asdict(rule) for rule in current], "meaningful": meaningful}))
    if before == now:
        return
    for rule in before["rules"] if before else []:
        events = "" if not rule["events"] else " AND list_contains($2, event_name)"
        connection.execute(
            f"UPDATE event SET feature_id = NULL WHERE feature_id = $1{events}",
            [rule["feature_id"], rule["events"]] if events else [rule["feature_id"]],
        )
        tagged = f"UPDATE ticket SET feature_id = NULL WHERE feature_id = $1 AND list_has_any({_TAGS}, $2)"
        connection.execute(tagged, [rule["feature_id"], rule["tags"]])
    if before and before["meaningful"] is not None:
        connection.execute("UPDATE event SET is_meaningful = NULL")
    connection.execute("DELETE FROM feature_rules")
    connection.execute("INSERT INTO feature_rules VALUES ($1)", [json.dumps(now)])


def _complete_features(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    connection.execute("DELETE FROM feature WHERE source IN ($1, $2)", [TOLD, SEEN])
    for each in workspace.features.values():
        known = connection.execute("SELECT 1 FROM feature WHERE feature_id = $1 AND deleted_at IS NULL", [each.feature_id]).fetchone()
        connection.execute(_ENRICH if known else _TELL, _told(each) | ({} if known else {"source": TOLD}))
    ids = " UNION ".join(f"SELECT feature_id FROM {table} WHERE deleted_at IS NULL" for table in _WITH_FEATURES)
    connection.execute(_SEE.format(ids=ids), {"source": SEEN})


# What features.yml says of a feature that a source also fills goes over the source's words.
_ENRICH = """
UPDATE feature SET
  name = coalesce($name, name),
  area = coalesce($area, area),
  owner = coalesce($owner, owner),
  released_at = coalesce(CAST($released_at AS TIMESTAMPTZ), released_at),
  released_at_day = coalesce(CAST(CAST($released_at AS TIMESTAMPTZ) AS DATE), released_at_day),
  eligible_plans = coalesce($eligible_plans, eligible_plans)
WHERE feature_id = $feature_id AND deleted_at IS NULL
"""

_TELL = """
INSERT INTO feature (feature_id, name, area, owner, released_at, released_at_day, eligible_plans, source, loaded_at, updated_at)
SELECT
  $feature_id, coalesce($name, $feature_id), $area, $owner,
  CAST($released_at AS TIMESTAMPTZ), CAST(CAST($released_at AS TIMESTAMPTZ) AS DATE), $eligible_plans,
  $source, now(), now()
"""

_SEE = """
INSERT INTO feature (feature_id, name, source, loaded_at, updated_at)
SELECT feature_id, feature_id, $source, now(), now()
FROM ({ids}) AS seen
WHERE feature_id IS NOT NULL AND feature_id NOT IN (SELECT feature_id FROM feature WHERE deleted_at IS NULL)
"""


def _told(feature: Feature) -> dict[str, Any]:
    return {
        "feature_id": feature.feature_id,
        "name": None if feature.name == feature.feature_id else feature.name,
        "area": feature.area,
        "owner": feature.owner,
        # Text, so that DuckDB reads a day without a time as that day in the company's zone.
        "released_at": None if feature.released_at is None else str(feature.released_at),
        "eligible_plans": ", ".join(feature.eligible_plans) or None,
    }
