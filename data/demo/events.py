"""Product events of the demo company: who is active on which day, what they do, and when the collector hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb

from data.demo.effects import EXPORT, LIMITS, ROUTING, chance
from data.demo.export import Export
from data.demo.world import EPOCH, first_of_month

# Days on which an account can use the product, and how much it wants to. Before it leaves, use falls to a tenth. The test
# accounts are always there.
_ACCOUNT_DAY = """
CREATE OR REPLACE TEMP TABLE account_day AS
WITH open AS (
  SELECT a.n, d.day, d.number, region, hours_from_utc,
    rhythm * engagement
      * CASE WHEN draw('quiet week', a.n, number // 7) < [0.27, 0.13, 0.04][least(3, 1 + seats // 12)] THEN 0.05 ELSE 1 END
      * CASE WHEN day >= fades_on AND day < ended_on THEN 1 - 0.9 * sqrt((day - fades_on) / (ended_on - fades_on)) ELSE 1 END AS appetite
  FROM open_period o JOIN day d ON d.day >= opens_on AND d.day < closes_on JOIN account a USING (n) LEFT JOIN customer c USING (n)
  WHERE d.day >= $since AND d.day < $until
)
SELECT o.n, day, number, region, hours_from_utc, appetite, level = 1 AS is_starter
FROM open o LEFT JOIN plan_period p ON p.n = o.n AND day >= p.valid_from AND (p.valid_to IS NULL OR day < p.valid_to)
UNION ALL
SELECT -t, day, number, 'Western Europe', 1, rhythm, false FROM day, range(1, 4) a(t) WHERE day >= $since AND day < $until;
"""

# One row per candidate event. The k-th of a person's day comes after the one before, in a morning and, on busy days, an
# afternoon session; who is new comes more often. A candidate happens when its account has adopted the feature and the
# planted effects let it.
_CANDIDATE = f"""
CREATE OR REPLACE TEMP TABLE candidate AS
WITH active AS (
  SELECT p.key, p.n, p.person_id, p.account_id, p.country, joined_at, d.day, d.number, region, hours_from_utc, is_starter,
    floor(draw('round', key, number) - ln(1 - draw('depth', key, number)) * getvariable('depth'))::INTEGER AS many
  FROM account_day d JOIN person p ON p.n = d.n AND day >= joined_on AND day < left_on
  WHERE draw('active', key, number) < keenness * appetite * CASE WHEN day < joined_on + 5 THEN 2.5 ELSE 1 END
),
placed AS (
  SELECT *, unnest(range(many))::INTEGER AS k, 28800 + (27000 * draw('starts', key, number))::INTEGER - 3600 * hours_from_utc AS starts,
    least(75, 16000 // many) AS gap
  FROM active WHERE many > 0
),
rolled AS (
  SELECT *, many > 8 AND k >= many // 2 AS is_afternoon, draw('what', key, number, k) AS u, draw('else', key, number, k) AS v,
    CASE WHEN k = 0 AND v < 0.4 THEN -1 ELSE floor(1000 * u)::INTEGER END AS slot,
    day + to_seconds((starts + gap * k + CASE WHEN is_afternoon THEN 5400 ELSE 0 END + (gap * v)::INTEGER)) AS occurred_at
  FROM placed
)
SELECT key, number, k, occurred_at, r.n, person_id, account_id, country, v,
  coalesce(event_name, 'signed_in') AS event_name, s.feature_id,
  concat(key, '-', number, '-', CASE WHEN is_afternoon THEN 2 ELSE 1 END) AS session_id
FROM rolled r LEFT JOIN event_slot s USING (slot)
LEFT JOIN adoption a ON a.n = r.n AND a.feature_id = s.feature_id
WHERE occurred_at >= joined_at AND (s.feature_id IS NULL OR adopted_on <= day OR r.n < 0 AND s.feature_id = 'dashboards')
  AND draw('kept', key, number, k) < {chance(EXPORT, "s.feature_id = 'export'", "day")}
    * {chance(ROUTING, "region = 'North America'", "day")}
    * {chance(LIMITS, "is_starter", "day")};
"""

# How a person arrives: the first signs the account up, the others are invited. These happen whatever the dice say.
_ARRIVALS = """
arrivals AS (
  SELECT key, 0 AS number, 0 AS k, joined_at AS occurred_at, person_id, account_id, country, draw('arrives', key) AS v,
    CASE WHEN j = 1 THEN 'signed_up' ELSE 'invitation_accepted' END AS event_name, concat(key, '-0-1') AS session_id
  FROM person WHERE j > 0 AND n > 0 AND joined_at >= $since AND joined_at < $until
  UNION ALL
  SELECT i.key, 0, 1, greatest(p.joined_at, i.joined_at - to_minutes(20 + (1600 * draw('invited', i.key))::INTEGER)), p.person_id,
    p.account_id, p.country, draw('invites', i.key), 'teammate_invited', concat(i.key, '-0-2')
  FROM person i JOIN person p ON p.n = i.n AND p.j = 1
  WHERE i.j > 1 AND i.n > 0 AND i.joined_at >= $since AND i.joined_at < $until
)"""

# One event in seventy comes from a device that was offline, and is received a day or two later.
_EVENT = f"""
CREATE OR REPLACE TEMP TABLE event AS
WITH {_ARRIVALS},
everything AS (
  SELECT key, number, k, occurred_at, person_id, account_id, country, v, event_name, feature_id, session_id FROM candidate
  UNION ALL BY NAME SELECT * FROM arrivals
)
SELECT concat(key, '-', number, '-', k) AS event_id, occurred_at,
  occurred_at + to_seconds(CASE WHEN draw('late', key, number, k) < 0.014 THEN 72000 + (108000 * v)::INTEGER ELSE 1 + (40 * v)::INTEGER END)
    AS received_at,
  person_id AS user_id, account_id, event_name, feature_id AS feature, session_id,
  CASE WHEN feature_id IS NOT NULL THEN (4 - 25 * ln(1 - draw('seconds', key, number, k)))::INTEGER END AS duration_s,
  {{
    'device': CASE WHEN event_name = 'mobile_opened' OR v < 0.08 THEN 'mobile' WHEN v < 0.14 THEN 'tablet' ELSE 'desktop' END,
    'country': country,
    'format': CASE WHEN event_name <> 'report_exported' THEN NULL WHEN v < 0.1 THEN 'preview' WHEN v < 0.55 THEN 'xlsx'
      WHEN v < 0.8 THEN 'pdf' ELSE 'csv' END,
    'rows': CASE WHEN event_name = 'data_imported' THEN (10 * exp(7 * v))::INTEGER END
  }} AS properties
FROM everything WHERE occurred_at >= epoch_day();
"""

_BEFORE, _AFTER = timedelta(days=3), timedelta(days=2)  # what is received on a day happened in the three days before it

#: The first day (UTC), and the day after the last.
Period = tuple[date, date]

#: The folder of the event files.
SOURCE = "product"
_RECEIVED = Export(SOURCE, "SELECT * FROM event WHERE received_at < until() ORDER BY received_at, event_id")


def write(connection: duckdb.DuckDBPyConnection, files: Mapping[Path, Period]) -> None:
    """Writes what is received in each of these periods, which follow each other: what happens in them is made once for all."""
    days = {"since": min(first for first, _ in files.values()) - _BEFORE, "until": max(after for _, after in files.values()) + _AFTER}
    connection.execute(_ACCOUNT_DAY, days)
    connection.execute(_CANDIDATE)
    connection.execute(_EVENT, days)
    for path, (first, after) in files.items():
        _RECEIVED.write(connection, path, f"received_at >= DATE '{first}' AND received_at < DATE '{after}'")


def periods(today: date) -> dict[str, Period]:
    """The files that there are on a day (UTC), each with its period: one a month, and one for each day
    of the month that runs, so that bringing the files up to date rewrites little.
    """
    month, running = first_of_month(EPOCH), first_of_month(today)
    found = {}
    while month < running:
        found[f"{SOURCE}/events-{month:%Y-%m}.parquet"] = (month, first_of_month(month, 1))
        month = first_of_month(month, 1)
    days = [running + timedelta(days=number) for number in range((today - running).days + 1)]
    return found | {f"{SOURCE}/events-{day}.parquet": (day, day + timedelta(days=1)) for day in days}
