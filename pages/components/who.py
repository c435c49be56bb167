"""Who stands behind a place of a journey: the accounts whose people did not come to a step, or did not come back to a cohort."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from metrics.journeys import Passed, before_step, in_cohort
from pages.components import format as fmt
from pages.components import present, rows, saved, shapes, trust
from pages.components.board import Board
from pages.components.drawer import Ask
from pages.components.filters import NONE
from pages.components.i18n import _
from pages.components.ranked import Row, ranked
from pages.components.states import guarded, notice

ACCOUNT, ID = "account.name", "account_id"
SHOWN = 50


def step(board: Board, wish: Ask) -> None:
    """The drawer's content for a step of a funnel: the accounts that were lost before it."""
    with guarded():
        scope = rows.scope(board, wish)
        whole = scope.ask(wish.metric)
        names = {int(row["step"]): shapes.step_name(str(row["name"])) for row in whole.rows}
        said = _("Came to “{before}”, did not come to “{step}”").format(before=names[wish.place - 1], step=names[wish.place])
        lost = next(iter(before_step(whole.rows, wish.place)), None)
        _head(board, wish, _of(lost.lost, lost.there) if lost else None, said)
        found = [one for one in before_step(scope.ask(wish.metric, by=(ACCOUNT,)).rows, wish.place, ACCOUNT) if one.lost]
        _accounts(found, lambda one: (_number(one.lost), one.lost, _("of {there}").format(there=_number(one.there))))

        def lost_ids() -> list[str]:
            return [one.member for one in before_step(scope.ask(wish.metric, by=(ID,)).rows, wish.place, ID) if one.lost]

        _as_segment(scope, wish, lost_ids, said)


def cohort(board: Board, wish: Ask) -> None:
    """The drawer's content for a cell of the triangle: the accounts of a cohort, those that did not come back first."""
    if wish.since is None:
        return
    with guarded():
        since, grain = wish.since, shapes.cohort_grain(board)
        whole = next(iter(in_cohort(board.ask(wish.metric, since=since, grain=grain).rows, since, wish.place)), None)
        _head(board, wish, _of(whole.on, whole.there) if whole else None, _("came back: {period}").format(period=wish.period))
        found = in_cohort(board.ask(wish.metric, since=since, grain=grain, by=(ACCOUNT,)).rows, since, wish.place, ACCOUNT)
        _accounts(found, lambda one: (_of(one.on, one.there), one.on, _("did not come back") if not one.on else ""))

        def gone_ids() -> list[str]:
            rows = board.ask(wish.metric, since=since, grain=grain, by=(ID,)).rows
            return [one.member for one in in_cohort(rows, since, wish.place, ID) if not one.on]

        _as_segment(board, wish, gone_ids, _("did not come back: {period}").format(period=wish.period))


def _as_segment(board: Board, wish: Ask, ids: Callable[[], list[str]], said: str) -> None:
    """Keeps the accounts that were lost."""
    saved.segment_box(board, lambda: [one for one in ids() if one != NONE], key="lost", origin=f"{board.label(wish.metric)}: {said}")


def _head(board: Board, wish: Ask, value: str | None, said: str) -> None:
    st.html(
        f'<div class="tv-title"><h2>{escape(board.label(wish.metric))}{trust.mark(board, wish.metric)}</h2>'
        f'<div class="row"><strong>{escape(value or fmt.NOTHING)}</strong>{escape(said)}</div></div>'
    )


def _accounts(found: Sequence[Passed], told: Callable[[Passed], tuple[str, int, str]]) -> None:
    """The list, each account with its number as a text, as a size, and a note."""
    if not found:
        notice(_("Nobody"), _("There is no account of which this can be said."))
        return
    rows = [(one.member, *told(one)) for one in found[:SHOWN]]
    most = max(size for _member, _value, size, _note in rows) or 1
    listed = [Row(member, present.member(member), value, size / most, note=note) for member, value, size, note in rows]
    st.caption(_("Accounts, most lost first"))
    ranked(listed, key="drawer_who", title=_("Accounts"))


def _of(some: int, all_: int) -> str:
    return _("{some} of {all}").format(some=_number(some), all=_number(all_))


def _number(count: int) -> str:
    return fmt.full(count, "integer")
