"""The demo company's own work, as its tracker exports it: objectives, projects, cycles, and work items with their states."""

from __future__ import annotations

import duckdb

from data.demo.export import Export

_PLAN = """
CREATE TABLE team (team VARCHAR, pace INTEGER);
INSERT INTO team VALUES ('Core', 9), ('Data', 7), ('Growth', 6);

CREATE TABLE objective (objective_id VARCHAR, name VARCHAR, owner VARCHAR, parent_id VARCHAR, starts_on DATE, ends_on DATE, team VARCHAR);
INSERT INTO objective VALUES
  ('obj-1', 'Every account gets value in its first week', 'ines', NULL, '2025-05-01', '2026-07-01', 'Growth'),
  ('obj-2', 'Larger companies stay and grow', 'petra', NULL, '2025-05-01', '2027-01-01', 'Core'),
  ('obj-3', 'Data that people trust', 'tomas', NULL, '2025-07-01', '2026-10-01', 'Data'),
  ('obj-4', 'Less work by hand', 'jonas', 'obj-2', '2025-10-01', '2026-10-01', 'Core'),
  ('obj-5', 'Planning moves into the product', 'asta', 'obj-2', '2026-01-01', '2027-01-01', 'Data'),
  ('obj-6', 'Half of the questions answer themselves', 'maelle', 'obj-1', '2026-04-01', '2027-04-01', 'Growth');

-- A project for each feature that was released after the epoch, and one a quarter for each team that keeps the house in order.
CREATE TABLE project AS
WITH features AS (
  SELECT 'prj-' || feature_id AS project_id, 'Build ' || name AS name, owner, feature_id,
    CASE area WHEN 'Planning' THEN 'obj-5' WHEN 'Automation' THEN 'obj-4' WHEN 'Data' THEN 'obj-3' WHEN 'Administration' THEN 'obj-2'
      ELSE 'obj-1' END
      AS objective_id,
    released_on - (95 + 50 * draw('project begins', feature_id))::INTEGER AS starts_on, released_on AS completed_on,
    released_on - (35 * draw('project slips', feature_id) - 8)::INTEGER AS target_on
  FROM feature WHERE released_on > epoch_day()
),
quarters AS (
  SELECT DISTINCT date_trunc('quarter', day)::DATE AS starts_on FROM day WHERE day >= DATE '2025-04-01' AND day <= today()
),
upkeep AS (
  SELECT format('prj-{}-{}-q{}', lower(team), year(starts_on), quarter(starts_on)) AS project_id,
    format('{}: reliability and small wishes, Q{} {}', team, quarter(starts_on), year(starts_on)) AS name,
    CASE team WHEN 'Core' THEN 'jonas' WHEN 'Data' THEN 'tomas' ELSE 'maelle' END AS owner, NULL AS feature_id,
    CASE team WHEN 'Core' THEN 'obj-2' WHEN 'Data' THEN 'obj-3' ELSE 'obj-1' END AS objective_id,
    starts_on, (starts_on + INTERVAL 3 MONTHS)::DATE + (9 * draw('upkeep ends', team, starts_on))::INTEGER AS completed_on,
    (starts_on + INTERVAL 3 MONTHS)::DATE AS target_on
  FROM quarters, team
)
SELECT p.*, team FROM (FROM features UNION ALL BY NAME FROM upkeep) p JOIN objective USING (objective_id);

CREATE TABLE cycle AS
SELECT format('cyc-{}-{}', lower(team), i) AS cycle_id, format('{} {}', team, i) AS name, team,
  DATE '2025-04-28' + 14 * (i - 1)::INTEGER AS starts_on, starts_on + 14 AS ends_on
FROM team, range(1, 400) r(i) WHERE DATE '2025-04-28' + 14 * (i - 1)::INTEGER <= today() + 28;
"""

# Each week a team takes up some items, each for one of its running projects. From idea to done, in office minutes: backlog,
# todo, in progress, in review, done; some are dropped.
_ITEM = """
CREATE TABLE work_item AS
WITH weeks AS (SELECT min(i) * 540 AS p, min(d.day) AS day, d.number // 7 AS week FROM office_day JOIN day d USING (day)
  WHERE d.day >= epoch_day() AND d.day <= today() GROUP BY week),
taken AS (
  SELECT week * 1000 + i::INTEGER * 10 + ascii(team) % 10 AS key, team, day, p + (2000 * draw('item at', team, week, i))::INTEGER AS p0
  FROM weeks, team, range(0, 14) r(i) WHERE draw('item', team, week, i) < pace / 14
),
older AS (SELECT list(feature_id ORDER BY feature_id) AS ids FROM feature WHERE released_on < epoch_day()),
assigned AS (
  SELECT key, t.team, p0, project_id, objective_id,
    coalesce(feature_id, CASE WHEN draw('on a feature', key) < 0.6 THEN one_of(ids, draw('which feature', key)) END) AS feature_id
  FROM older, taken t JOIN project p ON p.team = t.team AND t.day >= starts_on - 6 AND t.day < completed_on
  QUALIFY row_number() OVER (PARTITION BY key ORDER BY draw('item project', key, project_id)) = 1
),
placed AS (
  SELECT a.*, f.name AS feature, draw('dropped', key) < 0.07 AS is_dropped,
    one_of([1, 1, 2, 2, 3, 3, 5, 8], draw('estimate', key)) AS estimate
  FROM assigned a LEFT JOIN feature f USING (feature_id)
),
worked AS (
  SELECT *, p0 + 60 + (1500 * draw('backlog', key))::INTEGER AS p1, p1 + 30 - (1800 * ln(1 - draw('todo', key)))::INTEGER AS p2,
    p2 + 60 + (330 * estimate * exp(0.6 * bell('doing', key)))::INTEGER AS p3, p3 + 20 - (320 * ln(1 - draw('review', key)))::INTEGER AS p4
  FROM placed
)
SELECT key, team, project_id, objective_id, feature_id, is_dropped, estimate,
  one_of(['feature', 'feature', 'improvement', 'bug', 'bug', 'chore'], draw('item kind', key)) AS kind,
  one_of(['Make it work: ', 'Polish: ', 'Edge cases of ', 'Tests for ', 'Speed up: ', 'Errors in '], draw('item title', key))
    || coalesce(feature, one_of(['search', 'sign-in', 'the import queue', 'billing e-mails', 'chart rendering', 'rate limits', 'onboarding',
      'the file parser', 'notifications', 'backups'], draw('item subject', key))) AS title,
  in_office(p0) AS created_at, in_office(p1) AS todo_at, in_office(p2) AS started_at, in_office(p3) AS review_at, in_office(p4) AS done_at
FROM worked;

CREATE TABLE work_item_state AS
WITH entered AS (
  SELECT key, unnest(['Backlog', 'Todo', 'In progress', 'In review', CASE WHEN is_dropped THEN 'Canceled' ELSE 'Done' END]) AS state,
    unnest(['backlog', 'unstarted', 'started', 'started', CASE WHEN is_dropped THEN 'canceled' ELSE 'completed' END]) AS state_type,
    unnest([created_at, todo_at, started_at, review_at, done_at]) AS entered_at
  FROM work_item
)
SELECT key, state, state_type, entered_at, lead(entered_at) OVER (PARTITION BY key ORDER BY entered_at) AS left_at FROM entered;
"""

_ITEMS = """
WITH reached AS (
  SELECT key, max_by(state, entered_at) AS state, max_by(state_type, entered_at) AS state_type FROM work_item_state
  WHERE entered_at < until() GROUP BY ALL
)
SELECT 'FW-' || w.key AS id, title, kind, w.team, objective_id, project_id, cycle_id, feature_id, state, state_type, estimate, created_at,
  known(started_at) AS started_at, CASE WHEN NOT is_dropped THEN known(done_at) END AS completed_at
FROM work_item w JOIN reached USING (key)
LEFT JOIN cycle c ON c.team = w.team AND known(started_at) >= c.starts_on AND known(started_at) < c.ends_on
ORDER BY w.key
"""

# A project is told as it stands: its end when it is over, its health from how near its target is.
_PROJECTS = """
SELECT project_id, name,
  CASE WHEN completed_on <= today() THEN 'completed' WHEN starts_on <= today() THEN 'started' ELSE 'planned' END AS status,
  CASE WHEN least(completed_on, today()) > target_on THEN 'off track'
    WHEN completed_on > target_on AND today() > target_on - 28 THEN 'at risk' ELSE 'on track' END AS health,
  owner, objective_id, starts_on, target_on, CASE WHEN completed_on <= today() THEN completed_on END AS completed_on
FROM project WHERE starts_on <= today() + 30 ORDER BY starts_on, project_id
"""

_CYCLES = """
WITH work AS (
  SELECT cycle_id, sum(estimate) AS planned, sum(estimate) FILTER (done_at < ends_on AND done_at < until() AND NOT is_dropped) AS completed
  FROM cycle c JOIN work_item w ON w.team = c.team AND started_at >= starts_on AND started_at < ends_on AND started_at < until()
  GROUP BY ALL
)
SELECT cycle_id, name, team, starts_on, ends_on, CASE WHEN ends_on <= today() THEN ends_on END AS completed_on,
  coalesce(planned, 0) AS planned, coalesce(completed, 0) AS completed
FROM cycle LEFT JOIN work USING (cycle_id) WHERE starts_on <= today() ORDER BY starts_on, cycle_id
"""

EXPORTS = (
    Export("delivery/issues.jsonl", _ITEMS),
    Export(
        "delivery/issue_states.jsonl.gz",
        """SELECT 'FW-' || key AS issue_id, state, state_type, entered_at, known(left_at) AS left_at
           FROM work_item_state WHERE entered_at < until() ORDER BY key, entered_at""",
    ),
    Export("delivery/projects.csv", _PROJECTS),
    Export("delivery/cycles.csv", _CYCLES),
    Export("delivery/objectives.csv", "SELECT * EXCLUDE (team) FROM objective WHERE starts_on <= today() ORDER BY objective_id"),
)


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables team, objective, project, cycle, work_item and work_item_state; needs the catalogue."""
    connection.execute(_PLAN + _ITEM)
