"""A table of texts, as plain HTML: read by screen readers as a table, and on a phone each row becomes a small card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from pages.components import report


@dataclass(frozen=True)
class Column:
    """A column's name; numbers are set flush right."""

    name: str
    number: bool = False


@dataclass(frozen=True)
class Cell:
    """A text and, under it, a smaller one. `tone` (good, warn, bad) puts its shape and colour before the text.

    `share` (0 to 1) is drawn as a bar beside the text; `href` makes the text a link (`places.address`).
    """

    text: str
    note: str = ""
    tone: str = ""
    share: float | None = None
    href: str = ""


Rows = Sequence[Sequence[Cell | str]]


def table(columns: Sequence[Column], rows: Rows, *, title: str, close: bool = False) -> None:
    """Draws the table; a row's cells stand in the order of the columns. `title` names it for those who hear it; `close` without rules."""
    texts = [[" · ".join(part for part in (cell.text, cell.note) if part) for cell in _cells(row)] for row in rows]
    flush = [place for place, column in enumerate(columns) if column.number]
    report.listed(title, [column.name for column in columns], texts, numbers=flush)
    st.html(markup(columns, rows, title=title, close=close))


def markup(columns: Sequence[Column], rows: Rows, *, title: str, close: bool = False) -> str:
    """The table as HTML, to be put into other HTML."""
    head = "".join(f'<th scope="col" class="{_kind(column)}">{escape(column.name)}</th>' for column in columns)
    body = "".join(f"<tr>{_row(columns, row)}</tr>" for row in rows)
    look = "tv-table tv-close" if close else "tv-table"
    return f'<table class="{look}" aria-label="{escape(title)}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(columns: Sequence[Column], row: Sequence[Cell | str]) -> str:
    return "".join(_cell(column, cell) for column, cell in zip(columns, _cells(row), strict=True))


def _cells(row: Sequence[Cell | str]) -> list[Cell]:
    return [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]


def _cell(column: Column, cell: Cell) -> str:
    mark = f'<span class="tv-mark {cell.tone}"></span>' if cell.tone else ""
    bar = f'<span class="tv-share"><i style="width:{cell.share:.1%}"></i></span>' if cell.share is not None else ""
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    empty = "" if cell.text else " empty"
    text = f'<a href="{escape(cell.href)}">{escape(cell.text)}</a>' if cell.href else escape(cell.text)
    return f'<td class="{_kind(column)}{empty}" data-label="{escape(column.name)}"><div>{mark}{text}{bar}{note}</div></td>'


def _kind(column: Column) -> str:
    return "number" if column.number else "text"
