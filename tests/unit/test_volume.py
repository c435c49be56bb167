"""A day with far fewer or far more rows than such a weekday has is told; weekends, growth and chance are not."""

from __future__ import annotations

import json
import math
import random
import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from data import derive, schema, volume

#: A Friday; the day before is the last complete one.
UNTIL = datetime(2026, 10, 30, 9, tzinfo=UTC)


def found(rows_of: Callable[[date], int], *, weeks: int = 10) -> list[tuple[int, str]]:
    """(rows, examples) of what is told when a day has `rows_of(day)` events."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in schema.TABLES.values():
        connection.execute(table.ddl())
    for statement in schema.BOOKKEEPING:
        connection.execute(statement)
    days = [UNTIL.date() - timedelta(days=back) for back in range(7 * weeks, 0, -1)]
    for day in days:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        made = "SELECT 'app', $1 || '-' || n, CAST($2 AS TIMESTAMPTZ), CAST($1 AS DATE) FROM range($3) AS series(n)"
        connection.execute(
            f"INSERT INTO event (source, event_id, occurred_at, occurred_at_day) {made}", [day.isoformat(), noon, rows_of(day)]
        )
    derive.freshness(connection, "app", "event", UNTIL)
    volume.run(connection)
    volume.run(connection)  # replaces what it told before
    return connection.execute("SELECT row_count, examples FROM finding WHERE name = 'volume'").fetchall()


def usual(day: date) -> int:
    """Some 200 on working days, 30 at weekends."""
    chance = random.Random(day.toordinal())
    return round(chance.gauss(200, 14)) if day.weekday() < 5 else round(chance.gauss(30, 5))


def test_weekends_and_chance_are_no_anomaly() -> None:
    assert found(usual) == []


def test_growth_by_a_tenth_each_week_is_none() -> None:
    assert found(lambda day: round(200 * 1.1 ** ((day - date(2026, 8, 1)).days / 7))) == []


@pytest.mark.parametrize("rows", [0, 60, 900])
def test_a_day_that_is_cut_or_loaded_twice_is_told_with_what_is_usual(rows: int) -> None:
    broken = date(2026, 10, 28)
    ((count, examples),) = found(lambda day: rows if day == broken else usual(day))

    assert count == rows
    (example,) = json.loads(examples)
    weeks = [usual(broken - timedelta(days=7 * week)) for week in range(1, 9)]
    middle = statistics.median(weeks)
    spread = 1.4826 * statistics.median(abs(each - middle) for each in weeks)
    width = 3.5 * max(spread, middle**0.5, 0.15 * middle)
    assert example == {
        "day": "2026-10-28",
        "rows": rows,
        "usual_from": max(math.ceil(middle - width), 0),
        "usual_to": math.floor(middle + width),
    }


def test_one_bad_day_among_the_weeks_before_hides_nothing_and_accuses_nobody() -> None:
    earlier, broken = date(2026, 10, 14), date(2026, 10, 28)

    assert found(lambda day: 0 if day == earlier else usual(day)) == []
    assert [count for count, _ in found(lambda day: 0 if day in (earlier, broken) else usual(day))] == [0]


def test_four_weeks_are_too_few_to_judge() -> None:
    assert found(lambda day: 0 if day == date(2026, 10, 28) else usual(day), weeks=5) == []


def test_of_simulated_sources_without_a_fault_hardly_any_is_accused() -> None:
    def source(seed: int) -> Callable[[date], int]:
        chance = random.Random(seed)
        return lambda day: max(0, round(chance.gauss(150, 150**0.5)))

    assert sum(bool(found(source(seed), weeks=9)) for seed in range(20)) == 0
