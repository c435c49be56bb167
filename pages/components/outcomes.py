"""What came of the recommendations that were taken up: the number before, as it was expected, and as it is; in words that claim no more."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from metrics.insight.actions import standing
from metrics.insight.actions.outcome import Outcome
from metrics.insight.actions.standing import Followed
from pages.components import format as fmt
from pages.components import places, plays, section
from pages.components.board import Board
from pages.components.deciding import STATES
from pages.components.i18n import N_, _
from pages.components.states import notice
from pages.components.table import Cell, Column, table

#: What a verdict says, and its tone.
_VERDICTS = {
    "unknown": (N_("Cannot be told: the number is not known before and after."), "warn"),
    "too_early": (N_("Too early: the number still looks at days before the decision."), ""),
    "reached": (N_("As expected, and more than it moves by itself."), "good"),
    "reached_as_usual": (N_("As expected, but no more than it moves by itself: it may be chance."), "warn"),
    "partly": (N_("In the expected direction, less than expected."), "warn"),
    "as_usual": (N_("No change beyond what it moves by itself."), "warn"),
    "opposite": (N_("The other way than expected."), "bad"),
}


def show(board: Board) -> None:
    """Draws the section."""
    with section.plain_card(
        key="outcomes",
        title=_("What came of it"),
        subtitle=_("Before and after, of the same members or accounts. It shows what happened, not what made it happen."),
    ):
        if board.book is None:
            notice(_("What people write cannot be kept now"), _("It cannot be saved while the journal is out of reach."))
            return
        found = standing.followed(board.layer, board.book.decisions.taken_up(), board.filters.until)
        if not found:
            notice(_("Nothing was accepted yet"), _("Accept a recommendation, and what comes of it is followed here."))
            return
        columns = [Column(_("Recommendation")), Column(_("Before"), number=True), Column(_("Expected"), number=True)]
        columns += [Column(_("Now"), number=True), Column(_("What a before and after can say"))]
        table(columns, [_row(board, one) for one in found], title=_("What came of it"))
        _links(found)


def _row(board: Board, one: Followed) -> list[Cell | str]:
    told = one.began.frozen
    name = plays.frozen_subject(told)
    who = one.latest.assignee or one.latest.author
    taken = _("{state} on {day}, {who}").format(
        state=_(STATES[one.latest.state]), day=fmt.day(one.began.written_at.astimezone(board.zone).date()), who=who
    )
    if one.came is None:
        return [Cell(name, taken), "", "", "", _("The playbook did not say what to expect.")]
    came, metric = one.came, board.metric(one.came.metric) if board.has(one.came.metric) else None
    shape = metric.format if metric else "decimal"
    said, tone = _VERDICTS[came.verdict]
    numbers = [fmt.full(value, shape, board.currency) for value in (came.was, came.expected, came.now)]
    return [
        Cell(name, f"{board.label(came.metric) if metric else came.metric} · {taken}"),
        *numbers[:1],
        Cell(numbers[1], _("until {day}").format(day=fmt.day(came.due))),
        numbers[2],
        Cell(_(said), _usual(board, came, shape), tone),
    ]


def _usual(board: Board, came: Outcome, shape: str) -> str:
    if came.usual is None:
        return _("How much it moves by itself is not known.")
    return _("By itself it moves by up to {amount}.").format(amount=fmt.full(came.usual, shape, board.currency))


def _links(found: Sequence[Followed]) -> None:
    """The way to each of them, where it can be decided anew."""
    said = _("Open one:")
    st.html(f'<p class="tv-for">{escape(said)}</p>')
    with st.container(key="opened-outcomes", horizontal=True, gap="small"):
        for one in found:
            places.link("actions", plays.frozen_subject(one.began.frozen), icon=":material/arrow_forward:", action=one.latest.action)
