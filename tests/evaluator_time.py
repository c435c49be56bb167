"""The evaluator's business time: a clock on the wall that is moved on minute by minute, and what tickets' moments give with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.company import Company, as_mapping, moment

MINUTE = timedelta(minutes=1)
_OPEN, _DONE = ("new", "open", "pending"), ("solved", "closed")


def minutes(versions: Sequence[Mapping[str, Any]], began: datetime, ended: datetime, *, last: bool = False) -> int | None:
    """Business minutes between two whole minutes, by a schedule's versions as sources.yml writes them, oldest first."""
    zones = [ZoneInfo(version["timezone"]) for version in versions]
    starts = [moment(v["in_force_from"], zone) if "in_force_from" in v else began for v, zone in zip(versions, zones, strict=True)]
    known = [number for number, start in enumerate(starts) if start < ended or start <= began]
    if not known:
        return None
    if last:
        return _moved_on(versions[known[-1]], zones[known[-1]], began, ended)
    ends = [*starts[1:], ended]
    return sum(
        _moved_on(version, zone, max(began, start), min(ended, end))
        for version, zone, start, end in zip(versions, zones, starts, ends, strict=True)
        if max(began, start) < min(ended, end)
    )


def _moved_on(version: Mapping[str, Any], zone: ZoneInfo, began: datetime, ended: datetime) -> int:
    clock, until = (each.astimezone(zone).replace(tzinfo=None) for each in (began, ended))
    passed = 0
    while clock < until:
        passed += _works(version, clock)
        clock += MINUTE
    return passed


def _works(version: Mapping[str, Any], clock: datetime) -> bool:
    day, now = clock.date().isoformat(), f"{clock:%H:%M}"
    if day in [str(each) for each in version.get("holidays", [])]:
        return False
    own = {str(each): told for each, told in version.get("special_days", {}).items()}
    hours = own.get(day, version.get(f"{clock:%a}".lower(), []))
    return any(start <= now < end for start, end in hours)


def ticket(company: Company, told: Mapping[str, Any]) -> dict[str, Any]:
    """A ticket with its first answer and its minutes, where its row does not tell them."""
    full = dict(told)
    created = company.moment(told["created_at"])
    answered = told.get("first_response_at") or _answered(company, told["ticket_id"], created)
    resolved = told.get("last_resolved_at") or (None if told.get("reopens") else told.get("first_resolved_at"))
    full.setdefault("first_response_at", answered)
    schedule = company.schedules.get(as_mapping(told.get("attrs")).get("schedule", "default"))
    versions = schedule if isinstance(schedule, list) else [schedule]
    for name, end in (("first_response", answered), ("resolution", resolved)):
        if end is None:
            continue
        ended = max(created, company.moment(end))
        _tell(full, f"{name}_minutes", (ended - created) / MINUTE)
        if schedule:
            _tell(full, f"{name}_business_minutes", minutes(versions, created, ended))
            by_last = told.get(f"{name}_business_minutes")
            full[f"{name}_business_minutes_last_schedule"] = minutes(versions, created, ended, last=True) if by_last is None else by_last
    return full


def _tell(full: dict[str, Any], name: str, value: float | None) -> None:
    if full.get(name) is None:
        full[name] = value


def _answered(company: Company, ticket_id: str, created: datetime) -> datetime | None:
    messages = [row for row in company.tables.get("ticket_message", []) if row["ticket_id"] == ticket_id and not row.get("deleted_at")]
    public = [row for row in messages if row["author_kind"] == "agent" and row.get("is_public") is not False]
    return min((sent for row in public if (sent := company.moment(row["sent_at"])) > created), default=None)


def open_days(company: Company, horizon: datetime) -> Iterator[dict[str, Any]]:
    """One row per ticket and day at whose end it is open."""
    last = (horizon - timedelta(microseconds=1)).astimezone(company.zone).date()
    for told in company.tables.get("ticket", []):
        created, end = _day(company, told["created_at"]), _resolved_on(company, told)
        day = created
        while day <= last and day < end and told.get("deleted_at") is None:
            yield {**told, "day": day.isoformat(), "age_days": (day - created).days, "open_tickets": 1}
            day += timedelta(days=1)


def _resolved_on(company: Company, told: Mapping[str, Any]) -> date:
    status, last, first = told.get("status"), told.get("last_resolved_at"), told.get("first_resolved_at")
    if status in _OPEN:
        return date.max
    if last:
        return _day(company, last)
    if first and (status in _DONE or not told.get("reopens")):
        return _day(company, first)
    return _day(company, told["created_at"]) if status in _DONE else date.max


def _day(company: Company, value: Any) -> date:
    return company.moment(value).astimezone(company.zone).date()
