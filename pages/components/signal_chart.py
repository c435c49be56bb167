"""Signal or noise as a chart: what the drawer shows of the verdict that signals.py says in words."""

from __future__ import annotations

import streamlit as st

from pages.components import format as fmt
from pages.components import signals
from pages.components.board import Board, remembered
from pages.components.chart_card import chart_card
from pages.components.chart_model import Band, Chart, Period, Series
from pages.components.i18n import _

HEIGHT = 220


@remembered
def chart(board: Board, name: str) -> Chart | None:
    """The values with what was to be expected and the limits; None where nothing was judged."""
    signal = signals.of(board, name)
    if signal is None or signal.told.verdict == "cannot_tell":
        return None
    metric, told = board.metric(name), signal.told
    first = next(place for place, one in enumerate(told.places) if one.value is not None)
    shown, days = told.places[first:], signal.periods[first:]
    since = (told.since or 0) - first
    return Chart(
        title=_("Signal or noise"),
        kind="line",
        periods=tuple(Period(day.isoformat(), fmt.period(day, signal.grain), fmt.period(day, signal.grain, long=True)) for day in days),
        series=(
            Series(board.label(name), tuple(one.value for one in shown)),
            Series(_("To be expected"), tuple(one.expected for one in shown), "previous"),
            Series(_("Upper limit"), tuple(one.upper for one in shown), "previous"),
            Series(_("Lower limit"), tuple(one.lower for one in shown), "previous"),
        ),
        format=metric.format,
        currency=board.currency,
        grain=signal.grain,
        metric=name,
        bands=(Band(since, len(shown) - 1, _("Signal")),) if told.is_signal else (),
        summary=signals.why(board, signal),
    )


def section(board: Board, name: str) -> None:
    """The drawer's part: the verdict with its reason, and the chart with its limits."""
    signal = signals.of(board, name)
    if signal is None:
        return
    drawn = chart(board, name)
    if drawn is None:
        st.subheader(_("Signal or noise"))
        st.caption(signals.why(board, signal))
        return
    st.caption(signals.why(board, signal))
    chart_card(board, drawn, key="signal", subtitle=signals.short(signal), height=HEIGHT)
