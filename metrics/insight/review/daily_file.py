"""The 6-12 of a plain file of daily numbers, so that anyone can hold it against an example that was worked out elsewhere."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from statistics import fmean

import duckdb

from data import yaml_file
from data.errors import Problem, did_you_mean
from metrics.insight import cells
from metrics.insight.review.weeks import Axis, Cell, SixTwelve, Span, six_twelve
from metrics.kinds import formula
from metrics.kinds.formula import Formula

#: How the numbers of a stretch become one.
AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "mean": fmean,
    "last": lambda found: found[-1],
    "min": min,
    "max": max,
}
#: Days that can be read in one way only, beside those of ISO 8601; the name of a weekday may stand before them.
_DATES = ("%Y/%m/%d", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
_WEEKDAY = re.compile(r"^[A-Za-z]{3,9}, ")


@dataclass(frozen=True)
class Daily:
    """Numbers by column, each with its day, in the order of days. A day may have several rows, and need not have any.

    `words` are the columns without a single number: they say of which part of the company a row is.
    """

    columns: Mapping[str, tuple[tuple[date, float], ...]]
    words: tuple[str, ...] = ()

    def over(self, column: str, span: Span, how: str) -> float | None:
        """The sum, mean, last, min or max of a column's numbers in a stretch of days; None where there is none."""
        found = [value for day, value in self.columns[column] if span.first <= day <= span.last]
        return AGGREGATES[how](found) if found else None


def read(path: Path, where: str | None = None) -> Daily:
    """Reads a CSV whose first column holds days and whose others hold numbers, or nothing: an empty cell, `n/a`, `-` (`cells.MISSING`).

    A column without a single number holds words: `where`, such as `country = UK`, keeps the rows that have this word there.
    Raises Problem with file, line and column of what is neither day, number nor word.
    """
    text = cells.text(str(path))
    between = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=between))
    except csv.Error as error:
        raise Problem(f"is no CSV: {error}", str(path)) from None
    if not rows or len(rows[0]) < 2:
        raise Problem("needs a head with a column of days and one of numbers", str(path), 1, remedy="Begin with: date,orders")
    names = [name.strip() for name in rows[0][1:]]
    if twice := next((name for place, name in enumerate(names) if not name or name in names[:place]), None):
        raise Problem(f'the column "{twice}" stands there twice, or has no name', str(path), 1)
    told = [(line, row) for line, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    if not told:
        raise Problem("holds no day", str(path), 2, remedy="Write a line a day below the head: 2026-01-05,12")
    if short := next(((line, row) for line, row in told if len(row) != len(names) + 1), None):
        raise Problem(f"has {len(short[1])} cells, and the head {len(names) + 1}", str(path), short[0])
    words = tuple(name for place, name in enumerate(names, start=1) if _is_words([row[place].strip() for _, row in told]))
    if where is not None:
        column, word = _part(where, words)
        told = [(line, row) for line, row in told if row[1 + names.index(column)].strip() == word]
    found: dict[str, list[tuple[date, float]]] = {name: [] for name in names if name not in words}
    decimal = cells.decimal_sign((cell for _, row in told for cell in row[1:]), between)
    for line, row in told:
        _row(path, line, row, dict(enumerate(names)), found, decimal)
    return Daily({name: tuple(sorted(values, key=lambda pair: pair[0])) for name, values in found.items()}, words)


def reviewed(daily: Daily, of: Axis, how: Mapping[str, str], formulas: Mapping[str, Formula]) -> dict[str, SixTwelve]:
    """The 6-12 of each column and of each formula, which computes with the columns' values over the stretch.

    `how` says by column whether its days are added up, averaged, or the last one counts.
    """
    told = {name: six_twelve(of, partial(_cell, daily, how, name), like_for_like=False) for name in daily.columns}
    with duckdb.connect() as connection:
        for name, written in formulas.items():
            told[name] = six_twelve(of, partial(_computed, connection, daily, how, written), like_for_like=False)
    return told


def _computed(connection: duckdb.DuckDBPyConnection, daily: Daily, how: Mapping[str, str], written: Formula, span: Span) -> Cell:
    """A formula over what its columns give for the whole stretch."""
    cells = {f"p{place}": _cell(daily, how, part, span) for place, part in enumerate(written.parts)}
    sql = formula.combine(written, {part: f"CAST($p{place} AS DOUBLE)" for place, part in enumerate(written.parts)})
    found = connection.execute(f"SELECT CAST({sql} AS DOUBLE)", {key: cell.value for key, cell in cells.items()}).fetchone()
    return Cell(found[0] if found else None, all(cell.final for cell in cells.values()))


def aggregates(told: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """How each column is put together: `sum` for all of them, or `price=last` for one. Raises Problem."""
    how = dict.fromkeys(columns, "sum")
    for one in sorted(told, key=lambda word: "=" in word):  # what is said of one column goes over what is said of all
        column, _, chosen = one.rpartition("=")
        if chosen not in AGGREGATES:
            raise Problem(f'days are put together by {", ".join(AGGREGATES)}, not by "{chosen}"')
        how |= dict.fromkeys([_known(column, columns)] if column else columns, chosen)
    return how


def formulas(told: Sequence[str], columns: Sequence[str]) -> dict[str, Formula]:
    """The formulas by name, of texts such as `cvr = orders / visits`. Raises Problem for one that is wrong."""
    found: dict[str, Formula] = {}
    for one in told:
        name, equals, text = (part.strip() for part in one.partition("="))
        if not equals or not name or name in columns or name in found:
            raise Problem(f'"{one}" is no formula with a name of its own', remedy='Write "cvr = orders / visits".')
        found[name] = formula.read("formula", yaml_file.parse(f"formula: {yaml_file.written(text)}", "--formula"), name)
        for part in found[name].parts:
            _known(part, columns)
    return found


def _known(column: str, columns: Sequence[str]) -> str:
    if column not in columns:
        raise Problem(f'there is no column "{column}"', remedy=did_you_mean(column, columns))
    return column


def _cell(daily: Daily, how: Mapping[str, str], name: str, span: Span) -> Cell:
    days = daily.columns[name]
    whole = bool(days) and days[0][0] <= span.first and span.last <= days[-1][0]
    return Cell(daily.over(name, span, how[name]), whole)


def _is_words(column: Sequence[str]) -> bool:
    """Whether a column says which part a row is of: nowhere a number, and something that comes again."""
    told = [cell for cell in column if cell.lower() not in cells.MISSING]
    return len(set(told)) < len(told) and not any(map(cells.looks_like_number, told))


def _part(where: str, words: Sequence[str]) -> tuple[str, str]:
    """The column and the word of a condition such as `country = UK`. Raises Problem."""
    column, equals, word = (part.strip() for part in where.partition("="))
    if not equals or column not in words:
        remedy = did_you_mean(column, words) if words else "Every column of the file holds numbers."
        raise Problem(f'"{where}" names no column of words', remedy=remedy)
    return column, word.strip("'\"")


def _row(
    path: Path, line: int, row: Sequence[str], names: Mapping[int, str], found: Mapping[str, list[tuple[date, float]]], decimal: str
) -> None:
    day = _day(row[0].strip())
    if day is None:
        raise Problem(f'"{row[0]}" is no day', str(path), line, 1, "Write it as 2026-01-05.")
    for place, cell in enumerate(row[1:]):
        if names[place] not in found or cell.strip().lower() in cells.MISSING:
            continue
        try:
            found[names[place]].append((day, cells.number(cell, decimal)))
        except ValueError:
            remedy = "Write 1234.5, or leave it empty where there is none."
            raise Problem(f'"{cell}" is no number', str(path), line, place + 2, remedy) from None


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text).date()
    for form in _DATES:
        with suppress(ValueError):
            return datetime.strptime(_WEEKDAY.sub("", text), form).date()
    return None
