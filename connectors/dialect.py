"""Finds how a file is written: its format, and for CSV its delimiter, quote, escape and header. Found once, then written down."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from connectors.blocks import Reading
from connectors.encoding import inspect, opened
from data.errors import Problem

DELIMITERS = ",;\t|"
SAMPLE = 256 * 1024
_SUFFIXES = {".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"}
_MAGIC = {b"PK\x03\x04": "a zip archive or an Excel workbook", b"\xd0\xcf\x11\xe0": "an old Excel workbook", b"%PDF": "a PDF"}


@dataclass(frozen=True)
class Dialect:
    """How one file is written, as kept in sync_state and in the landing index.

    `columns` are the header's names, in order; `plain_ends` is False when its lines end now one way, now another.
    """

    format: str
    encoding: str = "utf-8"
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    header: bool = True
    gzip: bool = False
    plain_ends: bool = True
    columns: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For JSON; `Dialect.parse` reads it back."""
        return asdict(self)

    @classmethod
    def parse(cls, found: dict[str, Any]) -> Dialect:
        """The dialect that `to_dict` wrote."""
        return cls(**{**found, "columns": tuple(found["columns"])})


def find(path: Path, name: str, reading: Reading, written: Dialect | None = None) -> Dialect:
    """The dialect of a file. What the block declares holds; then what was `written` down before, if it still fits; else it is found.

    Raises Problem (without a place) for a file that is no text, or whose encoding is not the declared one.
    """
    head = path.open("rb").read(4)
    for magic in _MAGIC:
        if head.startswith(magic):
            raise Problem(f"{name} is {_MAGIC[magic]}", remedy="Export it as CSV.")
    if head == b"PAR1" or reading.format == "parquet" or name.endswith(".parquet"):
        return Dialect("parquet")
    zipped = head.startswith(b"\x1f\x8b")
    encoding, plain_ends = inspect(path, name, reading.encoding)
    text = _sample(path, encoding)
    form = reading.format or _SUFFIXES.get(Path(name.removesuffix(".gz")).suffix.lower(), "csv")
    if form == "jsonl":
        return Dialect("jsonl", encoding, gzip=zipped, columns=_keys(text, name))
    blank = Dialect(form, encoding, header=reading.header, gzip=zipped, plain_ends=plain_ends)
    if written is not None and written.format == form and reading.header == written.header:
        told = replace(blank, delimiter=written.delimiter, quote=written.quote, escape=written.escape)
        kept = _with_header(told, text)
        if kept.columns == written.columns:
            return kept
    return _find_csv(text, reading, blank)


def _sample(path: Path, encoding: str) -> str:
    with opened(path) as file:
        raw = file.read(SAMPLE)
    whole = len(raw) < SAMPLE
    text = raw.decode(encoding, errors="replace").removeprefix("\ufeff")
    return text if whole or "\n" not in text else text[: text.rindex("\n") + 1]


def _keys(text: str, name: str) -> tuple[str, ...]:
    if text.lstrip().startswith("["):
        raise Problem(f"{name} is one JSON array", remedy="JSON lines are wanted: one object on each line.")
    found: dict[str, None] = {}
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found |= dict.fromkeys(row if isinstance(row, dict) else ())
    return tuple(found)


def _find_csv(text: str, reading: Reading, blank: Dialect) -> Dialect:
    quote = reading.quote if reading.quote is not None else _quote(text)
    escape = reading.escape if reading.escape is not None else _escape(text, quote)
    candidates = [reading.delimiter] if reading.delimiter else (["\t"] if blank.format == "tsv" else list(DELIMITERS))
    tried = [replace(blank, delimiter=delimiter, quote=quote, escape=escape) for delimiter in candidates]
    return _with_header(max(tried, key=lambda dialect: _fit(text, dialect)), text)


def _escape(text: str, quote: str) -> str:
    """A backslash when quotes inside values follow one, and none is written twice."""
    doubled = rf"[^\r\n{DELIMITERS}{quote}]{quote}{quote}[^\r\n{DELIMITERS}{quote}]"
    return "\\" if quote and f"\\{quote}" in text and not re.search(doubled, text.replace(f"\\{quote}", "")) else quote


def _fit(text: str, dialect: Dialect) -> tuple[float, int]:
    """How well a dialect fits: the share of rows as wide as the first, then the width; one column fits least."""
    rows = _rows(text, dialect, 1000)
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0, width
    return Counter(len(row) for row in rows)[width] / len(rows), width


def _rows(text: str, dialect: Dialect, limit: int) -> list[list[str]]:
    lines = parser(io.StringIO(text, newline=""), dialect)
    found: list[list[str]] = []
    try:
        for row in lines:
            if row:
                found.append(row)
            if len(found) == limit:
                break
    except csv.Error:
        pass  # a value longer than the parser's limit: what was read so far tells enough
    return found


def parser(lines: Iterable[str], dialect: Dialect) -> Any:
    """Python's own reader of CSV that is written so."""
    return csv.reader(
        lines,
        delimiter=dialect.delimiter or ",",
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape if dialect.escape != dialect.quote else None,
        doublequote=dialect.escape == dialect.quote,
    )


def _quote(text: str) -> str:
    first = text.partition("\n")[0].strip()
    single = first.startswith("'") and first.endswith("'") and '"' not in first
    return "'" if single else '"'


def _with_header(dialect: Dialect, text: str) -> Dialect:
    rows = _rows(text, dialect, 1)
    names = rows[0] if rows else []
    if not dialect.header:
        names = [f"column{index}" for index in range(len(names))]
    return replace(dialect, columns=_told_apart(names))


def _told_apart(names: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for index, name in enumerate(name.strip() or f"column{index}" for index, name in enumerate(names)):
        taken = {each.lower() for each in found}
        found.append(name if name.lower() not in taken else f"{name}_{index}")
    return tuple(found)
