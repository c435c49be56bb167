"""The demo company's CRM: deals for new business, expansion and renewal, and the stages that they passed."""

from __future__ import annotations

import duckdb

from data.demo import words
from data.demo.export import Export

# A deal of each trial that a seller looked after (won when it buys), further attempts on those that did not buy, offers to
# customers that grew (won) or did not (lost), and the yearly renewal of enterprise plans.
_DEAL = """
CREATE TABLE deal AS
WITH trials AS (
  SELECT n, 'new' AS type, 0 AS k, created_at::DATE + (3 * draw('deal opens', n))::INTEGER AS created_on,
    CASE WHEN converts THEN started_on ELSE created_on + 30 + (60 * draw('deal dies', n))::INTEGER END AS closed_on,
    converts AS wins, seats, level
  FROM account WHERE NOT is_veteran AND draw('has seller', n) < 0.82
),
attempts AS (
  SELECT n, 'new' AS type, k::INTEGER AS k, a.created_on + (80 * k + 40 * draw('again', n, k))::INTEGER AS opens_on,
    opens_on + 25 + (55 * draw('again for', n, k))::INTEGER AS closed_on, false AS wins, seats, level
  FROM account a, range(1, 6) r(k) WHERE NOT converts AND draw('tries again', n, k) < 0.85
),
steps AS (
  SELECT l.n, k, on_day, quantity, level, ended_k, ended_on,
    quantity - lag(quantity) OVER path AS more, level > lag(level) OVER path AS upgrades
  FROM life l JOIN customer USING (n) WHERE ended_k IS NULL OR k <= ended_k WINDOW path AS (PARTITION BY l.n ORDER BY k)
),
grown AS (
  SELECT n, 'expansion' AS type, k, on_day - (12 + 40 * draw('expands for', n, k))::INTEGER AS created_on, on_day AS closed_on,
    true AS wins, greatest(more, 1 + quantity // 6) AS seats, level
  FROM steps WHERE k > 0 AND (more > 0 OR upgrades) AND draw('expansion deal', n, k) < 0.6 AND k IS DISTINCT FROM ended_k
),
not_grown AS (
  SELECT n, 'expansion' AS type, 1000 + k, on_day AS created_on, on_day + (15 + 55 * draw('offer for', n, k))::INTEGER AS closed_on,
    false AS wins, 1 + quantity // 4 AS seats, level
  FROM steps WHERE k > 0 AND draw('offer', n, k) < 0.10 AND k IS DISTINCT FROM ended_k
),
renewals AS (
  SELECT n, 'renewal' AS type, k, on_day - 60 AS created_on,
    on_day - CASE WHEN k = ended_k THEN 0 ELSE (20 * draw('renews', n, k))::INTEGER END AS closed_on,
    k IS DISTINCT FROM ended_k AS wins, quantity AS seats, level
  FROM steps WHERE k > 0 AND k % 12 = 0 AND level = 3
),
deals AS (
  SELECT * FROM trials UNION ALL SELECT * FROM attempts UNION ALL SELECT * FROM grown UNION ALL SELECT * FROM not_grown
  UNION ALL SELECT * FROM renewals
)
SELECT d.n, account_id, name, type, format('opp_{}{:05d}_{}', type[1], d.n, k) AS opportunity_id, d.created_on, closed_on, wins,
  (d.seats * price * 12 * (1 - discount))::DECIMAL(18,2) AS amount,
  one_of(getvariable('sellers'), draw('seller', d.n, type)) AS owner,
  utc(d.created_on + INTERVAL 9 HOURS + to_seconds((28800 * draw('deal hour', d.n, type, k))::INTEGER)) AS created_at,
  utc(closed_on + INTERVAL 18 HOURS - to_seconds((14400 * draw('closing hour', d.n, type, k))::INTEGER)) AS closed_at,
  draw('gets to', d.n, type, k) AS u
FROM deals d JOIN account a USING (n) JOIN plan ON plan.level = d.level
WHERE closed_on > d.created_on AND d.created_on >= epoch_day() - 400;
"""

# A won deal passes every stage, a lost one stops somewhere. Stages come at fixed shares of the way.
_STAGE = """
CREATE TABLE deal_stage AS
WITH ladder AS (
  SELECT unnest([0, 1, 2, 3]) AS step, unnest(['Qualification', 'Discovery', 'Proposal', 'Negotiation']) AS stage,
    unnest([0, 0.2, 0.5, 0.75]) AS share
),
passed AS (
  SELECT opportunity_id, stage, created_at + to_seconds((share * epoch(closed_at - created_at))::INTEGER) AS entered_at
  FROM deal, ladder WHERE wins OR step <= 4 * u
  UNION ALL
  SELECT opportunity_id, CASE WHEN wins THEN 'Closed won' ELSE 'Closed lost' END, closed_at FROM deal
)
SELECT opportunity_id, stage, entered_at, lead(entered_at) OVER (PARTITION BY opportunity_id ORDER BY entered_at) AS left_at FROM passed;
"""

_OPPORTUNITIES = """
WITH reached AS (SELECT opportunity_id, max_by(stage, entered_at) AS stage FROM deal_stage WHERE entered_at < until() GROUP BY ALL)
SELECT opportunity_id AS deal_id, name || CASE type WHEN 'new' THEN '' ELSE ', ' || type END AS deal_name, account_id AS company_id,
  type AS deal_type, amount, 'EUR' AS currency, stage AS deal_stage, closed_at < until() AND wins AS is_won,
  closed_at < until() AS is_closed, owner, created_at, known(closed_at) AS closed_at
FROM deal JOIN reached USING (opportunity_id) WHERE created_at < until() ORDER BY created_at, deal_id
"""

_STAGES = """
SELECT opportunity_id AS deal_id, stage, entered_at, known(left_at) AS left_at
FROM deal_stage WHERE entered_at < until() ORDER BY deal_id, entered_at
"""

EXPORTS = (
    Export(
        "crm/deals.csv",
        _OPPORTUNITIES,
        dirt="""SELECT opportunity_id AS deal_id, name || ' (copy)' AS deal_name, account_id AS company_id, type AS deal_type,
            amount * 10 AS amount, 'EUR' AS currency, false AS is_won, false AS is_closed, owner, created_at
          FROM deal WHERE created_on < epoch_day() + 60 ORDER BY created_at, deal_id LIMIT 3""",
        rejects={"duplicate_key": 3},
    ),
    Export("crm/deal_stages.tsv", _STAGES),
)


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables deal and deal_stage, which look ahead of today; needs accounts."""
    connection.execute("SET VARIABLE sellers = ?", [list(words.SELLERS)])
    connection.execute(_DEAL + _STAGE)
