"""Review: what happened, what needs a decision, who does what until next time? A frozen one is opened at /review?id=…"""

from __future__ import annotations

from html import escape

import streamlit as st

from data.errors import Problem
from data.journal import Snapshot
from metrics.insight import review as reviews
from metrics.insight.review import frozen as review_frozen
from metrics.insight.review.frozen import Changed
from metrics.insight.review.model import Review, Said
from pages.components import format as fmt
from pages.components import review_board, review_choice, review_desk, saved, states
from pages.components import review_words as words
from pages.components.board import Board
from pages.components.i18n import N_, _, ngettext, translated
from pages.components.memory import Memory
from pages.components.relay import relayed
from pages.components.review_board import Shown
from pages.components.section import plainly
from pages.components.states import guarded, notice
from pages.components.table import Cell, Column, table

TITLE = N_("Review")
QUESTION = N_("What happened, what needs a decision, who does what until next time?")
ICON = ":material/summarize:"
#: Its days are those of the meeting, not of the filter bar. What was frozen can be opened before anything is loaded.
FILTERED, BEFORE_DATA = False, True

_again = Memory(20)


def show(board: Board) -> None:
    """Draws the page: the live review that is chosen, or the frozen one that the URL names."""
    if (key := st.query_params.get("id")) and board.book is not None:
        _frozen(board, board.book.reviews.get(key))
    elif board.generation:
        _live(board)
    else:
        notice(_("Nothing is loaded yet"), _("Reviews are made of what is loaded. Frozen ones can be opened all the same."))
        if board.book is not None:
            review_desk.listed(board.book)


def _live(board: Board) -> None:
    templates = review_choice.shelf(board)
    for wrong in templates.problems:
        states.problem(wrong)
    with st.container(key="review-bar", horizontal=True, vertical_alignment="bottom", gap="small"):
        asked = review_choice.chosen(board, templates)
        saved.who_writes()
        tools = st.container(key="review-tools", horizontal=True, width="content", vertical_alignment="bottom", gap="xsmall")
    made = review_choice.made(board, asked)
    made = reviews.spoken(made, board.book) if board.book is not None else made
    with tools:
        review_desk.take_away(board, made)
        review_desk.freeze(board, made)
        if board.book is not None:
            review_desk.listed(board.book)
    _lead(made)
    review_board.draw(Shown(board, made))


def _lead(made: Review, frozen: str = "") -> None:
    """Which review this is, and how much there is to talk about."""
    unusual = {one.number.metric for section in made.sections for one in section.exceptions}
    to_do = {one.id: one for section in made.sections for one in section.actions if one.state == "open"}
    overdue = sum(one.overdue for one in to_do.values())
    told = [
        ngettext("{count} metric needs attention", "{count} metrics need attention", len(unusual)).format(count=len(unusual)),
        ngettext("{count} action is open", "{count} actions are open", len(to_do)).format(count=len(to_do)),
    ]
    told += [ngettext("{count} overdue", "{count} overdue", overdue).format(count=overdue)] if overdue else []
    title = f"{words.title(made)} · {words.days(made)}"
    below = frozen or translated(made.description, "reviews")
    with st.container(key="review-lead"):
        st.html(
            f'<section class="tv-lead"><p><b>{escape(title)}</b><br>{escape(", ".join(told))}.</p></section>'
            f'<p class="tv-for">{escape(below)}</p>'
        )


def _frozen(board: Board, snapshot: Snapshot) -> None:
    made = review_frozen.opened(snapshot)
    with st.container(key="review-bar", horizontal=True, vertical_alignment="bottom", gap="small"):
        live = review_choice.address(made)
        st.button(_("The live review"), icon=":material/arrow_back:", key="live", on_click=review_desk.go, args=(live,))
        saved.who_writes()
        with st.container(key="review-tools", horizontal=True, width="content", vertical_alignment="bottom", gap="xsmall"):
            review_desk.take_away(board, made, snapshot)
            if board.book is not None:
                review_desk.listed(board.book)
    said = _("Frozen by {who}, from generation {number}, definitions {hash}. It never changes.")
    _lead(made, said.format(who=words.by(made, snapshot), number=made.generation, hash=made.definitions))
    with guarded():
        _since(board, made)
    _addenda(board, made, snapshot)
    review_board.draw(Shown(board, made, snapshot.id))


def _since(board: Board, made: Review) -> None:
    """What the same days would say now."""
    if not board.generation:
        return
    key = (board.layer, board.generation, made.to_json())
    with st.container(key="card-since", gap="small"):
        title = _("What has changed since")
        st.html(plainly(title))
        try:
            now = _again.recall(key, board.layer.metrics, lambda: review_frozen.again(board.layer, made, None))
        except Problem as problem:
            st.caption(relayed(str(problem)))
            return
        found = review_frozen.changed(made, now) if now else ()
        if now is None:
            st.caption(_("Its template is no longer there, so that it cannot be made again."))
        elif not found:
            st.caption(_("Nothing: the same numbers would come out now."))
        else:
            _changes(made, found, title)


def _changes(made: Review, found: tuple[Changed, ...], title: str) -> None:
    columns = [Column(_("Metric")), Column(_("Then"), number=True), Column(_("Now"), number=True), Column(_("Why"))]
    rows = [
        (
            translated(one.label),
            fmt.full(one.then, one.format, made.currency),
            fmt.full(one.now, one.format, made.currency),
            Cell(_("Its definition changed"), tone="warn") if one.redefined else _("Data came or changed later"),
        )
        for one in found
    ]
    table(columns, rows, title=title)


def _addenda(board: Board, made: Review, snapshot: Snapshot) -> None:
    """Comments that were written after it was frozen stand beside it, not in it."""
    if board.book is None:
        return
    told = board.book.reviews.comments(reviews.key(made.template, made.last))
    known = made.numbers()
    later = [
        Said(one.id, one.author, one.written_at, f"{words.label(known[one.metric])}: {one.text}" if one.metric in known else one.text)
        for one in told
        if one.written_at > snapshot.written_at
    ]
    if later:
        with st.container(key="card-addenda", gap="small"):
            title = _("Added after it was frozen")
            st.html(plainly(title))
            review_desk.said(made, later)
