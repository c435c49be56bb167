"""Which properties events carry: the keys of their `attrs`."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.layer import Layer

#: So many of the newest rows are looked at: what they do not have is hardly asked for.
_ROWS = 20_000
_SQL = """WITH
newest AS (
  SELECT attrs
  FROM event
  WHERE event_name IN (SELECT unnest($events)) AND attrs IS NOT NULL AND deleted_at IS NULL
  ORDER BY occurred_at DESC
  LIMIT $rows
),
held AS (SELECT unnest(json_keys(attrs)) AS key FROM newest)
SELECT key FROM held GROUP BY key ORDER BY count(*) DESC, key"""


def of_events(layer: Layer, events: Sequence[str]) -> list[str]:
    """The columns (`attrs.format`) that these events carry, the most frequent first."""
    with layer.reader.open() as snapshot:
        rows = snapshot.cursor.execute(_SQL, {"events": list(events), "rows": _ROWS}).fetchall()
    return [f"attrs.{key}" if _bare(key) else f'attrs."{key}"' for (key,) in rows if '"' not in key]


def _bare(key: str) -> bool:
    return bool(key) and key.isascii() and key.isidentifier() and key == key.lower()
