"""Drift: what changes at a source without anybody saying so, for the Data page: fields that come and go, values of another kind.

Of an API it is told from what arrives, of files and databases from their columns. What a source has at first is no change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors import state
from connectors.context import Context
from connectors.plan import TablePlan
from connectors.prepare import Batch
from connectors.streams import Stream
from data.source_changes import Change, record

#: Where the fields of a source's streams are noted among its cursors.
FIELDS = "~fields"
#: A field is lost when it came in nearly all of at least so many records, and in none of as many since; or when it was never null
#: in many, and is null in half as many since.
ENOUGH, NEARLY_ALL, MANY = 20, 0.95, 100
#: Of what arrives at once, so many records of each stream are looked at.
_LOOKED_AT = 1_000
#: More fields than these are values of their own, such as a dictionary by id, and say nothing.
_MOST = 500

# Fields, and for what is no stream of events those of objects within, with the kinds of their values; null is no value.
_FOUND = f"""
WITH looked_at AS (
  SELECT stream, payload
  FROM arrived_
  WHERE rowid IN (  -- told apart first, so that no payload is sorted
    SELECT rowid FROM arrived_ WHERE payload IS NOT NULL AND NOT deleted
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY rowid DESC) <= {_LOOKED_AT}
  )
),
outer_field AS (
  SELECT stream, name, payload -> name AS value
  FROM (SELECT stream, payload, unnest(json_keys(payload)) AS name FROM looked_at)
),
inner_field AS (
  SELECT stream, name || '.' || inside AS name, value -> inside AS value
  FROM (
    SELECT *, unnest(json_keys(value)) AS inside FROM outer_field
    WHERE json_type(value) = 'OBJECT' AND NOT list_contains($events, stream)
  )
),
field AS (FROM outer_field UNION ALL FROM inner_field),
told AS (
  SELECT stream, name, CASE
      WHEN json_type(value) = 'NULL' THEN NULL
      WHEN json_type(value) = 'VARCHAR' THEN 'text'
      WHEN json_type(value) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') THEN 'number'
      ELSE lower(json_type(value))
    END AS kind
  FROM field
)
SELECT
  stream, name, count(*) AS present, count(kind) AS valued,
  coalesce(list_sort(list(DISTINCT kind) FILTER (kind IS NOT NULL)), []) AS kinds
FROM told
GROUP BY stream, name
ORDER BY stream, name
"""


_COUNTS = "SELECT stream, count(*) FROM arrived_ WHERE payload IS NOT NULL AND NOT deleted GROUP BY stream"


@dataclass(frozen=True)
class _Here:
    """A field in what arrived: in how many records it is, in how many of them it is not null, and the kinds of its values."""

    present: int = 0
    valued: int = 0
    kinds: tuple[str, ...] = ()


def of_arrived(context: Context, streams: Iterable[Stream]) -> None:
    """Compares what `arrived_` holds with the fields that were known of each stream, and records what is otherwise."""
    counts = dict(context.connection.execute(_COUNTS).fetchall())
    if not counts:
        return
    noted: dict[str, Any] = state.read(context.connection, context.name).get(FIELDS, {})
    found = _found(context, [each.name for each in streams if each.grows])
    changes: list[Change] = []
    for stream, arrived in counts.items():
        known, here = noted.setdefault(stream, {"records": 0, "fields": {}}), found.get(stream, {})
        if len({*known["fields"], *here}) <= _MOST:
            changes += _compared(stream, known, here, min(arrived, _LOOKED_AT))
    record(context.connection, context.name, changes, context.run_id, context.now)
    state.write(context.connection, context.name, {FIELDS: noted}, context.now)


def _found(context: Context, events: list[str]) -> dict[str, dict[str, _Here]]:
    found: dict[str, dict[str, _Here]] = {}
    for stream, name, present, valued, kinds in context.connection.execute(_FOUND, {"events": events}).fetchall():
        found.setdefault(stream, {})[name] = _Here(present, valued, tuple(kinds))
    return found


def of_columns(context: Context, plan: TablePlan, batches: Iterable[Batch]) -> bool:
    """Compares the columns of files that are loaded with those of the files before, block by block, and records what is otherwise.

    Gives whether anything is.
    """
    here: dict[str, list[tuple[str, ...]]] = {}
    for batch in batches:
        here.setdefault(batch.filling.label, []).extend(file.dialect.columns for file in batch.files)
    changes: list[Change] = []
    for label, columns in here.items():
        earlier = [cursor for resource, cursor in plan.states.items() if resource.partition(":")[0] == label and "dialect" in cursor]
        if earlier:
            last = max(earlier, key=lambda cursor: int(cursor["mtime_ns"]))["dialect"]
            known = {name for cursor in earlier for name in cursor["dialect"]["columns"]}
            now = {name for each in columns for name in each}
            changes += [Change("new_field", plan.table.name, name) for name in sorted(now - known)]
            # A key of JSON that no line has today may well come tomorrow.
            gone = [] if last["format"] == "jsonl" else [name for name in last["columns"] if name not in now]
            changes += [Change("lost_field", plan.table.name, name) for name in gone]
    record(context.connection, context.name, changes, context.run_id, context.now)
    return bool(changes)


def _compared(stream: str, known: dict[str, Any], found: dict[str, _Here], arrived: int) -> list[Change]:
    """What is otherwise; `known` is brought up to date."""
    changes: list[Change] = []
    before, fields = known["records"], known["fields"]
    known["records"] = before + arrived
    for name in sorted({*fields, *found}):
        here, field = found.get(name, _Here()), fields.get(name)
        if field is None or (field["lost"] and here.valued):
            fields[name] = {"born": before, "present": 0, "absent": 0, "valued": 0, "empty": 0, "kinds": [], "lost": False}
            _follow(fields[name], here, arrived)
            changes += [Change("new_field", stream, name, now=", ".join(here.kinds))] if before else []
            continue
        was, other = ", ".join(field["kinds"]), sorted({*here.kinds} - {*field["kinds"]})
        changes += [Change("other_kind", stream, name, was=was, now=", ".join(other))] if was and other else []
        _follow(field, here, arrived)
        if not field["lost"] and _is_lost(field, known["records"] - field["born"]):
            field["lost"] = True
            changes.append(Change("lost_field", stream, name, was=was))
    return changes


def _follow(field: dict[str, Any], here: _Here, arrived: int) -> None:
    """Counts on: the records with the field and with a value, and those that came since the last of each."""
    field["present"] += here.present
    field["absent"] = 0 if here.present else field["absent"] + arrived
    field["valued"] += here.valued
    field["empty"] = 0 if here.valued else field["empty"] + arrived
    field["kinds"] = sorted({*field["kinds"], *here.kinds})


def _is_lost(field: dict[str, Any], records: int) -> bool:
    """What is null may well be so for a while: only a field that always had a value, in many records, is lost by that."""
    absent = field["absent"] >= ENOUGH and field["present"] >= max(ENOUGH, NEARLY_ALL * (records - field["absent"]))
    emptied = field["empty"] >= MANY // 2 and field["valued"] >= max(MANY, records - field["empty"])
    return bool(absent or emptied)
