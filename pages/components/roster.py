"""A table of things to compare, one a row: sorted by its headings, each row a link to its own page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from pages.components import report
from pages.components.drawing import drawing
from pages.components.i18n import _


@dataclass(frozen=True)
class Heading:
    """A column. `group` is the heading over it and its neighbours; `spoken` says what it is when the label alone is too short."""

    id: str
    label: str
    group: str = ""
    number: bool = True
    spoken: str = ""


@dataclass(frozen=True)
class Mark:
    """A word with its shape and colour: `bad` a square, `warn` a diamond, `flat` a ring."""

    text: str
    tone: str = "flat"


@dataclass(frozen=True)
class Cell:
    """A text with the tone of a change (good, bad, flat) and, before it, a small curve; or marks in its place.

    `note` stands small under it; `origin` says by its shape where the value comes from (data, person, assumed, missing).
    """

    text: str = ""
    tone: str = ""
    spark: tuple[float | None, ...] = ()
    marks: tuple[Mark, ...] = ()
    note: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Line:
    """A row: what it is about, a smaller text under its name, where it leads to, and its cells in the order of the columns."""

    id: str
    label: str
    note: str
    href: str
    cells: tuple[Cell, ...]


def roster(
    lines: Sequence[Line],
    headings: Sequence[Heading],
    *,
    key: str,
    title: str,
    sorted_by: tuple[str, bool],
    on_sort: Callable[[str], None],
    own: Sequence[str] = (),
) -> str | None:
    """Draws the table and gives the id of the row that was opened just now.

    The first heading names the rows. `sorted_by` is the column in whose order they stand, and whether the largest comes first; a click
    on a heading calls `on_sort(its id)` before the page runs again. `own` are the parameters of the URL that links do not carry on.
    """

    def opened(line: str) -> None:
        st.session_state[f"{key}-opened"] = line

    told = [(f"{line.label} ({line.note})", *map(_written, line.cells)) for line in lines]
    report.listed(title, [one.label for one in headings], told, numbers=[place for place, one in enumerate(headings) if one.number])
    column, falling = sorted_by
    data = {
        "title": title,
        "headings": [asdict(one) for one in headings],
        "lines": [asdict(line) for line in lines],
        "sorted": {"id": column, "falling": falling},
        "own": list(own),
        "words": {"sort": _("Sort by {column}")},
    }
    _roster(key=key, data=data, sorted=on_sort, opened=opened)
    found: str | None = st.session_state.pop(f"{key}-opened", None)
    return found


def _written(cell: Cell) -> str:
    said = cell.text or ", ".join(mark.text for mark in cell.marks)
    return f"{said} ({cell.note})" if cell.note else said


_roster = drawing("roster", '<div class="wrap" tabindex="0" role="region"><table></table></div>')
