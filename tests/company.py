"""A small company as plain rows: what the warehouse of a test is built from and what the evaluator reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Rows = Sequence[Mapping[str, Any]]

#: The source that rows belong to unless they say otherwise.
SOURCE = "books"


@dataclass(frozen=True)
class Company:
    """Canonical rows by table, how far each table is loaded, and the calendar that the company keeps.

    `tables` names every table that a source feeds: an empty list is a table that was loaded and held nothing. Times are ISO
    texts: with an offset they are that instant, without one the company's local time, and a date alone is its local midnight.
    `loaded_until` (and `loaded_since`) is one moment for all tables, or one per table, or one per source and table.
    `gone` names sources that fed tables once and are no longer in sources.yml; `schedules` stands there as it is written here.
    """

    tables: Mapping[str, Rows]
    loaded_until: Any
    loaded_since: Any = None
    timezone: str = "UTC"
    week_start: str = "monday"
    fiscal_year_start: int = 1
    currency: str = "EUR"
    gone: Sequence[str] = ()
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schedules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that days are counted in."""
        return ZoneInfo(self.timezone)

    def but(self, **changes: Any) -> Company:
        """The same company with some of its fields changed."""
        return replace(self, **changes)

    def moment(self, value: Any, zone: ZoneInfo | None = None) -> datetime:
        """An instant in UTC, from an ISO text, a date or a datetime."""
        return moment(value, zone or self.zone)

    def freshness(self) -> list[tuple[str, str, datetime | None, datetime]]:
        """(source, table, loaded since, loaded until) of each table that a source feeds."""
        found = []
        for table in self.tables:
            for source in self.sources_of(table):
                until = _of(self.loaded_until, table, source)
                if until is not None:
                    since = _of(self.loaded_since, table, source)
                    found.append((source, table, since if since is None else self.moment(since), self.moment(until)))
        return found

    def sources_of(self, table: str) -> list[str]:
        """The sources that feed a table."""
        told = self.loaded_until.get(table) if isinstance(self.loaded_until, Mapping) else None
        return sorted(told) if isinstance(told, Mapping) else [SOURCE]


def _of(told: Any, table: str, source: str) -> Any:
    for name in (table, source):
        if isinstance(told, Mapping):
            told = told.get(name)
    return told


def moment(value: Any, zone: ZoneInfo) -> datetime:
    """An instant in UTC; a text or datetime without an offset is local time of `zone`, a date its local midnight there."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def as_mapping(attrs: Any) -> dict[str, Any]:
    """A row's `attrs`, whether written as a mapping or as JSON text."""
    return json.loads(attrs) if isinstance(attrs, str) else dict(attrs or {})
