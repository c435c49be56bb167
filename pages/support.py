"""Support: how much help do customers need, how fast do they get it, how content are they?"""

from __future__ import annotations

import streamlit as st

from pages.components import charts, section
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.chart_model import Role
from pages.components.i18n import N_, _
from pages.components.states import guarded

TITLE = N_("Support")
QUESTION = N_("How much help do customers need, how fast do they get it, how content are they?")
ICON = ":material/support_agent:"

TILES = (
    "tickets_created", "tickets_per_active_account", "first_response_business_median", "first_response_median",
    "resolution_median", "reopen_share", "csat", "urgent_tickets",
    "accounts_with_tickets", "ratings",
)  # fmt: skip
#: What tickets are told apart by: the first of these that is known here.
ABOUT = ("feature.name", "feature_id", "account.segment", "account.industry", "account.plan")
RESPONSE: dict[str, Role] = {"first_response_business_median": "part", "first_response_median": "part"}


def show(board: Board) -> None:
    """Draws the page."""
    picked, _shown = section.board_of_tiles(board, TILES, key="support")
    section.hero(board, picked)
    how = section.first_known(board, "tickets_created", ("channel", "priority"))
    titles = {"channel": _("Tickets by channel"), "priority": _("Tickets by priority")}
    left, right = st.columns(2, gap="small")
    with left, guarded():
        chart_card(board, charts.parts(board, "tickets_created", how, title=titles[how], kind="stacked", top=5), key="volume")
    with right, guarded():
        chart_card(
            board,
            charts.together(board, _("First response"), RESPONSE),
            key="response",
            subtitle=_("Median, in business hours and by the clock"),
        )
    left, middle, right = st.columns(3, gap="small")
    what = section.first_known(
        board, "tickets_created", ("feature.name", "feature_id", "account.segment", "account.industry", "account.plan")
    )
    with left:
        title = _("Tickets by feature") if what.startswith("feature") else _("Tickets by kind of customer")
        section.ranked_card(board, "tickets_created", what, key="by-feature", title=title, top=9)
    with middle:
        section.ranked_card(board, "tickets_created", "account.name", key="by-account", title=_("Accounts with most tickets"), top=9)
    with right:
        against = "channel" if how == "channel" else "account.plan"
        section.heat_card(board, "tickets_created", ("priority", against), key="load", title=_("Where it is urgent"))
        with guarded():
            chart_card(board, charts.over_time(board, "csat", compared=False), key="content", height=150)
