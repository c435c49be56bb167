"""Billing of the demo company: subscriptions with trials, all five movements of MRR, late payers and second subscriptions."""

from __future__ import annotations

import duckdb

from data.demo.export import Export

# What changes a price, day by day. A customer that comes back has a subscription of its own, a fifth smaller.
_MARKS = """
CREATE TABLE price_mark AS
WITH running AS (
  SELECT l.n, 1 AS subscription, on_day, quantity, level, pays_late, ended_on
  FROM life l JOIN customer c USING (n) WHERE ended_k IS NULL OR k < ended_k
  UNION ALL
  SELECT l.n, 2, greatest(on_day, returned_on), greatest(2, round(quantity * 0.8))::INTEGER, level, false, NULL
  FROM life l JOIN customer c USING (n)
  WHERE returned_on IS NOT NULL AND on_day + INTERVAL 1 MONTH > returned_on
)
SELECT n, subscription, on_day, quantity, level, CASE WHEN pays_late THEN 'past_due' ELSE 'active' END AS status, ended_on FROM running
UNION ALL
SELECT n, subscription, on_day + 9, quantity, level, 'active', ended_on FROM running WHERE pays_late;
"""

# A second team of some accounts buys for itself; some of those teams stop, which is contraction, not churn.
_SECOND = """
CREATE TABLE second_team AS
WITH begun AS (
  SELECT a.n, c.started_on + (80 + 420 * draw('second team', a.n))::INTEGER AS on_day, greatest(2, round(seats * 0.3))::INTEGER AS quantity,
    a.level, c.ended_on
  FROM account a JOIN customer c USING (n) WHERE draw('has second team', a.n) < 0.13 AND a.level > 1
)
SELECT *,
  least(ended_on, CASE WHEN draw('second stops', n) < 0.35 THEN on_day + (120 + 300 * draw('second lasts', n))::INTEGER END) AS stops_on
FROM begun WHERE ended_on IS NULL OR on_day < ended_on - 30;
"""

_PERIODS = """
CREATE TABLE subscription_period AS
WITH paid AS (
  SELECT n, subscription, on_day, quantity, level, status, ended_on FROM price_mark
  WINDOW past AS (PARTITION BY n, subscription ORDER BY on_day)
  QUALIFY (quantity, level, status) IS DISTINCT FROM (lag(quantity) OVER past, lag(level) OVER past, lag(status) OVER past)
),
periods AS (
  SELECT n, subscription, quantity, level, status, on_day AS valid_from,
    coalesce(lead(on_day) OVER (PARTITION BY n, subscription ORDER BY on_day), ended_on) AS valid_to
  FROM paid
  UNION ALL SELECT n, 3, quantity, level, 'active', on_day, stops_on FROM second_team
  UNION ALL SELECT n, 0, seats, level, 'trialing', created_on, started_on FROM account WHERE NOT is_veteran
)
SELECT account_id, format('sub_{:05d}_{}', p.n, subscription) AS subscription_id, p.level, quantity,
  (quantity * price * (1 - discount))::DECIMAL(18,2) AS mrr, status, valid_from, valid_to
FROM periods p JOIN account USING (n) JOIN plan ON plan.level = p.level;
"""

_SUBSCRIPTIONS = """
SELECT subscription_id AS "Subscription", account_id AS "Customer", plan AS "Plan", quantity AS "Seats", mrr AS "Monthly amount",
  'EUR' AS "Currency", status AS "Status", valid_from AS "From", CASE WHEN valid_to <= today() THEN valid_to END AS "To"
FROM subscription_period s JOIN plan USING (level)
WHERE valid_from <= today() ORDER BY subscription_id, valid_from
"""

EXPORTS = (
    Export(
        "billing/subscriptions.csv",
        _SUBSCRIPTIONS,
        form="FORMAT csv, HEADER, DELIMITER ';', FORCE_QUOTE *",
        dirt="""SELECT 'sub_by_hand_1' AS "Subscription", 'acc_00003' AS "Customer", 'pro' AS "Plan", '4' AS "Seats",
            '1.180,00' AS "Monthly amount", 'EUR' AS "Currency", 'active' AS "Status", '2025-06-01' AS "From"
          UNION ALL BY NAME SELECT 'sub_by_hand_2' AS "Subscription", 'acc_00004' AS "Customer", 'pro' AS "Plan", '7.5' AS "Seats",
            '442.50' AS "Monthly amount", 'EUR' AS "Currency", 'active' AS "Status", '2025-06-01' AS "From"
          UNION ALL BY NAME SELECT 'sub_by_hand_3' AS "Subscription", 'acc_00005' AS "Customer", 'starter' AS "Plan", '5' AS "Seats",
            '145.00' AS "Monthly amount", 'EUR' AS "Currency", 'active' AS "Status", '31/06/2025' AS "From" """,
        rejects={"bad_value": 2, "changed_value": 1},
    ),
)


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the table subscription_period, which looks ahead of today; needs accounts."""
    connection.execute(_MARKS + _SECOND + _PERIODS)
