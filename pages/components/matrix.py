"""The adoption matrix as a picture: bubbles on breadth (across) and frequency (up, by the logarithm), cut at the medians."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from metrics.matrix import Matrix, Place, matrix
from pages.components import adopting, echarts, report
from pages.components import format as fmt
from pages.components.board import Board, remembered
from pages.components.chart_card import beside
from pages.components.echarts import FAINT, INK
from pages.components.i18n import N_, _
from pages.components.scale import scale
from pages.components.states import notice

BREADTH, FREQUENCY = "feature_adoption", "feature_depth"
#: What bubbles show: accounts, or what these pay.
SIZES = {"feature_adopters": N_("Accounts that use it"), "mrr_of_adopters": N_("MRR of these accounts")}
CORNERS = {
    "core": N_("Core: many, often"),
    "habit_of_few": N_("Habit of few: few, often"),
    "now_and_then": N_("Now and then: many, seldom"),
    "marginal": N_("Marginal: few, seldom"),
}
COLOURS = {"core": "#12855A", "habit_of_few": "#4A4FD9", "now_and_then": "#2191B8", "marginal": "#8A8F9C"}
_SMALL, _LARGE = 9, 40
HEIGHT = 420


@remembered
def found(board: Board, size: str) -> Matrix:
    """The matrix of the reader's range and filters."""
    rows = board.ask(BREADTH, FREQUENCY, size, by=(adopting.FEATURE, "feature.name")).rows
    return matrix(rows, key=adopting.FEATURE, name="feature.name", breadth=BREADTH, frequency=FREQUENCY, size=size)


def draw(board: Board, told: Matrix, size: str, *, key: str, on_pick: Callable[[Place], None]) -> None:
    """Draws the matrix, what it says in words and as a table; a click on a bubble calls `on_pick`."""
    if not told.places:
        notice(_("Nothing to show"), _("Nobody used a feature in the range and filters that you chose."))
        return

    def picked(index: int, _series: int | None) -> None:
        if index < len(told.places):
            on_pick(told.places[index])

    said = spoken(told)
    counts = Counter(place.corner for place in told.places)
    st.html(legend((_(word), COLOURS[corner], counts[corner]) for corner, word in CORNERS.items()))
    echarts.plot(option(board, told, size), key=key, height=HEIGHT, alt=said, on_pick=picked)
    if told.unused:
        st.caption(_("Not used in this range: {features}.").format(features=", ".join(told.unused)))
    report.listed(_("Adoption matrix"), *_listed(board, told, size), numbers=(1, 2, 3), said=said)
    names = (BREADTH, FREQUENCY, size)
    formats = {board.label(name): board.metric(name).format for name in names}
    told_so = table(board, told, size)
    title, bubbles, shown = _("Adoption matrix"), _("Bubbles"), _(SIZES[size])

    def picture(range_: str, origin: str) -> bytes:
        from pages.components import export_shapes  # matplotlib takes a while to import

        return export_shapes.matrix(told, title, f"{bubbles}: {shown} · {range_}", origin)

    beside(board, told_so, said, title=title, key=key, file="adoption_matrix", names=names, formats=formats, picture=picture)


def spoken(told: Matrix) -> str:
    """The corners and what lies in them, in words."""
    split = _("Split at the medians: {breadth} of the accounts that may use it, {frequency} events an account.")
    said = [split.format(breadth=_share(told.breadth), frequency=fmt.full(told.frequency))]
    for corner, word in CORNERS.items():
        names = [place.name for place in told.places if place.corner == corner]
        listed = ", ".join(names) or _("none")
        said.append(f"{_(word)}: {listed}.")
    return " ".join(said)


def table(board: Board, told: Matrix, size: str) -> pd.DataFrame:
    """The matrix as rows."""
    return pd.DataFrame(
        {
            _("Feature"): [place.name for place in told.places],
            board.label(BREADTH): [place.breadth for place in told.places],
            board.label(FREQUENCY): [place.frequency for place in told.places],
            board.label(size): [place.size for place in told.places],
            _("Corner"): [_(CORNERS[place.corner]) for place in told.places],
        }
    )


def _listed(board: Board, told: Matrix, size: str) -> tuple[list[str], list[list[str]]]:
    """The matrix as texts: its columns, its rows."""
    frame = table(board, told, size)
    kinds = [board.metric(name).format for name in (BREADTH, FREQUENCY, size)]
    rows = [
        [name, *(fmt.full(value, kind, board.currency) for value, kind in zip(values, kinds, strict=True)), corner]
        for name, *values, corner in frame.itertuples(index=False, name=None)
    ]
    return list(frame.columns), rows


def legend(corners: Iterable[tuple[str, str, int]]) -> str:
    """The corners, each a word, its colour and how many bubbles lie in it, as HTML."""
    items = "".join(
        f'<li><i class="tv-dot" style="background:{colour}"></i>{escape(word)} · {count}</li>' for word, colour, count in corners
    )
    return f'<ul class="tv-legend">{items}</ul>'


def option(board: Board, told: Matrix, size: str) -> dict[str, Any]:
    """The engine's option: one bubble a feature, named; the medians as lines."""
    largest = max(place.size for place in told.places) or 1.0
    low, high = ends(told)
    widest = scale((place.breadth for place in told.places), kind="percent").high
    percent = fmt.axis([0.2], "percent")[0].replace("20", "{value}")
    return {
        "animation": False,
        "grid": {"left": 62, "right": 96, "top": 22, "bottom": 46, "outerBoundsMode": "none"},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": line(_("Breadth: share of the accounts that may use it"), percent, gap=30) | {"min": 0, "max": round(widest * 100, 2)},
        "yAxis": line(_("Frequency: events an account"), "{value}", gap=38) | {"type": "log", "min": low, "max": high},
        "series": [bubbles(_("Adoption matrix"), [_bubble(board, place, size, largest) for place in told.places], _medians(told))],
    }


def bubbles(name: str, data: Sequence[Mapping[str, Any]], medians: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The engine's series of bubbles that are named, pointed at one by one, and cut by lines at the medians."""
    split = {"lineStyle": {"color": INK, "width": 1, "type": [4, 4], "opacity": 0.6}, "label": {"fontSize": 11, "color": INK}}
    return {
        "type": "scatter",
        "id": "n0",
        "name": name,
        "data": data,
        "label": {"show": True, "position": "right", "formatter": "{b}", "fontSize": 11.5, "color": INK, "distance": 6},
        "labelLayout": {"hideOverlap": True},
        "selectedMode": "single",
        "select": {"itemStyle": {"borderColor": INK, "borderWidth": 1}},
        "emphasis": {"focus": "self"},
        "cursor": "pointer",
        "markLine": {"silent": True, "animation": False, "symbol": ["none", "none"], **split, "data": medians},
    }


def _bubble(board: Board, place: Place, size: str, largest: float) -> dict[str, Any]:
    metric = board.metric(size)
    rows = (
        (board.label(BREADTH), _share(place.breadth)),
        (board.label(FREQUENCY), fmt.full(place.frequency)),
        (board.label(size), fmt.full(place.size, metric.format, board.currency)),
    )
    told = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    tip = f'<div class="tv-tip"><b>{literal(place.name)}</b><table>{told}</table><p>{escape(_(CORNERS[place.corner]))}</p></div>'
    return {
        "name": place.name,
        "value": [round(place.breadth * 100, 2), place.frequency],
        "symbolSize": _SMALL + (_LARGE - _SMALL) * (place.size / largest) ** 0.5,  # by its area
        "itemStyle": {"color": COLOURS[place.corner], "opacity": 0.78},
        "tooltip": {"formatter": tip},
    }


def _medians(told: Matrix) -> list[dict[str, Any]]:
    across, up = round((told.breadth or 0.0) * 100, 2), told.frequency
    return [
        {"xAxis": across, "label": {"formatter": _("Median {value}").format(value=_share(told.breadth)), "position": "end"}},
        {"yAxis": up, "label": {"formatter": _("Median {value}").format(value=fmt.full(up)), "position": "end"}},
    ]


def line(name: str, label: str, *, gap: int) -> dict[str, Any]:
    """An axis with its name beside it, its values written by the template `label`."""
    return {
        "type": "value",
        "name": name,
        "nameLocation": "middle",
        "nameGap": gap,
        "nameTextStyle": {"fontSize": 11.5, "color": INK},
        "axisLabel": {"formatter": label, "fontSize": 11.5, "color": INK},
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "splitLine": {"lineStyle": {"color": FAINT}},
    }


def ends(told: Matrix) -> tuple[float, float]:
    """The ends of the logarithmic axis: 1 or the power of ten below what is less, and 1, 2 or 5 times a power of ten."""
    values = [place.frequency for place in told.places]
    least, most = min(values), max(values)
    top = next(step * 10.0**power for power in range(-9, 16) for step in (1, 2, 5) if step * 10.0**power > most * 1.1)
    return 10.0 ** min(0, math.floor(math.log10(least))), top


def _share(value: float | None) -> str:
    return fmt.full(value, "percent")


def literal(text: str) -> str:
    """Text that stays as it is in a template: a brace would begin a placeholder of the engine."""
    return escape(text).replace("{", "&#123;")
