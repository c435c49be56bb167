"""Account: what does one customer use, pay and ask for, and what happened so far? Opened from Accounts, at /account?id=…"""

from __future__ import annotations

from html import escape

import streamlit as st

from data.reader import Snapshot
from metrics import accounts
from metrics.accounts import Account
from pages.components import account_tables as tables
from pages.components import customers, places, present, section, timeline, verdicts
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.i18n import N_, _, ngettext
from pages.components.section import plainly
from pages.components.states import guarded, notice
from pages.components.table import table

TITLE = N_("Account")
QUESTION = N_("What does this customer use, pay and ask for, and what happened so far?")
ICON = ":material/domain:"
#: Opened from other pages: it is not in the navigation.
HIDDEN = True

TILES = ("mrr", "active_users", "meaningful_events", "features_used", "tickets_created", "backlog", "csat", "nps", "net_new_mrr")
_SHOWN = 25


def show(board: Board) -> None:
    """Draws the page."""
    asked = st.query_params.get("id", "")
    with st.container(key="way-back"):
        places.link("accounts", _("All accounts"), icon=":material/arrow_back:")
    with board.layer.reader.open() as snapshot:
        account = accounts.find(snapshot, asked, board.filters.until) if asked else None
        if account is None:
            notice(_("There is no such account"), _unknown(asked))
            return
        _page(board.everyone().narrowed(members={customers.ID: (account.account_id,)}), snapshot, account)


def _page(board: Board, snapshot: Snapshot, account: Account) -> None:
    with st.container(key="about-account"):
        _head(account)
    with guarded():
        _disagreements(board, account)
    picked, _shown = section.board_of_tiles(board, TILES, key="tile")
    section.hero(board, picked, height=260)
    left, right = st.columns([1, 1], gap="small")
    with left:
        _features(board)
        with st.container(key="card-lists", gap="small"), guarded():
            _lists(board, snapshot, account)
    with right, st.container(key="card-timeline", gap="small", height="stretch"), guarded():
        _timeline(board, snapshot, account)


def _unknown(asked: str) -> str:
    if not asked:
        return _("The address names no account. Open one from the list of all accounts.")
    return _("No source tells of an account “{id}”. It may have been removed; look for its name among all accounts.").format(id=asked)


def _head(account: Account) -> None:
    facts = [
        (_("Plan"), account.plan),
        (_("Segment"), account.segment),
        (_("Region"), account.region),
        (_("Industry"), account.industry),
        (_("Owner"), account.owner or _("nobody")),
        (_("Customer since"), fmt.day(account.created_on) if account.created_on else None),
        (_("Left"), fmt.day(account.churned_on) if account.churned_on else None),
    ]
    told = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts if value)
    below = " · ".join(part for part in (account.domain, account.account_id) if part)
    st.html(f'<section class="tv-who"><h2>{escape(account.name)}</h2><p>{escape(below)}</p><dl>{told}</dl></section>')


def _disagreements(board: Board, account: Account) -> None:
    said = verdicts.sentences(board, account)
    if not said:
        return
    with st.container(key="card-disagree", gap="small"):
        title, below = _("Where the sources disagree"), _("What adoption, revenue and support say against each other")
        rows = "".join(f'<li><span class="tv-mark {one.tone}"></span>{escape(one.text)}</li>' for one in said)
        st.html(f'<div class="tv-title"><h2>{escape(title)}</h2><p>{escape(below)}</p></div><ul class="tv-findings">{rows}</ul>')


def _features(board: Board) -> None:
    feature = section.first_known(board, "feature_events", ("feature.name", "feature_id"))
    section.ranked_card(
        board, "feature_events", feature, key="features", title=_("Features used"), top=12,
        also=("feature_users", _("people: {value}")), subtitle=_("Events in this range, and the people behind them"),
    )  # fmt: skip
    with guarded():
        offered, used = _members(board, "eligible_accounts", feature), _members(board, "feature_events", feature)
        if not offered:
            return
        unused = sorted(offered - used)
        said = ngettext(
            "{used} of the {count} feature of its plan is used.", "{used} of the {count} features of its plan are used.", len(offered)
        )
        text = said.format(used=len(offered & used), count=len(offered))
        if unused:
            text += " " + _("Not used in this range: {features}.").format(features=", ".join(unused))
        title = _("Features of its plan")
        with st.container(key="card-unused"):
            st.html(f'<div class="tv-title"><h2>{escape(title)}</h2></div><p class="tv-plain">{escape(text)}</p>')


def _members(board: Board, name: str, dimension: str) -> set[str]:
    """The members of which the metric counts anything."""
    rows = board.total(name, by=(dimension,), compare=False).rows if board.has(name) else ()
    return {str(row[dimension]) for row in rows if row[name] and row[dimension] not in present.GATHERED}


def _lists(board: Board, snapshot: Snapshot, account: Account) -> None:
    until, key = board.filters.until, account.account_id
    made = {
        _("People"): lambda: tables.people(accounts.people(snapshot, key, until)),
        _("Tickets"): lambda: tables.tickets(accounts.tickets(snapshot, key, until)),
        _("Deals"): lambda: tables.deals(board, accounts.deals(snapshot, key, until)),
        _("Movements of MRR"): lambda: tables.movements(board, accounts.happenings(snapshot, key, until, kinds=timeline.MOVEMENTS)),
    }
    for tab, (title, make) in zip(st.tabs(list(made)), made.items(), strict=True):
        with tab, guarded():
            columns, rows = make()
            if rows:
                table(columns, rows, title=title)
            else:
                notice(_("Nothing here"), _("No source tells of any for this account."))


def _timeline(board: Board, snapshot: Snapshot, account: Account) -> None:
    title, below = _("What happened"), _("From all sources, the newest first")
    st.html(plainly(title, below))
    area = st.segmented_control(
        _("Sources"), [timeline.ALL, *timeline.AREAS], default=timeline.ALL, required=True, format_func=timeline.area_name, key="area",
        label_visibility="collapsed", bind="query-params",
    )  # fmt: skip
    most = int(st.session_state.get("happenings_shown", _SHOWN))
    found = accounts.happenings(snapshot, account.account_id, board.filters.until, kinds=timeline.kinds(str(area)), most=most + 1)
    if not found:
        notice(_("Nothing happened yet"), _("No source tells of anything for this account."))
        return
    timeline.draw(board, found[:most])
    if len(found) > most:
        st.button(_("Show older"), key="older", on_click=lambda: st.session_state.update({"happenings_shown": most + _SHOWN * 2}))
