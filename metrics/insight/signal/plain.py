"""A plain file of numbers, so that anybody can check an analysis against textbook data: CSV or a JSON list, `-` for standard input."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import Problem, did_you_mean

_FORM = "One number a line, a column of labels and columns of numbers, or a JSON list of numbers."


@dataclass(frozen=True)
class Numbers:
    """Numbers in their order with a label each (by default the place, from 1); None is a gap. `name` is the column's."""

    name: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]

    def slice(self, told: str) -> slice:
        """The places of `A:B`, both included: labels, or else places from 1; either may be left out.

        Raises Problem for what is none of them.
        """
        for cut in (place for place, sign in enumerate(told) if sign == ":"):
            first, last = self._place(told[:cut], 0), self._place(told[cut + 1 :], len(self.values) - 1)
            if first is not None and last is not None and first <= last:
                return slice(first, last + 1)
        remedy = f"A:B with A before B: places from 1 to {len(self.values)}, or labels such as {self.labels[0]}." if self.labels else None
        raise Problem(f'"{told}" is no stretch of these values', remedy=remedy)

    def _place(self, word: str, default: int) -> int | None:
        word = word.strip()
        if not word:
            return default
        if word in self.labels:
            return self.labels.index(word)
        return int(word) - 1 if word.isdecimal() and 1 <= int(word) <= len(self.values) else None


def read(file: str, column: str | None = None) -> Numbers:
    """The numbers of a file. Raises Problem, with the line, for what is no number."""
    name = "standard input" if file == "-" else file
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{name} cannot be read: {error}", remedy=_FORM) from None
    found = _json(text, name) if text.lstrip().startswith("[") else _table(text, name, column)
    if not found.values:
        raise Problem(f"{name} holds no numbers", remedy=_FORM)
    return found


def _json(text: str, file: str) -> Numbers:
    try:
        told: list[Any] = json.loads(text)
    except ValueError as error:
        raise Problem(f"is no JSON: {error}", file, remedy=_FORM) from None
    for place, value in enumerate(told, start=1):
        if value is not None and not (isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)):
            raise Problem(f"value {place} of the list is no number", file, remedy=_FORM)
    return Numbers("value", _places(len(told)), tuple(None if value is None else float(value) for value in told))


def _places(count: int) -> tuple[str, ...]:
    return tuple(str(place) for place in range(1, count + 1))


def _table(text: str, file: str, column: str | None) -> Numbers:
    separator = next((sign for sign in ("\t", ";") if sign in text.split("\n", 1)[0]), ",")
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    if not lines:
        raise Problem(f"{file} holds no numbers", remedy=_FORM)
    width = max(len(row) for _line, row in lines)
    header = [cell.strip() for cell in lines[0][1]] if not any(_is_number(cell) for cell in lines[0][1]) else None
    body = lines[1:] if header else lines
    place = _column(header or [f"{number}" for number in range(1, width + 1)], body, column, file)
    values = tuple(_value(row[place] if place < len(row) else "", line, file) for line, row in body)
    labels = _places(len(body)) if not place else tuple(row[0].strip() for _line, row in body)
    return Numbers(header[place] if header else "value", labels, values)


def _column(names: Sequence[str], body: Sequence[tuple[int, list[str]]], wanted: str | None, file: str) -> int:
    """The column that is meant: the one of that name (or number), or the only one of numbers beside the labels in the first."""
    if wanted is not None:
        if wanted not in names:
            raise Problem(f'{file} has no column "{wanted}"', remedy=did_you_mean(wanted, names))
        return list(names).index(wanted)
    numeric = [
        place
        for place in range(1 if len(names) > 1 else 0, len(names))
        if all(place >= len(row) or not row[place].strip() or _is_number(row[place]) for _line, row in body)
    ]
    if len(numeric) > 1:
        raise Problem(f"{file} has several columns of numbers", remedy=f"Name one: --column {names[numeric[0]]}")
    return numeric[0] if numeric else len(names) - 1


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _value(cell: str, line: int, file: str) -> float | None:
    if not cell.strip():
        return None
    if not _is_number(cell):
        raise Problem(f'"{cell.strip()}" is no number', file, line, remedy=_FORM)
    return float(cell)
