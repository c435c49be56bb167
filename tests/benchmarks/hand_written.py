"""Ten questions, each with the SQL that a careful analyst would write for it over the tables of the store, by hand.

He leaves out what everybody leaves out (deleted rows, test accounts, internal people), reads attributes at the time of the row,
and knows how his tables are made: `$since` and `$until` are days. Each query gives the layer's answer, row by row: a chart needs a
row for every period and member, also where nothing happened (one that leaves holes is faster by a millisecond).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FUNNEL = {
    "first_export": {
        "funnel": {
            "steps": [{"used": "is_meaningful"}, {"used_a_feature": "feature_id is not null"}],
            "within": "14 days",
            "entity": "person",
        },
        "in": "events",
    }
}


@dataclass(frozen=True)
class Question:
    """What the layer is asked, and the SQL that answers it."""

    ask: dict[str, Any]
    sql: str
    definitions: dict[str, Any] = field(default_factory=dict)


#: The rows of events that count, as they stand in most of the queries.
_EVENTS = """event AS e
LEFT JOIN account AS a USING (account_id)
LEFT JOIN person AS p ON p.person_id = e.person_id
WHERE e.deleted_at IS NULL AND a.is_test IS NOT TRUE AND p.is_internal IS NOT TRUE"""

_MONTHS = "months AS (SELECT CAST(range AS DATE) AS month FROM range(CAST($since AS DATE), CAST($until AS DATE), INTERVAL 1 MONTH))"
_WEEKS = "weeks AS (SELECT CAST(range AS DATE) AS week FROM range(CAST($since AS DATE), CAST($until AS DATE), INTERVAL 7 DAY))"

QUESTIONS = {
    "rolling active accounts, by day": Question(
        {"metrics": ["weekly_active_accounts"], "grain": "day"},
        f"""
        WITH active AS (
          SELECT DISTINCT e.account_id, e.occurred_at_day AS day
          FROM {_EVENTS} AND e.is_meaningful
            AND e.occurred_at_day >= CAST($since AS DATE) - 6 AND e.occurred_at_day < CAST($until AS DATE)
        )
        SELECT days.day, count(DISTINCT active.account_id)
        FROM (SELECT CAST(range AS DATE) AS day FROM range(CAST($since AS DATE), CAST($until AS DATE), INTERVAL 1 DAY)) AS days
        JOIN active ON active.day BETWEEN days.day - 6 AND days.day
        GROUP BY days.day ORDER BY days.day
        """,
    ),
    "active users by plan, weekly": Question(
        {"metrics": ["active_users"], "grain": "week", "by": ["account.plan"]},
        f"""
        WITH {_WEEKS},
        counted AS (
          SELECT CAST(date_trunc('week', e.occurred_at_day) AS DATE) AS week,
            coalesce(CASE WHEN h.account_id IS NULL THEN a.plan ELSE h.plan END, '(none)') AS plan, count(DISTINCT e.person_id) AS users
          FROM {
            _EVENTS.replace(
                "LEFT JOIN person",
                '''LEFT JOIN account_then AS h ON h.account_id = e.account_id
            AND h.valid_from <= e.occurred_at AND (h.valid_to IS NULL OR e.occurred_at < h.valid_to)
LEFT JOIN person''',
            )
        }
            AND e.is_meaningful AND e.occurred_at_day >= $since AND e.occurred_at_day < $until
          GROUP BY 1, 2
        )
        SELECT week, plan, coalesce(users, 0)
        FROM weeks CROSS JOIN (SELECT DISTINCT plan FROM counted) LEFT JOIN counted USING (week, plan) ORDER BY 1, 2
        """,
    ),
    "accounts by area of the product, monthly": Question(
        {"metrics": ["feature_accounts"], "grain": "month", "by": ["feature.area"]},
        f"""
        WITH {_MONTHS},
        counted AS (
          SELECT CAST(date_trunc('month', e.occurred_at_day) AS DATE) AS month, coalesce(x.area, '(none)') AS area,
            count(DISTINCT e.account_id) AS accounts
          FROM {_EVENTS.replace("WHERE", "LEFT JOIN feature_once AS x ON x.feature_id = e.feature_id WHERE")}
            AND e.feature_id IS NOT NULL AND e.occurred_at_day >= $since AND e.occurred_at_day < $until
          GROUP BY 1, 2
        )
        SELECT month, area, coalesce(accounts, 0)
        FROM months CROSS JOIN (SELECT DISTINCT area FROM counted) LEFT JOIN counted USING (month, area) ORDER BY 1, 2
        """,
    ),
    "MRR by segment, monthly": Question(
        {"metrics": ["mrr"], "grain": "month", "by": ["account.segment"]},
        f"""
        WITH {_MONTHS},
        paid AS (
          SELECT CAST(date_trunc('month', m.day) AS DATE) AS month,
            coalesce(CASE WHEN h.account_id IS NULL THEN a.segment ELSE h.segment END, '(none)') AS segment, sum(m.mrr) AS mrr
          FROM mrr_day AS m
          LEFT JOIN account AS a USING (account_id)
          LEFT JOIN account_then AS h ON h.account_id = m.account_id
            AND h.valid_from_day <= m.day AND (h.valid_to_day IS NULL OR m.day < h.valid_to_day)
          WHERE a.is_test IS NOT TRUE AND m.day >= $since AND m.day < $until AND m.day = last_day(m.day)
          GROUP BY 1, 2
        )
        SELECT month, segment, coalesce(mrr, 0)
        FROM months CROSS JOIN (SELECT DISTINCT segment FROM paid) LEFT JOIN paid USING (month, segment) ORDER BY 1, 2
        """,
    ),
    "net revenue retention, monthly": Question(
        {"metrics": ["nrr_12m"], "grain": "month"},
        """
        WITH paid AS (
          SELECT m.payer, m.day, sum(m.mrr) AS mrr
          FROM mrr_day AS m LEFT JOIN account AS a USING (account_id)
          WHERE a.is_test IS NOT TRUE
          GROUP BY 1, 2 HAVING sum(m.mrr) > 0
        ),
        ends AS (SELECT DISTINCT last_day(day) AS day FROM calendar_day WHERE day >= $since AND day < $until),
        base AS (
          SELECT ends.day AS now_day, paid.day AS then_day, payer, mrr
          FROM ends JOIN paid ON paid.day = last_day(CAST(ends.day - INTERVAL 12 MONTH AS DATE))
        ),
        paying_days AS (
          SELECT base.now_day, base.payer, count(*) AS days
          FROM base JOIN paid ON paid.payer = base.payer AND paid.day > base.then_day AND paid.day <= base.now_day
          GROUP BY 1, 2
        )
        SELECT CAST(date_trunc('month', base.now_day) AS DATE) AS month,
          sum(CASE WHEN k.days = base.now_day - base.then_day THEN paid.mrr ELSE 0 END)::DOUBLE / sum(base.mrr)
        FROM base
        LEFT JOIN paid ON paid.payer = base.payer AND paid.day = base.now_day
        LEFT JOIN paying_days AS k ON k.payer = base.payer AND k.now_day = base.now_day
        GROUP BY 1 ORDER BY 1
        """,
    ),
    "win rate, monthly": Question(
        {"metrics": ["win_rate"], "grain": "month"},
        f"""
        WITH {_MONTHS},
        closed AS (
          SELECT CAST(date_trunc('month', o.closed_at_day) AS DATE) AS month,
            CAST(count(*) FILTER (WHERE o.is_won) AS DOUBLE) / nullif(count(*) FILTER (WHERE o.is_closed), 0) AS rate
          FROM opportunity AS o LEFT JOIN account AS a USING (account_id)
          WHERE o.deleted_at IS NULL AND a.is_test IS NOT TRUE AND o.closed_at_day >= $since AND o.closed_at_day < $until
          GROUP BY 1
        )
        SELECT month, rate FROM months LEFT JOIN closed USING (month) ORDER BY 1
        """,
    ),
    "tickets per active account, weekly": Question(
        {"metrics": ["tickets_per_active_account"], "grain": "week"},
        f"""
        WITH {_WEEKS},
        asked AS (
          SELECT CAST(date_trunc('week', t.created_at_day) AS DATE) AS week, count(*) AS tickets
          FROM ticket AS t LEFT JOIN account AS a USING (account_id) LEFT JOIN person AS p ON p.person_id = t.person_id
          WHERE t.deleted_at IS NULL AND a.is_test IS NOT TRUE AND p.is_internal IS NOT TRUE
            AND t.created_at_day >= $since AND t.created_at_day < $until
          GROUP BY 1
        ),
        used AS (
          SELECT CAST(date_trunc('week', e.occurred_at_day) AS DATE) AS week, count(DISTINCT e.account_id) AS accounts
          FROM {_EVENTS} AND e.is_meaningful AND e.occurred_at_day >= $since AND e.occurred_at_day < $until
          GROUP BY 1
        )
        SELECT week, coalesce(asked.tickets, 0)::DOUBLE / nullif(used.accounts, 0)
        FROM weeks LEFT JOIN used USING (week) LEFT JOIN asked USING (week) ORDER BY week
        """,
    ),
    "first response by channel, monthly": Question(
        {"metrics": ["first_response_median"], "grain": "month", "by": ["channel"]},
        f"""
        WITH {_MONTHS},
        answered AS (
          SELECT CAST(date_trunc('month', t.created_at_day) AS DATE) AS month, coalesce(t.channel, '(none)') AS channel,
            median(t.first_response_minutes) AS minutes
          FROM ticket AS t LEFT JOIN account AS a USING (account_id) LEFT JOIN person AS p ON p.person_id = t.person_id
          WHERE t.deleted_at IS NULL AND a.is_test IS NOT TRUE AND p.is_internal IS NOT TRUE
            AND t.created_at_day >= $since AND t.created_at_day < $until
          GROUP BY 1, 2
        )
        SELECT month, channel, minutes
        FROM months CROSS JOIN (SELECT DISTINCT channel FROM answered) LEFT JOIN answered USING (month, channel) ORDER BY 1, 2
        """,
    ),
    "retention of accounts by week": Question(
        {"metrics": ["account_retention"], "grain": "week"},
        f"""
        WITH active AS (
          SELECT e.account_id, CAST(date_trunc('week', e.occurred_at_day) AS DATE) AS week
          FROM {_EVENTS} AND e.is_meaningful AND e.account_id IS NOT NULL AND e.occurred_at_day < $until
          GROUP BY 1, 2
        ),
        cohorts AS (SELECT account_id, min(week) AS cohort FROM active GROUP BY 1),
        sizes AS (SELECT cohort, count(*) AS size FROM cohorts WHERE cohort >= $since GROUP BY 1),
        {_WEEKS},
        counts AS (
          SELECT cohort, week, count(*) AS retained FROM cohorts JOIN active USING (account_id) WHERE cohort >= $since GROUP BY 1, 2
        )
        SELECT first.week AS cohort, CAST((later.week - first.week) / 7 AS INTEGER) AS "offset", coalesce(size, 0) AS size,
          coalesce(retained, 0) AS retained, coalesce(retained, 0)::DOUBLE / nullif(size, 0) AS value, TRUE AS complete
        FROM weeks AS first
        JOIN weeks AS later ON later.week >= first.week
        LEFT JOIN sizes ON sizes.cohort = first.week
        LEFT JOIN counts ON counts.cohort = first.week AND counts.week = later.week
        ORDER BY 1, 2
        """,
    ),
    "a funnel of two steps": Question(
        {"metrics": ["first_export"]},
        f"""
        WITH acts AS (
          SELECT e.person_id, e.occurred_at AS moment, e.is_meaningful AS used, e.feature_id IS NOT NULL AS of_feature,
            row_number() OVER (
              PARTITION BY e.person_id ORDER BY e.occurred_at, length(e.event_id), e.event_id, length(e.source), e.source
            ) AS place
          FROM {_EVENTS} AND e.person_id IS NOT NULL AND (e.is_meaningful OR e.feature_id IS NOT NULL)
            AND e.occurred_at_day >= $since AND e.occurred_at_day < CAST($until AS DATE) + 14
        ),
        tries AS (
          SELECT person_id, moment, place,
            lead(CASE WHEN of_feature THEN moment END IGNORE NULLS) OVER (PARTITION BY person_id ORDER BY place) AS next_at,
            used AND moment < CAST(CAST($until AS DATE) AS TIMESTAMPTZ) AS is_start
          FROM acts
        ),
        best AS (
          SELECT person_id, max(next_at <= moment + INTERVAL 336 HOUR) AS converted,
            min_by(date_diff('microsecond', moment, next_at), place) FILTER (WHERE next_at <= moment + INTERVAL 336 HOUR) AS took
          FROM tries WHERE is_start GROUP BY 1
        ),
        sums AS (
          SELECT count(*) AS started, count(*) FILTER (WHERE converted) AS converted,
            avg(took / 1e6) AS mean, median(took / 1e6) AS middle
          FROM best
        )
        SELECT 1 AS step, 'used' AS name, started AS entered, 1.0 AS from_start, NULL AS from_previous, NULL AS mean, NULL AS middle
        FROM sums
        UNION ALL
        SELECT 2, 'used_a_feature', converted, converted / started, converted / started, mean, middle FROM sums
        ORDER BY 1
        """,
        definitions=FUNNEL,
    ),
}
