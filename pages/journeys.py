"""Journeys: how far do people get, do they come back, how long does it take them, what do they do next?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from metrics import Result
from pages.components import format as fmt
from pages.components import journey_builder, section, shapes
from pages.components.board import Board
from pages.components.chart_card import beside, chart_card, menu
from pages.components.choice import choice
from pages.components.drawer import Ask, ask
from pages.components.flows import flows
from pages.components.funnel import funnel
from pages.components.heat import heat
from pages.components.i18n import N_, _
from pages.components.states import guarded, nothing, notice

TITLE = N_("Journeys")
QUESTION = N_("How far do people get, do they come back, and what do they do next?")
ICON = ":material/route:"

WHOLE = "whole"
BREAKDOWNS = ("account.plan", "account.segment", "account.region", "account.industry")
_WORDS = {
    WHOLE: N_("All together"),
    "account.plan": N_("By plan"),
    "account.segment": N_("By segment"),
    "account.region": N_("By region"),
    "account.industry": N_("By industry"),
}
#: What is put together here in place of a defined one.
_BUILD = {"funnel": N_("Build a funnel …"), "retention": N_("Build a retention …"), "paths": N_("Build paths …")}
_BY = {
    "week": N_("By the week of the start; hatched where it is not over yet"),
    "month": N_("By the month of the start; hatched where it is not over yet"),
}
#: Ways to something are watched from beginnings of as many days.
WATCHED = 182


def show(board: Board) -> None:
    """Draws the page."""
    _funnel(board)
    _retention(board)
    left, right = st.columns([1, 1], gap="small")
    with left:
        _charted(board, "lifecycle", _("Who was there in a period, and who went quiet after the one before"))
    with right:
        _charted(board, "stickiness", _("On how many days of the range people were active"))
    left, right = st.columns([1, 1.4], gap="small")
    with left:
        _times(board)
    with right:
        _paths(board)


def _chosen(board: Board, kind: str, label: str) -> str:
    """One of the defined journeys of a kind, or a new one; the first that is defined unless told otherwise."""
    names = [*shapes.of_kind(board, kind), journey_builder.NEW]
    return choice(label, names, key=kind, word=lambda one: _(_BUILD[kind]) if one == journey_builder.NEW else board.label(one))


def _built(board: Board, kind: str, name: str, heading: Any) -> tuple[Board, str] | None:
    """What is looked at and the board that knows it; None while a new one is not whole yet, under a heading that says so."""
    if name != journey_builder.NEW:
        return board, name
    built = journey_builder.BUILD[kind](board)
    if built is None:
        heading.html(section.plainly(_(_BUILD[kind])))
    return built


def _headed(board: Board, name: str, key: str, heading: Any, subtitle: str) -> None:
    heading.html(section.titled(board, name, board.label(name), subtitle))
    menu(board, name, key=key)


def _funnel(board: Board) -> None:
    with st.container(key="card-funnel", gap="small"), guarded():
        heading, chosen = st.container(), st.container(horizontal=True, gap="small")
        with chosen:
            name = _chosen(board, "funnel", _("Funnel"))
        if (built := _built(board, "funnel", name, heading)) is None:
            return
        board, name = built
        with chosen:
            dims = [WHOLE, *(one for one in BREAKDOWNS if one in board.dimensions(name))]
            by = choice(_("Breakdown"), dims, key="funnel_by", word=lambda one: _(_WORDS[one]))
        _headed(board, name, "funnel", heading, _("Who came to each step, of those who began in this range"))
        _steps(board, name, by)


def _steps(board: Board, name: str, by: str) -> None:
    """The funnel as bars, or its steps against the members of a dimension."""
    result, title = board.ask(name), board.label(name)
    told = shapes.steps(result)
    if not result.rows or not result.rows[0]["entered"]:
        notice(_("Nothing to show"), _("Nobody began in the range and filters that you chose."))
    elif by == WHOLE:
        funnel(told, key="funnel-steps", title=title, on_pick=lambda step: _step(board, name, str(step)))
    else:
        lines, columns = shapes.by_member(board.ask(name, by=(by,)), by)
        picked = lambda member, step: _step(board, name, step, ((by, member),))  # noqa: E731
        heat(lines, columns, key="funnel-heat", title=title, on_pick=picked)
    if not result.complete:
        st.caption(_("Not final: the time that the last ones have for it is not over."))

    def picture(range_: str, origin: str) -> bytes:
        from pages.components import export_drawn, export_shapes  # matplotlib takes a while to import

        if by == WHOLE:
            return export_shapes.funnel(told, title, range_, origin)
        return export_drawn.heat(*shapes.by_member(board.ask(name, by=(by,)), by), title, range_, origin)

    said = f"{title}: {'; '.join(step.spoken for step in told)}."
    beside(board, result.frame, said, title=title, key="funnel", file=name, picture=picture if told else None)


def _step(board: Board, name: str, step: str, members: tuple[tuple[str, str], ...] = ()) -> None:
    ask(Ask("step" if int(step) > 1 else "rows", name, board.filters.since, board.filters.until, members, place=int(step)))


def _retention(board: Board) -> None:
    left, right = st.columns([1.75, 1], gap="small")
    with left, st.container(key="card-retention", gap="small", height="stretch"), guarded():
        heading = st.container()
        name = _chosen(board, "retention", _("Retention"))
        if (built := _built(board, "retention", name, heading)) is None:
            return
        board, name = built
        _headed(board, name, "retention", heading, _(_BY[shapes.cohort_grain(board)]))
        result = shapes.cohorts(board, name)
        together = shapes.curve(board, result)
        _triangle(board, name, result, together.alt)
        with right, guarded():
            said = _("Of all who are old enough, the share that came back")
            chart_card(board, together, key="curve", height="stretch", subtitle=said)


def _triangle(board: Board, name: str, result: Result, said: str) -> None:
    if not any(row["size"] for row in result.rows):
        notice(_("Nothing to show"), _("Nobody began in the range and filters that you chose."))
        return
    lines, columns = shapes.triangle(result)

    def picked(cohort: str, offset: str) -> None:
        start = date.fromisoformat(cohort)
        period = f"{fmt.period(start, result.grain or 'week', long=True)} · {columns[int(offset)].label}"
        ask(Ask("cohort", name, start, board.filters.until, period=period, place=int(offset)))

    def picture(range_: str, origin: str) -> bytes:
        from pages.components import export_drawn  # matplotlib takes a while to import

        return export_drawn.heat(lines, columns, board.label(name), range_, origin)

    heat(lines, columns, key="retention-heat", title=board.label(name), on_pick=picked)
    beside(board, result.frame, said, title=board.label(name), key="retention", file=name, picture=picture)


def _charted(board: Board, kind: str, subtitle: str) -> None:
    names = shapes.of_kind(board, kind)
    if names:
        make = {"lifecycle": shapes.lifecycle, "stickiness": shapes.stickiness}[kind]
        with guarded():
            chart_card(board, make(board, names[0]), key=kind, height=280, subtitle=subtitle)


def _times(board: Board) -> None:
    names = shapes.of_kind(board, "time_to")
    if names:
        with guarded():
            since = min(board.filters.since, board.filters.until - timedelta(days=WATCHED))
            chart, result = shapes.adoption(board, names[0], since)
            median = result.summary.get("median")
            said = _("Who is not there yet counts as long as it was watched. Began since {day}.").format(day=fmt.day(since))
            if median is not None:
                said = f"{shapes.half(median)} {said}"
            chart_card(board, chart, key="times", height=330, subtitle=said)


def _paths(board: Board) -> None:
    with st.container(key="card-paths", gap="small", height="stretch"), guarded():
        heading = st.container()
        name = _chosen(board, "paths", _("Paths"))
        if (built := _built(board, "paths", name, heading)) is None:
            return
        board, name = built
        _headed(board, name, "paths", heading, _("From the left to the right, as thick as many went this way"))
        _flows(board, name)


def _flows(board: Board, name: str) -> None:
    found = shapes.bands(board.ask(name))
    if not found:
        nothing()
        return
    first = max(found, key=lambda one: one.count)
    said = _("Most often {source} is followed by {target}: {count}.").format(source=first.source, target=first.target, count=first.text)
    flows(found, key="flows", title=board.label(name), said=said)
    told = pd.DataFrame(
        {
            _("Step"): [one.step for one in found],
            _("From"): [one.source for one in found],
            _("To"): [one.target for one in found],
            _("Count"): [one.count for one in found],
        }
    )

    def picture(range_: str, origin: str) -> bytes:
        from pages.components import export_drawn  # matplotlib takes a while to import

        return export_drawn.flows(found, board.label(name), range_, origin)

    beside(board, told, said, title=board.label(name), key="paths", file=name, picture=picture)
