"""What was planted: known effects, so that an analysis can be proved right. `ground_truth.json` lists them.

The dice of a row are compared with the effect's size, so the planted size is the expected one; what a count shows lies
around it by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb


@dataclass(frozen=True)
class Effect:
    """One planted effect. `relative_size` 0.4 means 40 % more than without it; `ends_on` is exclusive, None means it lasts."""

    kind: str  # release | drop | churn_signal
    what: str
    metric: str
    segment: dict[str, str]
    starts_on: date
    relative_size: float
    ends_on: date | None = None
    release_id: str | None = None

    def during(self, day: str) -> str:
        """SQL: whether a day lies inside the effect."""
        end = f" AND {day} < DATE '{self.ends_on}'" if self.ends_on else ""
        return f"({day} >= DATE '{self.starts_on}'{end})"

    def to_dict(self) -> dict[str, Any]:
        """The effect as ground_truth.json tells it."""
        told: dict[str, Any] = {"kind": self.kind, "what": self.what, "metric": self.metric, "segment": self.segment}
        told |= {"starts_on": str(self.starts_on), "relative_size": self.relative_size}
        told["ends_on"] = str(self.ends_on) if self.ends_on else None
        return told | ({"release_id": self.release_id} if self.release_id else {})


EXPORT = Effect(
    "release", "Export 2.0 exports in one click", "events", {"feature_id": "export"}, date(2026, 3, 10), 0.4, release_id="rel_export_2"
)
COMMENTS = Effect(
    "release", "Comments got a new look, and nothing changed", "events", {"feature_id": "comments"}, date(2026, 5, 12), 0.0,
    release_id="rel_comments_look",
)  # fmt: skip
IMPORT = Effect(
    "release", "The new import engine confused people for six weeks", "tickets", {"feature_id": "import"}, date(2026, 4, 14), 1.5,
    ends_on=date(2026, 5, 26), release_id="rel_import_engine",
)  # fmt: skip
PRICING = Effect(
    "release", "The new pricing page brings more visitors", "number", {"name": "site_visits"}, date(2026, 9, 8), 0.25,
    release_id="rel_pricing_page",
)  # fmt: skip
ROUTING = Effect(
    "drop", "Slow routing in North America", "events", {"account.region": "North America"}, date(2026, 6, 15), -0.35,
    ends_on=date(2026, 7, 20),
)  # fmt: skip
LIMITS = Effect(
    "drop", "Tighter limits of the Starter plan, taken back after four weeks", "events", {"account.plan": "starter"}, date(2025, 11, 3),
    -0.3, ends_on=date(2025, 12, 1),
)  # fmt: skip
CHAT = Effect(
    "drop", "A new chat team was still learning", "csat", {"channel": "chat"}, date(2026, 1, 19), -0.17, ends_on=date(2026, 3, 30)
)
STAFFING = Effect(
    "drop", "Two agents left: first answers took longer", "first_response_business_minutes", {}, date(2026, 9, 14), 0.8,
    ends_on=date(2026, 10, 12),
)  # fmt: skip

EFFECTS = (EXPORT, COMMENTS, IMPORT, PRICING, ROUTING, LIMITS, CHAT, STAFFING)


def chance(effect: Effect, applies: str, day: str) -> str:
    """SQL: the chance that a candidate row happens, given where the effect applies.

    A lift keeps fewer candidates before it, a drop fewer during it, so that a chance never exceeds 1.
    """
    size = effect.relative_size
    scope = effect.during(day) if size < 0 else f"NOT {effect.during(day)}"
    kept = 1 + size if size < 0 else 1 / (1 + size)
    return f"CASE WHEN {applies} AND {scope} THEN {kept:.6f} ELSE 1 END"


_CHURN_SIGNALS = """
SELECT account_id, c.fades_on, c.ended_on FROM customer c JOIN account USING (n)
WHERE c.fades_on >= epoch_day() AND c.fades_on < today() ORDER BY ALL
"""


def churn_signals(connection: duckdb.DuckDBPyConnection) -> list[Effect]:
    """The accounts whose use falls before they leave: mean use of the weeks before `ends_on`, the day they go."""
    return [
        Effect("churn_signal", "Use falls in the weeks before the account leaves", "events", {"account_id": account}, start, -0.6, end)
        for account, start, end in connection.execute(_CHURN_SIGNALS).fetchall()
    ]


def begun(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every effect that has begun, as ground_truth.json tells it."""
    row = connection.execute("SELECT today()").fetchone()
    assert row is not None
    found = [effect for effect in (*EFFECTS, *churn_signals(connection)) if effect.starts_on < row[0]]
    return [effect.to_dict() for effect in found]
