"""Setting a metric's target for a period, over the one that its definition names; who set which, and when."""

from __future__ import annotations

from html import escape

import streamlit as st

from data.journal import Journal
from metrics import target
from metrics.definition import Metric
from pages.components import format as fmt
from pages.components import saved
from pages.components.board import Board
from pages.components.i18n import N_, _

#: How many of its own unit a written one is, and what the written one is called.
_UNITS = {"percent": (100, "%"), "duration": (1, N_("minutes"))}
_HISTORY = 5


def aims(board: Board, metric: Metric) -> None:
    """A box that sets a target and tells what was set before; none for a metric of which neither up nor down is good."""
    book = board.book
    if book is None or metric.good not in ("up", "down"):
        return
    with st.expander(_("Set a target"), key="aims", on_change="rerun") as opened:
        if not opened.open:
            return
        _form(board, metric, book)
        told = book.targets.history(metric.name)[:_HISTORY]
        lines = [
            (one.period, _said(board, metric, one.value), one.author, fmt.day(one.written_at.astimezone(board.zone).date()), one.reason)
            for one in told
        ]
        rows = "".join(f"<li>{escape(' · '.join(part for part in line if part))}</li>" for line in lines)
        if rows:
            st.html(f'<ul class="tv-set">{rows}</ul>')
        else:
            st.caption(_("No target was set here yet."))


def _form(board: Board, metric: Metric, book: Journal) -> None:
    factor, unit = _UNITS.get(metric.format, (1, board.currency if metric.format == "money" else ""))
    label = _("Target ({unit})").format(unit=_(unit)) if unit else _("Target")

    def save() -> None:
        state = st.session_state
        value = state["aim_value"]
        told = {"author": saved.author(), "reason": str(state["aim_reason"])}
        saved.kept(lambda: book.targets.set(metric.name, str(state["aim_period"]), None if value is None else value / factor, **told))

    with st.form("aim", border=False, clear_on_submit=True):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.selectbox(_("Period"), target.coming(board.last_day), key="aim_period", width=140)
            st.number_input(label, value=None, key="aim_value", width=160, placeholder=_("as defined"))
            st.text_input(_("Reason"), key="aim_reason")
        st.form_submit_button(_("Save"), on_click=save)


def _said(board: Board, metric: Metric, value: float | None) -> str:
    return _("as defined") if value is None else fmt.short(value, metric.format, board.currency)
