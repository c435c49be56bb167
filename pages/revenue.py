"""Revenue: where does recurring revenue come from, what moves it, what is coming?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components import bridge, charts, section
from pages.components.board import Board
from pages.components.chart_card import beside, chart_card
from pages.components.chart_model import Kind, Role
from pages.components.drawer import Ask, ask
from pages.components.i18n import N_, _, translated
from pages.components.states import guarded, nothing

TITLE = N_("Revenue")
QUESTION = N_("Where does recurring revenue come from, what moves it, what is coming?")
ICON = ":material/payments:"

#: For companies that load no deals.
MORE = ("arr", "mrr_expansion", "mrr_churn", "churned_accounts")
TILES = ("mrr", "net_new_mrr", "paying_accounts", "arpa", "won_amount", "win_rate", "pipeline_created", "average_deal", *MORE)
COMING: tuple[tuple[str, Kind], ...] = (("pipeline_created", "bar"), ("win_rate", "area"), ("churned_accounts", "bar"), ("arpa", "area"))
RETAINED = ("nrr_12m", "grr_12m")
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
    with left:
        _bridge(board)
    with right:
        _retained(year)
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


def _bridge(board: Board) -> None:
    if not board.has(bridge.LEVEL):
        return
    with (
        section.card(board, "net_new_mrr", key="bridge", title=_("MRR bridge"), subtitle=_("From before the range to its last day")),
        guarded(),
    ):
        told = bridge.found(board)
        if told is None:
            nothing()
            return

        def picked(name: str) -> None:
            ask(Ask("rows", name, board.filters.since, board.filters.until, board.within))

        rows = bridge.bars(board, told)
        bridge.draw(rows, key="bridge-steps", title=_("MRR bridge"), on_pick=picked)
        st.caption(bridge.said(board, told))

        def picture(range_: str, origin: str) -> bytes:
            from pages.components import export_drawn  # matplotlib takes a while to import

            return export_drawn.bridge(rows, _("MRR bridge"), f"{range_} · {bridge.said(board, told)}", origin)

        table = pd.DataFrame({_("Step"): [row.label for row in rows], _("Amount"): [step.amount for step in told.steps]})
        told_so = " ".join(f"{row.spoken}." for row in rows)
        beside(
            board, table, told_so, title=_("MRR bridge"), key="bridge", file="mrr_bridge",
            names=(bridge.LEVEL, *bridge.MOVES), formats={_("Amount"): "money"}, picture=picture,
        )  # fmt: skip


def _retained(year: Board) -> None:
    """NRR and GRR side by side, with the reading of their names that the numbers used."""
    names = [name for name in RETAINED if year.has(name)]
    if not names:
        return
    with guarded():
        chart = charts.together(year, _("Net and gross retention"), dict.fromkeys(names, "part"), kind="line", grain="month")
        reading = year.series(names[0], grain="month").readings.get(names[0], "")
        chart_card(year, chart, key="retained", height=250, subtitle=translated(reading))
