"""Asking for a load, a test of the connection or a pause, and what came of it: through the journal, since pages never call a connector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from data.journal import Job, Journal
from data.pauses import paused
from pages.components import format as fmt
from pages.components import saved
from pages.components.board import Board
from pages.components.i18n import _, ngettext
from pages.components.relay import relayed

ALL = ""


def loading(board: Board, names: Sequence[str]) -> None:
    """Which source, what can be done with it, and what came of the last request; nothing without sources or a journal."""
    if board.book is None or not names:
        return
    with st.container(key="loading", horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = str(
            st.selectbox(_("Source"), [ALL, *names], format_func=lambda name: name or _("All sources"), key="load_what", width=220)
        )
        job = _latest(board.book, chosen)
        _buttons(board, board.book, chosen, busy=bool(job and job.open))
    if job is not None:
        followed(board, board.book, job)


def of_source(board: Board, book: Journal, name: str) -> None:
    """The same for one source."""
    job = _latest(book, name)
    with st.container(key="loading", horizontal=True, gap="small"):
        _buttons(board, book, name, busy=bool(job and job.open))
    if job is not None:
        followed(board, book, job)


def _latest(book: Journal, chosen: str) -> Job | None:
    return book.jobs.latest(*(_key(kind, chosen) for kind in ("sync", "check", "pause")))


def _buttons(board: Board, book: Journal, chosen: str, *, busy: bool) -> None:
    sync = {"names": [chosen]} if chosen else {}
    st.button(_("Load now"), icon=":material/sync:", key="load_now", disabled=busy, on_click=_ask, args=(book, "sync", chosen, sync))
    if not chosen:
        return
    test = {"name": chosen}
    st.button(
        _("Test the connection"), icon=":material/cable:", key="load_test", disabled=busy, on_click=_ask, args=(book, "check", chosen, test)
    )
    on = chosen not in paused(board.layer.workspace.root)
    said, icon = (_("Pause"), ":material/pause:") if on else (_("Go on"), ":material/play_arrow:")
    st.button(said, icon=icon, key="load_pause", disabled=busy, on_click=_ask, args=(book, "pause", chosen, test | {"on": on}))


def _key(kind: str, chosen: str) -> str:
    return f"{kind}:{chosen or '*'}"


def _ask(book: Journal, kind: str, chosen: str, arguments: Mapping[str, Any]) -> None:
    saved.kept(lambda: book.jobs.request(kind, arguments, key=_key(kind, chosen), author=saved.author()))


def followed(board: Board, book: Journal, job: Job) -> None:
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

    with st.container(key=f"load-state-{job.kind}"):
        look()


def _ended(board: Board, job: Job) -> None:
    when = fmt.clock(job.ended_at, board.zone) if job.ended_at else ""
    if job.error:
        title, said = _failed(job.kind), f"{when} · {relayed(job.error)}"
        st.html(f'<section class="tv-state problem" role="alert"><h3>{escape(title)}</h3><p>{escape(said)}</p></section>')
        return
    said = " · ".join(_done(job, when))
    st.html(f'<p class="tv-done" role="status"><span class="tv-mark good"></span>{escape(said)}</p>')
    for table, rows in ((job.result or {}).get("rows") or {}).items():
        if rows:
            with st.expander(_("A sample of {table}").format(table=table)):
                st.dataframe(rows, hide_index=True, alt=_("A sample of {table}").format(table=table))


def _failed(kind: str) -> str:
    if kind == "check":
        return _("The connection does not work")
    if kind == "connect":
        return _("The source could not be added")
    return _("The source could not be paused") if kind == "pause" else _("The load failed")


def _done(job: Job, when: str) -> list[str]:
    """What came of a request, in a few words each."""
    told = job.result or {}
    if job.kind == "check":
        return [_("Tested {moment}").format(moment=when), _("the connection works"), *_sample(told)]
    if job.kind == "connect":
        return [_("Added {moment}").format(moment=when), f"sources.yml:{told.get('line')}"]
    if job.kind == "pause":
        return [_("Paused {moment}").format(moment=when) if job.arguments.get("on") else _("Goes on since {moment}").format(moment=when)]
    fresh = _("generation {number} was published").format(number=told.get("generation"))
    return [_("Loaded {moment}").format(moment=when), fresh if told.get("published") else _("nothing was new")]


def _sample(told: Mapping[str, Any]) -> list[str]:
    """How much of each table a sample has, and what would be refused of it."""
    found = [f"{table} {fmt.full(count, 'integer')}" for table, count in told["counts"].items() if count]
    refused = ngettext("{count} row would be refused", "{count} rows would be refused", told["rejects"])
    return [*found, *([refused.format(count=fmt.full(told["rejects"], "integer"))] if told["rejects"] else [])]
