"""Overview: how is the product doing for the business, what changed, what needs a decision?"""

from __future__ import annotations

from html import escape

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
    "weekly_active_accounts", "stickiness_ratio", "events_per_active_account", "mrr",
    "net_new_mrr", "win_rate", "first_response_business_median", "csat",
    "paying_accounts", "tickets_per_active_account", "first_response_median", "features_used",
)  # fmt: skip
#: What is searched for the largest changes, beyond the tiles.
WATCHED = (
    *TILES, "active_users", "new_accounts", "pipeline_created", "won_amount", "tickets_created", "reopen_share",
)  # fmt: skip


def show(board: Board) -> None:
    """Draws the page."""
    top = st.container()
    picked, shown = section.board_of_tiles(board, TILES, key="metric")
    found = changes.changes(board, WATCHED)
    with top, guarded():
        section.lead(changes.headline([one for one in found if one.metric in TILES] or found), shown)
    left, right = st.columns([2.05, 1], gap="small")
    with left:
        section.hero(board, picked, height="stretch")
    with right:
        _changed(board, found)


def _changed(board: Board, found: list[changes.Change]) -> None:
    with st.container(key="card-movers", gap="small", height="stretch"), guarded():
        title, how = _("What changed most"), _("Ranked by relative change")
        st.html(f'<div class="tv-title"><h2>{escape(title)}</h2><p>{escape(how)}</p></div>')
        if not found:
            notice(_("Nothing moved"), _("No metric changed in this range, or there is nothing to compare it with."))
            return
        movers(
            changes.moves(found),
            key="changed",
            title=title,
            on_pick=lambda name: ask(Ask("rows", name, board.filters.since, board.filters.until)),
        )
