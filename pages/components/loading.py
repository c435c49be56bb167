"""Asking for a load, and how far it is: through the journal, since pages never call a connector."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from data.journal import Job, Journal
from pages.components import format as fmt
from pages.components import saved
from pages.components.board import Board
from pages.components.i18n import _

ALL = ""


def loading(board: Board, names: Sequence[str]) -> None:
    """Which source to load, the button, and what came of the last request; nothing without sources or a journal."""
    book = board.book
    if book is None or not names:
        return
    with st.container(key="loading", horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = str(
            st.selectbox(_("Source"), [ALL, *names], format_func=lambda name: name or _("All sources"), key="load_what", width=220)
        )
        job = book.jobs.latest(_key(chosen))
        st.button(
            _("Load now"), icon=":material/sync:", key="load_now", disabled=bool(job and job.open), on_click=_ask, args=(book, chosen)
        )
    if job is not None:
        _followed(board, book, job)


def _key(chosen: str) -> str:
    return f"sync:{chosen or '*'}"


def _ask(book: Journal, chosen: str) -> None:
    arguments = {"names": [chosen]} if chosen else {}
    saved.kept(lambda: book.jobs.request("sync", arguments, key=_key(chosen), author=saved.author()))


def _followed(board: Board, book: Journal, job: Job) -> None:
    """The state of a request; looked at again each second while it is open."""

    @st.fragment(run_every=1 if job.open else None)
    def look() -> None:
        now = book.jobs.get(job.id)
        if job.open and not now.open:
            st.rerun()  # the button may be pressed again, and the numbers around have changed
        if now.open:
            st.progress(now.share, text=now.step or _("Waits for the worker …"))
        else:
            _ended(board, now)

    with st.container(key="load_state"):
        look()


def _ended(board: Board, job: Job) -> None:
    when = fmt.clock(job.ended_at, board.zone) if job.ended_at else ""
    if job.error:
        title, said = _("The load failed"), f"{when} · {job.error}"
        st.html(f'<section class="tv-state problem" role="alert"><h3>{escape(title)}</h3><p>{escape(said)}</p></section>')
        return
    told = job.result or {}
    fresh = _("generation {number} was published").format(number=told.get("generation"))
    said = fresh if told.get("published") else _("nothing was new")
    done = _("Loaded {moment}").format(moment=when)
    st.html(f'<p class="tv-done" role="status"><span class="tv-mark good"></span>{escape(f"{done} · {said}")}</p>')
