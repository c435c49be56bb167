"""A plain file of numbers, so that anybody can check an analysis against textbook data: CSV or JSON, `-` for standard input."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from data.errors import Problem, did_you_mean
from metrics.insight import cells

_FORM = "One number a line, a column of labels and columns of numbers, or a JSON list of numbers."
#: How a column of labels may be called, and days, weeks, months and quarters as they may be written.
_LABELS = frozenset(("date", "day", "week", "month", "quarter", "year", "period", "time", "timestamp", "label", "when"))
_ISO = re.compile(r"(\d{4})(?:-?([WwQq])|-)(\d{1,2})(?:-(\d{1,2})(?:[T ][\d:.+Z-]*)?)?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
#: Under these keys a JSON object holds its list.
_LISTS = ("values", "data", "rows", "points", "numbers")


@dataclass(frozen=True)
class Numbers:
    """Numbers in their order with a label each (by default the place, from 1); None is a gap. `name` is the column's."""

    name: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]

    def slice(self, told: str) -> slice:
        """The places of `A:B`, both included: labels, days between which there are some, or places from 1; either may be left out.

        Raises Problem for what is none of them.
        """
        for cut in (place for place, sign in enumerate(told) if sign == ":"):
            first, last = self._place(told[:cut].strip(), 0), self._place(told[cut + 1 :].strip(), len(self.values) - 1, is_end=True)
            if first is not None and last is not None and first <= last:
                return slice(first, last + 1)
        remedy = f"A:B with A before B: places from 1 to {len(self.values)}, or labels such as {self.labels[0]}." if self.labels else None
        raise Problem(f'"{told}" is no stretch of these values', remedy=remedy)

    def _place(self, word: str, default: int, *, is_end: bool = False) -> int | None:
        if not word:
            return default
        if word in self.labels:
            return self.labels.index(word)
        if word.isdecimal():
            return int(word) - 1 if 1 <= int(word) <= len(self.values) else None
        day, days = _when(word), [_when(label) for label in self.labels]
        if day is None or None in days:
            return None
        inside = [place for place, one in enumerate(days) if one is not None and (one <= day if is_end else one >= day)]
        return (inside[-1] if is_end else inside[0]) if inside else None


@dataclass(frozen=True)
class _Table:
    """Rows of cells with their lines, under names where the file has a header; `between` separates them, empty in JSON."""

    file: str
    names: list[str] | None
    rows: cells.Rows
    between: str = ""
    is_json: bool = False

    def column(self, place: int) -> list[str]:
        return [row[place] if place < len(row) else "" for _line, row in self.rows]


def read(file: str, column: str | None = None) -> Numbers:
    """The numbers of a file in the order of its rows, or of its dates where it has some.

    Raises Problem, with the line, for what is no number, a date that stands twice, and what could be read in two ways.
    """
    name, text = "standard input" if file == "-" else file, cells.text(file)
    table = _of_json(text, name) if text.lstrip().startswith(("[", "{")) else _of_text(text, name)
    if not table.rows:
        raise Problem("holds no numbers", name, remedy=_FORM)
    names = table.names or [str(place + 1) for place in range(max(len(row) for _line, row in table.rows))]
    for line, row in table.rows:
        if len(row) > len(names):
            raise Problem(f"has {len(row)} cells, and the header {len(names)}", name, line, remedy=_FORM)
    label, place = _columns(table, names, column)
    _clear(table, names)
    decimal = cells.decimal_sign(table.column(place), table.between)
    values = [_value(table, decimal, place, line, row) for line, row in table.rows]
    labels = [str(number) for number in range(1, len(values) + 1)] if label is None else table.column(label)
    order = _in_time(table, labels) if label is not None else range(len(values))
    return Numbers(names[place] if table.names else "value", tuple(labels[one] for one in order), tuple(values[one] for one in order))


def _of_text(text: str, file: str) -> _Table:
    between, rows = cells.rows(text)
    if not rows:
        return _Table(file, None, [], between)
    head, body = rows[0][1], rows[1:]
    if not _is_header(head, [row for _line, row in body]):
        return _Table(file, None, rows, between)
    return _Table(file, head, body, between)


def _is_header(head: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Words, and no number, date or gap among them; or a word above nothing but numbers or dates."""
    if not any(_is_value(cell) or (cell and cell.lower() in cells.MISSING) for cell in head):
        return any(head)
    first, under = head[0], [row[0] for row in body if row]
    return bool(first) and not _is_value(first) and bool(under) and all(map(_is_value, under))


def _is_value(cell: str) -> bool:
    return cells.looks_like_number(cell) or _when(cell) is not None


def _of_json(text: str, file: str) -> _Table:
    try:
        told: Any = json.loads(text)
    except ValueError as error:
        raise Problem(f"is no JSON: {error}", file, remedy=_FORM) from None
    if isinstance(told, dict):
        told = next((told[key] for key in _LISTS if isinstance(told.get(key), list)), None)
    if not isinstance(told, list):
        raise Problem("holds no list of numbers", file, remedy=_FORM)
    if all(isinstance(one, dict) for one in told):
        names = list(dict.fromkeys(str(key) for row in told for key in row))
        rows = [(place, [_cell(row.get(name)) for name in names]) for place, row in enumerate(told, start=1)]
        return _Table(file, names or None, rows, is_json=True)
    lists = [(place, [_cell(cell) for cell in (one if isinstance(one, list) else [one])]) for place, one in enumerate(told, start=1)]
    return _Table(file, None, lists, is_json=True)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _columns(table: _Table, names: Sequence[str], wanted: str | None) -> tuple[int | None, int]:
    """Where the labels are, if there are any, and where the numbers: under the name (or number) that was asked for, or the only ones."""
    if wanted is not None and wanted not in names:
        raise Problem(f'{table.file} has no column "{wanted}"', remedy=did_you_mean(wanted, names))
    numeric = [place for place in range(len(names)) if _is_numeric(table.column(place))]
    named = [place for place, name in enumerate(names) if table.names and name.lower() in _LABELS]
    dated = [place for place in range(len(names)) if any(_when(cell) for cell in table.column(place))]
    words = [place for place in range(len(names)) if place not in numeric]
    label = next(iter((*named, *dated, *words, 0)), None) if len(names) > 1 else None
    if wanted is not None:
        place = list(names).index(wanted)
        return label if label != place else None, place
    found = [place for place in numeric if place != label]
    if len(found) > 1:
        raise Problem(f"{table.file} has several columns of numbers", remedy=f"Name one: --column {names[found[0]]}")
    return label, found[0] if found else next((place for place in reversed(range(len(names))) if place != label), 0)


def _is_numeric(column: Sequence[str]) -> bool:
    """Most of its cells are numbers: a word among them is a mistake to be told, not a label."""
    known = [cell for cell in column if cell.lower() not in cells.MISSING]
    return sum(map(cells.looks_like_number, known)) * 2 > len(known)


def _clear(table: _Table, names: Sequence[str]) -> None:
    """Raises Problem where `4,2` without a header could be a number as well as a label and a number."""
    if table.names or len(names) != 2 or table.between not in (",", " "):
        return
    pairs = [row for _line, row in table.rows]
    if not all(len(row) == 2 and row[0].lstrip("-").isdecimal() and row[1].isdecimal() for row in pairs):
        return
    whole = [int(row[0]) for row in pairs]
    if any(after <= before for before, after in pairwise(whole)):
        line, row = table.rows[0]
        said = f'"{table.between.join(row)}" may be one number, or a label and a number'
        raise Problem(said, table.file, line, remedy="Put a header above the columns, or write decimals with a point.")


def _value(table: _Table, decimal: str, place: int, line: int, row: Sequence[str]) -> float | None:
    cell = row[place] if place < len(row) else ""
    if cell.lower() in cells.MISSING:
        return None
    try:
        return cells.number(cell, decimal)
    except ValueError:
        field = table.names[place] if table.names else None
        if table.is_json:
            raise Problem(f'value {line} of the list is no number: "{cell}"', table.file, remedy=_FORM, field=field) from None
        raise Problem(f'"{cell}"{f" under {field}" if field else ""} is no number', table.file, line, remedy=_FORM, field=field) from None


def _when(label: str) -> tuple[int, int, int] | None:
    """What dates are put in order by: a day, month, week or quarter as ISO 8601 writes it, or 31.12.2026."""
    if match := _DOTTED.fullmatch(label):
        day, month, year = map(int, match.groups())
        return year, month, day
    if match := _ISO.fullmatch(label):
        return int(match[1]), int(match[3]), int(match[4] or 0)
    return None


def _in_time(table: _Table, labels: Sequence[str]) -> Sequence[int]:
    """The places in the order of their dates; as they stand where labels are no dates. Raises Problem for a date that stands twice."""
    found = [_when(label) for label in labels]
    if None in found:
        return range(len(labels))
    order = sorted(range(len(labels)), key=lambda place: (found[place], labels[place]))
    for before, after in pairwise(order):
        if labels[before] == labels[after]:
            remedy = "Keep one row a date: XmR judges one value a period."
            raise Problem(f"{labels[after]} stands twice", table.file, None if table.is_json else table.rows[after][0], remedy=remedy)
    return order
