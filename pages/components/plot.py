"""Draws the chart model as SVG in the page: where each mark lies, as shares of the plot, is told here; plot.js gives it its size.

Everything a reader sees as text is written in Python, in the reader's language; every colour is a class of the style sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from babel import Locale

from pages.components import format as fmt
from pages.components import i18n
from pages.components.chart_model import Chart, Series
from pages.components.chart_table import as_bar, columns, extent, halves, notes, release_names, stacked, swatch
from pages.components.drawing import drawing
from pages.components.i18n import _
from pages.components.scale import Scale, scale

#: How wide a letter of an axis is, in pixels; room around the plot where nothing is written.
_LETTER, _EDGE = 6.6, 14
Height = int | str
Pick = Callable[[int, int | None], None]


def draw(chart: Chart, *, key: str, height: Height, above: str = "", on_pick: Pick | None = None) -> None:
    """Draws a chart under the HTML of its heading; a click on it calls `on_pick(index of the period, index of the series or None)`."""
    plot(told(chart), key=key, height=height, above=above, on_pick=on_pick)


def plot(shown: Mapping[str, Any], *, key: str, height: Height, above: str, on_pick: Pick | None) -> None:
    """Draws what plot.js understands; a click on a mark calls `on_pick(its index, that of its series or None)`, also for the same again."""

    def picked(mark: dict[str, Any]) -> None:
        if on_pick:
            on_pick(mark["place"], mark["series"])

    given = {"height": height if isinstance(height, int) else None, "picks": on_pick is not None}
    _plot(key=key, data={**shown, **given}, above=above, picked=picked)


def told(chart: Chart) -> Mapping[str, Any]:
    """The chart as plot.js gets it: plain JSON. Nobody may change it."""
    return _told(chart, i18n.locale())


@lru_cache(maxsize=500)
def _told(chart: Chart, _written_as: Locale) -> Mapping[str, Any]:
    axis = scale(extent(chart), kind=chart.format, from_zero=chart.kind not in ("line", "area"))
    names = fmt.axis(axis.ticks, chart.format, chart.currency)
    lines = release_names(chart)
    return {
        "kind": "series",
        "said": chart.alt,
        "room": {"left": _EDGE + _LETTER * max(map(len, names)), "right": 18, "top": 26 if lines else 12, "bottom": 24},
        "labels": [period.short for period in chart.periods],
        "rules": [[_share(tick, axis), name, tick == 0 and axis.low < 0] for tick, name in zip(axis.ticks, names, strict=True)],
        "shapes": [*_lines(chart, axis, before=True), *_piled(chart, axis), *_bars(chart, axis), *_lines(chart, axis, before=False)],
        "target": _within(chart.target, axis),
        "releases": [list(line) for line in lines],
        "bands": [[band.first, band.last, band.label] for band in chart.bands],
        "spread": chart.kind == "histogram",
        "tips": tips(chart),
    }


def tips(chart: Chart) -> Mapping[str, Any]:
    """What the tooltip says of each period: its name, a row a series with its colour and its texts, and what happened in it."""
    places = range(len(chart.series))
    order = reversed(places) if chart.kind == "stacked_area" else places
    written = columns(chart)
    rows = [[f"tv-dot {swatch(chart, number)}", chart.series[number].name, written[number]] for number in order]
    if chart.target is not None:
        rows.append(["tv-line tv-target", _("Target"), [chart.text(chart.target)] * len(chart.periods)])
    return {"heads": [period.long for period in chart.periods], "rows": rows, "notes": notes(chart)}


def _share(value: float, axis: Scale) -> float:
    """How high a value lies in the plot: 0 at its foot, 1 at its top."""
    return round((value - axis.low) / (axis.high - axis.low), 5)


def _within(value: float | None, axis: Scale) -> float | None:
    return _share(value, axis) if value is not None and axis.low <= value <= axis.high else None


def _shape(chart: Chart, series: Series, kind: str, **more: Any) -> dict[str, Any]:
    number = chart.series.index(series)
    return {"kind": kind, "series": number, "tone": swatch(chart, number), **more}


def _piled(chart: Chart, axis: Scale) -> Iterator[dict[str, Any]]:
    """What lies on each other, as areas or as bars; bars hang below zero where they are negative."""
    up, down = [0.0] * len(chart.periods), [0.0] * len(chart.periods)
    for series in stacked(chart):
        bases = []
        for place, value in enumerate(series.values):
            side = up if (value or 0.0) >= 0 or chart.kind == "stacked_area" else down
            bases.append(side[place])
            side[place] += value or 0.0
        tops = [base + (value or 0.0) for base, value in zip(bases, series.values, strict=True)]
        ends = {"from": [_share(base, axis) for base in bases], "to": [_share(top, axis) for top in tops], "tail": chart.unfinished}
        yield _shape(chart, series, "area" if chart.kind == "stacked_area" else "bars", **ends)


def _bars(chart: Chart, axis: Scale) -> Iterator[dict[str, Any]]:
    """What stands beside each other."""
    single = [series for series in chart.series if as_bar(chart, series) and series not in stacked(chart)]
    foot = _share(0.0, axis)
    for slot, series in enumerate(single):
        tops = [None if value is None else _share(value, axis) for value in series.values]
        more = {"from": [foot] * len(tops), "to": tops, "tail": chart.unfinished, "slot": slot, "slots": len(single), "round": True}
        yield _shape(chart, series, "bars", **more)


def _lines(chart: Chart, axis: Scale, *, before: bool) -> Iterator[dict[str, Any]]:
    """The lines of what is compared with, or all others; their unfinished ends are dotted ones that hang on them."""
    piled = stacked(chart)
    drawn = [series for series in chart.series if series not in piled and not as_bar(chart, series)]
    for series in (one for one in drawn if (one.role == "previous") is before):
        finished, end = halves(chart, series)
        dots, total = series.role == "total" or lonely(series), series.role == "total"
        fill = chart.kind == "area" and series.role == "current"
        look: dict[str, Any] = {"dots": dots, "smooth": not total, "fill": fill, "dash": "before" if before else ""}
        yield _shape(chart, series, "line", at=[None if one is None else _share(one, axis) for one in finished], **look)
        if chart.unfinished and not before:
            look |= {"fill": False, "dash": "tail"}
            yield _shape(chart, series, "line", at=[None if one is None else _share(one, axis) for one in end], **look)


def lonely(series: Series) -> bool:
    """Whether a value stands between two gaps, where a line without dots would not show it."""
    known = [False, *(value is not None for value in series.values), False]
    return any(here and not before and not after for before, here, after in zip(known, known[1:], known[2:], strict=False))


_plot = drawing(
    "plot",
    '<div class="tv-plot"><svg class="chart" role="img" tabindex="0"></svg><div class="tv-tip" role="status" hidden></div></div>',
    scripts=("plot_series.js", "plot_bubbles.js", "plot.js"),
    isolated=False,  # marks have the classes of the page's style sheet, as legends do
)
