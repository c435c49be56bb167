"""What a definition gives before it is saved: the value of the last finished period, its course, and what stands behind it."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from metrics.made_of import is_shaped
from pages.components import board as boards
from pages.components import charts, metric_looks, present
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.cards import Card
from pages.components.chart_card import chart_card
from pages.components.choice import toggle
from pages.components.i18n import N_, _
from pages.components.metric_looks import Preview
from pages.components.section import plainly
from pages.components.states import guarded, notice

#: How fine the course is shown, and how many periods of it before the one that is running.
GRAINS = {"week": N_("Week"), "month": N_("Month"), "day": N_("Day")}
_PERIODS = {"week": 12, "month": 12, "day": 42}


def show(board: Board, name: str, text: str, meaning: str) -> None:
    """Draws the preview of a definition that holds no error; `meaning` says in a sentence what it counts."""
    with guarded():
        with st.container(key="seen-bar", horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small"):
            said = _("What it would give")
            st.html(f'<p class="tv-ask">{escape(said)}</p>', width="content")
            grain = toggle(_("Periods"), list(GRAINS), key="seen", word=lambda one: _(GRAINS[one]))
        st.html(f'<p class="tv-meaning" role="status">{escape(meaning)}</p>')
        now = _board(board, text, grain)
        if is_shaped(now.metric(name)):
            seen = Preview(now, board, name, text, now.filters.since, now.filters.until)
            _table(seen)
        else:
            seen = _course(board, now, name, text)
        metric_looks.show(seen)


def _board(board: Board, text: str, grain: str) -> Board:
    """The last periods up to what is loaded."""
    return boards.drafted(board, text).narrowed(since=board.before(board.last_day, grain, _PERIODS[grain]), grain=grain)


def _course(board: Board, now: Board, name: str, text: str) -> Preview:
    """The chart of the last periods; its head is the value of the last one that is finished, beside the one before."""
    metric, result = now.metric(name), now.series(name)
    done = [row for row in result.rows if row["complete"] and present.number(row[name]) is not None]
    if not done:
        notice(_("Nothing to show"), _("No period is finished in which there is anything to count: see the conditions."))
        return Preview(now, board, name, text, now.filters.since, now.filters.until)
    first, grain = done[-1]["period"], result.grain or "day"
    value, was = present.number(done[-1][name]), present.number(done[-2][name]) if len(done) > 1 else None
    delta, direction, tone = present.change(now, metric, value, was)
    told = fmt.short(was, metric.format, now.currency) if was is not None else ""
    head = Card(name, now.label(name), fmt.short(value, metric.format, now.currency), delta, direction, tone, told)
    chart = charts.over_time(now, name, kind=charts.usual_kind(now, name), compared=False)
    subtitle = _("{period}, the last that is finished").format(period=fmt.period(first, grain, long=True))
    # Without its name the chart leads nowhere: what a mark would open is not saved yet.
    with st.container(height="content"):
        chart_card(now, replace(chart, metric=""), key="preview", subtitle=subtitle, height=240, head=head)
    return Preview(now, board, name, text, first, now.after(first, grain))


def _table(seen: Preview) -> None:
    """A kind with rows of its own: the rows."""
    with st.container(key="card-preview", gap="small"):
        label = seen.board.label(seen.name)
        st.html(plainly(label))
        found = seen.board.ask(seen.name)
        if not found.rows:
            notice(_("Nothing to show"), _("No period is finished in which there is anything to count: see the conditions."))
            return
        st.dataframe(found.frame, hide_index=True, height=300, alt=label)
