"""Who is it: a vendor's id of a person becomes that of the person whom the company knows by the same address.

A person of whom only one source knows stays that source's; a vendor's own id becomes `<source>:<id>`, since two vendors count from 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

#: Source id → person, for ids that belong to a person of another id.
PERSON_OF = "person_of_"

_PERSON_OF = f"""
CREATE OR REPLACE TEMP TABLE {PERSON_OF} AS
WITH ranked AS (SELECT unnest($sources) AS source, unnest(range(len($sources))) AS rank),
known AS (
  SELECT source, person_id, email_hash, list_contains($given, source) AS is_given, coalesce(rank, 1000) AS rank, deleted_at,
    CASE WHEN list_contains($given, source) THEN person_id ELSE source || ':' || person_id END AS own
  FROM staged.person LEFT JOIN ranked USING (source)
),
sole AS (
  FROM known
  WHERE email_hash IS NOT NULL AND deleted_at IS NULL
  QUALIFY count(*) OVER (PARTITION BY source, email_hash) = 1
),
first AS (
  SELECT email_hash, arg_min(own, (NOT is_given, rank, own)) AS person_id
  FROM sole
  GROUP BY email_hash
)
SELECT known.source, known.person_id AS source_id, coalesce(first.person_id, known.own) AS person_id
FROM known
LEFT JOIN sole USING (source, person_id)
LEFT JOIN first ON first.email_hash = sole.email_hash
WHERE NOT known.is_given
"""


def resolve(connection: duckdb.DuckDBPyConnection, sources: Sequence[str], given: Sequence[str]) -> None:
    """Makes PERSON_OF anew. `sources` are in the order of sources.yml; `given` are those whose ids are the company's own."""
    connection.execute(_PERSON_OF, {"sources": list(sources), "given": list(given)})
