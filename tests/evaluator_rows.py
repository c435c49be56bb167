"""The evaluator's facts: rows with what belongs to them, as DESIGN §5 says, without SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests import evaluator_time
from tests.company import Company, as_mapping, moment

#: Facts of things that are there on a day, or are not: a day without rows is a day at zero.
EVERY_DAY = ("mrr_day", "tickets_open_day")
#: Where a row's account attributes have a history, the value at the row's time is meant.
HISTORICAL = ("plan", "segment", "owner")


@dataclass(frozen=True)
class Fact:
    """A fact: its table, its time, and the tables that its rows point at."""

    table: str
    time: str
    joins: tuple[str, ...] = ()


FACTS = {
    "events": Fact("event", "occurred_at", ("account", "person", "feature")),
    "accounts": Fact("account", "created_at"),
    "persons": Fact("person", "first_seen_at", ("account",)),
    "mrr_day": Fact("subscription_period", "day", ("account",)),
    "subscriptions": Fact("subscription_period", "valid_from", ("account",)),
    "opportunities": Fact("opportunity", "created_at", ("account",)),
    "tickets": Fact("ticket", "created_at", ("account", "person", "feature")),
    "tickets_open_day": Fact("ticket", "day", ("account", "person", "feature")),
    "survey_responses": Fact("survey_response", "responded_at", ("account", "person", "ticket")),
    "work_items": Fact("work_item", "completed_at", ("feature", "objective", "project")),
    "ideas": Fact("idea", "created_at", ("account", "person", "feature")),
    "releases": Fact("release", "released_at"),
    "numbers": Fact("number", "day", ("account",)),
}


class Row:
    """One row of a fact at its moment; `row["account.plan"]`, `row["attrs.key"]` and `row["plan"]` read it."""

    def __init__(self, own: Mapping[str, Any], at: datetime, joined: Mapping[str, Mapping[str, Any] | None]) -> None:
        self.own, self.at, self.joined = own, at, joined

    def __getitem__(self, name: str) -> Any:
        head, _, rest = name.partition(".")
        if head == "attrs":
            return _text(as_mapping(self.own.get("attrs")).get(rest.strip('"')))
        if rest:
            found = self.joined[head] or {}
            inner, _, key = rest.partition(".")
            return _text(as_mapping(found.get("attrs")).get(key.strip('"'))) if inner == "attrs" else found.get(rest)
        if name in self.own:
            return self.own[name]
        holders = [part for part in self.joined.values() if part and name in part]
        return holders[0][name] if len(holders) == 1 else None


def _text(value: Any) -> str | None:
    """An attrs value as text, the way JSON spells it."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def rows_of(company: Company, definition: Mapping[str, Any], zone: ZoneInfo, horizon: datetime) -> list[Row]:
    """The rows that count for a definition, before its `where`; rows of days (MRR) stand at local midnight of `zone`."""
    name = definition["in"]
    fact = FACTS[name]
    source = _source(company, name, zone, horizon)
    time, include = definition.get("time", fact.time), definition.get("include", [])
    found = []
    for own in source:
        if own.get("deleted_at") is not None or own.get(time) is None:
            continue
        at = moment(own[time], zone if time == "day" else company.zone)
        row = Row({**own, "event": own.get("event_name")} if name == "events" else own, at, joined(company, fact, own, at))
        if ("test" in include or not _is_test(row)) and ("internal" in include or not _is_internal(row)):
            found.append(row)
    return found


def _source(company: Company, name: str, zone: ZoneInfo, horizon: datetime) -> Iterable[Mapping[str, Any]]:
    if name == "mrr_day":
        return _mrr_days(company, zone, horizon)
    if name == "tickets_open_day":
        return evaluator_time.open_days(company, horizon)
    rows = company.tables.get(FACTS[name].table, [])
    return [evaluator_time.ticket(company, row) for row in rows] if name == "tickets" else rows


def joined(company: Company, fact: Fact, own: Mapping[str, Any], at: datetime) -> dict[str, Mapping[str, Any] | None]:
    """What belongs to a row, with the account as it was at a moment."""
    found: dict[str, Mapping[str, Any] | None] = {}
    for table in fact.joins:
        key = f"{table}_id"
        wanted = own.get(key)
        known = [row for row in company.tables.get(table, []) if table != "feature" or row.get("deleted_at") is None]
        found[table] = next((row for row in known if wanted is not None and row.get(key) == wanted), None)
    if fact.table == "account":
        found["account"] = own
    account = found.get("account")
    if account is not None:
        found["account"] = {**account, **_then(company, account["account_id"], at)}
    return found


def _then(company: Company, account_id: str, at: datetime) -> dict[str, Any]:
    """What the account's history says of a moment; nothing where it is silent."""
    for row in company.tables.get("account_history", []):
        if row["account_id"] != account_id or row.get("deleted_at") is not None:
            continue
        until = row.get("valid_to")
        if company.moment(row["valid_from"]) <= at and (until is None or at < company.moment(until)):
            return {column: row[column] for column in HISTORICAL if column in row}
    return {}


def _is_test(row: Row) -> bool:
    return bool((row.joined.get("account") or row.own).get("is_test"))


def _is_internal(row: Row) -> bool:
    return bool((row.joined.get("person") or row.own).get("is_internal"))


def _mrr_days(company: Company, zone: ZoneInfo, horizon: datetime) -> Iterator[dict[str, Any]]:
    """One row per subscription and day of a paid period: half-open, active or past due."""
    last = (horizon - timedelta(microseconds=1)).astimezone(zone).date()
    for period in company.tables.get("subscription_period", []):
        if period.get("deleted_at") is not None or period.get("status") not in ("active", "past_due"):
            continue
        day = _day(company, period["valid_from"])
        end = _day(company, period["valid_to"]) if period.get("valid_to") else date.max
        while day < end and day <= last:
            yield {**period, "day": day.isoformat()}
            day += timedelta(days=1)


def _day(company: Company, value: Any) -> date:
    return company.moment(value).astimezone(company.zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def member_of(value: Any) -> str:
    """A dimension's value as a member: a text, and a label where there is none."""
    if value is None:
        return "(none)"
    return str(value).lower() if isinstance(value, bool) else str(value)
