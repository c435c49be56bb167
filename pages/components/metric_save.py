"""Saving a definition (of a metric, of a playbook) with author and reason, its history, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from pages.components.section import plainly
from pages.components.states import guarded, problem

_REASON, _SAID = "save-reason", "save-said"


@dataclass(frozen=True)
class Shelf:
    """Where definitions of one sort lie: their folder, their name in the URL, and how a change of one is put together.

    `edit` takes a name and its text (None: taken out), `of` reads the name from a text; `seen` draws a link to what was saved.
    """

    folder: str
    key: str
    of: Callable[[str], str]
    edit: Callable[[Board, str, str | None], Edit]
    built_in: Callable[[], set[str]]
    seen: Callable[[str], None]


def _catalogue(name: str) -> None:
    places.link("catalogue", _("Look at it in the Catalogue"), icon=":material/arrow_forward:", metric=name)


METRICS = Shelf(
    folder="metrics",
    key="edit",
    of=editing.only_name,
    edit=lambda board, name, block: editing.edit(board.layer.workspace, name, block, board.layer.metrics),
    built_in=editing.built_in,
    seen=_catalogue,
)
#: The session's memory of what was opened; without it the page reads the definition anew.
OPENED = "editor_opened"


def said(shelf: Shelf) -> None:
    """Draws what the last click on a button came to, once."""
    told = st.session_state.pop(_SAID, None)
    if isinstance(told, Problem):
        problem(told)
    elif told is not None:
        title, name = told
        with st.container(key="saved", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
            st.html(f'<p class="tv-live" role="status">{escape(title)}</p>', width="content")
            if name:
                shelf.seen(name)


def show(board: Board, text: str, missing: str, shelf: Shelf = METRICS) -> None:
    """Draws the card with what changes in the file, who changes it and why; `missing` says why it cannot be saved yet."""
    with st.container(key="card-save", gap="small"):
        _title(_("Save"))
        said(shelf)
        if board.book is None:
            missing = _("It cannot be saved while the journal is out of reach.")
        made = None if missing else _made(board, text, shelf)
        if made is None:
            st.caption(missing)
        else:
            with st.expander(_("What changes in {file}").format(file=made.file), expanded=True):
                difference(made.diff)
        _signed(board, made, shelf)


def taken(board: Board, name: str) -> Problem | None:
    """What to say of a new metric whose name another one has: saving it would replace that one."""
    if name not in board.layer.metrics:
        return None
    said = _("there is a metric {name} already").format(name=name)
    return Problem(said, editing.OWN, 1, remedy=_("Call yours otherwise, or open that one to change it."))


def history(board: Board, name: str, shelf: Shelf = METRICS) -> None:
    """Draws the card with every change of a definition, newest first, and the way back."""
    if board.book is None:
        return
    with guarded():
        found = board.book.definitions.history(name, shelf.folder)
        if not found:
            return
        with st.container(key="card-history", gap="small"):
            _title(_("History"))
            st.caption(_("Going back is a change of its own: say above who does it, and why."))
            for place, change in enumerate(found):
                _entry(board, change, shelf, newest=place == 0)


def _title(text: str) -> None:
    st.html(plainly(text))


def _made(board: Board, text: str, shelf: Shelf) -> Edit | None:
    try:
        return shelf.edit(board, shelf.of(text), text)
    except Problem as found:
        problem(found)
        return None


def _signed(board: Board, made: Edit | None, shelf: Shelf) -> None:
    """Who and why; remembered is who."""
    left, right = st.columns([1, 1.8], gap="small")
    left.text_input(_("Who are you?"), key=AUTHOR, persist_state="session", autocomplete="name")
    right.text_input(_("Why do you change it?"), key=_REASON)
    st.button(
        _("Save"), type="primary", key="save", icon=":material/save:", disabled=made is None, on_click=_save, args=(board, made, shelf)
    )


def _save(board: Board, made: Edit | None, shelf: Shelf, *, back: str = "") -> None:
    """Writes the file; what came of it is told in the run that follows."""
    if made is None or board.book is None:
        return
    author, reason = st.session_state.get(AUTHOR) or "", st.session_state.get(_REASON) or back
    try:
        editing.save(board.layer.workspace, made, board.book.definitions, author=author, reason=reason)
    except Problem as found:
        st.session_state[_SAID] = found
        return
    st.session_state.pop(OPENED, None)
    st.session_state[_REASON] = ""
    kept = made.after is not None or made.name in shelf.built_in()
    title = _("{name} is saved in {file}.") if made.after is not None else _("{name} is taken out of {file}.")
    st.session_state[_SAID] = (title.format(name=made.name, file=made.file), made.name if kept else "")
    if kept:
        st.query_params[shelf.key] = made.name
    else:
        st.query_params.pop(shelf.key, None)
        st.session_state.pop(shelf.key, None)


def _entry(board: Board, change: Change, shelf: Shelf, *, newest: bool) -> None:
    """One change: when, who, why, what, and the way to what was before it."""
    when = fmt.clock(change.written_at, board.zone)
    with st.expander(f"{when} · {change.author} · {change.reason}", key=f"history-{change.id}"):
        difference(editing.compared(change.before, change.after, change.file))
        label = _("Undo this change") if newest else _("Go back to before this change")
        st.button(label, icon=":material/undo:", key=f"back-{change.id}", on_click=_back, args=(board, change, shelf))


def _back(board: Board, change: Change, shelf: Shelf) -> None:
    try:
        made = shelf.edit(board, change.name, change.before)
    except Problem as found:
        st.session_state[_SAID] = found
        return
    _save(board, made, shelf, back=_("Back to what was before: {reason}").format(reason=change.reason))
