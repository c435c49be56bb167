"""Saving a definition with author and reason, its history, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from data.errors import Problem
from data.journal import Change
from metrics import editing
from metrics.editing import Edit
from pages.components import format as fmt
from pages.components import places
from pages.components.board import Board
from pages.components.difference import difference
from pages.components.i18n import _
from pages.components.saved import AUTHOR
from pages.components.states import guarded, problem

_REASON, _SAID = "save-reason", "save-said"
#: The session's memory of what was opened; without it the page reads the definition anew.
OPENED = "editor_opened"


def _said() -> None:
    """What the last click on a button came to."""
    told = st.session_state.pop(_SAID, None)
    if isinstance(told, Problem):
        problem(told)
    elif told is not None:
        title, name = told
        with st.container(key="saved", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
            st.html(f'<p class="tv-live" role="status">{escape(title)}</p>', width="content")
            if name:
                places.link("catalogue", _("Look at it in the Catalogue"), icon=":material/arrow_forward:", metric=name)


def show(board: Board, text: str, missing: str) -> None:
    """Draws the card with what changes in the file, who changes it and why; `missing` says why it cannot be saved yet."""
    if board.book is None:
        missing = _("It cannot be saved while the journal is out of reach.")
    made = None if missing else _made(board, text)
    card(made, missing, lambda: _save(board, made))


def card(made: Edit | None, missing: str, keep: Callable[[], None]) -> None:
    """Draws the card of a change: what it does to the file, and who does it and why; `keep` is called to write it."""
    with st.container(key="card-save", gap="small"):
        _title(_("Save"))
        _said()
        if made is None:
            st.caption(missing)
        else:
            with st.expander(_("What changes in {file}").format(file=made.file), expanded=True):
                difference(made.diff)
        _signed(made, keep)


def write(board: Board, made: Edit | None, *, back: str = "") -> bool:
    """Writes the file, with the author and the reason of the card; what is refused is told in the run that follows."""
    if made is None or board.book is None:
        return False
    author, reason = st.session_state.get(AUTHOR) or "", st.session_state.get(_REASON) or back
    try:
        editing.save(board.layer.workspace, made, board.book.definitions, author=author, reason=reason)
    except Problem as found:
        refused(found)
        return False
    st.session_state[_REASON] = ""
    return True


def tell(title: str, name: str = "") -> None:
    """Says in the run that follows what was saved; `name` is a metric to look at in the Catalogue."""
    st.session_state[_SAID] = (title, name)


def taken(board: Board, name: str) -> Problem | None:
    """What to say of a new metric whose name another one has: saving it would replace that one."""
    if name not in board.layer.metrics:
        return None
    said = _("there is a metric {name} already").format(name=name)
    return Problem(said, editing.OWN, 1, remedy=_("Call yours otherwise, or open that one to change it."))


def history(board: Board, name: str, back: Callable[[Change], None] | None = None) -> None:
    """Draws the card with every change of a definition, newest first, and the way back: `back`, or that of a metric."""
    if board.book is None:
        return
    with guarded():
        found = board.book.definitions.history(name)
        if not found:
            return
        with st.container(key="card-history", gap="small"):
            _title(_("History"))
            st.caption(_("Going back is a change of its own: say above who does it, and why."))
            for place, change in enumerate(found):
                _entry(board, change, back or partial(_back, board), newest=place == 0)


def _title(text: str) -> None:
    st.html(f'<div class="tv-title"><h2>{escape(text)}</h2></div>')


def _made(board: Board, text: str) -> Edit | None:
    try:
        return editing.edit(board.layer.workspace, editing.only_name(text), text, board.layer.metrics)
    except Problem as found:
        problem(found)
        return None


def _signed(made: Edit | None, keep: Callable[[], None]) -> None:
    """Who and why; remembered is who."""
    left, right = st.columns([1, 1.8], gap="small")
    left.text_input(_("Who are you?"), key=AUTHOR, persist_state="session", autocomplete="name")
    right.text_input(_("Why do you change it?"), key=_REASON)
    st.button(_("Save"), type="primary", key="save", icon=":material/save:", disabled=made is None, on_click=keep)


def _save(board: Board, made: Edit | None, *, back: str = "") -> None:
    """Writes the file; what came of it is told in the run that follows."""
    if made is None or not write(board, made, back=back):
        return
    st.session_state.pop(OPENED, None)
    kept = made.after is not None or made.name in editing.built_in()
    title = _("{name} is saved in {file}.") if made.after is not None else _("{name} is taken out of {file}.")
    tell(title.format(name=made.name, file=made.file), made.name if kept else "")
    if kept:
        st.query_params["edit"] = made.name
    else:
        st.query_params.pop("edit", None)
        st.session_state.pop("edit", None)


def _entry(board: Board, change: Change, back: Callable[[Change], None], *, newest: bool) -> None:
    """One change: when, who, why, what, and the way to what was before it."""
    when = fmt.clock(change.written_at, board.zone)
    with st.expander(f"{when} · {change.author} · {change.reason}", key=f"history-{change.id}"):
        difference(editing.compared(change.before, change.after, change.file))
        label = _("Undo this change") if newest else _("Go back to before this change")
        st.button(label, icon=":material/undo:", key=f"back-{change.id}", on_click=lambda: back(change))


def refused(found: Problem) -> None:
    """Says in the run that follows why something was not saved."""
    st.session_state[_SAID] = found


def back_to(change: Change) -> str:
    """The reason of going back, where none is given."""
    return _("Back to what was before: {reason}").format(reason=change.reason)


def _back(board: Board, change: Change) -> None:
    try:
        made = editing.edit(board.layer.workspace, change.name, change.before, board.layer.metrics)
    except Problem as found:
        refused(found)
        return
    _save(board, made, back=back_to(change))
