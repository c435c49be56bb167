"""From the rows of a statement to the rows of a result: by column, with what is final, times as the request's clock shows them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from metrics.compile import Compiled
from metrics.request import Request


def number(value: Any) -> Any:
    """Decimals as numbers; infinities and NaN, which no division here may give, as unknown."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def with_complete(rows: list[tuple[Any, ...]], compiled: Compiled, request: Request) -> tuple[dict[str, Any], ...]:
    """The rows by column, each with whether it is final."""
    if compiled.shaped:
        final = tuple(compiled.complete)
        names = compiled.columns + ("complete",) * len(final)
        return tuple(dict(zip(names, (*(_local(value, request) for value in row), *final), strict=True)) for row in rows)
    whole = {_key(window.key, request): done for window, done in zip(compiled.windows, compiled.complete, strict=True)}
    answered: list[dict[str, Any]] = []
    for row in rows:
        told = dict(zip(compiled.columns, row, strict=True))
        told["complete"] = whole[_instant(told["period"])] if request.grain else compiled.complete[0]
        if request.grain == "hour":
            told["period"] = _local(told["period"], request)
        answered.append(told)
    return tuple(answered)


def _local(value: Any, request: Request) -> Any:
    """A moment as the clock of the request shows it; anything else as it is."""
    return value.astimezone(UTC).astimezone(request.calendar.zone) if isinstance(value, datetime) else value


def summary(rows: list[tuple[Any, ...]], compiled: Compiled) -> dict[str, Any]:
    """What every row says alike, told once; unknown when there is no row."""
    return {name: rows[0][compiled.columns.index(name)] if rows else None for name in compiled.summary}


def _key(start: datetime, request: Request) -> date | datetime:
    return _instant(start) if request.grain == "hour" else start.date()


def _instant(period: date | datetime) -> date | datetime:
    """Hours are told apart in UTC: in local time one of them comes twice a year."""
    return period.astimezone(UTC) if isinstance(period, datetime) else period
