"""Revenue: where does recurring revenue come from, what moves it, what is coming?"""

from __future__ import annotations

import streamlit as st

from pages.components import charts, section
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.chart_model import Kind, Role
from pages.components.i18n import N_, _
from pages.components.states import guarded

TITLE = N_("Revenue")
QUESTION = N_("Where does recurring revenue come from, what moves it, what is coming?")
ICON = ":material/payments:"

#: For companies that load no deals.
MORE = ("arr", "mrr_expansion", "mrr_churn", "churned_accounts")
TILES = ("mrr", "net_new_mrr", "paying_accounts", "arpa", "won_amount", "win_rate", "pipeline_created", "average_deal", *MORE)
COMING: tuple[tuple[str, Kind], ...] = (("pipeline_created", "bar"), ("win_rate", "area"), ("churned_accounts", "bar"), ("arpa", "area"))
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
    with right, guarded():
        for chart in section.filled((charts.over_time(year, name, kind=kind, grain="month", compared=False) for name, kind in COMING), 2):
            chart_card(board, chart, key=f"coming-{chart.metric}", height=190)
