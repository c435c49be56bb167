"""Rows that Python made, as SQL: DuckDB reads back what was written, whether it stands as a list or as a series."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from metrics.series import calendar, series, values

PARIS, KOLKATA = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Kolkata")


def days(first: str, count: int, step: int = 1) -> list[date]:
    return [date.fromisoformat(first) + timedelta(days=step * place) for place in range(count)]


def hours(first: datetime, count: int) -> list[datetime]:
    return [(first.astimezone(UTC) + timedelta(hours=place)).astimezone(first.tzinfo) for place in range(count)]


def midnights(first: str, count: int) -> list[datetime]:
    return [datetime.combine(day, datetime.min.time(), PARIS) for day in days(first, count)]


MONTHS = [date(2025 + (place + 10) // 12, (place + 10) % 12 + 1, 1) for place in range(18)]
EVEN: dict[str, list[Any]] = {
    "days": days("2024-02-20", 20),
    "weeks": days("2025-12-29", 9, 7),
    "months": MONTHS,
    "quarters of a fiscal year": MONTHS[::3],
    "years": [date(2020 + place, 4, 1) for place in range(5)],
    "last days of months": [month - timedelta(days=1) for month in MONTHS],
    "the same day": [date(2026, 1, 1)] * 6,
    "numbers": list(range(1, 9)),
    "numbers downwards": list(range(3, -9, -2)),
    "true": [True] * 5,
    "true at first": [True, True, False, False, False],
    "true in the middle": [False, True, True, False, False],
    "never": [False] * 5,
    "hours while clocks go forward": hours(datetime(2026, 3, 28, 22, tzinfo=PARIS), 12),
    "hours while clocks go back": hours(datetime(2026, 10, 24, 22, tzinfo=PARIS), 12),
    "hours of half an hour": hours(datetime(2026, 1, 1, 0, 0, tzinfo=KOLKATA), 8),
}
UNEVEN: dict[str, list[Any]] = {
    "a shorter last week": [*days("2026-01-04", 5, 7), date(2026, 2, 3)],
    "days of months": [month + timedelta(days=14) for month in MONTHS[:4]] + [date(2026, 3, 16), date(2026, 4, 15)],
    "every month but one": [*MONTHS[:5], *MONTHS[6:]],
    "midnights while clocks change": midnights("2026-03-27", 5),
    "with nothing": [date(2026, 1, 1), None, date(2026, 1, 3), date(2026, 1, 4), date(2026, 1, 5)],
    "true twice": [True, False, True, True, False],
    "days backwards": days("2024-03-05", 9, -1),
    "months backwards": MONTHS[::-1],
    "hours backwards": hours(datetime(2026, 1, 1, tzinfo=PARIS), 9)[::-1],
    "words": ["a", "b", "it's", "d", "e"],
    "few": days("2026-01-01", 4),
}


def read_back(sql: str, count: int) -> list[Any]:
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        rows = engine.execute(f"WITH told AS (\n{sql}\n) SELECT * FROM told").fetchall()
    return [in_utc(row[0]) for row in rows] if count == 1 else rows


def in_utc(value: Any) -> Any:
    """Moments of two zones are never equal in the hour that comes twice."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


@pytest.mark.parametrize("name", [*EVEN, *UNEVEN])
def test_what_is_written_is_read_back(name: str) -> None:
    column = {**EVEN, **UNEVEN}[name]

    assert read_back(values({"one": column}), 1) == [in_utc(one) for one in column]
    if isinstance(column[0], date):
        assert read_back(calendar({"one": column}), 1) == [in_utc(one) for one in column]


@pytest.mark.parametrize("name", EVEN)
def test_what_goes_on_evenly_is_no_list(name: str) -> None:
    assert "VALUES" not in values({"one": EVEN[name]})


@pytest.mark.parametrize("name", UNEVEN)
def test_what_does_not_is_one(name: str) -> None:
    assert series({"one": UNEVEN[name]}) is None


def test_columns_go_on_together_or_not_at_all() -> None:
    firsts = MONTHS[:6]
    ends = [month - timedelta(days=1) for month in MONTHS[1:7]]
    cut = [*ends[:5], date(2026, 4, 12)]

    assert read_back(calendar({"first_day": firsts, "last_day": ends}), 2) == list(zip(firsts, ends, strict=True))
    assert read_back(calendar({"first_day": firsts, "last_day": cut}), 2) == list(zip(firsts, cut, strict=True))
    assert "VALUES" not in calendar({"first_day": firsts, "last_day": ends})


def test_two_years_of_days_take_no_more_text_than_two_weeks() -> None:
    assert len(values({"day": days("2024-01-01", 730)})) <= len(values({"day": days("2024-01-01", 14)})) + 10
