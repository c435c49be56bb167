"""A heat table: members of two dimensions against each other, each cell tinted by its number. A cell opens what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.components import report
from pages.components.drawing import drawing


@dataclass(frozen=True)
class Cell:
    """A number written out, and how strongly it is tinted (0 to 1; None where there is no number).

    `pale` tells a number that is not final; `told` is added to what those hear who do not see it.
    """

    text: str
    share: float | None
    pale: bool = False
    told: str = ""


@dataclass(frozen=True)
class Heading:
    """A row or a column: the member that it stands for, and its name."""

    id: str
    label: str


@dataclass(frozen=True)
class Line:
    """A row with its cells, in the order of the columns; those that are missing at its end are blank. `note` stands beside its name."""

    id: str
    label: str
    cells: tuple[Cell, ...]
    note: str = ""


def heat(
    lines: Sequence[Line],
    columns: Sequence[Heading],
    *,
    key: str,
    title: str,
    on_pick: Callable[[str, str], None],
    above: str = "",
) -> None:
    """Draws the table under the HTML of its heading; a click on a cell calls `on_pick(its row's id, its column's)`."""

    def picked(cell: dict[str, str]) -> None:
        on_pick(cell["row"], cell["column"])

    width = len(columns)
    rows = [(line.label, line.note, *[cell.text for cell in line.cells], *[""] * (width - len(line.cells))) for line in lines]
    report.listed(title, ("", "", *(one.label for one in columns)), rows, numbers=range(1, width + 2))
    told = [vars(line) | {"cells": [vars(cell) for cell in line.cells]} for line in lines]
    data = {"title": title, "columns": [vars(one) for one in columns], "rows": told}
    _heat(key=key, data=data, above=above, picked=picked)


_heat = drawing("heat", '<div class="wrap"><table role="grid"></table></div>')
