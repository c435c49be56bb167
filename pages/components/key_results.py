"""Objectives with their key results: how far each is on its way, whether it keeps pace, what drives it, which projects serve it."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from metrics.insight.priorities.key_results import KeyResult, Objective, objectives
from pages.components import format as fmt
from pages.components import priority_state as state
from pages.components.board import Board, remembered
from pages.components.drawer import Ask, ask
from pages.components.i18n import N_, _, ngettext, translated
from pages.components.section import plain_card
from pages.components.states import notice
from pages.components.table import Cell, Column, table

#: The status of a key result: its word and its tone.
_STATUS = {"on": (N_("On pace"), "good"), "risk": (N_("At risk"), "warn"), "off": (N_("Behind"), "bad")}


def cards(board: Board) -> None:
    """Draws a card for each objective, the one furthest behind first."""
    found = _found(board.everyone())
    if not found:
        said = _(
            "A metric whose definition names an objective and a target is a key result; "
            "the Editor takes both. Trackers bring objectives and projects."
        )
        notice(_("No key results yet"), said)
    for place, objective in enumerate(found):
        with plain_card(key=f"objective-{place}", title=translated(objective.name), subtitle=_subtitle(objective)):
            _results(board, objective)


@remembered
def _found(board: Board) -> tuple[Objective, ...]:
    open_projects = state.pool(board).candidates
    return objectives(board.layer, state.journal(board), open_projects, board.filters.since, board.filters.until)


def _subtitle(objective: Objective) -> str:
    said = []
    if objective.progress is not None:
        said.append(_("{progress} of the way on average").format(progress=fmt.full(objective.progress, "percent")))
    if objective.projects:
        count = ngettext("{n} open project", "{n} open projects", len(objective.projects)).format(n=len(objective.projects))
        said.append(f"{count}: {', '.join(one.name for one in objective.projects)}")
    return " · ".join(said)


def _results(board: Board, objective: Objective) -> None:
    if not objective.results:
        st.caption(_("No metric with a target names this objective, so nothing tells whether its projects help."))
        return
    names = (_("Start"), _("Now"), _("Target"), _("Progress"))
    columns = [Column(_("Key result")), *(Column(name, number=True) for name in names), Column(_("Pace")), Column(_("Driven by"))]
    table(columns, [_line(board, one) for one in objective.results], title=translated(objective.name))
    with st.container(horizontal=True, gap="xsmall"):
        for one in objective.results:
            wish = Ask("explain", one.metric, board.filters.since, board.filters.until)
            st.button(board.label(one.metric), key=f"kr-{one.metric}", icon=":material/info:", type="tertiary", on_click=ask, args=(wish,))


def _line(board: Board, one: KeyResult) -> list[Cell | str]:
    kind = board.metric(one.metric).format
    start, now, aim, due = (fmt.short(number, kind, board.currency) for number in (one.start, one.now, one.target, one.due))
    word, tone = _STATUS.get(one.status or "", (N_("not known"), ""))
    gone = Cell(fmt.NOTHING) if one.progress is None else Cell(fmt.full(one.progress, "percent"), share=min(max(one.progress, 0.0), 1.0))
    pace = Cell(_(word), _("due by now: {due}").format(due=due), tone)
    until = _("by {day}").format(day=fmt.day(one.until - timedelta(days=1)))
    drivers = ", ".join(board.label(name) for name in one.drivers) or fmt.NOTHING
    return [board.label(one.metric), start, now, Cell(aim, until), gone, pace, drivers]
