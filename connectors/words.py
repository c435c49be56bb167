"""Vendors' words for the values that the canonical tables know (`data.schema.ENUMS`)."""

from __future__ import annotations

from data.schema import ENUMS

_SYNONYMS = {
    ("subscription_period", "status"): {
        "active": "live current paid renewed enabled non_renewing",
        "past_due": "unpaid overdue delinquent pastdue dunning",
        "trial": "trialing trialling in_trial free_trial",
        "paused": "on_hold suspended",
        "cancelled": "canceled churned ended expired terminated incomplete_expired",
    },
    ("survey_response", "kind"): {"nps": "net_promoter_score", "csat": "satisfaction customer_satisfaction", "ces": "effort"},
    ("work_item", "state_type"): {
        "backlog": "triage icebox",
        "unstarted": "todo to_do open new planned ready",
        "started": "in_progress doing in_review active",
        "completed": "done closed shipped resolved complete",
        "cancelled": "canceled wont_do duplicate removed",
    },
    ("ticket", "status"): {
        "new": "created unassigned",
        "open": "in_progress reopened active",
        "pending": "hold on_hold waiting snoozed waiting_on_customer",
        "solved": "resolved done completed",
        "closed": "archived",
    },
}


def canonical(table: str, column: str) -> dict[str, str] | None:
    """Each known word (lower case, blanks and hyphens as `_`) and the value that it means; None for columns of free words."""
    values = ENUMS.get((table, column))
    if values is None:
        return None
    synonyms = _SYNONYMS.get((table, column), {})
    return {word: value for value in values for word in (value, *synonyms.get(value, "").split())}
