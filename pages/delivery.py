"""Delivery: what is planned, in progress, shipped; how fast; on time; for which objective?"""

from __future__ import annotations

import streamlit as st

from pages.components import charts, section
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.chart_model import Role
from pages.components.histogram import histogram_card
from pages.components.i18n import N_, _
from pages.components.releases import releases_card
from pages.components.states import guarded

TITLE = N_("Delivery")
QUESTION = N_("What is planned, in progress, shipped; how fast; on time; for which objective?")
ICON = ":material/rocket_launch:"
#: Work and releases belong to no account.
PER_ACCOUNT = False

TILES = (
    "work_completed", "cycle_time", "cycle_time_p85", "work_in_progress",
    "on_time_share", "objective_share", "bug_share", "work_in_progress_age",
    "lead_time", "releases_count", "estimate_completed", "ideas_created", "ideas_processed",
)  # fmt: skip
FLOW: dict[str, Role] = {"work_created": "part", "work_started": "part", "work_completed": "part"}
#: What finished work is told apart by: the first of these that is known here.
AIMS = {
    "objective.name": N_("Work completed by objective"),
    "objective_id": N_("Work completed by objective"),
    "feature.name": N_("Work completed by feature"),
}
PLACES = {
    "project.name": N_("Work completed by project"),
    "project_id": N_("Work completed by project"),
    "team": N_("Work completed by team"),
}


def show(board: Board) -> None:
    """Draws the page."""
    picked, _shown = section.board_of_tiles(board, TILES, key="delivery")
    section.hero(board, picked)
    year = board.last_year()
    left, right = st.columns(2, gap="small")
    with left:
        _speed(board)
    with right, guarded():
        flow = charts.together(year, _("What comes in and what gets done"), FLOW, grain="month")
        chart_card(board, flow, key="flow", subtitle=_("Pieces of work by month, last 12 months"))
    left, right = st.columns(2, gap="small")
    with left:
        _completed(board, AIMS, key="by-objective")
    with right:
        _completed(board, PLACES, key="by-project")
    left, middle, right = st.columns(3, gap="small")
    with left:
        _over_the_year(year, "work_in_progress", "week")
    with middle:
        _over_the_year(year, "bug_share", "month")
    with right:
        section.heat_card(board, "work_completed", ("team", "kind"), key="teams", title=_("What each team worked on"))
    releases_card(board, key="releases", title=_("Releases"), subtitle=_("Still to come, then the newest ones: planned against shipped"))


def _speed(board: Board) -> None:
    histogram_card(
        board,
        "cycle_time",
        key="speed",
        title=_("How long work takes"),
        values=_("{value} days"),
        counted=_("Pieces of work"),
        height=322,
    )


def _completed(board: Board, titles: dict[str, str], *, key: str) -> None:
    """The largest members of the first dimension that is known here."""
    with guarded():
        by = section.first_known(board, "work_completed", tuple(titles))
        section.ranked_card(board, "work_completed", by, key=key, title=_(titles[by]), subtitle=_("Pieces of finished work"), top=8)


def _over_the_year(year: Board, name: str, grain: str) -> None:
    with guarded():
        chart = charts.over_time(year, name, grain=grain, compared=False)
        chart_card(year, chart, key=f"year-{name}", subtitle=_("Last 12 months"), height=190)
