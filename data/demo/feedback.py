"""What the demo company's customers say: NPS each quarter, and ideas for the product."""

from __future__ import annotations

import duckdb

from data.demo.export import Export

# In February, May, August and November each person who has been there for a month may be asked; one in eleven answers. Who
# works for an account that is about to leave is less kind.
_NPS = """
CREATE TABLE nps AS
WITH asked AS (
  SELECT p.key, p.person_id, p.account_id, q.number, draw('nps', p.key, q.number) AS u,
    q.day + 20 >= fades_on AND q.day < ended_on AS is_leaving,
    utc(q.day + INTERVAL 8 HOURS + to_minutes((28000 * draw('nps at', p.key, q.number))::INTEGER)) AS responded_at
  FROM day q JOIN person p ON p.joined_on <= q.day - 30 AND p.left_on > q.day
  JOIN open_period o ON o.n = p.n AND q.day >= opens_on AND q.day < closes_on LEFT JOIN customer c ON c.n = p.n
  WHERE day(q.day) = 4 AND month(q.day) IN (2, 5, 8, 11) AND q.day >= epoch_day() AND q.day <= today() AND NOT is_internal
    AND draw('nps answers', p.key, q.number) < 0.09
)
SELECT format('nps-{}-{}', key, number) AS response_id, person_id, account_id, responded_at,
  CASE WHEN u < CASE WHEN is_leaving THEN 0.15 ELSE 0.51 END THEN 9 + (draw('nps top', key, number) < 0.5)::INTEGER
    WHEN u < CASE WHEN is_leaving THEN 0.45 ELSE 0.84 END THEN 7 + (draw('nps middle', key, number) < 0.6)::INTEGER
    ELSE floor(7 * sqrt(draw('nps low', key, number)))::INTEGER END AS score
FROM asked;
"""

_IDEA = """
CREATE TABLE idea AS
WITH had AS (
  SELECT p.key, p.person_id, p.account_id, number, event_slot.feature_id,
    utc(day + INTERVAL 9 HOURS + to_minutes((500 * draw('idea at', p.key, number))::INTEGER)) AS created_at
  FROM open_period o JOIN day ON day >= opens_on AND day < closes_on JOIN person p ON p.n = o.n AND joined_on <= day AND left_on > day
  JOIN event_slot ON slot = floor(1000 * draw('idea about', p.key, number))::INTEGER
  WHERE day >= epoch_day() AND day <= today() AND draw('idea', p.key, number) < 0.0007 * rhythm
)
SELECT format('idea-{}-{}', key, number) AS idea_id, person_id, account_id, feature_id, created_at,
  one_of(['Let me filter ', 'More keyboard shortcuts in ', 'Templates for ', 'Permissions in ', 'Faster ', 'Show history in '],
    draw('idea title', key, number)) || coalesce(lower(f.name), 'the start page') AS title,
  1 + floor(5 * draw('idea weight', key, number))::INTEGER AS weight,
  CASE WHEN draw('idea is read', key, number) < 0.85
    THEN created_at + to_minutes((600 + 30000 * draw('idea waits', key, number))::INTEGER) END AS processed_at
FROM had LEFT JOIN feature f USING (feature_id);
"""

EXPORTS = (
    Export(
        "surveys/nps.tsv",
        "SELECT * REPLACE (iso(responded_at) AS responded_at) FROM nps WHERE responded_at < until() ORDER BY responded_at, response_id",
        dirt="SELECT 'nps-by-hand' AS response_id, 'acc_00006' AS account_id, '2026-02-11T10:00:00Z' AS responded_at, 'nine' AS score",
        rejects={"bad_value": 1},
    ),
    Export(
        "product_ops/ideas.csv",
        "SELECT * REPLACE (known(processed_at) AS processed_at) FROM idea WHERE created_at < until() ORDER BY created_at, idea_id",
    ),
)


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables nps and idea; needs people and the catalogue."""
    connection.execute(_NPS + _IDEA)
