"""What people wrote that every page shows: targets, notes, segments. Read again only when something was written in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from data.journal import Annotation, Journal, Segment
from pages.components.memory import Memory

_read = Memory(8)


@dataclass(frozen=True)
class Kept:
    """The targets in force by metric and period, the notes with the newest day first, the segments by name."""

    targets: Mapping[str, Mapping[str, float]]
    notes: tuple[Annotation, ...]
    segments: tuple[Segment, ...]


def kept(book: Journal) -> Kept:
    """What the journal holds now. Raises Problem when it cannot be read."""
    stamp = book.stamp()
    return _kept(book) if stamp is None else _read.recall((book, stamp), None, partial(_kept, book))


def _kept(book: Journal) -> Kept:
    return Kept(book.targets.in_force(), tuple(book.annotations.all()), tuple(book.segments.all()))
