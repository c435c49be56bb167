"""Draws the chart model with the ECharts that Streamlit brings: the one place that knows the engine.

Everything a reader sees as text is written in Python, in the reader's language: the names on both axes (the value axis is a set
of named lines) and the tooltip (columns of text beside the numbers), as the engine formats numbers in English only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st
from babel import Locale

from pages.components import format as fmt
from pages.components import i18n
from pages.components.chart_model import Chart, Series
from pages.components.chart_table import as_bar, extent, release_names, table, tooltip
from pages.components.scale import Scale, scale

#: Middle tones that hold on white and on black. What stands in question takes the theme's first chart colour, parts the next ones.
BEFORE, TARGET, FAINT, INK = "rgba(128,136,152,.85)", "#C98512", "rgba(128,136,152,.16)", "rgb(118,126,142)"
GAIN, LOSS = ("#12855A", "#3DB489", "#86CFB3"), ("#C23B45", "#E4868C", "#F0B5B8")
#: On a phone the names of releases would lie over each other; their lines stay, and the tooltip has the names.
_NARROW = {"query": {"maxWidth": 420}, "option": {"series": [{"id": "n0", "markLine": {"label": {"show": False}}}]}}
_QUIET = {"silent": True, "animation": False, "symbol": ["none", "none"]}
_HIDDEN = {"show": False, "axisPointer": {"show": False}}


def draw(chart: Chart, *, key: str, height: int | str = 320, on_pick: Any = None) -> None:
    """Draws a chart; a click on it calls `on_pick(index of the period, index of the series or None)` before the page runs again."""

    def picked(place: int, series: int | None) -> None:
        if place < len(chart.periods):
            on_pick(place, series)

    plot(spec(chart), key=key, height=height, alt=chart.alt, on_pick=picked if on_pick else None)


def plot(option: dict[str, Any], *, key: str, height: int | str, alt: str, on_pick: Callable[[int, int | None], None] | None) -> None:
    """Draws an option of the engine; a click on a mark calls `on_pick(its index, index of its series or None)`, also for the same again."""

    def picked() -> None:
        state = st.session_state[key]["selection"]["selected"]
        place = _place(state[0]) if state else st.session_state.get(f"{key}:last")
        st.session_state[f"{key}:last"] = place
        if place is not None and on_pick:
            on_pick(*place)

    # The engine comes later than the page: a container of its height keeps what stands below from jumping when it does.
    with st.container(key=f"plot-{key}", height=height, border=False, gap=None):  # type: ignore[arg-type]
        st.echarts_chart(option, key=key, height=height, alt=alt, on_select=picked if on_pick else "ignore")  # type: ignore[arg-type]


def spec(chart: Chart) -> dict[str, Any]:
    """The chart as an ECharts option: the numbers in a table, a tooltip of prepared text, no JavaScript. Nobody may change it."""
    return _spec(chart, i18n.locale())


@lru_cache(maxsize=500)
def _spec(chart: Chart, _written_as: Locale) -> dict[str, Any]:
    axis = scale(extent(chart), kind=chart.format, from_zero=chart.kind not in ("line", "area"))
    names = fmt.axis(axis.ticks, chart.format, chart.currency)
    labels = [period.short for period in chart.periods]
    return {
        "animation": False,
        "dataset": table(chart),
        "grid": {
            "left": 14 + 6.6 * max(map(len, names)),
            "right": 18,
            "top": 26 if _releases(chart)["data"] else 12,
            "bottom": 24,
            "outerBoundsMode": "none",
        },
        "tooltip": {"trigger": "axis", "confine": True, "formatter": tooltip(chart), "axisPointer": {"type": "none"}},
        "xAxis": [_categories(labels), {"type": "category", "data": labels, **_HIDDEN}],
        "yAxis": [
            {"type": "value", "min": axis.low, "max": axis.high, "axisLabel": {"show": False}, "splitLine": {"show": False}, **_bare()},
            {"type": "value", "min": 0, "max": 1, **_HIDDEN},
        ],
        "series": [_click_area(), _ruler(chart, axis, names), *_drawn(chart)],
        "media": [_NARROW] if chart.series and chart.kind != "histogram" else [],
    }


def _drawn(chart: Chart) -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = []
    for number, series in enumerate(chart.series):
        shapes.append(_shape(chart, series, number, "n"))
        if chart.unfinished and series.role != "previous":
            shapes.append(_shape(chart, series, number, "u"))
    if shapes:
        shapes[0] |= {"markLine": _releases(chart), "markArea": _bands(chart)}
    return shapes


def _shape(chart: Chart, series: Series, number: int, column: str) -> dict[str, Any]:
    """One series; column `u` draws its unfinished end, dashed or pale."""
    shape: dict[str, Any] = {"name": series.name, "id": f"{column}{number}", "encode": {"x": "x", "y": f"{column}{number}"}, "z": 4}
    colour = _colour(chart, series)
    if colour:
        shape["itemStyle"] = {"color": colour}
    return shape | (_bar(chart, column, colour) if as_bar(chart, series) else _line(chart, series, column))


def _bar(chart: Chart, column: str, colour: str | None) -> dict[str, Any]:
    style: dict[str, Any] = {"borderRadius": 2 if chart.kind == "stacked" else [3, 3, 0, 0]}
    if column == "u":
        style |= {"opacity": 0.45, "decal": {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [2, 4], "rotation": -0.78}}
    return {
        "type": "bar",
        "stack": "whole",
        **({"barCategoryGap": "7%"} if chart.kind == "histogram" else {"barMaxWidth": 34, "barCategoryGap": "32%"}),
        "itemStyle": style | ({"color": colour} if colour else {}),
        "selectedMode": "single",
        "select": {"itemStyle": {"borderWidth": 0}},
        "emphasis": {"itemStyle": {"opacity": 0.85}},
        "cursor": "pointer",
    }


def _line(chart: Chart, series: Series, column: str) -> dict[str, Any]:
    before, total, part = series.role == "previous", series.role == "total", chart.kind == "stacked_area"
    style: dict[str, Any] = {"width": 1.5 if before or part else 2.25, "cap": "round"}
    if before or column == "u":
        style["type"] = [4, 4] if before else [2, 5]
    line = {
        "type": "line",
        "silent": True,
        "showSymbol": total or lonely(series),
        "symbol": "circle",
        "symbolSize": 6,
        "smooth": 0 if total or part else 0.16,
        "smoothMonotone": "x",
        "connectNulls": False,
        "lineStyle": style,
        "emphasis": {"disabled": True},
        "z": 3 if before else 6 if total else 5,
    }
    if part:
        line |= {"stack": f"whole {column}", "areaStyle": {"opacity": 0.35 if column == "u" else 0.78}}
    elif chart.kind == "area" and series.role == "current" and column == "n":
        fade = [{"offset": 0, "color": "rgba(99,102,241,.20)"}, {"offset": 1, "color": "rgba(99,102,241,0)"}]
        line["areaStyle"] = {"color": {"type": "linear", "x": 0, "y": 0, "x2": 0, "y2": 1, "colorStops": fade}}
    return line


def lonely(series: Series) -> bool:
    """Whether a value stands between two gaps, where a line without dots would not show it."""
    known = [False, *(value is not None for value in series.values), False]
    return any(here and not before and not after for before, here, after in zip(known, known[1:], known[2:], strict=False))


def _colour(chart: Chart, series: Series) -> str | None:
    if series.role in ("gain", "loss"):
        same = [other for other in chart.series if other.role == series.role]
        tones = GAIN if series.role == "gain" else LOSS
        return tones[min(same.index(series), len(tones) - 1)]
    return {"previous": BEFORE, "total": INK}.get(series.role)


def _click_area() -> dict[str, Any]:
    """Bars without colour behind the marks, as wide as a period: a whole column can be pointed at and clicked."""
    pale = {"itemStyle": {"color": "rgba(128,136,152,.10)"}}
    return {
        "type": "bar",
        "id": "area",
        "name": "area",
        "xAxisIndex": 1,
        "yAxisIndex": 1,
        "encode": {"x": "x", "y": "area"},
        "barWidth": "100%",
        "itemStyle": {"color": "rgba(0,0,0,0)"},
        "emphasis": pale,
        "select": {"itemStyle": {"color": "rgba(0,0,0,0)", "borderWidth": 0}},
        "selectedMode": "single",
        "animation": False,
        "cursor": "pointer",
        "z": 1,
    }


def _ruler(chart: Chart, axis: Scale, names: list[str]) -> dict[str, Any]:
    """The lines across the chart, each named in the reader's language, and the target."""
    label = {"show": True, "position": "start", "distance": 8, "fontSize": 11.5, "color": INK}
    lines: list[dict[str, Any]] = [
        {"yAxis": tick, "label": label | {"formatter": name}, "lineStyle": {"type": "solid", "width": 1, "color": _tone(tick, axis)}}
        for tick, name in zip(axis.ticks, names, strict=True)
    ]
    if chart.target is not None:
        style = {"type": [1.5, 4], "width": 2, "color": TARGET, "cap": "round"}
        lines.append({"yAxis": chart.target, "label": {"show": False}, "lineStyle": style})
    return {
        "type": "line",
        "id": "ruler",
        "name": "ruler",
        "data": [],
        "z": 2,
        "itemStyle": {"color": INK},
        "markLine": _QUIET | {"data": lines},
    }


def _tone(tick: float, axis: Scale) -> str:
    return "rgba(128,136,152,.5)" if tick == 0 and axis.low < 0 else FAINT


def _releases(chart: Chart) -> dict[str, Any]:
    """Releases as thin lines with their names."""
    lines = [{"xAxis": index, "label": {"formatter": said, "align": side}} for index, said, side in release_names(chart)]
    label = {"position": "end", "distance": 7, "align": "left", "padding": [0, 0, 0, -3], "fontSize": 11, "fontWeight": 500, "color": INK}
    return _QUIET | {"lineStyle": {"type": "solid", "width": 1, "color": "rgba(128,136,152,.5)"}, "label": label, "data": lines}


def _bands(chart: Chart) -> dict[str, Any]:
    areas = [[{"xAxis": band.first, "name": band.label}, {"xAxis": band.last}] for band in chart.bands]
    label = {"position": "insideBottom", "fontSize": 11, "color": "rgb(205,70,78)", "distance": 6}
    return {"silent": True, "itemStyle": {"color": "rgba(220,60,70,.10)"}, "label": label, "data": areas}


def _categories(labels: list[str]) -> dict[str, Any]:
    label = {"fontSize": 11.5, "color": INK, "margin": 10, "hideOverlap": True, "showMinLabel": True}
    return {"type": "category", "data": labels, "axisLabel": label, "axisPointer": {"show": True, "type": "none"}, **_bare()}


def _bare() -> dict[str, Any]:
    return {"axisLine": {"show": False}, "axisTick": {"show": False}}


def _place(group: dict[str, Any]) -> tuple[int, int | None]:
    name = str(group.get("series_id") or "")
    return int(group["data_indices"][0]), int(name[1:]) if name[:1] in ("n", "u") and name[1:].isdigit() else None
