"""Behind a number: the accounts that make it up, and the rows that it counts, to look through and to take away."""

from __future__ import annotations

from datetime import timedelta
from html import escape

import pandas as pd
import streamlit as st

from metrics.made_of import is_shaped
from metrics.result import Rows
from pages.components import filters, places, present, saved, trust
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.drawer import Ask, close
from pages.components.export import Sheet, downloads, file_name
from pages.components.export_facts import facts
from pages.components.i18n import _, ngettext
from pages.components.ranked import ranked
from pages.components.states import guarded, notice

SHOWN = 500
_MOST = 100_000
_ACCOUNT, _ID = "account.name", "account_id"
#: What has a page of its own: the page, the dimension that tells one from another, and what the page's address calls it.
_PAGES = {_ACCOUNT: ("account", _ID, "id"), "feature.name": ("feature", "feature_id", "feature")}


def body(board: Board, wish: Ask) -> None:
    """The drawer's content for one mark: its number, the accounts behind it, its rows."""
    places.follow()
    with guarded():
        seen = scope(board, wish)
        if is_shaped(seen.metric(wish.metric)):
            _title(seen, wish, "")
            _rows(seen, wish)
            return
        _head(seen, wish)
        _narrow(board, wish)
        if _ACCOUNT not in seen.dimensions(wish.metric):
            _rows(seen, wish)
            return
        by_account, by_row = st.tabs([_("Accounts"), _("Rows")])
        with by_account, guarded():
            _accounts(seen, wish)
        with by_row, guarded():
            _rows(seen, wish)


def scope(board: Board, wish: Ask) -> Board:
    """The board narrowed to what was asked for: its range and its members."""
    since, until, asked = wish.since or board.filters.since, wish.until or board.filters.until, _members(wish)
    among = board.everyone() if _ID in asked else board  # one account is shown whatever the filters let through
    return among.narrowed(since=since, until=until, members={**among.filters.members, **asked}, condition=wish.condition)


def _members(wish: Ask) -> dict[str, tuple[str, ...]]:
    return {dimension: (member,) for dimension, member in wish.members if member != present.OTHER}


def _head(scope: Board, wish: Ask) -> None:
    metric = scope.metric(wish.metric)
    _title(scope, wish, fmt.full(present.value(scope, wish.metric), metric.format, scope.currency))


def _title(scope: Board, wish: Ask, value: str) -> None:
    st.html(
        f'<div class="tv-title"><h2>{escape(scope.label(wish.metric))}{trust.mark(scope, wish.metric)}</h2>'
        f'<div class="row"><strong>{escape(value)}</strong>{escape(_where(scope, wish))}</div></div>'
    )
    for dimension, member in wish.members:
        _way(scope, wish, dimension, member)


def _narrow(board: Board, wish: Ask) -> None:
    """Buttons that narrow the whole page to what was pointed at: its members, its period."""
    if not board.filters.picked:
        return
    told = {present.member(member): filters.only(by, member) for by, member in wish.members if _narrows(board, by, member)}
    since, until = wish.since, wish.until
    if since and until and (since, until) != (board.filters.since, board.filters.until):
        told[wish.period or fmt.span(since, until - timedelta(days=1))] = filters.zoom(since, until)
    with st.container(horizontal=True, gap="small"):
        for number, (said, narrow) in enumerate(told.items()):
            label, asked = _("Only {what} on this page").format(what=said), filters.address(board.filters) | narrow
            st.button(label, icon=":material/filter_alt:", key=f"narrow-{number}", on_click=_narrowed, args=(asked,))


def _narrows(board: Board, dimension: str, member: str) -> bool:
    known = dimension in filters.NARROWING.values() and member not in present.GATHERED
    return known and board.filters.members.get(dimension) != (member,)


def _narrowed(asked: dict[str, list[str]]) -> None:
    filters.restore(asked)
    close()
    places.then(places.opened(), filters.others() | filters.unset(asked))


def _where(scope: Board, wish: Ask) -> str:
    """The range and the members that were pointed at, in words."""
    said = [wish.period or fmt.span(scope.filters.since, scope.last_day)]
    return " · ".join([*said, *(present.member(member) for _dimension, member in wish.members)])


def _way(scope: Board, wish: Ask, dimension: str, member: str) -> None:
    """A link to the page of the account or the feature that was pointed at, where its name is that of one."""
    page, key, asked = _PAGES.get(dimension, ("", "", ""))
    if not page or member in present.GATHERED or key not in scope.dimensions(wish.metric):
        return
    found = {str(row[key]) for row in scope.total(wish.metric, by=(key,), compare=False).rows} - set(present.GATHERED)
    if len(found) == 1:
        said = _("All about {name}").format(name=member)
        places.link(page, said, icon=":material/arrow_forward:", **{asked: found.pop()})


def _accounts(scope: Board, wish: Ask) -> None:
    found = present.ranked(scope.narrowed(comparison="none"), wish.metric, _ACCOUNT, top=25, curves=False)
    ranked(found, key="drawer_accounts", title=_("Accounts"))

    def ids() -> list[str]:
        rows = scope.narrowed(comparison="none").ask(wish.metric, by=(_ID,)).rows
        return [str(row[_ID]) for row in rows if row[wish.metric] and row[_ID] not in present.GATHERED]

    if found and _ID in scope.dimensions(wish.metric):
        origin = f"{scope.label(wish.metric)}, {_where(scope, wish)}"
        saved.segment_box(scope, ids, key="behind", origin=origin)


def _rows(scope: Board, wish: Ask) -> None:
    metric = scope.metric(wish.metric)
    part = None
    if len(metric.parts) > 1:
        part = st.segmented_control(
            _("Rows of"), list(metric.parts), default=metric.parts[0], required=True, format_func=scope.label, key="drawer_part"
        )
    found = _read(scope, wish, part, SHOWN)
    if not found.total:
        notice(_("No rows"), _("Nothing was counted here in this range."))
        return
    said = ngettext("{total} row", "{total} rows", found.total).format(total=fmt.full(found.total, "integer"))
    st.caption(said if found.total <= SHOWN else _("The newest {shown} of {said}").format(shown=SHOWN, said=said))
    st.dataframe(_readable(found.frame), hide_index=True, alt=_("The rows behind this number"))

    def everything() -> Sheet:
        whole = _read(scope, wish, part, _MOST) if found.total > SHOWN else found
        title = _("The rows behind this number")
        told = facts(scope, f"{title}: {scope.label(wish.metric)}", (wish.metric,))
        return Sheet(scope.label(wish.metric), whole.frame, told, currency=scope.currency, zone=scope.zone)

    downloads(file_name(scope, wish.metric), everything, key="drawer_rows", ready=found.frame if found.total <= SHOWN else None)


def _read(scope: Board, wish: Ask, part: str | None, limit: int) -> Rows:
    return scope.layer.rows(wish.metric, **scope.filters.asked, part=part, limit=limit)


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the columns that are empty throughout."""
    return frame.dropna(axis="columns", how="all")
