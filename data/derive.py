"""What follows from the loaded rows, made inside a draft before it is audited and published."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from data import adoption, business_time, checks, currency, features, schema
from data.workspace import Workspace

#: How far the calendar reaches: periods without an end are in force on every day of it.
_FIRST_DAY, _DAYS_AHEAD = date(1970, 1, 1), 731

#: What is looked at on every day of its life, and the day on which that begins.
_BEGINNINGS = (
    ("account", "created_at_day"),
    ("subscription_period", "valid_from_day"),
    ("ticket", "created_at_day"),
    ("opportunity", "created_at_day"),
    ("work_item", "started_at_day"),
    ("event", "occurred_at_day"),
)

# Open at the end of the day. What its source calls new, open or pending is open, whatever else it tells; a ticket that was
# opened again is open until its last resolution; one that was resolved at a moment that nobody tells is left out.
_TICKET_OPEN_DAY = """
CREATE OR REPLACE VIEW ticket_open_day AS
WITH lifetime AS (
  SELECT
    *,
    CASE
      WHEN status IN ('new', 'open', 'pending') THEN NULL
      WHEN status IN ('solved', 'closed') THEN coalesce(last_resolved_at_day, first_resolved_at_day, created_at_day)
      WHEN coalesce(reopens, 0) = 0 THEN coalesce(last_resolved_at_day, first_resolved_at_day)
      ELSE last_resolved_at_day
    END AS resolved_day
  FROM ticket
  WHERE deleted_at IS NULL
)
SELECT
  ticket.ticket_id, ticket.account_id, ticket.person_id, ticket.feature_id, ticket.channel, ticket.priority, ticket.source,
  calendar_day.day, date_diff('day', ticket.created_at_day, calendar_day.day) AS age_days
FROM calendar_day
JOIN lifetime AS ticket
  ON ticket.created_at_day <= calendar_day.day
 AND (ticket.resolved_day IS NULL OR calendar_day.day < ticket.resolved_day)
"""

# The prices that count: active or past due (a period without a status is in force), and not of zero length. A subscription
# of no account pays for itself. `unconverted` is the currency of an amount for which there is no rate.
_MRR_PERIOD = """
CREATE OR REPLACE VIEW mrr_period AS
SELECT
  CASE WHEN account_id IS NULL THEN concat('subscription ', subscription_id) ELSE account_id END AS payer,
  account_id, subscription_id, plan, mrr_reporting AS mrr,
  CASE WHEN mrr IS NOT NULL AND mrr_reporting IS NULL THEN currency END AS unconverted,
  valid_from_day, valid_to_day, source
FROM subscription_period
WHERE deleted_at IS NULL
  AND coalesce(status, 'active') IN ('active', 'past_due')
  AND (valid_to_day IS NULL OR valid_from_day < valid_to_day)
"""

# The days of a period are those at whose end it is in force.
_MRR_DAY = """
CREATE OR REPLACE VIEW mrr_day AS
SELECT
  period.payer, period.account_id, period.subscription_id, period.plan, calendar_day.day, period.mrr, period.unconverted, period.source
FROM calendar_day
JOIN mrr_period AS period
  ON period.valid_from_day <= calendar_day.day
 AND (period.valid_to_day IS NULL OR calendar_day.day < period.valid_to_day)
"""

# The only days on which what somebody pays can become another amount.
_MRR_CHANGE = """
CREATE OR REPLACE TABLE mrr_change AS
SELECT DISTINCT payer, account_id, greatest(day, (SELECT min(day) FROM calendar_day)) AS day
FROM (
  SELECT payer, account_id, valid_from_day AS day FROM mrr_period
  UNION ALL
  SELECT payer, account_id, valid_to_day AS day FROM mrr_period WHERE valid_to_day IS NOT NULL
)
ORDER BY payer, day
"""

# Whoever has paid an amount without a rate has no movements that can be trusted: all of theirs carry its currency.
_MRR_MOVEMENT = """
CREATE OR REPLACE TABLE mrr_movement AS
WITH step AS (
  SELECT payer, account_id, valid_from_day AS day, mrr AS amount, unconverted FROM mrr_period
  UNION ALL
  SELECT payer, account_id, valid_to_day AS day, -mrr AS amount, unconverted FROM mrr_period WHERE valid_to_day IS NOT NULL
),
netted AS (
  SELECT payer, account_id, day, coalesce(sum(amount), 0) AS amount, max(unconverted) AS unconverted
  FROM step
  GROUP BY payer, account_id, day
  HAVING sum(amount) <> 0 OR max(unconverted) IS NOT NULL
),
levelled AS (
  SELECT *, sum(amount) OVER upto AS level
  FROM netted
  WINDOW upto AS (PARTITION BY payer ORDER BY day)
),
judged AS (
  SELECT
    *,
    level - amount AS before,
    max(level) OVER (PARTITION BY payer ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS highest_before,
    max(unconverted) OVER (PARTITION BY payer) AS lacks_rate
  FROM levelled
)
SELECT
  account_id,
  day,
  CASE
    WHEN lacks_rate IS NOT NULL THEN NULL
    WHEN before <= 0 AND level > 0 AND coalesce(highest_before, 0) <= 0 THEN 'new'
    WHEN before <= 0 AND level > 0 THEN 'reactivation'
    WHEN before > 0 AND level <= 0 THEN 'churn'
    WHEN amount > 0 THEN 'expansion'
    ELSE 'contraction'
  END AS kind,
  CAST(amount AS DECIMAL(18,4)) AS amount,
  lacks_rate AS unconverted
FROM judged
ORDER BY day, account_id
"""

# Joined to facts, so never two rows for one account and moment, whatever the sources say.
_ACCOUNT_THEN = """
CREATE OR REPLACE TABLE account_then AS
WITH told AS (
  SELECT *
  FROM account_history
  WHERE deleted_at IS NULL AND account_id IS NOT NULL AND valid_from IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY account_id, valid_from ORDER BY source) = 1
),
followed AS (
  SELECT *, lead(valid_from) OVER following AS next_from, lead(valid_from_day) OVER following AS next_from_day
  FROM told
  WINDOW following AS (PARTITION BY account_id ORDER BY valid_from)
)
SELECT
  account_id, plan, segment, owner, valid_from, valid_from_day,
  CASE WHEN valid_to IS NULL OR next_from < valid_to THEN next_from ELSE valid_to END AS valid_to,
  CASE WHEN valid_to_day IS NULL OR next_from_day < valid_to_day THEN next_from_day ELSE valid_to_day END AS valid_to_day
FROM followed
"""

_FEATURE_ONCE = """
CREATE OR REPLACE TABLE feature_once AS
SELECT *
FROM feature
WHERE deleted_at IS NULL
QUALIFY row_number() OVER (PARTITION BY feature_id ORDER BY source = $seen, source = $told, source) = 1
"""

#: What work belongs to, each once, whichever sources tell of it.
_ONCE = """
CREATE OR REPLACE TABLE {table}_once AS
SELECT *
FROM {table}
WHERE deleted_at IS NULL
QUALIFY row_number() OVER (PARTITION BY {table}_id ORDER BY source) = 1
"""

#: What an answer to a survey was asked after, each ticket once, whichever sources tell of it.
_TICKET_ONCE = """
CREATE OR REPLACE TABLE ticket_once AS
SELECT ticket_id, channel, priority, attrs
FROM ticket
WHERE deleted_at IS NULL
QUALIFY row_number() OVER (PARTITION BY ticket_id ORDER BY source) = 1
"""

_FRESHNESS = """
INSERT INTO freshness
SELECT
  $source, $table_name,
  min({day}),
  coalesce(CAST($loaded_until AS TIMESTAMPTZ), CASE WHEN max({moment}) > now() THEN now() ELSE max({moment}) END),
  count(*)
FROM {table}
WHERE source = $source AND deleted_at IS NULL
"""


def run(connection: duckdb.DuckDBPyConnection, workspace: Workspace, *, today: date | None = None) -> None:
    """Makes or remakes everything derived, and replaces the findings of the standing checks; running it again changes nothing."""
    make(connection, workspace, today=today)
    checks.run(connection)


def make(connection: duckdb.DuckDBPyConnection, workspace: Workspace, *, today: date | None = None) -> None:
    """Makes or remakes everything derived that numbers are computed from.

    Fills `*_reporting`, `event.feature_id`, `event.is_meaningful`, `ticket.feature_id` and the minutes of tickets, completes
    `feature`, makes `calendar_day`, the views `mrr_day` and `ticket_open_day`, `mrr_change`, `mrr_movement`, what facts join to
    (`account_then`, `feature_once`, `objective_once`, `project_once`, `ticket_once`) and what `adoption.py` makes of them. `today` is
    the company's day unless told otherwise. Raises Problem with file and line for a rates file or a `where` that cannot be used.
    """
    today = today or datetime.now(ZoneInfo(workspace.company.timezone)).date()
    currency.fill(connection, workspace)
    features.fill(connection, workspace)
    business_time.fill(connection, workspace.schedules)
    _make_calendar(connection, today)
    for statement in (_MRR_PERIOD, _MRR_DAY, _MRR_CHANGE, _MRR_MOVEMENT, _TICKET_OPEN_DAY, _ACCOUNT_THEN):
        connection.execute(statement)
    connection.execute(_FEATURE_ONCE, {"seen": features.SEEN, "told": features.TOLD})
    connection.execute(_TICKET_ONCE)
    for table in ("objective", "project"):
        connection.execute(_ONCE.format(table=table))
    adoption.make(connection)


def freshness(connection: duckdb.DuckDBPyConnection, source: str, table: str, loaded_until: datetime | None) -> None:
    """Notes how far a source has filled a table: from its first day until `loaded_until` (aware, exclusive).

    None stands for the latest moment among the source's rows, at most now.
    """
    time = schema.TABLES[table].time
    connection.execute("DELETE FROM freshness WHERE source = $1 AND table_name = $2", [source, table])
    kind = schema.TABLES[table].columns.get(time or "")
    # A row of a day tells of the whole day, so such a table is loaded until the day's end.
    moment = {schema.TIME: f"{time}", schema.DAY: f"CAST({time} + 1 AS TIMESTAMPTZ)"}.get(kind or "", "CAST(NULL AS TIMESTAMPTZ)")
    day = {schema.TIME: f"{time}_day", schema.DAY: f"{time}"}.get(kind or "", "CAST(NULL AS DATE)")
    statement = _FRESHNESS.format(day=day, moment=moment, table=table)
    connection.execute(statement, {"source": source, "table_name": table, "loaded_until": loaded_until})


def _make_calendar(connection: duckdb.DuckDBPyConnection, today: date) -> None:
    begins = (f"SELECT min({day}) FROM {table} WHERE deleted_at IS NULL" for table, day in _BEGINNINGS)
    found = connection.execute(f"SELECT least({', '.join(f'({one})' for one in begins)})").fetchone()
    first = max(_FIRST_DAY, min(found[0] if found and found[0] else today, today))
    days = "SELECT CAST(day AS DATE) AS day FROM generate_series($1, $2, INTERVAL 1 DAY) AS series(day)"
    connection.execute(f"CREATE OR REPLACE TABLE calendar_day AS {days}", [first, today + timedelta(days=_DAYS_AHEAD)])
