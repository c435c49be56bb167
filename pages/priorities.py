"""Priorities: what should we build next, by which measure, and were we right?"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from metrics.insight.priorities import Ranking, Row
from metrics.insight.priorities.frameworks import OKR, Framework
from pages.components import format as fmt
from pages.components import key_results, priority_outcomes, quadrants, section
from pages.components import priority_state as state
from pages.components import priority_table as tables
from pages.components.board import Board
from pages.components.choice import choice
from pages.components.drawer import Ask, ask
from pages.components.export import downloads, file_name
from pages.components.i18n import N_, _, ngettext
from pages.components.priority_words import KINDS, spoken, value
from pages.components.roster import roster
from pages.components.states import guarded, notice, problem

TITLE = N_("Priorities")
QUESTION = N_("What should we build next, by which measure, and were we right?")
ICON = ":material/low_priority:"

ALL, SORT, CANDIDATE = "all", "sort", "candidate"
#: How the table stands before anybody sorts it; how many rows are shown at a time.
USUAL_SORT, SHOWN = f"-{tables.SCORE}", 25
_MORE, _SORTED = "priorities_shown", "priorities_sort"


def show(board: Board) -> None:
    """Draws the page."""
    st.session_state.pop(state.CHANGED, None)
    shelf = state.shelf(board)
    for wrong in shelf.problems:
        problem(wrong)
    known = shelf.kept
    with st.container(key="priorities-chooser"):
        name = state.choose(known)
    if name == OKR:
        key_results.cards(board)
        return
    framework = known[name]
    ranking = state.ranking(board, framework)
    with guarded():
        section.lead(_lead(board, ranking), ())
    _table(board, ranking)
    _plane(board, ranking)
    priority_outcomes.card(board, framework)


def _lead(board: Board, ranking: Ranking) -> str:
    """What comes first and why, and how much of it is nobody's word yet."""
    scored = [row for row in ranking.rows if row.score is not None]
    if not scored:
        return escape(_("No candidate has a score yet."))
    first = scored[0]
    counted = [(ranking.framework.fields[one], first.cells[one]) for one in ranking.framework.counted]
    values = ", ".join(f"{spoken(field.label)} {value(board, field, cell.value)}" for field, cell in counted)
    said = _("By {framework} <b>{name}</b> comes first ({values}).").format(
        framework=escape(spoken(ranking.framework.label)), name=escape(first.candidate.name), values=escape(values)
    )
    without = len(ranking.rows) - len(scored)
    lacking = ngettext("{count} candidate has no score.", "{count} candidates have no score.", without).format(count=without)
    return f"{said} {escape(lacking) if without else ''} {escape(_assumed(ranking.framework, scored))}"


def _assumed(framework: Framework, scored: Sequence[Row]) -> str:
    """The fields of the score that are assumed for everybody: they rank nothing until somebody judges them."""
    names = [spoken(framework.fields[one].label) for one in framework.counted if all(row.cells[one].origin == "assumed" for row in scored)]
    return _("Assumed for all of them until somebody says otherwise: {fields}.").format(fields=", ".join(names)) if names else ""


def _table(board: Board, ranking: Ranking) -> None:
    below = _("{span}; each value says where it comes from, and a row opens to be judged").format(span=_span(board))
    with section.plain_card(
        key="priorities", title=_("Candidates by {framework}").format(framework=spoken(ranking.framework.label)), subtitle=below
    ):
        for one in ranking.problems.values():
            problem(one)
        with st.container(
            key="priorities-head", horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small"
        ):
            kind = _kinds(ranking)
            st.button(_("Add a candidate"), icon=":material/add:", key="priorities-add", on_click=ask, args=(Ask("priority", ""),))
        kept_rows = ranking if kind == ALL else ranking.only((kind,))
        if not kept_rows.rows:
            notice(
                _("No candidates yet"),
                _("Features, ideas, projects and objectives come with your sources (Connect); any other is added by hand."),
            )
            return
        if board.filters.members or board.filters.accounts is not None:
            st.caption(_("The data's values are those of the filtered accounts; what people set over them holds for all."))
        _rows(board, kept_rows)


def _kinds(ranking: Ranking) -> str:
    there = {row.candidate.kind for row in ranking.rows}
    options = [ALL, *(kind for kind in KINDS if kind in there)]
    return choice(_("Kind"), options, key="kind", word=lambda one: _("All") if one == ALL else _(KINDS[one]))


def _rows(board: Board, ranking: Ranking) -> None:
    column, falling = _sorted_by(ranking)
    rows = tables.ordered(ranking, column, falling)
    most = int(st.session_state.get(_MORE, SHOWN))
    chosen = {one.candidate for one in state.journal(board).priorities.chosen()}
    opened = roster(
        tables.lines(board, ranking, rows[:most], chosen), tables.headings(ranking), key="priorities-roster", title=_("Candidates"),
        sorted_by=(column, falling), on_sort=lambda one: _sort(one, column, falling), own=(CANDIDATE,),
    )  # fmt: skip
    linked = st.query_params.get(CANDIDATE)
    if linked:
        st.query_params.pop(CANDIDATE)
    if opened or linked:
        ask(Ask("priority", "", candidate=str(opened or linked)))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        if len(rows) > most:
            left = min(SHOWN, len(rows) - most)
            said = ngettext("Show {count} more", "Show {count} more", left).format(count=left)
            st.button(said, key="priorities-more", on_click=lambda: st.session_state.update({_MORE: most + SHOWN}))
        name = file_name(board, f"priorities_{ranking.framework.name}")
        downloads(
            name, lambda: tables.sheet(board, ranking, rows, chosen), key="priorities", text=lambda: tables.markdown(board, ranking, rows)
        )
    st.caption(f"{ranking.framework.formula.text} · {spoken(ranking.framework.source)}")


def _sorted_by(ranking: Ranking) -> tuple[str, bool]:
    """The column that the table is sorted by, as the link says or as it was left; and whether the largest comes first."""
    asked = str(st.query_params.get(SORT) or st.session_state.get(_SORTED) or USUAL_SORT)
    column = asked.removeprefix("-")
    return (column, asked.startswith("-")) if column in {one.id for one in tables.headings(ranking)} else (tables.SCORE, True)


def _sort(chosen: str, column: str, falling: bool) -> None:
    """A column's first click shows its largest values, names from A to Z; the next click turns it round."""
    down = not falling if chosen == column else chosen != tables.NAME
    asked = f"-{chosen}" if down else chosen
    st.session_state[_SORTED] = asked
    if asked == USUAL_SORT:
        st.query_params.pop(SORT, None)
    else:
        st.query_params[SORT] = asked


def _plane(board: Board, ranking: Ranking) -> None:
    told = ranking.plane()
    if told is None or not told.places:
        return
    below = _("Each candidate with a score; split at the medians")
    with section.plain_card(key="plane", title=_("Value against effort"), subtitle=below):
        quadrants.draw(board, ranking, told, key="priorities-plane", on_pick=lambda key: ask(Ask("priority", "", candidate=key)))


def _span(board: Board) -> str:
    return fmt.span(board.filters.since, board.last_day)
