"""Revenue: where does recurring revenue come from, what moves it, what is coming?"""

from __future__ import annotations

import streamlit as st

from pages.components import charts, section
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.chart_model import Role
from pages.components.i18n import N_, _
from pages.components.states import guarded

TITLE = N_("Revenue")
QUESTION = N_("Where does recurring revenue come from, what moves it, what is coming?")
ICON = ":material/payments:"

TILES = ("mrr", "net_new_mrr", "paying_accounts", "arpa", "won_amount", "win_rate", "pipeline_created", "average_deal")
MOVEMENTS: dict[str, Role] = {
    "mrr_new": "gain",
    "mrr_expansion": "gain",
    "mrr_reactivation": "gain",
    "mrr_churn": "loss",
    "mrr_contraction": "loss",
    "net_new_mrr": "total",
}


def show(board: Board) -> None:
    """Draws the page."""
    picked, _shown = section.board_of_tiles(board, TILES, key="revenue")
    section.hero(board, picked)
    year = board.last_year()
    left, right = st.columns(2, gap="small")
    with left, guarded():
        chart_card(
            board,
            charts.parts(year, "mrr", "plan", title=_("MRR by plan"), grain="month"),
            key="by-plan",
            subtitle=_("The plan of the subscription, last 12 months"),
        )
    with right, guarded():
        movements = charts.together(year, _("Movements of MRR"), MOVEMENTS, kind="stacked", grain="month")
        chart_card(board, movements, key="movements", subtitle=_("What was won and what was lost, last 12 months"))
    left, right = st.columns(2, gap="small")
    with left:
        section.ranked_card(
            board, "mrr", "account.name", key="largest", title=_("Largest accounts"), subtitle=_("By MRR on the last day"), top=10
        )
    with right:
        with guarded():
            chart_card(
                board, charts.over_time(year, "pipeline_created", kind="bar", grain="month", compared=False), key="pipeline", height=190
            )
        with guarded():
            chart_card(board, charts.over_time(year, "win_rate", grain="month", compared=False), key="win", height=190)
