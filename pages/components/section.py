"""The parts that pages are made of: the lead sentence, tiles with the chart that they drive, cards with lists and tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape, unescape

import streamlit as st

from pages.components import cards, charts, present, report, trust
from pages.components.board import Board, remembered
from pages.components.cards import Card
from pages.components.chart_card import beside_members, chart_card, menu
from pages.components.chart_model import Chart
from pages.components.drawer import Ask, ask
from pages.components.filters import NONE
from pages.components.heat import Cell, Heading, Line, heat
from pages.components.i18n import _
from pages.components.ranked import Row, ranked
from pages.components.states import guarded, nothing


def lead(sentence: str, shown: Sequence[Card]) -> None:
    """The answer in a sentence (HTML), and how many of the tiles are on, nearly on and off the way to their targets."""
    counts = Counter(card.status for card in shown if card.status)
    words = {"on": _("on track"), "risk": _("at risk"), "off": _("off track")}
    items = "".join(f'<li class="{kind}"><b>{counts[kind]}</b>{escape(word)}</li>' for kind, word in words.items()) if counts else ""
    told = ", ".join(f"{counts[kind]} {word}" for kind, word in words.items()) if counts else ""
    report.note(report.Lead(unescape(re.sub(r"<[^>]+>", "", sentence)), told))
    st.html(f'<section class="tv-lead tv-answer"><p>{sentence}</p>{f"<ul>{items}</ul>" if items else ""}</section>')


def board_of_tiles(board: Board, names: Sequence[str], *, key: str, columns: int = 4, most: int = 8) -> tuple[Card, list[Card]]:
    """Tiles of the first `most` of these metrics that have something to show here; gives the picked one and all of them.

    A company that, say, loads no deals sees what stands further down the list in their place.
    """
    board.look_ahead_signals(names)
    known = [present.card(board, name) for name in names if board.has(name)]
    shown = [card for card in known if not card.silent][:most] or known[:most]
    picked = cards.tiles(shown, key=key, columns=columns, on_ask=lambda name, what: _ask(board, name, what))
    return next(card for card in shown if card.id == picked), shown


def board_of_groups(board: Board, groups: Sequence[tuple[str, Sequence[Card]]], *, key: str) -> None:
    """Compact tiles under what they serve."""
    cards.grouped_tiles(groups, key=key, on_ask=lambda name, what: _ask(board, name, what))


def filled(made: Iterable[Chart], most: int) -> list[Chart]:
    """The first `most` of these charts that have something to show; the first ones when none has."""
    every = list(made)
    return [chart for chart in every if not chart.empty][:most] or every[:most]


def hero(board: Board, card: Card, *, height: int = 320, numbered: bool = True) -> None:
    """The chart of the picked tile, with comparison, target and releases; `numbered` puts the tile's number over it."""
    with guarded():
        chart_card(
            board,
            charts.over_time(board, card.id, kind=charts.usual_kind(board, card.id)),
            key="hero",
            height=height,
            head=card if numbered else None,
        )


def ranked_card(
    board: Board, name: str, by: str, *, key: str, title: str, subtitle: str = "", top: int = 8, also: tuple[str, str] | None = None
) -> None:
    """A card with the largest members of a dimension by a metric; a row opens what is behind it."""
    above = titled(board, name, title, subtitle)
    rows: list[Row] = []
    with st.container(key=f"card-{key}", gap="small", height="stretch"):
        with guarded(above):
            if rows := present.ranked(board, name, by, top=top, also=also):
                ranked(rows, key=key, title=title, on_pick=lambda member: _rows(board, name, ((by, member),)), above=above)
            else:
                nothing(above)
        menu(board, name, key=key)
        if rows:
            beside_members(board, name, (by,), title=title, key=key)


def heat_card(board: Board, name: str, by: tuple[str, str], *, key: str, title: str, subtitle: str = "", top: int = 12) -> None:
    """A card with the members of two dimensions against each other; a cell opens what is behind it."""
    above = titled(board, name, title, subtitle)
    lines: list[Line] = []

    def picked(row: str, column: str) -> None:
        _rows(board, name, ((by[0], row), (by[1], column)))

    with st.container(key=f"card-{key}", gap="small", height="stretch"):
        with guarded(above):
            lines, columns = _cells(board, name, by, top)
            if lines:
                heat(lines, columns, key=key, title=title, on_pick=picked, above=above)
            else:
                nothing(above)
        menu(board, name, key=key)
        if lines:
            beside_members(board, name, by, title=title, key=key)


@contextmanager
def card(board: Board, name: str, *, key: str, title: str, subtitle: str = "") -> Iterator[None]:
    """A card with a heading and the menu of a metric, to be filled with anything."""
    with st.container(key=f"card-{key}", gap="small", height="stretch"):
        st.html(titled(board, name, title, subtitle))
        menu(board, name, key=key)
        yield


@contextmanager
def plain_card(*, key: str, title: str, subtitle: str = "") -> Iterator[None]:
    """A card of no metric."""
    with st.container(key=f"card-{key}", gap="small"):
        st.html(plainly(title, subtitle))
        with guarded():
            yield


def first_known(board: Board, name: str, dimensions: Sequence[str]) -> str:
    """The first of the dimensions that tells the metric's rows apart in this workspace; the last one when none does."""
    for dimension in dimensions[:-1]:
        if dimension in board.dimensions(name):
            members = {str(row[dimension]) for row in board.total(name, by=(dimension,), compare=False).rows}
            if members - {NONE}:
                return dimension
    return dimensions[-1]


@remembered
def _cells(board: Board, name: str, by: tuple[str, str], top: int) -> tuple[list[Line], list[Heading]]:
    metric = board.metric(name)
    largest = [row.id for row in present.ranked(board, name, by[0], top=top, curves=False) if row.id != present.OTHER]
    found = board.total(name, by=by, compare=False).rows
    values = {(str(row[by[0]]), str(row[by[1]])): present.number(row[name]) for row in found}
    sizes = Counter[str]()
    for (_row, column), value in values.items():
        sizes[column] += int(value or 0)
    columns = [Heading(column, present.member(column)) for column, _size in sizes.most_common(6)]
    most = max((value for value in values.values() if value), default=1.0)
    lines = []
    for row in largest:
        cells = [present.cell(board, metric, values.get((row, column.id)), most) for column in columns]
        lines.append(Line(row, present.member(row), tuple(Cell(*cell) for cell in cells)))
    return lines, columns


def titled(board: Board, name: str, title: str, subtitle: str) -> str:
    """The heading as HTML, with room for the menu in the corner and a mark where the metric's tests fail."""
    return _titled(f"{escape(title)}{trust.mark(board, name)}", subtitle, "tv-title tv-cornered")


def plainly(title: str, subtitle: str = "") -> str:
    """The heading of a card of no metric as HTML."""
    return _titled(escape(title), subtitle, "tv-title")


def _titled(title: str, subtitle: str, look: str) -> str:
    below = f"<p>{escape(subtitle)}</p>" if subtitle else ""
    return f'<div class="{look}"><h2>{title}</h2>{below}</div>'


def _ask(board: Board, name: str, what: str) -> None:
    ask(Ask("explain" if what == "explain" else "rows", name, board.filters.since, board.filters.until, board.within))


def _rows(board: Board, name: str, members: tuple[tuple[str, str], ...]) -> None:
    ask(Ask("rows", name, board.filters.since, board.filters.until, (*board.within, *members)))
