"""People who use the demo company's product, and how far each account has taken up each feature."""

from __future__ import annotations

import duckdb

from data.demo import words
from data.demo.export import Export

# Half of an account's people join within its first fortnight, the rest over two years. `key` is a person's number; person 1
# signed the account up. Those who try the product and do not buy it come with few. A consultant of our own works in some
# enterprise accounts (person 0), and our own people in the test accounts: none of these are customers. Who joins within two
# days is here already, because the invitation comes first.
_PERSON = """
CREATE TABLE person AS
WITH peopled AS (
  SELECT *, CASE WHEN converts THEN ceil(seats * 1.08) ELSE least(4, seats) END::INTEGER AS people FROM account
),
joined AS (
  SELECT n, j::INTEGER AS j, n * 10000 + j::INTEGER AS key, account_id, domain, country, j = 0 AS is_internal,
    CASE WHEN j = 1 THEN created_at
      WHEN j <= people * 0.5 OR NOT converts THEN created_at + to_minutes((20000 * draw('joins', n, j))::INTEGER)
      ELSE created_at + to_minutes((20000 + 1030000 * draw('joins', n, j))::INTEGER) END AS joined_at
  FROM peopled, range(0, people + 1) t(j)
  WHERE j > 0 OR segment = 'enterprise' AND draw('consultant', n) < 0.25
)
SELECT n, j, key, format('usr_{:x}', key) AS person_id, account_id, joined_at, joined_at::DATE AS joined_on, country, is_internal,
  one_of(getvariable('given'), draw('given', key)) || '.' || one_of(getvariable('family'), draw('family', key))
    || CASE WHEN j > 1 THEN j::VARCHAR ELSE '' END || '@' || CASE WHEN is_internal THEN 'fernwick.example' ELSE domain END AS email,
  CASE WHEN j <= 1 THEN 'admin' WHEN draw('role', key) < 0.14 THEN 'manager' WHEN draw('role', key) < 0.55 THEN 'analyst' ELSE 'viewer' END
    AS role,
  joined_on + (60 - 2600 * ln(1 - draw('stays', key)))::INTEGER AS left_on,
  least(0.95, 0.078 * exp(0.9 * bell('keen', key))) AS keenness
FROM joined LEFT JOIN customer c USING (n)
WHERE joined_at < until() + INTERVAL 2 DAYS AND (c.ended_on IS NULL OR joined_at < c.ended_on OR joined_at >= c.returned_on);
"""

_TESTERS = """
INSERT INTO person
SELECT -t, j, -t * 10000 - j, format('usr_test_{}_{}', t, j), format('acc_test_{}', t), TIMESTAMP '2023-01-09 09:00:00',
  DATE '2023-01-09', 'FR', true, format('{}{}@fernwick.example', one_of(getvariable('given'), draw('given', t, j)), j), 'analyst',
  DATE '2199-01-01', 0.3
FROM range(1, 4) a(t), range(1, 8) b(j);
"""

# An S-curve: the odds of having adopted rise with time since the feature could first be used: when it was released, the
# account was there and its plan allowed it. Larger companies go further.
_ADOPTION = """
CREATE TABLE adoption AS
WITH eligible AS (
  SELECT p.n, f.feature_id, min(greatest(p.valid_from, f.released_on)) AS since
  FROM plan_period p JOIN feature f ON p.level >= f.level
  WHERE p.valid_to IS NULL OR p.valid_to > f.released_on GROUP BY ALL
),
drawn AS (
  SELECT e.n, feature_id, since, midpoint_days,
    draw('adopts', e.n, feature_id) / least(1, ceiling * CASE segment WHEN 'smb' THEN 0.92 WHEN 'mid-market' THEN 1.05 ELSE 1.12 END) AS u
  FROM eligible e JOIN feature USING (feature_id) JOIN account USING (n)
)
SELECT n, feature_id, since + greatest(0, midpoint_days * (1 + 0.45 * ln(greatest(u, 0.001) / (1.0001 - u))))::INTEGER AS adopted_on
FROM drawn WHERE u < 1;
"""

_PEOPLE = """
SELECT person_id AS user_id, account_id, email, role, is_internal AS is_staff, iso(joined_at) AS created_at,
  CASE WHEN left_on <= today() THEN left_on END AS deactivated_on
FROM person WHERE joined_at < until() ORDER BY key
"""

EXPORTS = (
    Export(
        "app/users.csv",
        _PEOPLE,
        dirt="""SELECT NULL AS user_id, 'acc_00001' AS account_id, 'no.number@example.example' AS email, 'viewer' AS role,
            '2026-01-15T09:30:00Z' AS created_at
          UNION ALL BY NAME SELECT 'usr_bad_date' AS user_id, 'acc_00001' AS account_id, 'bad.date@example.example' AS email,
            'viewer' AS role, '2026-02-30T10:00:00Z' AS created_at""",
        rejects={"missing_key": 1, "bad_value": 1},
    ),
)


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables person and adoption; needs accounts."""
    connection.execute("SET VARIABLE given = ?", [words.GIVEN.split()])
    connection.execute("SET VARIABLE family = ?", [words.FAMILY.split()])
    connection.execute(_PERSON + _TESTERS + _ADOPTION)
