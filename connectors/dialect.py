"""Finds how a file is written: its encoding, and for CSV its delimiter, quote, escape and header. Found once, then written down."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from connectors.blocks import Reading
from data.errors import Problem

DELIMITERS = ",;\t|"
SAMPLE = 256 * 1024
_CHUNK = 1 << 20
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
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise Problem(f"{name} is {what}", remedy="Export it as CSV.")
    if head == b"PAR1" or reading.format == "parquet" or name.endswith(".parquet"):
        return Dialect("parquet")
    zipped = head.startswith(b"\x1f\x8b")
    encoding, plain_ends = _inspect(path, name, reading.encoding, zipped)
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


def _inspect(path: Path, name: str, declared: str | None, zipped: bool) -> tuple[str, bool]:
    """The encoding of a whole file, the declared one or what its bytes allow; and whether all its lines end alike."""
    with opened(path) as file:
        try:
            ends = _Ends(file)
            return _encoding(ends, name, codecs.lookup(declared).name if declared else None), ends.alike()
        except (EOFError, gzip.BadGzipFile, OSError) as error:
            if zipped:
                raise Problem(f"{name} is cut short or damaged ({error})", remedy="Export it again.") from None
            raise


def transcode(path: Path, target: Path, dialect: Dialect) -> None:
    """Writes the file as UTF-8 text with plain ends of lines, for the reader of the warehouse."""
    with opened(path) as file, target.open("w", encoding="utf-8", newline="", errors="surrogateescape") as written:
        text = io.TextIOWrapper(file, encoding=dialect.encoding, errors="strict" if dialect.encoding != "utf-8" else "surrogateescape")
        while chunk := text.read(_CHUNK):
            written.write(chunk)


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked when it is a gzip archive."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]


class _Ends:
    """Counts how lines end, while somebody else reads the file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._last = file, b""
        self._returns = self._both = self._feeds = 0

    def read(self, size: int) -> bytes:
        chunk = self._file.read(size)
        returns = chunk.count(b"\r")
        if returns or self._returns:
            self._both += chunk.count(b"\r\n") + (self._last == b"\r" and chunk.startswith(b"\n"))
            self._feeds += chunk.count(b"\n")
        elif b"\n" in chunk:
            self._feeds += 1  # one is enough to tell that lines end without a return
        self._returns += returns
        self._last = chunk[-1:]
        return chunk

    def alike(self) -> bool:
        while self.read(_CHUNK):
            pass
        return self._returns == 0 or self._returns == self._both == self._feeds


def _encoding(file: _Ends, name: str, declared: str | None) -> str:
    first = file.read(_CHUNK)
    marked = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: "utf-8"}
    by_mark = next((encoding for mark, encoding in marked.items() if first.startswith(mark)), None)
    wanted = declared or by_mark or "utf-8"
    if by_mark == "utf-16" and declared is None:
        return "utf-16"
    if b"\0" in first[:4096] and not wanted.startswith(("utf-16", "utf-32")):
        raise Problem(f"{name} is not text", remedy="If it is UTF-16 without a mark, say encoding: utf-16-le.")
    bad, good = _decoded(first, file, wanted)
    if not bad:
        return wanted
    if declared is not None and not declared.startswith("utf-8"):
        raise Problem(f"{name} is not {declared} ({bad})", remedy="Leave encoding out, or say the right one.")
    if good:
        return "utf-8"  # mostly UTF-8: the lines that are not go to the rejects
    if declared is not None:
        raise Problem(f"{name} is not UTF-8 ({bad})", remedy="Say encoding: windows-1252, or save it as UTF-8.")
    return "cp1252"


def _decoded(first: bytes, file: _Ends, encoding: str) -> tuple[str, bool]:
    """(what does not fit the encoding, whether signs of several bytes were met that do)."""
    decoder = codecs.getincrementaldecoder(encoding)()
    chunk, good = first, False
    while chunk:
        if not chunk.isascii() or encoding != "utf-8":
            try:
                decoder.decode(chunk)
                good = True
            except UnicodeError as error:
                return str(error).replace("'", ""), good or _some_utf8(chunk)
        chunk = file.read(_CHUNK)
    return "", good


def _some_utf8(chunk: bytes) -> bool:
    return any(not line.isascii() and _is_utf8(line) for line in chunk.split(b"\n"))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


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
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.delimiter or ",",
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape if dialect.escape != dialect.quote else None,
        doublequote=dialect.escape == dialect.quote,
    )
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
