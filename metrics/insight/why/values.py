"""Decompositions of a plain file of numbers (CSV or JSON), so that anyone can check them against a textbook."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.errors import Problem
from metrics.insight.why import cautions, decompose
from metrics.insight.why.decompose import Decomposition, Pair

_MEMBER = ("member", "segment", "name", "group", "sector", "product", "category", "channel", "department")
_PERIOD = ("period", "year", "time", "when")
#: How the two periods may be told at the end of a column's name.
_SIDES = (("0", "then", "old", "before", "from", "previous"), ("1", "t", "now", "new", "after", "to", "current"))
#: Other words for what a method needs.
_ABOVE = ("above", "numerator", "converted", "admitted", "successes", "conversions", "amount", "revenue", "sales", "value")
_BELOW = ("below", "denominator", "weight", "n", "total", "visits", "applicants", "trials", "base", "count", "users")
_RATE = ("rate", "ratio", "cvr", "conversion", "share", "price", "unit_price")
_QUANTITY = ("quantity", "volume", "units", "qty", "q")
_PRICE = ("price", "unit_price", "p")
_LARGEST = 10_000_000

Row = Mapping[str, float]
#: By member, what it has then and now.
Table = dict[str, tuple[Row, Row]]


def decomposed(file: Path, method: str, convention: str) -> tuple[Decomposition, tuple[cautions.Caution, ...]]:
    """The decomposition of a file's numbers, and what to be careful about.

    One row a member, with columns that end on `_0` and `_1` (or `_then`, `_now`); or one row a member and period, with a column
    `period` of two values, the smaller being then. LMDI takes any factors; mix_rate a numerator and a denominator, or a weight and a
    rate; price_volume a price and a quantity. Raises Problem that names the file, and the line where there is one.
    """
    table = read(file)
    if method == "lmdi":
        found = decompose.lmdi(table)
    elif method == "mix_rate":
        found = decompose.mix_rate([_weighed(file, name, *sides) for name, sides in table.items()], convention)
    elif method == "price_volume":
        found = decompose.price_volume([_priced(file, name, *sides) for name, sides in table.items()], convention)
    else:
        raise Problem("a file of numbers needs a method", remedy="Add --method lmdi, mix_rate or price_volume.")
    return found, cautions.of(found)


def read(file: Path) -> Table:
    """The members of a file with their numbers then and now. Raises Problem."""
    rows = _rows(file)
    if not rows:
        raise Problem("there is no row of numbers", str(file), remedy="Give one row a member.")
    names = {key.strip().lower() for _line, row in rows for key in row}
    period = next((one for one in _PERIOD if one in names), None)
    return _long(file, rows, period) if period else _wide(file, rows)


def _rows(file: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        if file.stat().st_size > _LARGEST:
            raise Problem(f"is larger than {_LARGEST // 1_000_000} MB", str(file))
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(file)) from None
    except UnicodeDecodeError:
        raise Problem("is not UTF-8 text", str(file), remedy="Save it as UTF-8.") from None
    if text.lstrip().startswith(("{", "[")):
        return _from_json(file, text)
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    separator = max(",;\t", key=lambda one: (lines or [""])[0].count(one))
    reader = csv.DictReader(io.StringIO("\n".join(lines)), delimiter=separator)
    return [(place + 2, {(key or "").strip().lower(): value for key, value in row.items() if key}) for place, row in enumerate(reader)]


def _from_json(file: Path, text: str) -> list[tuple[int, dict[str, Any]]]:
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise Problem(f"is no JSON: {error.msg}", str(file), error.lineno, error.colno) from None
    if isinstance(told, dict):
        listed = next(
            (value for key, value in told.items() if key in ("rows", "members", "values", "data") and isinstance(value, list)), None
        )
        told = listed if listed is not None else [told]
    if not all(isinstance(row, dict) for row in told):
        raise Problem("holds no list of rows", str(file), remedy='Write [{"member": "a", "price_0": 1, …}, …].')
    return [(place, {str(key).strip().lower(): value for key, value in row.items()}) for place, row in enumerate(told, start=1)]


def _wide(file: Path, rows: Sequence[tuple[int, dict[str, Any]]]) -> Table:
    found: Table = {}
    for line, row in rows:
        sides: tuple[dict[str, float], dict[str, float]] = ({}, {})
        for key, value in row.items():
            if key in _MEMBER or value in (None, ""):
                continue
            factor, side = _sided(key)
            if side is not None:
                sides[side][factor] = _number(file, line, key, value)
        if set(sides[0]) != set(sides[1]) or not sides[0]:
            lone = ", ".join(sorted(set(sides[0]) ^ set(sides[1]))) or "no number"
            remedy = "Name each factor twice, such as price_0 and price_1, or give a column period."
            raise Problem(f"does not have both periods of {lone}", str(file), line, remedy=remedy)
        _put(file, line, found, _member(row, len(found)), sides)
    return found


def _long(file: Path, rows: Sequence[tuple[int, dict[str, Any]]], period: str) -> Table:
    periods = sorted({str(row.get(period, "")).strip() for _line, row in rows}, key=_in_order)
    if len(periods) != 2:
        raise Problem(f"has {len(periods)} periods, not two: {', '.join(periods[:5])}", str(file), remedy="Keep the two to compare.")
    sides: dict[str, dict[int, dict[str, float]]] = {}
    for line, row in rows:
        side = periods.index(str(row[period]).strip())
        told = {
            key: _number(file, line, key, value) for key, value in row.items() if key not in (period, *_MEMBER) and value not in (None, "")
        }
        member = _member(row, 0)
        if side in sides.setdefault(member, {}):
            raise Problem(f"{member} stands twice in the period {periods[side]}", str(file), line)
        sides[member][side] = told
    factors = list(dict.fromkeys(key for of in sides.values() for row in of.values() for key in row))
    # A member without a row in a period is not there: all that it has is zero.
    return {name: (_full(of.get(0), factors), _full(of.get(1), factors)) for name, of in sides.items()}


def _full(row: Mapping[str, float] | None, factors: Sequence[str]) -> Row:
    return {factor: (row or {}).get(factor, 0.0) for factor in factors}


def _in_order(period: str) -> tuple[int, float, str]:
    word = period.lower()
    side = next((place for place, words in enumerate(_SIDES) if word in words[1:] or word == words[0]), None)
    if side is not None:
        return (0, float(side), word)
    return (1, float(period), word) if re.fullmatch(r"-?\d+(\.\d+)?", period) else (2, 0.0, word)


def _sided(key: str) -> tuple[str, int | None]:
    factor, _, end = key.replace(" ", "_").rpartition("_")
    side = next((place for place, words in enumerate(_SIDES) if end in words), None)
    return (factor, side) if factor else (key, None)


def _member(row: Mapping[str, Any], place: int) -> str:
    named = next((row[one] for one in _MEMBER if row.get(one) not in (None, "")), None)
    return str(named).strip() if named is not None else "all" if not place else f"row {place + 1}"


def _put(file: Path, line: int, found: Table, member: str, sides: tuple[Row, Row]) -> None:
    if member in found:
        raise Problem(f"{member} stands twice", str(file), line)
    found[member] = sides


def _number(file: Path, line: int, key: str, value: Any) -> float:
    text = str(value).strip().replace(" ", "").replace("\u202f", "")
    scale = 0.01 if text.endswith("%") else 1.0
    text = text.rstrip("%").lstrip("$€£")
    if "," in text and "." not in text and not re.fullmatch(r"-?\d{1,3}(,\d{3})+", text):
        text = text.replace(",", ".")
    try:
        number = float(text.replace(",", "")) * scale
    except ValueError:
        raise Problem(f'"{value}" under {key} is no number', str(file), line) from None
    if number != number or number in (float("inf"), float("-inf")):
        raise Problem(f'"{value}" under {key} is no number', str(file), line)
    return number


def _pick(row: Row, words: Sequence[str]) -> float | None:
    return next((row[one] for one in words if one in row), None)


def _weighed(file: Path, name: str, then: Row, now: Row) -> Pair:
    told = []
    for row in (then, now):
        above, below, rate = _pick(row, _ABOVE), _pick(row, _BELOW), _pick(row, _RATE)
        if below is None or (above is None and rate is None):
            said = f"{name} has no numerator and denominator, nor a rate and its weight"
            raise Problem(
                said, str(file), remedy="Name the columns numerator_0, denominator_0, numerator_1, denominator_1, or rate and weight."
            )
        told += [above if above is not None else (rate or 0.0) * below, below]
    return Pair(name, *told)


def _priced(file: Path, name: str, then: Row, now: Row) -> Pair:
    told = []
    for row in (then, now):
        price, quantity, amount = _pick(row, _PRICE), _pick(row, _QUANTITY), _pick(row, _ABOVE)
        if quantity is None or (price is None and amount is None):
            remedy = "Name the columns price_0, quantity_0, price_1, quantity_1."
            raise Problem(f"{name} has no price and quantity", str(file), remedy=remedy)
        told += [price * quantity if price is not None else amount or 0.0, quantity]
    return Pair(name, *told)
