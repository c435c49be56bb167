"""Adoption: which features are adopted, by whom, how deep, how fast?"""

from __future__ import annotations

import streamlit as st

from metrics.matrix import Place
from pages.components import charts, matrix, section
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.choice import choice
from pages.components.drawer import Ask, ask
from pages.components.i18n import N_, _
from pages.components.states import guarded

TITLE = N_("Adoption")
QUESTION = N_("Which features are adopted, by whom, how deep, how fast?")
ICON = ":material/trending_up:"

TILES = (
    "weekly_active_accounts", "weekly_active_users", "stickiness_ratio", "events_per_active_account",
    "features_used", "feature_accounts", "new_accounts", "new_users",
    "monthly_active_accounts", "meaningful_events", "feature_events",
)  # fmt: skip


def show(board: Board) -> None:
    """Draws the page."""
    picked, _shown = section.board_of_tiles(board, TILES, key="adoption")
    section.hero(board, picked)
    _matrix(board)
    feature = section.first_known(board, "feature_accounts", ("feature.name", "feature_id"))
    left, right = st.columns([1, 1], gap="small")
    with left:
        section.ranked_card(
            board,
            "feature_accounts",
            feature,
            key="features",
            title=_("Features by accounts"),
            top=12,
            also=("feature_users", _("{value} people")),
            subtitle=_("Accounts that used the feature in this range, and their people"),
        )
    with right:
        who = section.first_known(board, "feature_accounts", ("account.plan", "account.segment", "account.region"))
        section.heat_card(
            board,
            "feature_accounts",
            (feature, who),
            key="depth",
            title=_("Who uses what"),
            top=17,
            subtitle=_("Accounts that used the feature, by kind of customer"),
        )
    with guarded():
        chart = charts.parts(board, "feature_accounts", feature, title=_("Features over time"), kind="line", top=6)
        chart_card(board, chart, key="over-time", subtitle=_("Accounts that used them: the six features with the most"))


def _matrix(board: Board) -> None:
    sizes = [name for name in matrix.SIZES if board.has(name)]
    if not sizes or not board.has(matrix.BREADTH) or not board.has(matrix.FREQUENCY):
        return
    below = _("How many of the accounts that may use a feature do, and how often")
    with section.card(board, matrix.BREADTH, key="matrix", title=_("Adoption matrix"), subtitle=below), guarded():
        size = choice(_("Bubbles"), sizes, key="bubbles", word=lambda one: _(matrix.SIZES[one]))

        def picked(place: Place) -> None:
            ask(Ask("rows", "feature_events", board.filters.since, board.filters.until, (("feature.name", place.name),)))

        matrix.draw(board, size, key="matrix-plot", on_pick=picked)
