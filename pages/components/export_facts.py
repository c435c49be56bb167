"""What an exported table says about itself: which numbers, over which days, of whom, as of when, and how they were computed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from data.errors import Problem
from pages.components import format as fmt
from pages.components import present, trust
from pages.components.board import Board
from pages.components.filters import NARROWING, word
from pages.components.i18n import _, ngettext, translated

Facts = list[tuple[str, str]]


def facts(board: Board, title: str, names: Sequence[str] = (), said: str = "", *, ranged: bool = True, **asked: Any) -> Facts:
    """The facts of a table of these metrics, each with its definition; `asked` is what their query was asked beyond range and filters.

    A table that is not `ranged` has days of its own: nothing is said of the board's, and no query of its metrics is told.
    """
    company = board.layer.workspace.company
    known = [name for name in names if board.has(name)]
    told: Facts = [(_("Title"), title)]
    told += [(_("In words"), said)] if said else []
    for name in known:
        told += _metric(board, name)
    told += around(board) if ranged else aged(board)
    told += [(_("Company"), company.name), (_("Reporting currency"), board.currency), (_("Time zone"), str(board.zone))]
    told.append((_("Exported"), datetime.now(board.zone).strftime("%Y-%m-%d %H:%M")))
    for name in known if ranged else ():
        told += _computed(board, name, asked)
    return told


def around(board: Board) -> Facts:
    """Range, comparison, filters and age of what a board shows."""
    return [
        (_("Range"), fmt.span(board.filters.since, board.last_day)),
        (_("Comparison"), compared(board)),
        (_("Filters"), narrowed(board) or _("none")),
        *aged(board),
    ]


def aged(board: Board) -> Facts:
    """What the numbers are made of, and how far it is loaded."""
    until = board.loaded_until
    return [
        (_("Generation"), str(board.generation)),
        (_("Data until"), fmt.until(until, board.zone, dated=True) if until else fmt.NOTHING),
    ]


def compared(board: Board) -> str:
    """What the range is compared with, in words."""
    return {
        "previous": ngettext("compared with the day before", "compared with the {days} days before", board.filters.days),
        "year": _("compared with the year before"),
        "none": _("not compared"),
    }[board.filters.comparison].format(days=board.filters.days)


def narrowed(board: Board) -> str:
    """The filters that are set, in words; empty where there are none."""
    names = {dimension: word(key) for key, dimension in NARROWING.items()}
    said = [
        f"{names.get(dimension, dimension)}: {', '.join(present.member(one) for one in chosen)}"
        for dimension, chosen in board.filters.members.items()
        if chosen
    ]
    if board.filters.segment:
        said.append(_("Saved segment: {name}").format(name=board.filters.segment))
    return " · ".join([*said, *([board.filters.condition] if board.filters.condition else [])])


def source(board: Board) -> str:
    """The foot of a picture: whose data, which generation, how old."""
    until = board.loaded_until
    said = _("generation {number}").format(number=board.generation)
    age = _("Data until {moment}").format(moment=fmt.until(until, board.zone, dated=True)) if until else ""
    return " · ".join(part for part in (board.layer.workspace.company.name, said, age, narrowed(board)) if part)


def _metric(board: Board, name: str) -> Facts:
    metric = board.metric(name)
    told = [(_("Metric"), f"{board.label(name)} ({name})"), (_("Definition"), translated(metric.description or ""))]
    failing = trust.failing(board, name)
    return [*told, (trust.word(), failing)] if failing else told


def _computed(board: Board, name: str, asked: dict[str, Any]) -> Facts:
    """The definition as written and the SQL that can be run; left out where the query cannot be written so."""
    try:
        told = board.layer.explain(name, **(board.filters.asked | asked))
    except Problem:
        return []
    return [(_("Definition of {name}").format(name=name), told.definition), (_("SQL of {name}").format(name=name), told.runnable)]
