"""The demo company's product operations: releases, documents, visits to its site, and ties between its tools."""

from __future__ import annotations

import duckdb

from data.demo.effects import EFFECTS, PRICING
from data.demo.export import Export

# A release for each feature, one for each planted effect that is a release, and a small one every second Wednesday.
_RELEASE = """
CREATE TABLE release (release_id VARCHAR, name VARCHAR, kind VARCHAR, feature_id VARCHAR, planned_on DATE, released_on DATE);
INSERT INTO release
SELECT 'rel_' || feature_id, name, 'feature', feature_id, released_on - (30 * draw('slips', feature_id) - 6)::INTEGER, released_on
FROM feature
UNION ALL
SELECT format('rel_{}_{:02d}', isoyear(day), week(day)), format('Release {}.{}', isoyear(day), week(day)), 'minor', NULL, day,
  day + CASE WHEN draw('late release', number) < 0.25 THEN 1 + (3 * draw('how late', number))::INTEGER ELSE 0 END
FROM day WHERE isodow(day) = 3 AND week(day) % 2 = 0 AND day >= epoch_day() AND day <= today() + 30;
"""

_DOCUMENT = """
CREATE TABLE document AS
WITH kinds AS (
  SELECT unnest(['prd', 'launch plan', 'faq', 'runbook']) AS kind,
    unnest(['What and why: ', 'Launch of ', 'Questions about ', 'Running ']) AS opening,
    unnest([-90, -28, -4, 12]) AS lead_days
)
SELECT format('doc-{}-{}', feature_id, kind[1]) AS document_id, opening || name AS title, kind, owner,
  'https://notes.fernwick.example/' || feature_id || '/' || replace(kind, ' ', '-') AS url,
  utc(released_on + lead_days + INTERVAL 10 HOURS + to_minutes((400 * draw('document', feature_id, kind))::INTEGER)) AS created_at,
  draw('in trash', feature_id, kind) < 0.04 AS in_trash
FROM feature, kinds;

-- Documents are edited often at first, then less and less.
CREATE TABLE document_edit AS
SELECT document_id, created_at + to_minutes((1440 * power(1.6, i) * (0.5 + draw('edit', document_id, i)))::INTEGER) AS edited_at
FROM document, range(0, 16) r(i) UNION ALL SELECT document_id, created_at FROM document;
"""

_VISITS = f"""
WITH days AS (
  SELECT day, number, (day - epoch_day()) / 365.25 AS years, 0.35 + 0.65 * rhythm AS rhythm FROM day
  WHERE day >= epoch_day() AND day < today()
)
SELECT 'site_visits' AS name, day,
  round(1450 * exp(0.28 * years) * rhythm * exp(0.05 * bell('visits', number)) * CASE WHEN {PRICING.during("day")}
    THEN {1 + PRICING.relative_size} ELSE 1 END)::INTEGER AS value
FROM days
UNION ALL
SELECT 'documentation_visits', day, round(420 * exp(0.22 * years) * rhythm * exp(0.06 * bell('reads', number)))::INTEGER FROM days
ORDER BY name, day
"""

# Tickets that led to work, and ideas that did.
_LINKS = """
WITH bugs AS (SELECT key, feature_id, created_at, 'FW-' || key AS id FROM work_item WHERE feature_id IS NOT NULL AND created_at < until())
SELECT 'helpdesk' AS from_source, ticket_id AS from_id, 'delivery' AS to_source, id AS to_id, 'reported in' AS kind
FROM ticket t ASOF JOIN bugs b ON t.feature_id = b.feature_id AND t.created_at <= b.created_at
WHERE t.created_at < until() AND draw('linked', t.key) < 0.2
UNION ALL
SELECT 'product_ops', idea_id, 'delivery', id, 'asked for in'
FROM idea i ASOF JOIN bugs b ON i.feature_id = b.feature_id AND i.created_at <= b.created_at
WHERE i.processed_at < until()
ORDER BY ALL
"""

EXPORTS = (
    Export(
        "product_ops/releases.csv",
        """SELECT release_id, name, kind, feature_id AS features, planned_on,
             CASE WHEN released_on <= today() THEN released_on END AS released_on
           FROM release WHERE planned_on <= today() + 30 ORDER BY planned_on, release_id""",
    ),
    Export(
        "product_ops/documents.csv",
        """SELECT document_id, title, kind, owner, url, d.created_at, max(edited_at) AS edited_at, in_trash
           FROM document d JOIN document_edit USING (document_id)
           WHERE edited_at < until() GROUP BY ALL ORDER BY created_at, document_id""",
    ),
    Export("product_ops/links.csv", _LINKS),
    Export("web/daily_visits.csv", _VISITS),
)


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables release, document and document_edit; needs the catalogue."""
    connection.execute(_RELEASE + _DOCUMENT)
    for effect in EFFECTS:
        if effect.release_id:
            name = effect.what.split(",")[0]
            feature = effect.segment.get("feature_id")
            row = [effect.release_id, name, "improvement", feature, effect.starts_on, effect.starts_on]
            connection.execute("INSERT INTO release VALUES (?, ?, ?, ?, ?, ?)", row)
