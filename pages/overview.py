"""Overview: how is the product doing for the business, what changed, what needs a decision?"""

from __future__ import annotations

import streamlit as st

from pages.components import changes, section
from pages.components.board import Board
from pages.components.drawer import Ask, ask
from pages.components.i18n import N_, _
from pages.components.movers import movers
from pages.components.states import guarded, notice

TITLE = N_("Overview")
QUESTION = N_("How is the product doing for the business, what changed, what needs a decision?")
ICON = ":material/space_dashboard:"

TILES = (
    "weekly_active_accounts", "active_users", "events_per_active_account", "mrr",
    "net_new_mrr", "win_rate", "tickets_per_active_account", "csat",
)  # fmt: skip
#: What is searched for the largest changes, beyond the tiles.
WATCHED = (
    *TILES,
    "new_accounts",
    "paying_accounts",
    "pipeline_created",
    "won_amount",
    "tickets_created",
    "first_response_median",
    "reopen_share",
)


def show(board: Board) -> None:
    """Draws the page."""
    top = st.container()
    picked, shown = section.board_of_tiles(board, TILES, key="metric")
    found = changes.changes(board, WATCHED)
    with top, guarded():
        section.lead(changes.headline(found), shown)
    left, right = st.columns([2.05, 1], gap="small")
    with left:
        section.hero(board, picked, height="stretch")
    with right:
        _changed(board, found)


def _changed(board: Board, found: list[changes.Change]) -> None:
    with st.container(key="card-movers", gap="small", height="stretch"), guarded():
        st.html(f'<div class="tv-title"><h2>{_("What changed most")}</h2><p>{_("Ranked by relative change")}</p></div>')
        if not found:
            notice(_("Nothing moved"), _("No metric changed in this range, or there is nothing to compare it with."))
            return
        title = _("What changed most")
        movers(
            changes.moves(found),
            key="changed",
            title=title,
            on_pick=lambda name: ask(Ask("rows", name, board.filters.since, board.filters.until)),
        )
