"""Rows and numbers of a plain file as people and their programs write them: separators, decimal commas, gaps, comments."""

from __future__ import annotations

import csv
import io
import math
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from data.errors import Problem

#: What stands where there is no number.
MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "-", "–", "—"))
_LARGEST = 10_000_000
#: A sign with three digits behind it may separate thousands.
_THOUSANDS = re.compile(r"\D*[1-9]\d{0,2}[.,]\d{3}\D*")


def _pattern(decimal: str, group: str) -> re.Pattern[str]:
    """A number with this decimal sign: perhaps a currency, thousands in groups of three, a power of ten, a percent sign."""
    return re.compile(
        rf"(?=.*[0-9])[$€£\s]{{0,2}}(?P<sign>[-+−]?)[$€£\s]{{0,2}}(?P<whole>[0-9]{{1,3}}(?:[{group}\s'’][0-9]{{3}})+|[0-9]*)"
        rf"(?:{decimal}(?P<part>[0-9]*))?(?P<power>(?<=[0-9])e[-+]?[0-9]+)?[$€£\s]{{0,2}}(?P<percent>%?)",
        re.IGNORECASE,
    )


_NUMBERS = {".": _pattern(r"\.", ","), ",": _pattern(",", r"\.")}

Rows = list[tuple[int, list[str]]]


def text(file: str) -> str:
    """The text of a file, of standard input for `-`. Raises Problem for what cannot be read, or is no text."""
    if file == "-":
        return sys.stdin.read()
    try:
        if Path(file).stat().st_size > _LARGEST:
            raise Problem(f"is larger than {_LARGEST // 1_000_000} MB", file)
        return Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", file) from None
    except UnicodeDecodeError:
        raise Problem("is not UTF-8 text", file, remedy="Save it as UTF-8.") from None


def rows(told: str) -> tuple[str, Rows]:
    """The separator and the rows that hold anything, each with its line; lines that begin with `#` are comments.

    The first row tells the separator: tab, semicolon or comma, or blanks between numbers. Where it has none of them every line is
    one cell, so that a later `4,2` is one number; the separator is then empty.
    """
    lines = [(place, line) for place, line in enumerate(told.splitlines(), start=1) if line.strip() and not _is_comment(line)]
    first = lines[0][1] if lines else ""
    between = next((sign for sign in "\t;," if sign in first), "")
    if not between and re.match(r"\S*[0-9]\S*\s", first) and all(map(looks_like_number, first.split()[1:])):
        return " ", [(place, line.split()) for place, line in lines]
    if not between:
        return between, [(place, [line.strip().strip('"')]) for place, line in lines]
    reader = csv.reader(io.StringIO(told), delimiter=between)
    found = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    return between, [(place, row) for place, row in found if any(row) and (len(row[0]) < 2 or not _is_comment(row[0]))]


def _is_comment(line: str) -> bool:
    """A line that begins with `#`; but `#` alone in a cell is a name, and `#N/A` a gap."""
    told = line.strip()
    return told.startswith("#") and told.lower() not in MISSING and not re.match(r"#\s*([,;\t]|$)", told)


def looks_like_number(cell: str) -> bool:
    """Whether this is a number in some country."""
    return any(pattern.fullmatch(cell.strip()) for pattern in _NUMBERS.values())


def decimal_sign(cells: Iterable[str], between: str = ",") -> str:
    """`.` or `,`: what these numbers, of one file, have before their decimals.

    The later of two signs in a number, a sign that cannot separate thousands, the other of one that stands twice. Where every
    number can be read both ways, a comma is a decimal in a file of semicolons and separates thousands elsewhere.
    """
    commas = False
    for cell in cells:
        signs = [sign for sign in cell if sign in ".,"]
        if not signs or not looks_like_number(cell):
            continue
        if len(set(signs)) == 2:
            return signs[-1]
        if len(signs) > 1:
            return "." if signs[0] == "," else ","
        if not _THOUSANDS.fullmatch(cell):
            return signs[0]
        commas = commas or signs[0] == ","
    return "," if commas and between == ";" else "."


def number(cell: str, decimal: str = ".") -> float:
    """The number of a cell, one hundredth of it before a percent sign. Raises ValueError for what is none.

    What can only be a number with the other decimal sign is read so: `5,0` in a file of points.
    """
    other = "," if decimal == "." else "."
    match = _NUMBERS[decimal].fullmatch(cell.strip()) or _NUMBERS[other].fullmatch(cell.strip())
    if match is None:
        raise ValueError(cell)
    sign, whole, part, power, percent = match.group("sign", "whole", "part", "power", "percent")
    digits = "".join(one for one in whole if one.isdigit())
    found = float(f"{'-' if sign in ('-', '−') else ''}{digits}.{part or 0}{power or ''}")
    if not math.isfinite(found):
        raise ValueError(cell)
    return found / 100 if percent else found
