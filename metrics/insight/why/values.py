"""Decompositions of a plain file of numbers (CSV or JSON), so that anyone can check them against a textbook."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from data.errors import Problem
from metrics.insight import cells
from metrics.insight.why import cautions, decompose
from metrics.insight.why.decompose import Decomposition, Pair

_MEMBER = ("member", "segment", "name", "group", "sector", "product", "category", "channel", "department")
_PERIOD = ("period", "year", "time", "when")
_NAMES = frozenset((*_MEMBER, *_PERIOD))
#: How the two periods may be told at the end of a column's name.
_SIDES = (("0", "t0", "then", "old", "before", "from", "previous"), ("1", "t", "t1", "now", "new", "after", "to", "current"))
#: Other words for what a method needs.
_ABOVE = ("above", "numerator", "converted", "admitted", "successes", "conversions", "amount", "revenue", "sales", "value")
_BELOW = ("below", "denominator", "weight", "n", "total", "visits", "applicants", "trials", "base", "count", "users")
_RATE = ("rate", "ratio", "cvr", "conversion", "share", "price", "unit_price")
_QUANTITY = ("quantity", "volume", "units", "qty", "q")
_PRICE = ("price", "unit_price", "p")

Row = Mapping[str, float]
#: By member, what it has then and now.
Table = dict[str, tuple[Row, Row]]


def decomposed(file: str, method: str, convention: str) -> tuple[Decomposition, tuple[cautions.Caution, ...]]:
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


def read(file: str) -> Table:
    """The members of a file with their numbers then and now. Raises Problem."""
    rows = _rows(file)
    if not rows:
        raise Problem("there is no row of numbers", file, remedy="Give one row a member.")
    names = list(dict.fromkeys(key for _line, row in rows for key in row))
    period = next((one for one in _PERIOD if one in names), None)
    member = next((one for one in _MEMBER if one in names), None) or next(
        (name for name in names if name != period and all(_is_word(row.get(name)) for _line, row in rows)), None
    )
    return _long(file, rows, period, member) if period else _wide(file, rows, member)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and value.lower() not in cells.MISSING


def _rows(file: str) -> list[tuple[int, dict[str, Any]]]:
    """The rows with their lines, by name of the column in small letters; a text that is a number in this file's way is one."""
    text = cells.text(file)
    if text.lstrip().startswith(("{", "[")):
        between, found = ",", _from_json(file, text)
    else:
        between, lines = cells.rows(text)
        names = [name.lower() for name in lines[0][1]] if lines else []
        if wide := next((line for line, row in lines if any(row[len(names) :])), None):
            raise Problem(f"has more cells than the {len(names)} names in the first row", file, wide)
        found = [(line, dict(zip(names, row, strict=False))) for line, row in lines[1:]]
    texts = [value for _line, row in found for key, value in row.items() if isinstance(value, str) and key not in _NAMES]
    decimal = cells.decimal_sign(texts, between)
    return [(line, {key: value if key in _NAMES else _read(value, decimal) for key, value in row.items()}) for line, row in found]


def _read(value: Any, decimal: str) -> Any:
    try:
        return cells.number(value, decimal) if isinstance(value, str) else value
    except ValueError:
        return value


def _from_json(file: str, text: str) -> list[tuple[int, dict[str, Any]]]:
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise Problem(f"is no JSON: {error.msg}", file, error.lineno, error.colno) from None
    if isinstance(told, dict):
        listed = next(
            (value for key, value in told.items() if key in ("rows", "members", "values", "data") and isinstance(value, list)), None
        )
        told = listed if listed is not None else [told]
    if not all(isinstance(row, dict) for row in told):
        raise Problem("holds no list of rows", file, remedy='Write [{"member": "a", "price_0": 1, …}, …].')
    return [(place, {str(key).strip().lower(): value for key, value in row.items()}) for place, row in enumerate(told, start=1)]


def _wide(file: str, rows: Sequence[tuple[int, dict[str, Any]]], member: str | None) -> Table:
    found: Table = {}
    ends = {key.rpartition("_")[2] for _line, row in rows for key in row}
    years = sorted(end for end in ends if re.fullmatch(r"\d{4}", end))
    for line, row in rows:
        sides: tuple[dict[str, float], dict[str, float]] = ({}, {})
        for key, value in row.items():
            factor, side = _sided(key, years)
            if side is not None and key != member and not _is_missing(value):
                sides[side][factor] = _number(file, line, key, value)
        if set(sides[0]) != set(sides[1]) or not sides[0]:
            lone = ", ".join(sorted(set(sides[0]) ^ set(sides[1])))
            remedy = "Name each factor twice, such as price_0 and price_1, or give a column period."
            raise Problem(f"does not have both periods of {lone}" if lone else "has no number of both periods", file, line, remedy=remedy)
        _put(file, line, found, _member(row, member, len(found)), sides)
    return found


def _long(file: str, rows: Sequence[tuple[int, dict[str, Any]]], period: str, member: str | None) -> Table:
    told = list(dict.fromkeys(str(row.get(period, "")).strip() for _line, row in rows))
    if len(told) != 2:
        raise Problem(f"has {len(told)} periods, not two: {', '.join(told[:5])}", file, remedy="Keep the two to compare.")
    periods = sorted(told, key=lambda one: _in_order(one, told.index(one)))
    factors = [key for key in dict.fromkeys(key for _line, row in rows for key in row) if key not in (period, member)]
    sides: dict[str, dict[int, dict[str, float]]] = {}
    for line, row in rows:
        side, name = periods.index(str(row[period]).strip()), _member(row, member, 0)
        if side in sides.setdefault(name, {}):
            raise Problem(f"{name} stands twice in the period {periods[side]}", file, line)
        if empty := next((key for key in factors if _is_missing(row.get(key))), None):
            raise Problem(f"{name}: there is nothing under {empty}", file, line, remedy="Write 0 where there is none.", field=empty)
        sides[name][side] = {key: _number(file, line, key, row[key]) for key in factors}
    # A member without a row in a period is not there: all that it has is zero.
    nothing = dict.fromkeys(factors, 0.0)
    return {name: (of.get(0, nothing), of.get(1, nothing)) for name, of in sides.items()}


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.lower() in cells.MISSING)


def _in_order(period: str, place: int) -> tuple[int, float, str]:
    """Then before now: by words such as before and after, as numbers, as dates of ISO 8601; others as they come in the file."""
    word = period.lower()
    side = next((place for place, words in enumerate(_SIDES) if word in words), None)
    if side is not None:
        return (0, float(side), word)
    if re.fullmatch(r"-?\d+(\.\d+)?", period):
        return (1, float(period), word)
    return (2, 0.0, word) if re.match(r"\d{4}-", period) else (3, float(place), word)


def _sided(key: str, years: Sequence[str] = ()) -> tuple[str, int | None]:
    """A column's factor and its side: price_0, price_then, old price, p0; price_2025 where there is one other year."""
    name = key.replace(" ", "_")
    begin, _, rest = name.partition("_")
    factor, _, end = name.rpartition("_")
    if len(years) == 2 and end in years:
        return factor, years.index(end)
    for side, words in enumerate(_SIDES):
        if factor and end in words:
            return factor, side
        if rest and begin in words:
            return rest, side
    match = re.fullmatch(r"([a-z]+)([01])", name)
    return (match[1], int(match[2])) if match else (key, None)


def _member(row: Mapping[str, Any], member: str | None, place: int) -> str:
    named = row.get(member) if member else None
    return str(named).strip() if named not in (None, "") else "all" if not place else f"row {place + 1}"


def _put(file: str, line: int, found: Table, member: str, sides: tuple[Row, Row]) -> None:
    if member in found:
        raise Problem(f"{member} stands twice", file, line)
    found[member] = sides


def _number(file: str, line: int, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Problem(f'"{value}" under {key} is no number', file, line, field=key)
    return float(value)


def _pick(row: Row, words: Sequence[str]) -> float | None:
    return next((row[one] for one in words if one in row), None)


def _weighed(file: str, name: str, then: Row, now: Row) -> Pair:
    told = []
    for row in (then, now):
        above, below, rate = _pick(row, _ABOVE), _pick(row, _BELOW), _pick(row, _RATE)
        if above is None and rate is None and len(row) == 2:  # beside what is below the line, the other is above it
            above = next((value for factor, value in row.items() if factor not in _BELOW), None)
        if below is None or (above is None and rate is None):
            said = f"{name} has no numerator and denominator, nor a rate and its weight"
            raise Problem(said, file, remedy="Name the columns numerator_0, denominator_0, numerator_1, denominator_1, or rate and weight.")
        told += [above if above is not None else (rate or 0.0) * below, below]
    return Pair(name, *told)


def _priced(file: str, name: str, then: Row, now: Row) -> Pair:
    told = []
    for row in (then, now):
        price, quantity, amount = _pick(row, _PRICE), _pick(row, _QUANTITY), _pick(row, _ABOVE)
        if quantity is None or (price is None and amount is None):
            remedy = "Name the columns price_0, quantity_0, price_1, quantity_1."
            raise Problem(f"{name} has no price and quantity", file, remedy=remedy)
        told += [price * quantity if price is not None else amount or 0.0, quantity]
    return Pair(name, *told)
