"""The one error that people see: what is wrong, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

#: What is longer than this is nothing that anybody reads, or a name to compare with others.
_READABLE, _LONGEST_NAME = 1000, 100


@dataclass
class Problem(Exception):
    """Something that the reader of the message can mend.

    `file`, `line` and `column` (both from 1) point at the text that is wrong, `field` is the key that it stands under; `remedy`
    says what would be right.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    remedy: str | None = None
    field: str | None = None

    def __post_init__(self) -> None:
        self.message = _in_one_line(self.message)
        self.remedy = _in_one_line(self.remedy) if self.remedy else self.remedy

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place + ' ' if place else ''}{self.message}{'. ' + self.remedy if self.remedy else ''}"


def _in_one_line(text: str) -> str:
    """What can be printed anywhere: no line breaks, no signs that steer a terminal or turn a line around, not endless."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text[:_READABLE])
    return text if len(text) <= _READABLE else text[: _READABLE - 1] + "…"


def is_interrupt(error: BaseException) -> bool:
    """Whether somebody pressed Ctrl-C: while a statement runs, DuckDB turns that into a RuntimeError."""
    return isinstance(error, KeyboardInterrupt) or (isinstance(error, RuntimeError) and str(error) == "Query interrupted")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy: the nearest of the known words, or all of them when none is near."""
    names = sorted(known)
    near = get_close_matches(word, names, n=2, cutoff=0.6) if len(word) <= _LONGEST_NAME else []
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"Known: {', '.join(names)}." if names else "None is defined."
