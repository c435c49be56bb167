"""What Priorities works with in one run: the framework that is chosen, the candidates ranked by it, what changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from data.errors import Problem
from data.journal import Journal
from data.shelf import Shelf
from metrics.insight import priorities
from metrics.insight.priorities import Pool, Ranking, candidates
from metrics.insight.priorities.candidates import Candidate
from metrics.insight.priorities.frameworks import OKR, Framework
from pages.components.board import Board, remembered
from pages.components.choice import toggle
from pages.components.i18n import N_, _
from pages.components.memory import Memory, stamp
from pages.components.priority_words import spoken

#: The name of the chosen framework in the URL and the session.
KEY = "framework"
#: Says that something was written in the drawer: the page below follows.
CHANGED = "priorities_changed"
_OKR_LABEL = N_("Objectives")
_shelves = Memory(8)


def journal(board: Board) -> Journal:
    """The journal. Raises Problem while it cannot be opened: nothing could be kept."""
    if board.book is None:
        raise Problem(_("What people write cannot be kept now"), remedy=_("The message at the top of the page says why."))
    return board.book


def shelf(board: Board) -> Shelf[Framework]:
    """The frameworks of this workspace, read again when a file has changed, and what is wrong with those that cannot be read."""
    workspace = board.layer.workspace
    return _shelves.recall(stamp(workspace.root / "priorities"), None, lambda: priorities.shelf(workspace))


def choose(known: Mapping[str, Framework]) -> str:
    """Draws the choice of a framework, and gives its name; `okr` for objectives."""

    def word(name: str) -> str:
        return _(_OKR_LABEL) if name == OKR else spoken(known[name].label)

    return toggle(_("Framework"), [*known, OKR], key=KEY, word=word)


def chosen(board: Board) -> Framework | None:
    """The framework that is chosen on the page, as its drawer needs it; None for objectives."""
    return shelf(board).kept.get(str(st.session_state.get(KEY)))


def pool(board: Board, *, everyone: bool = False) -> Pool:
    """The candidates in the reader's range and filters; of all accounts where `everyone` is asked for."""
    written = candidates.written(journal(board).priorities.items())
    return _pool(board.everyone() if everyone else board, written)


def ranking(board: Board, framework: Framework) -> Ranking:
    """The candidates by a framework, with what people put over the data."""
    return pool(board).ranking(framework, journal(board).priorities.in_force())


@remembered
def _pool(board: Board, written: Sequence[Candidate]) -> Pool:
    asked: dict[str, Any] = {"where": board.filters.where, "accounts": board.filters.accounts}
    return Pool(board.layer, written, board.filters.since, board.filters.until, **asked)
