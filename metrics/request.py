"""A question to the metrics layer, with its range resolved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from metrics.calendar import Calendar


@dataclass(frozen=True)
class Request:
    """A question, with its range resolved. `clock` tells that it was asked with times of day, or in another zone."""

    metrics: tuple[str, ...]
    since: datetime
    until: datetime
    calendar: Calendar
    grain: str | None = None
    by: tuple[str, ...] = ()
    where: str | None = None
    accounts: tuple[str, ...] | None = None
    compare: str | None = None
    members: tuple[tuple[str, str], ...] = ()
    top: tuple[tuple[str, ...], ...] | None = None
    zone: str | None = None
    timed: bool = False

    def but(self, **changes: Any) -> Request:
        """The same question with some of its parts changed."""
        return replace(self, **changes)
