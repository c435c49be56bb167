"""Rows that follow each other evenly, as SQL that counts them.

DuckDB 2.0 spends some 25 µs on each row of a list of values, so that two years of days cost more than the query itself; a series
costs nothing. Columns of numbers, days, moments and flags are told by their first value and their step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from metrics.sql import literal

_FEW = 4
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def calendar(columns: Mapping[str, Sequence[date | datetime | None]]) -> str:
    """The body of a CTE that holds these rows of days or moments.

    Unless they follow each other evenly they stand as text that is cast once. A column of days that keeps its distance from an
    earlier one is written as that distance.
    """
    if told := series(columns):
        return told
    written: dict[str, Sequence[date | datetime | None]] = {}
    shown: list[str] = []
    for name, column in columns.items():
        origin, days = next(((other, days) for other, told in written.items() if (days := _distance(told, column)) is not None), (name, 0))
        written.setdefault(origin, column)
        kind = "TIMESTAMPTZ" if any(isinstance(one, datetime) for one in column) else "DATE"
        shown.append(f"CAST({origin} AS {kind}){f' {days:+d}'.replace('+', '+ ').replace('-', '- ') if days else ''} AS {name}")
    texts = [["NULL" if one is None else f"'{one.isoformat()}'" for one in column] for column in written.values()]
    rows = [f"({', '.join(row)})" for row in zip(*texts, strict=True)]
    in_line = max(1, 120 // (max(map(len, rows)) + 2))
    lines = [", ".join(rows[at : at + in_line]) for at in range(0, len(rows), in_line)]
    return f"  SELECT {', '.join(shown)}\n  FROM (VALUES\n    " + ",\n    ".join(lines) + f"\n  ) AS calendar({', '.join(written)})"


def values(columns: Mapping[str, Sequence[object]]) -> str:
    """The body of a CTE whose rows Python made: as typed literals, unless they follow each other evenly."""
    if told := series(columns):
        return told
    rows = [f"({', '.join(literal(value) for value in row)})" for row in zip(*columns.values(), strict=True)]
    body = ",\n    ".join(rows)
    return f"  SELECT * FROM (VALUES\n    {body}\n  ) AS told({', '.join(columns)})"


def series(columns: Mapping[str, Sequence[object]]) -> str | None:
    """The body of a CTE that holds these rows; None where they are few, or a column does not go on evenly."""
    (name, column), *others = columns.items()
    if (length := len(column)) <= _FEW:
        return None
    if not others and (days := _days_alone(name, column)):
        return days
    told = {name: _even(column) for name, column in columns.items()}
    if None in told.values():
        return None
    shown = [f"{sql} AS {name}" for name, sql in told.items()]
    listed = f" {shown[0]}" if len(shown) == 1 else "\n    " + ",\n    ".join(shown)
    return f"  SELECT{listed}\n  FROM generate_series(0, {length - 1}) AS counted(place)"


def _distance(one: Sequence[date | datetime | None], other: Sequence[date | datetime | None]) -> int | None:
    """The days from one column to the other, where it is the same number in every row."""
    here, there = one[0], other[0]
    if here is None or there is None or isinstance(here, datetime) or isinstance(there, datetime) or None in one or None in other:
        return None
    step = there - here
    return step.days if all(b - a == step for a, b in zip(one, other, strict=True) if a and b) else None


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
    if interval := _interval(column):
        return f"CAST({literal(column[0])} + place * {interval} AS DATE)"
    following = [one + _DAY for one in column]
    firsts = _days(following) if {one.day for one in following} == {1} else None
    return f"{firsts} - 1" if firsts else None


def _days_alone(name: str, column: Sequence[object]) -> str | None:
    """A column of days that stands by itself, which needs no place to be counted from."""
    days = [one for one in column if isinstance(one, date) and not isinstance(one, datetime)]
    if len(days) < len(column) or not (interval := _interval(days)):
        return None
    bounds = f"{literal(days[0])}, {literal(days[-1])}, {interval}"
    return f"  SELECT CAST(day AS DATE) AS {name}\n  FROM generate_series({bounds}) AS counted(day)"


def _interval(column: Sequence[date]) -> str | None:
    """What lies between each day and the next, where it is the same number of days, or of months from their first days."""
    if column[1] < column[0]:
        return None
    if step := _step(column):
        return f"INTERVAL {step // _DAY} DAY"
    months = _step([12 * one.year + one.month for one in column]) if {one.day for one in column} == {1} else None
    return f"INTERVAL {months} MONTH" if months else None


def _step(column: Sequence[Any]) -> Any:
    """The distance from each to the next, where it is the same everywhere."""
    step = column[1] - column[0]
    return step if all(later - one == step for one, later in pairwise(column)) else None


#: A flag is a number to Python, and a moment a day.
_MADE: tuple[tuple[type, Callable[[Any], str | None]], ...] = ((bool, _flags), (int, _numbers), (datetime, _moments), (date, _days))
