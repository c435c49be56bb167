"""The drawer on the right: how a number is computed, or the accounts and rows behind it. One is open at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import streamlit as st

from pages.components import drafts
from pages.components.board import Board
from pages.components.drawing import listening
from pages.components.i18n import _

_KEY, _PAGE, _ADDRESS = "drawer", "drawer_page", "drawer_address"
_WIDTH = {"explain": 720, "rows": 920, "step": 620, "cohort": 620, "search": 480, "saved": 480, "priority": 720}
#: What opens by itself, without a metric.
_ALONE = ("search", "saved", "priority")


@dataclass(frozen=True)
class Ask:
    """What the reader wants to see behind a number: of which metric, over which half-open range, of which members.

    `tab` is what is open in it at first; `place` is the step of a funnel before which somebody was lost, or the offset of a cohort
    that began at `since`; `condition` a further one on the rows, as of a bar of a histogram. `period` says in words what was
    pointed at; `candidate` is the key of one of Priorities.
    """

    what: Literal["explain", "rows", "step", "cohort", "search", "saved", "priority"]
    metric: str
    since: date | None = None
    until: date | None = None
    members: tuple[tuple[str, str], ...] = ()
    period: str = ""
    place: int = 0
    condition: str | None = None
    candidate: str = ""
    tab: Literal["how", "why"] = "how"


def ask(wish: Ask) -> None:
    """Opens the drawer in the run that follows; for callbacks."""
    st.session_state[_KEY] = wish
    st.session_state[_ADDRESS] = st.query_params.to_dict()


def entered(page: str) -> None:
    """Says which page is drawn; a drawer that was open on another one is closed, and one that led somewhere on the same."""
    wish: Ask | None = st.session_state.get(_KEY)
    left = st.session_state.get(_PAGE, page) != page
    if left or (wish and wish.what in _ALONE and st.session_state.get(_ADDRESS) != st.query_params.to_dict()):
        close()
    st.session_state[_PAGE] = page


def is_open() -> bool:
    """Whether the reader has the drawer open; the page then keeps its numbers until it is closed."""
    return _KEY in st.session_state


def show(board: Board, bodies: Mapping[str, Callable[[Board, Ask], None]]) -> None:
    """Draws the drawer when one was asked for; `bodies` has what to draw for each kind."""
    wish: Ask | None = st.session_state.get(_KEY)
    board = drafts.knowing(board, wish.metric) if wish else board
    if wish is None or not (board.has(wish.metric) or wish.what in _ALONE):
        return
    title = {
        "explain": _("Why did it move?") if wish.tab == "why" else _("How is this computed?"),
        "search": _("Search"),
        "saved": _("Saved views, segments and notes"),
        "priority": _("Candidate"),
    }.get(wish.what, _("Behind this number"))

    @st.dialog(title, width=_WIDTH[wish.what], position="right", on_dismiss=close)
    def opened() -> None:
        if st.session_state.get(_KEY, wish) != wish:
            st.rerun()  # what was picked in it opens another one
        with listening("drawer"):
            bodies[wish.what](board, wish)

    opened()


def close() -> None:
    """Closes it; for callbacks."""
    st.session_state.pop(_KEY, None)
