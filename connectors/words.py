"""Words from outside: vendors' names for the values that the canonical tables know (`data.schema.ENUMS`), and free mail domains."""

from __future__ import annotations

from data.schema import ENUMS


def _words(text: str) -> list[str]:
    return text.split()


#: Domains whose addresses say nothing about the company that a person works for.
FREE_MAIL = _words(
    "gmail.com googlemail.com outlook.com outlook.fr hotmail.com hotmail.fr hotmail.co.uk live.com live.fr msn.com yahoo.com yahoo.fr "
    "yahoo.co.uk ymail.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de mail.com "
    "mail.ru yandex.ru yandex.com proton.me protonmail.com pm.me orange.fr wanadoo.fr free.fr laposte.net sfr.fr bbox.fr libero.it "
    "hey.com fastmail.com zoho.com tutanota.com qq.com 163.com 126.com naver.com comcast.net verizon.net att.net btinternet.com"
)

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
    return {word: value for value in values for word in (value, *_words(synonyms.get(value, "")))}
