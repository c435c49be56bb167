"""Conversion by hand: of those who began, who was seen again in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.evaluator_calendar import Ask
from tests.evaluator_rows import Row, midnight

OF_THEMSELVES = {"accounts": "account_id", "persons": "person_id"}


def entity_of(definition: Mapping[str, Any]) -> str:
    """What a metric counts."""
    return definition.get("count_distinct") or OF_THEMSELVES[definition["in"]]


def share(definition: Mapping[str, Any], begun: list[Row], followed: list[Row], ask: Ask) -> float | None:
    """The share of the entities that begin which are followed by a conversion of their own in time."""
    window, days = stretch(definition["within"]), in_days(definition)
    begins, follows = entity_of(definition["begins"]), entity_of(definition["follows"])
    everyone = {row[begins] for row in begun if row[begins] is not None}
    converted = {
        row[begins]
        for row in begun
        for other in followed
        if other[follows] == row[begins] and _in_time(row.at, other.at, window, ask if days else None)
    }
    return len(converted & everyone) / len(everyone) if everyone else None


def _in_time(begun: datetime, followed: datetime, window: timedelta, days_of: Ask | None) -> bool:
    if days_of is not None:
        first, then = (at.astimezone(days_of.zone).date() for at in (begun, followed))
        return first <= then <= first + timedelta(days=window.days)
    return begun <= followed <= begun + window


def closing(definition: Mapping[str, Any], end: datetime, ask: Ask) -> datetime:
    """When the last window that could begin before `end` is over."""
    window = stretch(definition["within"])
    if not in_days(definition):
        return end + window
    last = (end - timedelta(microseconds=1)).astimezone(ask.zone).date()
    return midnight(last + timedelta(days=window.days + 1), ask.zone)


def last_start(definition: Mapping[str, Any], loaded: datetime, ask: Ask) -> datetime:
    """The moment before which every window that begins is over when `loaded` is."""
    window = stretch(definition["within"])
    if not in_days(definition):
        return loaded - window
    return midnight(loaded.astimezone(ask.zone).date() - timedelta(days=window.days), ask.zone)


def in_days(definition: Mapping[str, Any]) -> bool:
    """Whether one of both facts knows no time of day."""
    return any(definition[side]["in"] in ("mrr_day", "mrr_movements", "numbers") for side in ("begins", "follows"))


def stretch(within: str) -> timedelta:
    """A window as elapsed time."""
    count, unit = within.split()
    return timedelta(**{f"{unit.rstrip('s')}s": int(count)})
