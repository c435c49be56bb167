"""The text of a file: unpacked, in whatever encoding, with whatever ends of lines."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import IO

from data.errors import Problem

_CHUNK = 1 << 20


def inspect(path: Path, name: str, declared: str | None) -> tuple[str, bool]:
    """The encoding of a whole file, the declared one or what its bytes allow; and whether all its lines end alike.

    Raises Problem (without a place) for what is no text, or not in the declared encoding.
    """
    with opened(path) as file:
        ends = _Ends(file)
        try:
            return _encoding(ends, name, codecs.lookup(declared).name if declared else None), ends.alike()
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Problem(f"{name} is cut short or damaged ({error})", remedy="Export it again.") from None


def transcode(path: Path, target: Path, encoding: str) -> None:
    """Writes the file as UTF-8 text with plain ends of lines, for the reader of the warehouse."""
    with opened(path) as file, target.open("w", encoding="utf-8", newline="", errors="surrogateescape") as written:
        text = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape" if encoding == "utf-8" else "strict")
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
        returns = chunk.count(b"\r") if b"\r" in chunk else 0  # counting takes twenty times as long as looking
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
