"""One account across all sources: who it is, what happened to it, its people, tickets and deals. What no metric gives.

Every function takes a Snapshot (`layer.reader.open()`), the id of an account and, as `until`, the first day that is not looked at.
Rows that a source has deleted, and people of the own company, are left out as metrics leave them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from data.reader import Snapshot


@dataclass(frozen=True)
class Account:
    """Who an account is, and what billing and use say of it at the end of a day.

    `plan` is the one that its own source tells, `billed_plan` that of the subscription in force; `uses` are its meaningful events of
    the 28 days up to the day, `users` the people behind them.
    """

    account_id: str
    name: str
    domain: str | None
    segment: str | None
    plan: str | None
    region: str | None
    industry: str | None
    seats: int | None
    owner: str | None
    lifecycle: str | None
    created_on: date | None
    churned_on: date | None
    source: str
    mrr: float
    billed_plan: str | None
    billed_by: str | None
    uses: int
    uses_before: int
    users: int
    last_used_on: date | None


@dataclass(frozen=True)
class Happening:
    """Something that happened to an account. `kind` says what, `subject` to what; `amount` is money or the score of an answer."""

    day: date
    kind: str
    source: str
    subject: str | None
    amount: float | None


@dataclass(frozen=True)
class Person:
    """Somebody at an account; `uses` are the meaningful events of the 28 days up to the day looked at."""

    person_id: str
    role: str | None
    first_seen_on: date | None
    last_used_on: date | None
    uses: int


@dataclass(frozen=True)
class Ticket:
    """A support request; `resolved_on` is empty while it waits."""

    ticket_id: str
    subject: str | None
    feature: str | None
    priority: str | None
    status: str | None
    opened_on: date
    resolved_on: date | None


@dataclass(frozen=True)
class Deal:
    """A deal; `is_won` is unknown while it is open. `amount` is in the reporting currency."""

    opportunity_id: str
    name: str | None
    type: str | None
    stage: str | None
    amount: float | None
    is_won: bool | None
    created_on: date | None
    closed_on: date | None


# A row of the same id in two sources is one account: the first source by name speaks.
_ACCOUNT = """
WITH customer AS (
  SELECT * FROM account WHERE account_id = $id AND deleted_at IS NULL QUALIFY row_number() OVER (ORDER BY source) = 1
),
paid AS (
  SELECT sum(mrr) AS mrr, arg_max(plan, mrr) AS plan, min(source) AS source
  FROM mrr_period
  WHERE account_id = $id AND valid_from_day < $until AND (valid_to_day IS NULL OR valid_to_day >= $until) AND mrr > 0
),
used AS (
  SELECT uses, uses_before
  FROM account_use
  WHERE account_id = $id AND valid_from_day < $until AND (valid_to_day IS NULL OR valid_to_day >= $until)
),
did AS (
  SELECT
    max(event.occurred_at_day) AS last_day,
    count(DISTINCT event.person_id) FILTER (WHERE event.occurred_at_day >= $until - 28) AS users
  FROM event
  LEFT JOIN person ON person.person_id = event.person_id AND person.deleted_at IS NULL
  WHERE event.account_id = $id AND event.deleted_at IS NULL AND event.is_meaningful AND event.occurred_at_day < $until
    AND NOT coalesce(person.is_internal, FALSE)
)
SELECT
  account_id, coalesce(name, account_id), domain, segment, customer.plan, region, industry, seats, owner, lifecycle,
  created_at_day, churned_at_day, customer.source,
  coalesce(paid.mrr, 0), paid.plan, paid.source, coalesce(used.uses, 0), coalesce(used.uses_before, 0), did.users, did.last_day
FROM customer
CROSS JOIN paid
CROSS JOIN did
LEFT JOIN used ON TRUE
"""

_HAPPENINGS = """
WITH own_person AS (
  SELECT person_id FROM person WHERE is_internal AND deleted_at IS NULL
),
life AS (
  SELECT created_at_day AS day, 'created' AS kind, source, NULL AS subject, NULL AS amount
  FROM account
  WHERE account_id = $id AND deleted_at IS NULL
  UNION ALL
  SELECT churned_at_day, 'churned', source, NULL, NULL FROM account WHERE account_id = $id AND deleted_at IS NULL
),
plans AS (
  SELECT day, 'plan' AS kind, source, plan AS subject, NULL AS amount
  FROM (
    SELECT valid_from_day AS day, source, plan, lag(plan) OVER (ORDER BY valid_from) AS before
    FROM account_history
    WHERE account_id = $id AND deleted_at IS NULL
  )
  WHERE before IS NOT NULL AND plan <> before
),
people AS (
  SELECT first_seen_at_day AS day, 'people' AS kind, min(source) AS source, NULL AS subject, count(*) AS amount
  FROM person
  WHERE account_id = $id AND deleted_at IS NULL AND NOT coalesce(is_internal, FALSE)
  GROUP BY first_seen_at_day
),
first_use AS (
  SELECT
    min(event.occurred_at_day) AS day, 'first_use' AS kind, min(event.source) AS source,
    coalesce(any_value(feature.name), event.feature_id) AS subject, NULL AS amount
  FROM event
  LEFT JOIN feature_once AS feature ON feature.feature_id = event.feature_id
  WHERE event.account_id = $id AND event.feature_id IS NOT NULL AND event.deleted_at IS NULL
    AND (event.person_id IS NULL OR event.person_id NOT IN (SELECT person_id FROM own_person))
  GROUP BY event.feature_id
),
support AS (
  SELECT created_at_day AS day, 'ticket' AS kind, source, coalesce(subject, ticket_id) AS subject, NULL AS amount
  FROM ticket
  WHERE account_id = $id AND deleted_at IS NULL
  UNION ALL
  SELECT coalesce(last_resolved_at_day, first_resolved_at_day), 'resolved', source, coalesce(subject, ticket_id), NULL
  FROM ticket
  WHERE account_id = $id AND deleted_at IS NULL AND coalesce(status, 'closed') NOT IN ('new', 'open', 'pending')
),
deals AS (
  SELECT created_at_day AS day, 'deal' AS kind, source, coalesce(name, opportunity_id) AS subject, amount_reporting AS amount
  FROM opportunity
  WHERE account_id = $id AND deleted_at IS NULL
  UNION ALL
  SELECT closed_at_day, CASE WHEN is_won THEN 'won' ELSE 'lost' END, source, coalesce(name, opportunity_id), amount_reporting
  FROM opportunity
  WHERE account_id = $id AND deleted_at IS NULL AND is_closed
),
money AS (
  SELECT day, 'mrr_' || kind AS kind, (SELECT min(source) FROM mrr_period WHERE account_id = $id) AS source, NULL AS subject, amount
  FROM mrr_movement
  WHERE account_id = $id AND kind IS NOT NULL
),
feedback AS (
  SELECT created_at_day AS day, 'idea' AS kind, source, coalesce(title, idea_id) AS subject, NULL AS amount
  FROM idea
  WHERE account_id = $id AND deleted_at IS NULL
  UNION ALL
  SELECT responded_at_day, 'answer', source, upper(kind), score FROM survey_response WHERE account_id = $id AND deleted_at IS NULL
),
everything AS (
  FROM life UNION ALL FROM plans UNION ALL FROM people UNION ALL FROM first_use UNION ALL FROM support
  UNION ALL FROM deals UNION ALL FROM money UNION ALL FROM feedback
)
SELECT day, kind, source, subject, amount
FROM everything
WHERE day < $until AND (len($kinds) = 0 OR list_contains($kinds, kind))
ORDER BY day DESC, kind, subject
LIMIT $most
"""

_PEOPLE = """
WITH used AS (
  SELECT person_id, max(occurred_at_day) AS last_day, count(*) FILTER (WHERE occurred_at_day >= $until - 28) AS uses
  FROM event
  WHERE account_id = $id AND deleted_at IS NULL AND is_meaningful AND occurred_at_day < $until
  GROUP BY person_id
)
SELECT person.person_id, any_value(role), min(first_seen_at_day), max(used.last_day), coalesce(max(used.uses), 0) AS recent
FROM person
LEFT JOIN used ON used.person_id = person.person_id
WHERE account_id = $id AND deleted_at IS NULL AND NOT coalesce(is_internal, FALSE)
  AND (first_seen_at_day IS NULL OR first_seen_at_day < $until)
GROUP BY person.person_id
ORDER BY recent DESC, max(used.last_day) DESC NULLS LAST, person.person_id
LIMIT $most
"""

# Those that wait come first.
_TICKETS = """
WITH told AS (
  SELECT
    *,
    CASE WHEN status IN ('new', 'open', 'pending') THEN NULL ELSE coalesce(last_resolved_at_day, first_resolved_at_day) END AS resolved_day
  FROM ticket
  WHERE account_id = $id AND deleted_at IS NULL AND created_at_day < $until
)
SELECT ticket_id, subject, coalesce(feature.name, told.feature_id), priority, status, told.created_at_day, resolved_day
FROM told
LEFT JOIN feature_once AS feature ON feature.feature_id = told.feature_id
ORDER BY resolved_day IS NOT NULL, told.created_at DESC, ticket_id
LIMIT $most
"""

# Those that are open come first.
_DEALS = """
SELECT
  opportunity_id, name, type, stage, amount_reporting, CASE WHEN is_closed THEN coalesce(is_won, FALSE) END, created_at_day, closed_at_day
FROM opportunity
WHERE account_id = $id AND deleted_at IS NULL AND (created_at_day IS NULL OR created_at_day < $until)
ORDER BY coalesce(is_closed, FALSE), coalesce(closed_at, created_at) DESC NULLS LAST, opportunity_id
LIMIT $most
"""


def find(snapshot: Snapshot, account_id: str, until: date) -> Account | None:
    """The account of this id as it is at the end of the day before `until`; None when no source knows it."""
    rows = _read(snapshot, _ACCOUNT, id=account_id, until=until)
    return Account(*rows[0]) if rows else None


def happenings(snapshot: Snapshot, account_id: str, until: date, *, kinds: tuple[str, ...] = (), most: int = 100) -> list[Happening]:
    """What happened to it in any source, the newest first; of some `kinds` alone where they are named."""
    return [Happening(*row) for row in _read(snapshot, _HAPPENINGS, id=account_id, until=until, kinds=list(kinds), most=most)]


def people(snapshot: Snapshot, account_id: str, until: date, *, most: int = 50) -> list[Person]:
    """Its people, those who use the product most first."""
    return [Person(*row) for row in _read(snapshot, _PEOPLE, id=account_id, until=until, most=most)]


def tickets(snapshot: Snapshot, account_id: str, until: date, *, most: int = 50) -> list[Ticket]:
    """Its support requests: those that wait, then the newest."""
    return [Ticket(*row) for row in _read(snapshot, _TICKETS, id=account_id, until=until, most=most)]


def deals(snapshot: Snapshot, account_id: str, until: date, *, most: int = 50) -> list[Deal]:
    """Its deals: those that are open, then the newest."""
    return [Deal(*row) for row in _read(snapshot, _DEALS, id=account_id, until=until, most=most)]


def _read(snapshot: Snapshot, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    rows = snapshot.cursor.execute(sql, values).fetchall()
    return [tuple(_plain(value) for value in row) for row in rows]


def _plain(value: Any) -> Any:
    """Decimals as numbers, times as their day."""
    if isinstance(value, datetime):
        return value.date()
    return float(value) if type(value).__name__ == "Decimal" else value
