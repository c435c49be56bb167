"""Rows that follow each other evenly, as SQL that counts them.

DuckDB 2.0 spends some 25 µs on each row of a list of values, so that two years of days cost more than the query itself; a series
costs nothing. Columns of numbers, days, moments and flags are told by their first value and their step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

_FEW = 4
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def series(columns: Mapping[str, Sequence[object]]) -> str | None:
    """The body of a CTE that holds these rows; None where they are few, or a column does not go on evenly."""
    length = len(next(iter(columns.values())))
    told = {name: _even(column) for name, column in columns.items()} if length > _FEW else {"": None}
    if None in told.values():
        return None
    shown = [f"{sql} AS {name}" for name, sql in told.items()]
    listed = f" {shown[0]}" if len(shown) == 1 else "\n    " + ",\n    ".join(shown)
    return f"  SELECT{listed}\n  FROM generate_series(0, {length - 1}) AS counted(place)"


def literal(value: object) -> str:
    """A typed value of Python as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return str(value) if isinstance(value, (int, float)) else "'" + str(value).replace("'", "''") + "'"


def _even(column: Sequence[object]) -> str | None:
    """A column as an expression over `place`, which counts the rows from 0."""
    first = column[0]
    if any(type(one) is not type(first) for one in column):
        return None
    if isinstance(first, (bool, int, date)) and len(set(column)) == 1:
        return literal(first)
    make = next((make for kind, make in _MADE if isinstance(first, kind)), None)
    return make(column) if make else None


def _flags(column: Sequence[bool]) -> str | None:
    """TRUE in one stretch of rows."""
    begins, count = column.index(True), column.count(True)
    if not all(column[begins : begins + count]):
        return None
    return f"place < {count}" if begins == 0 else f"place BETWEEN {begins} AND {begins + count - 1}"


def _numbers(column: Sequence[int]) -> str | None:
    step = _step(column)
    if not step:
        return None
    times = "place" if step == 1 else f"{step} * place"
    return f"{times} {'-' if column[0] < 0 else '+'} {abs(column[0])}" if column[0] else times


def _moments(column: Sequence[datetime]) -> str | None:
    step = _step([one.astimezone(UTC) for one in column])
    if not step or step % _HOUR or step < _HOUR:
        return None
    return f"CAST({literal(column[0])} + place * INTERVAL {step // _HOUR} HOUR AS TIMESTAMPTZ)"


def _days(column: Sequence[date]) -> str | None:
    """Days a number of days or months apart; the last days of months are the days before the first ones."""
    if column[1] < column[0]:
        return None
    if step := _step(column):
        return f"CAST({literal(column[0])} + place * INTERVAL {step // _DAY} DAY AS DATE)"
    if {one.day for one in column} == {1}:
        months = _step([12 * one.year + one.month for one in column])
        return f"CAST({literal(column[0])} + place * INTERVAL {months} MONTH AS DATE)" if months else None
    following = [one + _DAY for one in column]
    firsts = _days(following) if {one.day for one in following} == {1} else None
    return f"{firsts} - 1" if firsts else None


def _step(column: Sequence[Any]) -> Any:
    """The distance from each to the next, where it is the same everywhere."""
    step = column[1] - column[0]
    return step if all(later - one == step for one, later in pairwise(column)) else None


#: A flag is a number to Python, and a moment a day.
_MADE: tuple[tuple[type, Callable[[Any], str | None]], ...] = ((bool, _flags), (int, _numbers), (datetime, _moments), (date, _days))
