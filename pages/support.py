"""Support: how much help do customers need, how fast do they get it, how content are they?"""

from __future__ import annotations

import streamlit as st

from pages.components import charts, section
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.chart_model import Role
from pages.components.histogram import histogram_card
from pages.components.i18n import N_, _
from pages.components.states import guarded

TITLE = N_("Support")
QUESTION = N_("How much help do customers need, how fast do they get it, how content are they?")
ICON = ":material/support_agent:"

TILES = (
    "tickets_created", "tickets_per_active_account", "first_response_business_median", "resolution_business_median",
    "backlog", "reopen_share", "csat", "urgent_tickets",
    "backlog_age", "accounts_with_tickets", "ratings",
)  # fmt: skip
#: What tickets are told apart by: the first of these that is known here.
ABOUT = ("feature.name", "feature_id", "account.segment", "account.industry", "account.plan")
#: The same stretch of time on the help desk's schedule and by the clock.
RESPONSE: dict[str, Role] = {"first_response_business_median": "part", "first_response_median": "part"}
RESOLUTION: dict[str, Role] = {"resolution_business_median": "part", "resolution_median": "part"}
RESPONSE_TIME, HEIGHT = "first_response_business_median", 250
FLOW: dict[str, Role] = {"tickets_created": "part", "resolved_tickets": "part"}


def show(board: Board) -> None:
    """Draws the page."""
    picked, _shown = section.board_of_tiles(board, TILES, key="support")
    section.hero(board, picked)
    _volume(board)
    _speed(board)
    _waiting(board)
    _about(board)


def _volume(board: Board) -> None:
    how = section.first_known(board, "tickets_created", ("channel", "priority"))
    titles = {"channel": _("Tickets by channel"), "priority": _("Tickets by priority")}
    left, right = st.columns(2, gap="small")
    with left, guarded():
        chart_card(board, charts.parts(board, "tickets_created", how, title=titles[how], kind="stacked", top=5), key="volume")
    with right, guarded():
        chart_card(board, charts.together(board, _("What comes in and what gets done"), FLOW), key="flow", subtitle=_("Tickets"))


def _speed(board: Board) -> None:
    below = _("Median, in business hours and by the clock")
    left, middle, right = st.columns(3, gap="small")
    with left, guarded():
        chart_card(board, charts.together(board, _("First response"), RESPONSE), key="response", subtitle=below, height=HEIGHT)
    with middle, guarded():
        chart_card(board, charts.together(board, _("Resolution"), RESOLUTION), key="resolution", subtitle=below, height=HEIGHT)
    with right:
        title = _("How long the first response takes")
        histogram_card(
            board, RESPONSE_TIME, key="spread", title=title, values="{value}", counted=_("Tickets"), height=HEIGHT
        )  # fmt: skip


def _waiting(board: Board) -> None:
    """Whether the backlog grows over the year, how old it is, and how content customers are."""
    year = board.last_year()
    for place, name in zip(st.columns(3, gap="small"), ("backlog", "backlog_age", "csat"), strict=True):
        with place, guarded():
            chart = charts.over_time(year, name, grain="week", compared=False)
            chart_card(year, chart, key=f"year-{name}", subtitle=_("Last 12 months"), height=190)


def _about(board: Board) -> None:
    what = section.first_known(board, "tickets_created", ABOUT)
    left, middle, right = st.columns(3, gap="small")
    with left:
        title = _("Tickets by feature") if what.startswith("feature") else _("Tickets by kind of customer")
        section.ranked_card(board, "tickets_created", what, key="by-feature", title=title, top=9)
    with middle:
        section.ranked_card(board, "tickets_created", "account.name", key="by-account", title=_("Accounts with most tickets"), top=9)
    with right:
        how = section.first_known(board, "tickets_created", ("channel", "account.plan"))
        section.heat_card(board, "tickets_created", ("priority", how), key="load", title=_("Where it is urgent"))
