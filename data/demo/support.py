"""The demo company's helpdesk: tickets in calendar and in business time, their messages, and how satisfied people were."""

from __future__ import annotations

import duckdb

from data.demo.effects import CHAT, IMPORT, STAFFING, chance
from data.demo.export import Export

# Up to three requests of an account a day, more where there are many people and before an account leaves. Most come in
# office hours. What an account has not adopted it does not ask about: then the request is about nothing special.
_REQUEST = f"""
CREATE TABLE request AS
WITH slots AS (
  SELECT a.n, d.day, d.number, slot::INTEGER AS slot,
    rhythm * 0.0028 * power(seats, 0.8) * CASE WHEN day >= fades_on AND day < ended_on THEN 1.6 ELSE 1 END AS p
  FROM open_period JOIN day d ON d.day >= opens_on AND d.day < closes_on JOIN account a USING (n) LEFT JOIN customer c USING (n),
    range(0, 3) s(slot)
  WHERE d.day >= epoch_day() AND d.day <= today()
),
rolled AS (
  SELECT *, floor(140 * draw('about', n, number, slot))::INTEGER AS about FROM slots WHERE draw('asks', n, number, slot) < p
)
SELECT r.n, r.n::BIGINT * 100000 + number * 10 + r.slot AS key, CASE WHEN adopted_on <= day THEN t.feature_id END AS feature_id, day,
  day + to_minutes(CASE WHEN draw('at night', r.n, number, r.slot) < 0.1 THEN (1439 * draw('asks at', r.n, number, r.slot))::INTEGER
    ELSE 480 + (630 * draw('asks at', r.n, number, r.slot))::INTEGER END) AS asked_local
FROM rolled r LEFT JOIN ticket_slot t ON t.slot = about LEFT JOIN adoption a ON a.n = r.n AND a.feature_id = t.feature_id
WHERE draw('happens', r.n, number, r.slot) < {chance(IMPORT, "t.feature_id = 'import'", "day")};
"""

# Time in office minutes: asked at p0, answered after `waits`, solved after `works` more, and for some once more.
_TICKET = f"""
CREATE TABLE ticket AS
WITH kinds AS (
  SELECT *, CASE WHEN draw('channel', key) < 0.42 THEN 'email' WHEN draw('channel', key) < 0.76 THEN 'chat'
      WHEN draw('channel', key) < 0.94 THEN 'in_app' ELSE 'phone' END AS channel,
    CASE WHEN draw('priority', key) < 0.05 THEN 4 WHEN draw('priority', key) < 0.24 THEN 3 WHEN draw('priority', key) < 0.8 THEN 2
      ELSE 1 END AS priority
  FROM request
),
opened AS (
  SELECT k.*,
    540 * o.i + CASE WHEN o.day > k.day THEN 0
      ELSE greatest(0, least(540, datediff('minute', k.day + INTERVAL 9 HOURS, asked_local))) END AS p0,
    least(2700, 1 + 205 * [1.5, 1, 0.6, 0.25][priority] * CASE channel WHEN 'chat' THEN 0.3 WHEN 'phone' THEN 0.2 ELSE 1 END
      * exp(0.8 * bell('waits', key))
      * CASE WHEN {STAFFING.during("k.day")} THEN {1 + STAFFING.relative_size} ELSE 1 END)::INTEGER AS waits,
    least(8100, 5 + 400 * [1.3, 1, 0.8, 0.5][priority] * exp(1.1 * bell('works', key)))::INTEGER AS works,
    CASE WHEN draw('reopens', key) < 0.075 THEN 120 + (900 * draw('again', key))::INTEGER END AS works_again
  FROM kinds k ASOF JOIN office_day o ON k.day <= o.day
),
timed AS (
  SELECT *, p0 + waits AS p1, p1 + works AS p2, p2 + 90 AS p3, p3 + works_again AS p4 FROM opened
)
SELECT n, key, feature_id, day, channel, priority, p0, p1, p2, p4, format('{{}}', key) AS ticket_id, utc(asked_local) AS created_at,
  in_office(p1) AS first_response_at, in_office(p2) AS first_resolved_at,
  CASE WHEN works_again IS NOT NULL THEN in_office(p3) END AS reopened_at, in_office(p4) AS resolved_again_at
FROM timed;
"""

# Each ticket: the question, the answer, some back and forth until it is solved, and what follows when it is reopened.
_MESSAGE = """
CREATE TABLE message AS
WITH parts AS (
  SELECT key, ticket_id, channel, 0 AS k, created_at AS sent_at FROM ticket
  UNION ALL SELECT key, ticket_id, channel, 1, first_response_at FROM ticket
  UNION ALL
  SELECT key, ticket_id, channel, 2 + k::INTEGER,
    first_response_at + to_seconds(((k + 1) / 5 * epoch(first_resolved_at - first_response_at))::INTEGER)
  FROM ticket, range(0, 4) r(k) WHERE k < 4.6 * draw('talks', key) - 0.6
  UNION ALL SELECT key, ticket_id, channel, 10, reopened_at FROM ticket WHERE reopened_at IS NOT NULL
  UNION ALL SELECT key, ticket_id, channel, 11, resolved_again_at FROM ticket WHERE reopened_at IS NOT NULL
)
SELECT format('{}-{}', key, k) AS message_id, ticket_id, CASE WHEN k % 2 = 0 THEN 'customer' ELSE 'agent' END AS author,
  k % 2 = 0 OR k < 2 OR draw('is a note', key, k) > 0.15 AS is_public, channel, sent_at
FROM parts;
"""

# The planted fall of CSAT takes two points off 39 of 100 answers, which is 17 % of the mean.
_CSAT = f"""
CREATE TABLE csat AS
WITH answered AS (
  SELECT key, n, ticket_id, draw('likes', key) AS u, coalesce(resolved_again_at, first_resolved_at) AS solved_at, p1 - p0 AS waited,
    {CHAT.during("day")} AND channel = 'chat' AND draw('learning', key) < 0.39 AS suffers
  FROM ticket WHERE draw('answers', key) < 0.31
)
SELECT key, n, ticket_id, solved_at + to_minutes(20 + (2600 * power(draw('answers after', key), 3))::INTEGER) AS responded_at,
  greatest(1, CASE WHEN u < 0.56 - CASE WHEN waited > 500 THEN 0.15 ELSE 0 END THEN 5 WHEN u < 0.84 THEN 4 WHEN u < 0.92 THEN 3
    WHEN u < 0.96 THEN 2 ELSE 1 END - CASE WHEN suffers THEN 2 ELSE 0 END) AS score
FROM answered;
"""

_TICKETS = """
WITH seen AS (
  SELECT *, known(reopened_at) IS NOT NULL AS is_reopened,
    CASE WHEN known(reopened_at) IS NULL THEN known(first_resolved_at) ELSE known(resolved_again_at) END AS solved_at
  FROM ticket WHERE created_at < until()
)
SELECT ticket_id AS id, account.account_id AS organization_id, person_id AS requester_id,
  CASE WHEN feature_id IS NULL THEN one_of(['How do I', 'Question on an invoice', 'Please change our details'], draw('subject', s.key))
    ELSE f.name || one_of([': not as expected', ': error message', ': how does it work?', ' is slow'], draw('subject', s.key))
    END AS subject,
  channel, ['low', 'normal', 'high', 'urgent'][priority] AS priority,
  CASE WHEN first_response_at >= until() THEN 'new'
    WHEN solved_at + INTERVAL 4 DAYS < until() THEN 'closed' WHEN solved_at IS NOT NULL THEN 'solved'
    WHEN draw('pending', s.key) < 0.4 THEN 'pending' ELSE 'open' END AS status,
  CASE WHEN feature_id IS NULL THEN [one_of(['how-to', 'billing', 'account'], draw('subject', s.key))]
    ELSE [tag, one_of(['bug', 'bug', 'question', 'performance'], draw('subject', s.key))] END AS tags,
  s.created_at, known(first_response_at) AS first_response_at, known(first_resolved_at) AS first_solved_at, solved_at AS last_solved_at,
  is_reopened::INTEGER AS reopens,
  CASE WHEN first_response_at < until() THEN datediff('minute', s.created_at, first_response_at) END AS first_response_minutes,
  CASE WHEN first_response_at < until() THEN p1 - p0 END AS first_response_business_minutes,
  datediff('minute', s.created_at, solved_at) AS resolution_minutes,
  CASE WHEN solved_at IS NOT NULL THEN CASE WHEN is_reopened THEN p4 ELSE p2 END - p0 END AS resolution_business_minutes
FROM seen s JOIN account USING (n) LEFT JOIN feature f USING (feature_id)
LEFT JOIN person p ON p.key = s.n * 10000 + 1 + floor(draw('asker', s.key) * least(4, seats))::INTEGER AND p.joined_at <= s.created_at
ORDER BY s.created_at, id
"""

# What was carried over by hand from the helpdesk before: two tickets of companies that nobody knows, and one without a date.
_OLD_DESK = """
SELECT id, organization_id, 'Moved from the old desk' AS subject, 'email' AS channel, 'normal' AS priority, 'closed' AS status, created_at
FROM (VALUES ('old-1', 'acc_99999', '2025-05-02T10:00:00Z'), ('old-2', 'acc_99998', '2025-05-05T11:20:00Z'),
  ('old-3', 'acc_00001', 'last Tuesday')) old(id, organization_id, created_at)
"""

EXPORTS = (
    Export("helpdesk/tickets-{month}.jsonl.gz", _TICKETS, monthly="created_at", open_days=50),
    Export("helpdesk/tickets-old-desk.jsonl.gz", _OLD_DESK, rejects={"bad_value": 1}),
    Export(
        "helpdesk/messages-{month}.jsonl.gz",
        "SELECT * FROM message WHERE sent_at < until() ORDER BY sent_at, message_id",
        monthly="sent_at",
    ),
    Export(
        "surveys/csat.tsv",
        """SELECT 'csat-' || key AS response_id, ticket_id, account_id, score, responded_at
           FROM csat JOIN account USING (n) WHERE responded_at < until() ORDER BY responded_at, response_id""",
    ),
)


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables ticket, message and csat, which look ahead of today; needs accounts and people."""
    connection.execute(_REQUEST)
    connection.execute(_TICKET + _MESSAGE + _CSAT)
