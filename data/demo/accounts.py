"""Customers of the demo company: who they are, when they came, how they grow and when they leave."""

from __future__ import annotations

import duckdb

from data.demo import words
from data.demo.export import Export

# Sign-ups by a day t follow K (e^(growth t) - 1); solved here for the day of the n-th, give or take a week. Fewer come in
# August and December, none at the weekend. A veteran was there before the epoch.
_ARRIVAL = """
CREATE TABLE arrival AS
WITH numbered AS (
  SELECT n::INTEGER AS n, n <= getvariable('veterans') AS is_veteran FROM range(1, getvariable('last_account') + 1) t(n)
),
placed AS (
  SELECT n, is_veteran,
    CASE WHEN is_veteran THEN -50 - 850 * (1 - sqrt(draw('came', n)))
      ELSE greatest(0, ln(1 + (n - getvariable('veterans')) / getvariable('signup_scale')) / getvariable('signup_growth')
        + 14 * (draw('came', n) - 0.5)) END AS days
  FROM numbered
),
seasoned AS (
  SELECT n, is_veteran, epoch_day() + days::INTEGER AS day,
    CASE WHEN month(day) IN (8, 12) AND draw('season', n) < 0.4 THEN day + 25 ELSE day END AS later
  FROM placed
)
SELECT n, is_veteran, later + CASE isodow(later) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END AS created_on FROM seasoned;
"""

_ACCOUNT = """
CREATE TABLE account AS
WITH sized AS (
  SELECT *, CASE WHEN draw('segment', n) < 0.54 THEN 1 WHEN draw('segment', n) < 0.85 THEN 2 ELSE 3 END AS size FROM arrival
),
shaped AS (
  SELECT *, draw('plan', n) AS u, draw('country', n) * 100 AS v,
    greatest(2, round([5.2, 18, 60][size] * exp([0.5, 0.45, 0.5][size] * bell('seats', n))))::INTEGER AS seats,
    ([13, 21, 40][size] + [2, 14, 35][size] * draw('evaluation', n))::INTEGER AS evaluation_days,
    getvariable('first_words')[1 + n * 29 % 48] || ' ' || getvariable('second_words')[1 + (n // 48 + n) % 24]
      || CASE WHEN n >= 1152 THEN ' ' || (n // 1152 + 1) ELSE '' END AS name
  FROM sized
)
SELECT n, format('acc_{:05d}', n) AS account_id, name, slug(name) || '.example' AS domain, is_veteran,
  ['smb', 'mid-market', 'enterprise'][size] AS segment,
  CASE size WHEN 1 THEN 1 + (u > 0.72)::INTEGER WHEN 2 THEN 1 + (u > 0.14)::INTEGER + (u > 0.88)::INTEGER
    ELSE 2 + (u > 0.36)::INTEGER END AS level,
  seats, country, region, hours_from_utc,
  one_of(getvariable('industries'), draw('industry', n)) AS industry,
  one_of(getvariable('owners'), draw('owner', n)) AS owner,
  created_on, utc(created_on + INTERVAL 9 HOURS + to_seconds((32400 * draw('hour', n))::INTEGER)) AS created_at,
  is_veteran OR draw('converts', n) < [0.50, 0.56, 0.52][size] AS converts,
  created_on + evaluation_days AS started_on,
  0.06 * least(0.25, (seats - 2) / 100) + round(0.1 * draw('discount', n), 2) AS discount,
  exp(0.5 * bell('engagement', n)) AS engagement
FROM shaped JOIN country ON v >= low AND v < high
WHERE created_at < until();
"""

# A customer's months, from its first invoice on. Whether it leaves at a month's end is drawn for each; who pays for a year
# leaves at a year's end. The path looks some months ahead, because use falls before an account leaves.
_LIFE = """
CREATE TABLE life AS
WITH month AS (
  SELECT a.n, k::INTEGER AS k, (started_on + to_months(k::INTEGER))::DATE AS on_day, a.level AS first_level, a.seats
  FROM account a, range(0, 400) t(k)
  WHERE converts AND started_on + to_months(k::INTEGER) < today() + 150
),
stepped AS (
  SELECT *, draw('step', n, k) AS step, draw('how much', n, k) AS u, k > 0 AND draw('upgrade', n, k) < 0.007 AS upgrades
  FROM month
)
SELECT n, k, on_day,
  least(3, first_level + sum(upgrades::INTEGER) OVER path)::INTEGER AS level,
  greatest(2, round(seats * product(CASE WHEN k = 0 THEN 1 WHEN step < 0.05 THEN 1.10 + 0.30 * u
    WHEN step < 0.068 THEN 0.90 - 0.22 * u ELSE 1 END) OVER path))::INTEGER AS quantity,
  on_day >= epoch_day() + 21 AND CASE WHEN first_level = 3 THEN k > 0 AND k % 12 = 0 AND draw('leaves', n, k) < 0.07
    ELSE k > 1 AND draw('leaves', n, k) < [0.021, 0.012][first_level] END AS leaves,
  draw('pays late', n, k) < 0.01 AS pays_late
FROM stepped WINDOW path AS (PARTITION BY n ORDER BY k);

CREATE TABLE customer AS
WITH left_first AS (SELECT n, min(k) AS k, min(on_day) AS ended_on FROM life WHERE leaves GROUP BY n)
SELECT a.n, a.started_on, k AS ended_k, ended_on, ended_on - (28 + 28 * draw('fades', a.n))::INTEGER AS fades_on,
  CASE WHEN draw('returns', a.n) < 0.22 THEN ended_on + (45 + 100 * draw('returns after', a.n))::INTEGER END AS returned_on
FROM account a LEFT JOIN left_first USING (n) WHERE converts;

-- When an account can use the product: from its sign-up until it leaves or its trial is over, and from its return on.
CREATE TABLE open_period AS
SELECT a.n, created_on AS opens_on, CASE WHEN converts THEN coalesce(ended_on, DATE '9999-01-01') ELSE a.started_on + 5 END AS closes_on
FROM account a LEFT JOIN customer USING (n)
UNION ALL
SELECT n, returned_on, DATE '9999-01-01' FROM customer WHERE returned_on IS NOT NULL;
"""

# The plan of each account as a half-open history: Pro while it tries the product, then what it pays for, none after it left.
_PLANS = """
CREATE TABLE plan_period AS
WITH held AS (
  SELECT n, 2 AS level, created_on AS on_day, CASE WHEN converts THEN ended_on ELSE a.started_on END AS closes_on
  FROM account a LEFT JOIN customer USING (n)
  UNION ALL
  SELECT n, level, on_day, ended_on FROM life JOIN customer USING (n) WHERE ended_k IS NULL OR k < ended_k
  UNION ALL
  SELECT n, level, greatest(on_day, returned_on), NULL FROM life JOIN customer USING (n) WHERE on_day + INTERVAL 1 MONTH > returned_on
),
changed AS (
  SELECT * FROM held WINDOW past AS (PARTITION BY n ORDER BY on_day)
  QUALIFY level IS DISTINCT FROM lag(level) OVER past OR on_day > lag(closes_on) OVER past
)
SELECT n, level, on_day AS valid_from, least(closes_on, lead(on_day) OVER (PARTITION BY n ORDER BY on_day)) AS valid_to FROM changed;
"""

_ACCOUNTS = """
WITH in_force AS (
  SELECT n, level FROM plan_period WHERE valid_from <= today() AND (valid_to IS NULL OR valid_to > today())
),
seated AS (SELECT n, max_by(quantity, k) AS quantity FROM life WHERE on_day <= today() GROUP BY n)
SELECT account_id, name AS company, domain, segment, plan AS plan_code, region, country, industry,
  coalesce(s.quantity, a.seats) AS seats, owner AS account_manager,
  CASE WHEN today() < a.started_on THEN 'trial' WHEN NOT converts THEN 'prospect'
    WHEN ended_on <= today() AND (returned_on IS NULL OR returned_on > today()) THEN 'churned' ELSE 'active' END AS lifecycle,
  created_at,
  CASE WHEN lifecycle = 'churned' THEN ended_on END AS churned_on, false AS is_test
FROM account a
LEFT JOIN customer USING (n) LEFT JOIN in_force f USING (n) LEFT JOIN plan ON plan.level = f.level LEFT JOIN seated s USING (n)
UNION ALL
SELECT format('acc_test_{}', t), one_of(['Fernwick itself', 'Fernwick quality', 'Fernwick sandbox'], (t - 1) / 3), 'fernwick.example',
  'smb', 'enterprise', 'Western Europe', 'FR', 'Software', 20, 'Sanne Oduya', 'active', TIMESTAMP '2023-01-09 09:00:00', NULL, true
FROM range(1, 4) r(t)
ORDER BY account_id
"""

_HISTORY = """
SELECT account_id, plan AS plan_code, segment, owner AS account_manager, valid_from,
  CASE WHEN valid_to <= today() THEN valid_to END AS valid_to
FROM plan_period p JOIN account USING (n) JOIN plan ON plan.level = p.level
WHERE valid_from <= today() ORDER BY account_id, valid_from
"""

EXPORTS = (
    Export(
        "app/accounts.csv",
        _ACCOUNTS,
        dirt="""SELECT 'acc_00002' AS account_id, 'Copied by hand' AS company, 'smb' AS segment, '12' AS seats
          UNION ALL BY NAME SELECT 'acc_bad_seats' AS account_id, 'Seats as words' AS company, 'about forty' AS seats
          UNION ALL BY NAME SELECT NULL AS account_id, 'Nobody knows its number' AS company""",
        rejects={"duplicate_key": 1, "bad_value": 1, "missing_key": 1},
    ),
    Export("app/account_plans.csv", _HISTORY),
)


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables account, life, customer, open_period and plan_period; needs the catalogue."""
    lists = {
        "first_words": words.COMPANY_FIRST.split(),
        "second_words": words.COMPANY_SECOND.split(),
        "industries": words.INDUSTRIES,
        "owners": words.ACCOUNT_OWNERS,
    }
    for name, values in lists.items():
        connection.execute(f"SET VARIABLE {name} = ?", [list(values)])
    connection.execute("CREATE TABLE country (country VARCHAR, region VARCHAR, hours_from_utc INTEGER, low INTEGER, high INTEGER)")
    low = 0
    for country, region, hours, weight in words.COUNTRIES:
        connection.execute("INSERT INTO country VALUES (?, ?, ?, ?, ?)", [country, region, hours, low, low + weight])
        low += weight
    connection.execute(_ARRIVAL + _ACCOUNT + _LIFE + _PLANS)
