"""What people keep: views of pages, segments of accounts, notes at days; the drawer behind the bookmark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Protocol, TypeVar
from urllib.parse import parse_qs, urlencode

import streamlit as st

from data.errors import Problem
from data.journal import Journal, View
from pages.components import filters, places
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.drawer import Ask, ask, close
from pages.components.i18n import _, ngettext
from pages.components.relay import relayed
from pages.components.states import guarded, notice

#: Where the name of who writes is kept for the session.
AUTHOR = "author"
_GONE = "saved_gone"
Wrote = TypeVar("Wrote")


class Kept(Protocol):
    """A part of the journal from which an entry can be taken, and brought back."""

    def remove(self, key: str) -> None:
        """Takes it away."""

    def restore(self, key: str) -> None:
        """Brings it back."""


def button() -> None:
    """The bookmark in the bar of a page."""
    said = _("Saved views, segments and notes")
    st.button(said, icon=":material/bookmark:", key="saved_button", help=said, on_click=ask, args=(Ask("saved", ""),))


def author() -> str:
    """Who writes: the one who signed in, else the name that was given in this session."""
    if name := (st.user.get("name") or st.user.get("email")):
        return str(name)
    return str(st.session_state.get(AUTHOR) or "")


def body(board: Board, _wish: Ask) -> None:
    """The drawer's content: a tab for each kind."""
    places.follow()
    if board.book is None:
        notice(_("What people write cannot be kept now"), _("The message at the top of the page says why."))
        return
    who_writes()
    views, segments, notes = st.tabs([_("Views"), _("Segments"), _("Notes")])
    with views, guarded():
        _views(board, board.book)
    with segments, guarded():
        _segments(board.book)
    with notes, guarded():
        _notes(board, board.book)


def segment_box(board: Board, accounts: Callable[[], Iterable[str]], *, key: str, origin: str) -> None:
    """A button that opens a field for a name; `accounts` gives the ids to keep under it, `origin` says in words where they come from."""
    book = board.book
    if book is None:
        return

    def save() -> None:
        name = str(st.session_state[f"name-{key}"])
        done = kept(lambda: book.segments.save(name, accounts(), author=author(), origin=origin))
        if done is not None:
            count = ngettext("{count} account", "{count} accounts", len(done.accounts)).format(count=len(done.accounts))
            st.toast(_("Segment “{name}” is saved: {count}. Filters can narrow every page to it.").format(name=done.name, count=count))

    with (
        st.popover(_("Save as segment"), icon=":material/bookmark_add:", key=f"box-{key}"),
        st.form(f"form-{key}", border=False, clear_on_submit=True),
    ):
        st.text_input(_("Name of the segment"), key=f"name-{key}")
        st.form_submit_button(_("Save"), on_click=save)


def who_writes() -> None:
    """A field for the name that stands beside what is written, where nobody has signed in."""
    if not (st.user.get("name") or st.user.get("email")):
        st.text_input(_("Your name"), key=AUTHOR, persist_state="session", placeholder=_("Stands beside what you save"))


def _views(board: Board, book: Journal) -> None:
    page, chosen = places.opened(), filters.address(board.filters)

    def save() -> None:
        name = str(st.session_state["view_name"])
        if kept(lambda: book.views.save(name, page, urlencode(filters.others() | chosen, doseq=True), author=author())):
            st.toast(_("The view is saved."), icon=":material/bookmark_added:")

    with st.form("view", border=False, clear_on_submit=True), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(_("Save this view as"), key="view_name")
        st.form_submit_button(_("Save"), on_click=save)
    _gone(book.views)
    titles = {name: (_(title), icon) for name, title, icon in places.known()}
    listed = book.views.all()
    for one in listed:
        title, icon = titles.get(one.page, (one.page, ":material/bookmark:"))
        with _line(book.views, one.id, one.name):
            st.button(f"{one.name} · {title}", icon=icon, key=f"open-{one.id}", type="tertiary", on_click=_open, args=(one,))
    if not listed:
        notice(_("No saved views yet"), _("A view keeps this page with its period and filters, for you and your colleagues."))


def _open(view: View) -> None:
    asked = parse_qs(view.asked)
    filters.restore(asked)
    close()
    own = {key: values for key, values in asked.items() if key not in filters.KEYS}
    places.then(view.page, own | filters.unset(asked))


def _segments(book: Journal) -> None:
    _gone(book.segments)
    listed = book.segments.all()
    for one in listed:
        count = ngettext("{count} account", "{count} accounts", len(one.accounts)).format(count=fmt.full(len(one.accounts), "integer"))
        with _line(book.segments, one.id, one.name):
            st.html(told(one.name, count, one.origin, one.author, fmt.day(one.written_at.date())))
    if not listed:
        notice(_("No segments yet"), _("“Save as segment” stands on Accounts and wherever accounts are listed behind a number."))


def _notes(board: Board, book: Journal) -> None:
    def save() -> None:
        day, text = st.session_state["note_day"], str(st.session_state["note_text"])
        if kept(lambda: book.annotations.add(day, text, author=author())):
            st.toast(_("The note stands on the charts now."), icon=":material/edit_note:")

    with st.form("note", border=False, clear_on_submit=True), st.container(horizontal=True, vertical_alignment="bottom"):
        st.date_input(_("Day"), value=board.last_day, key="note_day", format=filters.date_order(), width=150)
        st.text_input(_("What happened"), key="note_text")
        st.form_submit_button(_("Save"), on_click=save)
    _gone(book.annotations)
    listed = book.annotations.all()
    for one in listed:
        with _line(book.annotations, one.id, one.text):
            st.html(told(one.text, fmt.day(one.day), one.author))
    if not listed:
        notice(_("No notes yet"), _("A note at a day, such as a campaign or an outage, stands on every chart of that time."))


@contextmanager
def _line(part: Kept, key: str, name: str) -> Iterator[None]:
    """A line about something kept, with the button that takes it away."""

    def remove() -> None:
        part.remove(key)
        st.session_state[_GONE] = (type(part).__name__, key, name)

    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False, gap="small"):
        yield
        said = _("Remove {name}").format(name=name)
        st.button(said, icon=":material/delete:", key=f"remove-{key}", type="tertiary", help=said, on_click=remove)


def _gone(part: Kept) -> None:
    """What was taken away last can be brought back."""
    kind, key, name = st.session_state.get(_GONE, ("", "", ""))
    if kind != type(part).__name__:
        return

    def restore() -> None:
        kept(lambda: part.restore(key))
        st.session_state.pop(_GONE)

    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        said = _("“{name}” was removed.").format(name=name)
        st.html(f'<p role="status">{escape(said)}</p>', width="content")
        st.button(_("Undo"), icon=":material/undo:", key="undo", on_click=restore)


def kept(write: Callable[[], Wrote]) -> Wrote | None:
    """What was written; None when it was refused, which is told. For callbacks."""
    try:
        return write()
    except Problem as problem:
        st.toast(f"{relayed(problem.message)}. {relayed(problem.remedy or '')}", icon=":material/error:")
        return None


def told(name: str, *facts: str) -> str:
    """A line about something kept, as HTML: its name, and below it what is known of it."""
    below = " · ".join(fact for fact in facts if fact)
    return f'<p class="tv-kept"><b>{escape(name)}</b><small>{escape(below)}</small></p>'
