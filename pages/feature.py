"""Feature: who may use one feature, who does, who stays, what are they worth, what do they ask?"""

from __future__ import annotations

import json
from datetime import timedelta
from html import escape

import streamlit as st

from metrics.journeys import time_to_adopt
from pages.components import adopting, charts, section, shapes
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.choice import choice
from pages.components.funnel import funnel
from pages.components.i18n import N_, _
from pages.components.release_effects import release_effects
from pages.components.section import plainly
from pages.components.states import guarded, notice

TITLE = N_("Feature")
QUESTION = N_("Who may use a feature, who does, who stays, what are they worth, what do they ask?")
ICON = ":material/extension:"

ALONE = "none"
TILES = (
    "feature_adoption", "feature_adopters", "user_feature_adoption", "feature_depth", "mrr_of_adopters", "mrr_adoption",
    "feature_tickets", "tickets_per_adopter", "feature_users", "feature_events", "feature_accounts",
)  # fmt: skip
#: Who may use it, who does, and the share of the two: accounts, then their people.
REACHED = (
    ("eligible_accounts", "feature_adopters", "feature_adoption"),
    ("eligible_users", "feature_adopting_users", "user_feature_adoption"),
)
#: Accounts are followed to a feature from beginnings of as many days.
WATCHED = 365


def show(board: Board) -> None:
    """Draws the page."""
    names = adopting.features(board)
    if not names:
        said = _("features.yml says which events belong to a feature. docs/connectors/files.md shows how.")
        notice(_("No features yet"), said)
        return
    with st.container(key="chooser", horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = choice(_("Feature"), list(names), key="feature", word=lambda one: names[one])
        others = [ALONE, *(one for one in names if one != chosen)]
        other = choice(_("Beside"), others, key="beside", word=lambda one: names.get(one, _("No other feature")))
        _facts(board, chosen)
    boards = {names[one]: adopting.of(board, one) for one in (chosen, other) if one != ALONE}
    mine = boards[names[chosen]]
    picked, _shown = section.board_of_tiles(mine, TILES, key="tile")
    with guarded():
        alone = len(boards) == 1
        chart_card(mine, adopting.over_time(boards, picked.id), key="hero", height=300, head=picked if alone else None)
    _reach(mine, boards)
    _adopting(board, mine, chosen)
    release_effects(mine, chosen, key="effects")
    _accounts(mine)
    _tickets(mine)


def _facts(board: Board, chosen: str) -> None:
    feature = adopting.told(board).get(chosen)
    if feature is None:
        return
    plans = ", ".join(feature.eligible_plans) or _("every plan")
    facts = [(_("Area"), feature.area), (_("Owner"), feature.owner), (_("May be used on"), plans)]
    facts += [(_("Since"), fmt.day(feature.released_at))] if feature.released_at else []
    told = "".join(f"<li>{escape(name)} <b>{escape(str(value))}</b></li>" for name, value in facts if value)
    st.html(f'<ul class="tv-about">{told}</ul>', width="stretch")


def _reach(mine: Board, boards: dict[str, Board]) -> None:
    left, right = st.columns([1, 1.4], gap="small")
    with left, st.container(key="card-reach", gap="small", height="stretch"), guarded():
        title, below = _("Who may, who does"), _("On the last day, by use in the 28 days up to it")
        st.html(plainly(title, below))
        for names in REACHED:
            if all(map(mine.has, names)):
                funnel(adopting.reached(mine, *names), key=f"reach-{names[0]}", title=mine.label(names[2]))
    with right, guarded():
        if mine.has("feature_retention"):
            said = _("Of those who used it in a period, the share that used it again in each later one")
            chart_card(mine, adopting.retention(boards, "feature_retention"), key="stays", height=240, subtitle=said)


def _adopting(board: Board, mine: Board, chosen: str) -> None:
    left, right = st.columns([1.4, 1], gap="small")
    with left, guarded():
        since = min(board.filters.since, board.filters.until - timedelta(days=WATCHED))
        defined = json.dumps({"time_to_adopt": time_to_adopt(chosen)})
        chart, result = shapes.adoption(board, "time_to_adopt", since, title=_("Time to adopt"), definitions=defined)
        median = result.summary.get("median")
        said = _("Accounts created since {day}; who has not used it yet counts as long as it was watched.").format(day=fmt.day(since))
        if median is not None:
            said = f"{shapes.half(median)} {said}"
        chart_card(board, chart, key="adopting", height=280, subtitle=said)
    with right:
        by = section.first_known(mine, "feature_adoption", ("account.plan", "account.segment", "account.region"))
        said = _("Of the accounts that may use it, by kind of customer")
        section.ranked_card(mine, "feature_adoption", by, key="by-kind", title=_("Adoption by kind of customer"), subtitle=said)


def _accounts(mine: Board) -> None:
    left, right = st.columns(2, gap="small")
    lists = (
        (left, "mrr_of_adopters", _("Accounts that use it"), _("By MRR, on the last day")),
        (right, "mrr_of_non_adopters", _("Accounts that may use it and do not"), _("By MRR: those with most to gain first")),
    )
    for place, name, title, below in lists:
        with place:
            if mine.has(name):
                also = ("feature_tickets", _("{value} tickets")) if mine.has("feature_tickets") else None
                section.ranked_card(mine, name, "account.name", key=name, title=title, subtitle=below, top=10, also=also)


def _tickets(mine: Board) -> None:
    if not mine.has("feature_tickets"):
        return
    left, right = st.columns([1.4, 1], gap="small")
    with left, guarded():
        chart = charts.over_time(mine, "feature_tickets", kind="bar")
        chart_card(mine, chart, key="tickets", height=260, subtitle=_("What is asked about it, with the releases of the time"))
    with right:
        said = _("Tickets about it in this range")
        section.ranked_card(mine, "feature_tickets", "account.name", key="askers", title=_("Who asks about it"), subtitle=said, top=6)
