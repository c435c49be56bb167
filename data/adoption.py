"""What joins adoption, revenue and support per account: who may use a feature, who does, what they pay, whether use falls.

Stored are half-open stretches of days, few per account; the views spread them over days and are joined only with the days
that a question asks for.
"""

from __future__ import annotations

import duckdb

#: Who used a feature in the last 28 days has adopted it; use is compared with that of the 28 days before.
ADOPTED_DAYS = 28

_USE = """
CREATE OR REPLACE TEMP VIEW use_of_day AS
SELECT
  event.account_id, event.feature_id, event.occurred_at_day AS day,
  count(*) AS uses, count(*) FILTER (WHERE event.is_meaningful) AS meaningful
FROM event
WHERE event.deleted_at IS NULL AND event.account_id IS NOT NULL AND event.occurred_at_day IS NOT NULL
  AND (event.person_id IS NULL OR event.person_id NOT IN (SELECT person_id FROM person WHERE is_internal AND person_id IS NOT NULL))
GROUP BY event.account_id, event.feature_id, event.occurred_at_day
"""

_FEATURE_USE = f"""
CREATE OR REPLACE TABLE feature_use AS
WITH marked AS (
  SELECT *, CASE WHEN day <= lag(day) OVER following + {ADOPTED_DAYS} THEN 0 ELSE 1 END AS begins
  FROM use_of_day
  WHERE feature_id IS NOT NULL
  WINDOW following AS (PARTITION BY account_id, feature_id ORDER BY day)
),
numbered AS (
  SELECT *, sum(begins) OVER (PARTITION BY account_id, feature_id ORDER BY day) AS stretch
  FROM marked
)
SELECT account_id, feature_id, min(day) AS valid_from_day, max(day) + {ADOPTED_DAYS} AS valid_to_day
FROM numbered
GROUP BY account_id, feature_id, stretch
ORDER BY ALL
"""

# Where an account's history is silent (before it, in its gaps, after it), the account has the plan that it has now.
_FEATURE_ELIGIBILITY = """
CREATE OR REPLACE TABLE feature_eligibility AS
WITH customer AS (
  SELECT account_id, any_value(plan) AS plan, min(created_at_day) AS created_day, max(churned_at_day) AS churned_day
  FROM account
  WHERE deleted_at IS NULL AND account_id IS NOT NULL
  GROUP BY account_id
),
history AS (
  SELECT account_id, plan, valid_from_day, valid_to_day, lead(valid_from_day) OVER (PARTITION BY account_id ORDER BY valid_from) AS next_day
  FROM account_then
),
stretch AS (
  SELECT account_id, plan, TRUE AS is_told, valid_from_day, valid_to_day FROM history
  UNION ALL
  SELECT account_id, NULL, FALSE, valid_to_day, next_day FROM history WHERE valid_to_day IS NOT NULL
  UNION ALL
  SELECT customer.account_id, NULL, FALSE, NULL, min(history.valid_from_day)
  FROM customer
  LEFT JOIN history ON history.account_id = customer.account_id
  GROUP BY customer.account_id
),
planned AS (
  SELECT
    customer.account_id, customer.created_day, customer.churned_day, stretch.valid_from_day, stretch.valid_to_day,
    CASE WHEN stretch.is_told THEN stretch.plan ELSE customer.plan END AS plan
  FROM customer
  JOIN stretch ON stretch.account_id = customer.account_id
),
offered AS (
  SELECT
    planned.account_id, feature.feature_id,
    greatest(planned.created_day, planned.valid_from_day, feature.released_at_day, DATE '1970-01-01') AS valid_from_day,
    least(planned.churned_day, planned.valid_to_day) AS valid_to_day
  FROM planned
  JOIN feature_once AS feature
    ON feature.eligible_plans IS NULL
    OR list_contains(list_transform(string_split(lower(feature.eligible_plans), ','), lambda each: trim(each)), lower(planned.plan))
)
SELECT *
FROM offered
WHERE valid_to_day IS NULL OR valid_from_day < valid_to_day
ORDER BY ALL
"""

_ACCOUNT_MRR = """
CREATE OR REPLACE TABLE account_mrr AS
WITH step AS (
  SELECT account_id, valid_from_day AS day, mrr, unconverted, 1 AS periods FROM mrr_period WHERE account_id IS NOT NULL
  UNION ALL
  SELECT account_id, valid_to_day AS day, -mrr, unconverted, -1 AS periods
  FROM mrr_period
  WHERE account_id IS NOT NULL AND valid_to_day IS NOT NULL
),
netted AS (
  SELECT
    account_id, day, coalesce(sum(mrr), 0) AS mrr, max(unconverted) AS unconverted,
    coalesce(sum(periods) FILTER (WHERE unconverted IS NOT NULL), 0) AS lacking
  FROM step
  GROUP BY account_id, day
  HAVING sum(mrr) <> 0 OR max(unconverted) IS NOT NULL
)
SELECT
  account_id,
  day AS valid_from_day,
  lead(day) OVER following AS valid_to_day,
  CAST(sum(mrr) OVER following AS DECIMAL(18,4)) AS mrr,
  CASE WHEN sum(lacking) OVER following > 0 THEN max(unconverted) OVER (PARTITION BY account_id) END AS unconverted
FROM netted
WINDOW following AS (PARTITION BY account_id ORDER BY day)
ORDER BY ALL
"""

# A use counts for 28 days, then for 28 more as the use before: three steps a day of use, and stretches between them.
_ACCOUNT_USE = f"""
CREATE OR REPLACE TABLE account_use AS
WITH daily AS (
  SELECT account_id, day, CAST(sum(meaningful) AS BIGINT) AS uses FROM use_of_day GROUP BY account_id, day
),
step AS (
  SELECT account_id, day, uses AS now, 0 AS before FROM daily
  UNION ALL
  SELECT account_id, day + {ADOPTED_DAYS}, -uses, uses FROM daily
  UNION ALL
  SELECT account_id, day + {2 * ADOPTED_DAYS}, 0, -uses FROM daily
),
netted AS (
  SELECT account_id, day, sum(now) AS now, sum(before) AS before FROM step GROUP BY account_id, day
)
SELECT
  account_id,
  day AS valid_from_day,
  lead(day) OVER following AS valid_to_day,
  CAST(sum(now) OVER following AS BIGINT) AS uses,
  CAST(sum(before) OVER following AS BIGINT) AS uses_before
FROM netted
WINDOW following AS (PARTITION BY account_id ORDER BY day)
ORDER BY ALL
"""

_ADOPTION_DAY = """
CREATE OR REPLACE VIEW adoption_day AS
SELECT
  eligible.account_id, eligible.feature_id, calendar_day.day,
  used.account_id IS NOT NULL AS is_adopter,
  coalesce(paid.mrr, 0) AS mrr, paid.unconverted
FROM calendar_day
JOIN feature_eligibility AS eligible
  ON eligible.valid_from_day <= calendar_day.day AND (eligible.valid_to_day IS NULL OR calendar_day.day < eligible.valid_to_day)
LEFT JOIN feature_use AS used
  ON used.account_id = eligible.account_id AND used.feature_id = eligible.feature_id
 AND used.valid_from_day <= calendar_day.day AND calendar_day.day < used.valid_to_day
LEFT JOIN account_mrr AS paid
  ON paid.account_id = eligible.account_id
 AND paid.valid_from_day <= calendar_day.day AND (paid.valid_to_day IS NULL OR calendar_day.day < paid.valid_to_day)
"""

_ACCOUNT_DAY = """
CREATE OR REPLACE VIEW account_day AS
SELECT
  customer.account_id, calendar_day.day,
  coalesce(paid.mrr, 0) AS mrr, paid.unconverted,
  coalesce(used.uses, 0) AS uses,
  coalesce(used.uses_before, 0) AS uses_before
FROM calendar_day
JOIN (
  SELECT account_id, min(created_at_day) AS created_day FROM account WHERE deleted_at IS NULL AND account_id IS NOT NULL GROUP BY account_id
) AS customer
  ON customer.created_day IS NULL OR customer.created_day <= calendar_day.day
LEFT JOIN account_mrr AS paid
  ON paid.account_id = customer.account_id
 AND paid.valid_from_day <= calendar_day.day AND (paid.valid_to_day IS NULL OR calendar_day.day < paid.valid_to_day)
LEFT JOIN account_use AS used
  ON used.account_id = customer.account_id
 AND used.valid_from_day <= calendar_day.day AND (used.valid_to_day IS NULL OR calendar_day.day < used.valid_to_day)
"""

# Whoever was seen first on no known day was always there. A person belongs to one account, so people are counted by account.
_ACCOUNT_USERS = """
CREATE OR REPLACE TABLE account_users AS
WITH arrived AS (
  SELECT account_id, coalesce(first_seen_at_day, DATE '1970-01-01') AS day, count(DISTINCT person_id) AS users
  FROM person
  WHERE deleted_at IS NULL AND account_id IS NOT NULL AND NOT coalesce(is_internal, FALSE)
  GROUP BY account_id, day
)
SELECT
  account_id,
  day AS valid_from_day,
  lead(day) OVER following AS valid_to_day,
  CAST(sum(users) OVER following AS BIGINT) AS users
FROM arrived
WINDOW following AS (PARTITION BY account_id ORDER BY day)
ORDER BY ALL
"""

_ELIGIBLE_USER_DAY = """
CREATE OR REPLACE VIEW eligible_user_day AS
SELECT eligible.account_id, eligible.feature_id, calendar_day.day, people.users
FROM calendar_day
JOIN feature_eligibility AS eligible
  ON eligible.valid_from_day <= calendar_day.day AND (eligible.valid_to_day IS NULL OR calendar_day.day < eligible.valid_to_day)
JOIN account_users AS people
  ON people.account_id = eligible.account_id
 AND people.valid_from_day <= calendar_day.day AND (people.valid_to_day IS NULL OR calendar_day.day < people.valid_to_day)
"""

_PAYING_DAY = """
CREATE OR REPLACE VIEW paying_day AS
SELECT paid.account_id AS payer, paid.account_id, calendar_day.day, paid.mrr, paid.unconverted, 1 AS paying
FROM calendar_day
JOIN account_mrr AS paid
  ON paid.valid_from_day <= calendar_day.day AND (paid.valid_to_day IS NULL OR calendar_day.day < paid.valid_to_day)
WHERE paid.mrr > 0 OR paid.unconverted IS NOT NULL
"""

# What an account's MRR did while it used a feature: the row stands once for each feature that it had adopted.
_ADOPTER_MOVEMENT = """
CREATE OR REPLACE VIEW adopter_movement AS
SELECT moved.account_id, moved.day, moved.kind, moved.amount, moved.unconverted, used.feature_id
FROM mrr_movement AS moved
JOIN feature_use AS used
  ON used.account_id = moved.account_id AND used.valid_from_day <= moved.day AND moved.day < used.valid_to_day
"""

_PIPELINE_DAY = """
CREATE OR REPLACE VIEW pipeline_day AS
SELECT
  deal.opportunity_id, deal.account_id, deal.owner, deal.type, calendar_day.day, deal.amount_reporting AS amount,
  CASE WHEN deal.amount IS NOT NULL AND deal.amount_reporting IS NULL THEN deal.currency END AS unconverted
FROM calendar_day
JOIN opportunity AS deal
  ON deal.created_at_day <= calendar_day.day
 AND (deal.closed_at_day IS NULL OR NOT coalesce(deal.is_closed, TRUE) OR calendar_day.day < deal.closed_at_day)
WHERE deal.deleted_at IS NULL
"""

_WORK_DAY = """
CREATE OR REPLACE VIEW work_day AS
SELECT work.work_item_id, work.team, work.kind, work.objective_id, work.project_id, work.feature_id, calendar_day.day,
  date_diff('day', work.started_at_day, calendar_day.day) AS age_days
FROM calendar_day
JOIN work_item AS work
  ON work.started_at_day <= calendar_day.day AND (work.completed_at_day IS NULL OR calendar_day.day < work.completed_at_day)
WHERE work.deleted_at IS NULL AND coalesce(work.state_type, '') <> 'cancelled'
"""

# Who asked waits from the day on which there was both, the request and the work, until the work is done.
_WAITING_DAY = """
CREATE OR REPLACE VIEW waiting_day AS
WITH request AS (
  SELECT source, ticket_id AS id, account_id, created_at_day FROM ticket WHERE deleted_at IS NULL
  UNION ALL
  SELECT source, idea_id, account_id, created_at_day FROM idea WHERE deleted_at IS NULL
)
SELECT concat(request.source, ' ', request.id) AS request_id, request.account_id, work.work_item_id, work.team, work.kind,
  work.objective_id, work.project_id, work.feature_id, calendar_day.day,
  date_diff('day', greatest(work.created_at_day, request.created_at_day), calendar_day.day) AS age_days
FROM link
JOIN request ON link.from_source = request.source AND link.from_id = request.id
JOIN work_item AS work ON link.to_source = work.source AND link.to_id = work.work_item_id
JOIN calendar_day
  ON greatest(work.created_at_day, request.created_at_day) <= calendar_day.day
  AND (work.completed_at_day IS NULL OR calendar_day.day < work.completed_at_day)
WHERE link.deleted_at IS NULL AND work.deleted_at IS NULL AND coalesce(work.state_type, '') <> 'cancelled'
"""


def make(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the stretches (`feature_use`, `feature_eligibility`, `account_mrr`, `account_use`, `account_users`) and the views over
    days; needs `account_then`, `feature_once`, `mrr_period`, `mrr_movement` and `calendar_day`."""
    for statement in (_USE, _FEATURE_USE, _FEATURE_ELIGIBILITY, _ACCOUNT_MRR, _ACCOUNT_USE, _ACCOUNT_USERS):
        connection.execute(statement)
    connection.execute("DROP VIEW use_of_day")
    for statement in (
        _ADOPTION_DAY, _ACCOUNT_DAY, _PAYING_DAY, _ELIGIBLE_USER_DAY, _ADOPTER_MOVEMENT, _PIPELINE_DAY, _WORK_DAY, _WAITING_DAY,
    ):  # fmt: skip
        connection.execute(statement)
