"""What a run of a page shows, in the order in which it is shown: the components write it down, and the PDF is made from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from pages.components.chart_model import Chart


@dataclass(frozen=True)
class Lead:
    """The answer in a sentence, and how many numbers are on target."""

    text: str
    counts: str = ""


@dataclass(frozen=True)
class Tile:
    """A key figure, its texts written out. `tone` judges its change, `status` (on, risk, off) its target; `spark` is its small curve."""

    label: str
    value: str
    delta: str = ""
    tone: str = "flat"
    note: str = ""
    status: str = ""
    spark: tuple[float | None, ...] = ()
    unfinished: int = 0


@dataclass(frozen=True)
class Tiles:
    """The key figures of a page."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Drawn:
    """A chart with what stands under its title."""

    chart: Chart
    subtitle: str = ""


@dataclass(frozen=True)
class Listed:
    """A list or a table as texts; `numbers` are the places of its columns that are set flush right. `said` is the same in words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Chapter:
    """What begins here: a title, and in small letters what it is about."""

    title: str
    note: str = ""


@dataclass(frozen=True)
class Said:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Beside:
    """Charts beside each other, under a title of their own; `note` says in words what they show."""

    title: str
    charts: tuple[Chart, ...]
    note: str = ""


@dataclass(frozen=True)
class Heading:
    """What stands over a report: the page, its question, the facts of what is shown; and what stands at the foot of each sheet.

    `made` is when it was made; left out, now.
    """

    title: str
    question: str
    facts: Sequence[tuple[str, str]]
    foot: str
    made: datetime | None = None


Part = Lead | Tiles | Drawn | Listed | Chapter | Said | Beside
_parts: ContextVar[list[Part] | None] = ContextVar("report", default=None)


@contextmanager
def collecting(into: list[Part]) -> Iterator[None]:
    """Writes down into the list what is shown within the block, and nothing of what is shown after it, such as the drawer."""
    token = _parts.set(into)
    try:
        yield
    finally:
        _parts.reset(token)


def note(part: Part) -> None:
    """Writes down what is shown; nothing where no report is made."""
    if (parts := _parts.get()) is not None:
        parts.append(part)


def written(title: str, about: str, texts: Sequence[str]) -> None:
    """Writes down a card that is texts alone."""
    note(Chapter(title, about))
    for text in texts:
        note(Said(text))


def listed(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = (), said: str = "") -> None:
    """Writes down a list or a table, without the columns that are empty throughout."""
    kept = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    if kept:
        shown = tuple(tuple(row[place] for place in kept) for row in rows)
        flush = tuple(new for new, place in enumerate(kept) if place in numbers)
        note(Listed(title, tuple(columns[place] for place in kept), shown, flush, said))
