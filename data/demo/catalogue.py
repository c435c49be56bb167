"""How the demo company's features behave: how often each event happens, how far and how fast a feature is adopted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from data import workspace

#: The model sources.yml and features.yml, copied into each demo workspace.
TEMPLATE = Path(__file__).parent / "workspace"
PLANS = ("starter", "pro", "enterprise")  # a plan's level is its place, from 1


@dataclass(frozen=True)
class Behaviour:
    """How a feature is taken up, and how much support it needs."""

    ceiling: float  # the share of eligible accounts that ever adopt it
    midpoint_days: int  # after so many days half of those have
    ticket_weight: int  # of 140 requests, how many are about it where it is adopted (some of those of import do not happen)


#: Of 1,000 candidate events within a session, how many are of each kind. One happens only where its feature is adopted.
EVENT_WEIGHTS = {
    "dashboard_viewed": 200,
    "dashboard_edited": 42,
    "report_created": 24,
    "report_run": 84,
    "report_exported": 74,
    "schedule_created": 6,
    "scheduled_report_opened": 40,
    "data_imported": 46,
    "source_connected": 7,
    "source_refreshed": 40,
    "query_run": 50,
    "catalogue_searched": 20,
    "comment_added": 60,
    "report_shared": 35,
    "teammate_mentioned": 26,
    "workspace_switched": 18,
    "alert_created": 8,
    "alert_opened": 40,
    "workflow_created": 6,
    "workflow_run": 34,
    "webhook_configured": 3,
    "api_key_created": 2,
    "api_called": 24,
    "forecast_run": 24,
    "scenario_compared": 12,
    "goal_updated": 18,
    "note_added": 14,
    "role_changed": 3,
    "sso_configured": 1,
    "audit_log_viewed": 3,
    "mobile_opened": 24,
    "settings_opened": 6,
    "help_opened": 6,
}

BEHAVIOURS = {
    "dashboards": Behaviour(1.00, 0, 9),
    "report_builder": Behaviour(0.94, 5, 7),
    "export": Behaviour(0.86, 8, 9),
    "scheduled_reports": Behaviour(0.62, 30, 5),
    "import": Behaviour(0.90, 3, 24),
    "data_sources": Behaviour(0.78, 10, 10),
    "sql_editor": Behaviour(0.48, 60, 4),
    "data_catalogue": Behaviour(0.40, 80, 2),
    "comments": Behaviour(0.72, 20, 2),
    "sharing": Behaviour(0.80, 9, 3),
    "mentions": Behaviour(0.55, 45, 1),
    "workspaces": Behaviour(0.50, 40, 2),
    "alerts": Behaviour(0.66, 25, 4),
    "workflows": Behaviour(0.52, 70, 6),
    "webhooks": Behaviour(0.26, 60, 2),
    "api": Behaviour(0.34, 50, 4),
    "forecast": Behaviour(0.44, 75, 3),
    "scenarios": Behaviour(0.30, 60, 1),
    "goals": Behaviour(0.42, 55, 2),
    "annotations": Behaviour(0.38, 35, 1),
    "roles": Behaviour(0.60, 15, 3),
    "sso": Behaviour(0.70, 25, 3),
    "audit_log": Behaviour(0.58, 45, 1),
    "mobile": Behaviour(0.35, 30, 3),
}

_TABLES = """
CREATE TABLE plan (level INTEGER, plan VARCHAR, price DECIMAL(9,2));
CREATE TABLE feature (
  feature_id VARCHAR, name VARCHAR, area VARCHAR, owner VARCHAR, released_on DATE, level INTEGER,
  ceiling DOUBLE, midpoint_days INTEGER, ticket_weight INTEGER, tag VARCHAR);
CREATE TABLE event_kind (event_name VARCHAR, feature_id VARCHAR, weight INTEGER);
"""

# A thousand slots: a draw falls on one, which names the event; likewise for the feature that a ticket is about.
_SLOTS = """
CREATE TABLE event_slot AS
SELECT row_number() OVER (ORDER BY event_name) - 1 AS slot, event_name, feature_id
FROM event_kind, range(weight);
CREATE TABLE ticket_slot AS
SELECT row_number() OVER (ORDER BY feature_id) - 1 AS slot, feature_id
FROM feature, range(ticket_weight);
"""


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables plan, feature, event_kind, event_slot and ticket_slot."""
    connection.execute(_TABLES)
    connection.execute("INSERT INTO plan VALUES (1, 'starter', 29), (2, 'pro', 59), (3, 'enterprise', 89)")
    owners: dict[str, str] = {}
    for name, feature in workspace.load(TEMPLATE).features.items():
        behaviour = BEHAVIOURS[name]
        level = 1 + min((PLANS.index(plan) for plan in feature.eligible_plans), default=0)
        owners |= dict.fromkeys(feature.events, name)
        told = [name, feature.name, feature.area, feature.owner, feature.released_at, level]
        drawn = [behaviour.ceiling, behaviour.midpoint_days, behaviour.ticket_weight, feature.ticket_tags[0]]
        connection.execute("INSERT INTO feature VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", told + drawn)
    rows = [[name, owners.get(name), weight] for name, weight in EVENT_WEIGHTS.items()]
    connection.executemany("INSERT INTO event_kind VALUES (?, ?, ?)", rows)
    connection.execute(_SLOTS)
