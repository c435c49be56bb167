"""Overview: how is the product doing for the business, what changed, what needs a decision?"""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from data.errors import Problem
from pages.components import changes, driver_tree, objectives, pacing, section, summary
from pages.components.board import Board
from pages.components.cards import picked_of
from pages.components.drawer import Ask, ask
from pages.components.i18n import N_, _
from pages.components.movers import movers
from pages.components.states import guarded, notice

TITLE = N_("Overview")
QUESTION = N_("How is the product doing for the business, what changed, what needs a decision?")
ICON = ":material/space_dashboard:"

#: What has a card, by what it serves, the foremost first; a company's own metrics that name an objective come with them.
TILES = (
    "weekly_active_accounts", "stickiness_ratio", "events_per_active_account", "features_used",
    "mrr", "win_rate", "net_new_mrr", "paying_accounts",
    "first_response_business_median", "csat", "tickets_per_active_account", "first_response_median",
    "on_time_share", "cycle_time", "work_completed", "releases_count",
)  # fmt: skip
#: Where the largest changes are looked for.
WATCHED = (
    "weekly_active_accounts", "stickiness_ratio", "events_per_active_account", "mrr", "net_new_mrr", "win_rate",
    "first_response_business_median", "csat", "paying_accounts", "tickets_per_active_account", "first_response_median",
    "features_used", "active_users", "new_accounts", "pipeline_created", "won_amount", "tickets_created", "reopen_share",
)  # fmt: skip


def show(board: Board) -> None:
    """Draws the page."""
    groups = objectives.grouped(board, TILES)
    _look_ahead(board, groups)
    found, moved = objectives.shown(board, groups), changes.changes(board, WATCHED)
    cards = [card for _title, members in found for card in members]
    with guarded():
        section.lead(summary.told(cards) or changes.headline(moved), cards)
    left, right = st.columns([1.8, 1], gap="small")
    with left:
        _north_star(board)
    with right:
        section.hero(board, picked_of(cards, key="metric"), height=228, numbered=False)
    section.board_of_groups(board, found, key="metric")
    _changed(board, moved)


def _look_ahead(board: Board, groups: list[objectives.Group]) -> None:
    """Asks for the numbers of the page together."""
    cards, driving = objectives.foremost(groups), []
    with suppress(Problem):
        driving = list(driver_tree.branch(board).names())
    board.look_ahead(list(dict.fromkeys((*driving, *cards, *WATCHED))))
    board.look_ahead(cards, grain=board.filters.grain)
    pacing.look_ahead(board, cards)
    board.look_ahead_signals(cards)


def _north_star(board: Board) -> None:
    """The card with the tree."""
    title = _("The North Star and what drives it")
    above = section.plainly(title, _("Each with its change; open one to see how it is computed"))

    def picked(name: str) -> None:
        ask(Ask("explain", name, board.filters.since, board.filters.until))

    with st.container(key="card-north-star", gap="small", height="stretch"), guarded(above):
        root = driver_tree.node(board, driver_tree.branch(board))
        driver_tree.tree(root, key="tree", title=title, above=above, on_pick=picked)
        if not root.inputs:
            st.caption(_("Its definition names no drivers yet: in the Editor, as YAML, drivers: [METRIC, …] makes them branches here."))


def _changed(board: Board, found: list[changes.Change]) -> None:
    title = _("What changed most")
    above = section.plainly(title, _("Ranked by relative change"))
    with st.container(key="card-movers", gap="small"), guarded(above):
        if not found:
            notice(_("Nothing moved"), _("No metric changed in this range, or there is nothing to compare it with."), above)
            return
        movers(
            changes.moves(found),
            key="changed",
            title=title,
            above=above,
            on_pick=lambda name: ask(Ask("rows", name, board.filters.since, board.filters.until)),
            on_why=lambda name: ask(Ask("explain", name, board.filters.since, board.filters.until, tab="why")),
        )
