"""Draws the chart model on paper with matplotlib: what plot.py shows on the screen, as a picture to send and in reports.

It draws from the data, in the colours of the light theme; no display and no browser is needed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pages.components import format as fmt
from pages.components.chart_model import Chart, Series
from pages.components.chart_table import as_bar, extent, halves, release_names, stacked
from pages.components.i18n import _
from pages.components.scale import Scale, scale
from pages.components.theme import tokens

#: Inches and dots an inch of a picture: 1600 × 900.
SIZE, DOTS = (8.0, 4.5), 200
#: What is not finished: pale, its edge dashed.
_PALE, _DASHED = 0.22, (0, (3, 2))
Room = tuple[float, float, float, float]


def png(chart: Chart, *, subtitle: str = "", source: str = "") -> bytes:
    """A picture by itself: with title, subtitle, legend, and at its foot where the numbers come from."""
    return framed(chart.title, subtitle, source, lambda figure, room: _draw(figure, chart, room))


def framed(title: str, subtitle: str, source: str, draw: Callable[[Figure, Room], None]) -> bytes:
    """A picture of anything that `draw` puts into a part of it (left, bottom, width, height, each 0 to 1)."""
    figure = Figure(figsize=SIZE, dpi=DOTS, facecolor="white")
    ink, grey = tokens()["ink"], tokens()["ink-3"]
    figure.text(0.03, 0.945, fits(title, 70), size=13, weight="bold", color=ink, va="center")
    figure.text(0.03, 0.885, fits(subtitle, 120), size=8.5, color=grey, va="center")
    figure.text(0.03, 0.028, fits(source, 150), size=7, color=grey, va="center")
    draw(figure, (0.03, 0.075, 0.94, 0.765))
    made = io.BytesIO()
    figure.savefig(made, format="png")
    return made.getvalue()


def plain(chart: Chart, *, width: float, height: float, legend: bool = True) -> bytes:
    """The chart alone, with its `legend` or without, as SVG of `width` × `height` inches for a report."""
    figure = Figure(figsize=(width, height), facecolor="white")
    _draw(figure, chart, (0.0, 0.03, 0.985, 0.95), legend=legend)
    made = io.BytesIO()
    figure.savefig(made, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return made.getvalue()


def _draw(figure: Figure, chart: Chart, room: Room, *, legend: bool = True) -> None:
    """The plot in its part of the figure, the legend over it."""
    axis = scale(extent(chart), kind=chart.format, from_zero=chart.kind not in ("line", "area"))
    names = fmt.axis(axis.ticks, chart.format, chart.currency)
    left, bottom, width, height = room
    wide, high = figure.get_size_inches()
    handles = _handles(chart) if legend else []
    longest = max((len(handle.get_label()) for handle in handles), default=1)
    across = max(int(wide * width / (0.066 * longest + 0.6)), 1)
    over = (0.21 * -(-len(handles) // across) + 0.02) / high if len(handles) > 1 else 0.0
    marks = release_names(chart)
    named = 0.2 / high if any(said for _place, said, _side in marks) else 0.05 / high
    edge, foot = (0.075 * max(map(len, names), default=1) + 0.12) / wide, 0.24 / high
    axes = figure.add_axes((left + edge, bottom + foot, width - edge, height - foot - over - named))
    _paper(axes, chart, axis, names, wide * width)
    _values(axes, chart)
    _around(axes, chart, axis, marks)
    if len(handles) > 1:
        where = (left, bottom + height)
        drawn = figure.legend(
            handles=handles, loc="upper left", bbox_to_anchor=where, ncols=across, frameon=False,
            fontsize=7.5, labelcolor=tokens()["ink-2"], borderaxespad=0, borderpad=0, handlelength=1.8, columnspacing=1.4,
        )  # fmt: skip
        drawn.set_in_layout(False)


def _paper(axes: Axes, chart: Chart, axis: Scale, names: Sequence[str], inches: float) -> None:
    """The axes without their marks: named lines across, the names of some periods below."""
    ink = tokens()["ink-3"]
    axes.set_xlim(-0.6, len(chart.periods) - 0.4)
    axes.set_ylim(axis.low, axis.high)
    axes.spines[:].set_visible(False)
    axes.set_yticks(axis.ticks, names, size=7.5, color=ink)
    axes.grid(axis="y", color=tokens()["line"], linewidth=0.6)
    axes.set_axisbelow(True)
    longest = max((len(period.short) for period in chart.periods), default=1)
    step = max(-(-len(chart.periods) // max(int(inches / (0.065 * longest + 0.2)), 1)), 1)
    places = range(0, len(chart.periods), step)
    axes.set_xticks(list(places), [chart.periods[place].short for place in places], size=7.5, color=ink)
    axes.tick_params(length=0, pad=4)
    if axis.low < 0:
        axes.axhline(0, color=ink, linewidth=0.7)


def _values(axes: Axes, chart: Chart) -> None:
    """All series: bars beside or on each other, areas on each other, lines."""
    piled, single = stacked(chart), [one for one in chart.series if as_bar(chart, one)]
    up, down = [0.0] * len(chart.periods), [0.0] * len(chart.periods)
    for series in chart.series:
        if series in piled and chart.kind == "stacked_area":
            _area(axes, chart, series, up)
        elif series in piled:
            _piled(axes, chart, series, up, down)
        elif as_bar(chart, series):
            _beside(axes, chart, series, single)
        else:
            _line(axes, chart, series)


def _piled(axes: Axes, chart: Chart, series: Series, up: list[float], down: list[float]) -> None:
    values = [value or 0.0 for value in series.values]
    bases = [up[place] if value >= 0 else down[place] for place, value in enumerate(values)]
    _bars(axes, chart, series, values, bases, 0.0, 0.66)
    for place, value in enumerate(values):
        (up if value >= 0 else down)[place] += value


def _beside(axes: Axes, chart: Chart, series: Series, single: list[Series]) -> None:
    whole = 0.94 if chart.kind == "histogram" else 0.66
    width = whole / len(single)
    shift = (single.index(series) - (len(single) - 1) / 2) * width
    _bars(axes, chart, series, [value or 0.0 for value in series.values], [0.0] * len(chart.periods), shift, width)


def _bars(axes: Axes, chart: Chart, series: Series, values: list[float], bases: list[float], shift: float, width: float) -> None:
    """Bars in the colour of their series; unfinished ones are pale with a dashed edge."""
    colour, first = _colour(chart, series), len(chart.periods) - chart.unfinished
    for finished, places in ((True, range(first)), (False, range(first, len(values)))):
        look: dict[str, Any] = {"color": colour} if finished else {"facecolor": (colour, _PALE), "edgecolor": colour, "linestyle": _DASHED}
        at = [place + shift for place in places]
        axes.bar(at, [values[place] for place in places], width, [bases[place] for place in places], zorder=3, linewidth=0.8, **look)


def _area(axes: Axes, chart: Chart, series: Series, up: list[float]) -> None:
    top = [base + (value or 0.0) for base, value in zip(up, series.values, strict=True)]
    colour, joint = _colour(chart, series), len(chart.periods) - chart.unfinished - 1
    places, base = range(len(top)), list(up)
    for chosen, opacity in ((list(places)[: joint + 1], 0.8), (list(places)[max(joint, 0) :] if chart.unfinished else [], 0.35)):
        low, high = [base[place] for place in chosen], [top[place] for place in chosen]
        axes.fill_between(chosen, low, high, color=colour, alpha=opacity, linewidth=0.6, zorder=3)
    up[:] = top


def _line(axes: Axes, chart: Chart, series: Series) -> None:
    """A line, its unfinished end dotted; an area has a pale ground."""
    colour, before = _colour(chart, series), series.role == "previous"
    finished, end = ([float("nan") if value is None else value for value in half] for half in halves(chart, series))
    places = list(range(len(finished)))
    dots = "o" if series.role == "total" or sum(value == value for value in finished) == 1 else None
    look: dict[str, Any] = {"color": colour, "marker": dots, "markersize": 3.5, "zorder": 3 if before else 5}
    axes.plot(places, finished, linewidth=1.2 if before else 1.8, linestyle=(0, (3, 2)) if before else "-", **look)
    if chart.unfinished and not before:
        axes.plot(places, end, linewidth=1.8, linestyle=(0, (1, 1.4)), **look)
    if chart.kind == "area" and series.role == "current":
        axes.fill_between(places, finished, axes.get_ylim()[0], color=colour, alpha=0.10, linewidth=0, zorder=2)


def _around(axes: Axes, chart: Chart, axis: Scale, marks: Sequence[tuple[int, str, str]]) -> None:
    """Target, releases, and stretches that are to be read with care."""
    colours = tokens()
    if chart.target is not None and axis.low <= chart.target <= axis.high:
        axes.axhline(chart.target, color=colours["target"], linewidth=1.3, linestyle=(0, (1, 2)), zorder=4)
    for place, said, side in marks:
        axes.axvline(place, color=colours["before"], linewidth=0.6, zorder=2)
        axes.annotate(
            said, (place, axis.high), xytext=(0, 4), textcoords="offset points",
            ha=side, size=7, color=colours["ink-2"], annotation_clip=False,
        )  # fmt: skip
    for band in chart.bands:
        axes.axvspan(band.first - 0.5, band.last + 0.5, color=colours["bad-soft"], zorder=1)
        axes.text(band.first - 0.4, axis.low, band.label, size=7, color=colours["bad"], va="bottom")


def _handles(chart: Chart) -> list[Any]:
    """What each line and colour means; a single plain one needs no legend."""
    found: list[Any] = []
    for series in chart.series:
        colour, name = _colour(chart, series), fits(series.name, 60)
        dash: Any = (0, (3, 2)) if series.role == "previous" else "-"
        filled = as_bar(chart, series) or series in stacked(chart)
        found.append(Patch(color=colour, label=name) if filled else Line2D([], [], color=colour, linestyle=dash, linewidth=1.6, label=name))
    if chart.target is not None:
        said = _("Target {target}").format(target=chart.text(chart.target))
        found.append(Line2D([], [], color=tokens()["target"], linestyle=(0, (1, 2)), linewidth=1.6, label=said))
    if chart.unfinished and chart.periods[-1].progress:
        said, colour = chart.periods[-1].progress, _colour(chart, chart.series[0])
        bars = any(as_bar(chart, series) for series in chart.series)
        pale = Patch(facecolor=(colour, _PALE), edgecolor=colour, linestyle=_DASHED, label=said)
        found.append(pale if bars else Line2D([], [], color=colour, linestyle=(0, (1, 1.4)), linewidth=1.6, label=said))
    return found


def _colour(chart: Chart, series: Series) -> str:
    """By its role, as on the screen."""
    alike = [other for other in chart.series if other.role == series.role]
    place = alike.index(series)
    if series.role in ("gain", "loss"):
        return tokens()[f"{series.role}-{min(place, 2)}"]
    if series.role == "part":
        return tokens()[f"part-{place % sum(name.startswith('part-') for name in tokens())}"]
    return tokens()[{"current": "accent", "previous": "before", "total": "ink-3"}[series.role]]


def fits(text: str, most: int) -> str:
    """The text, cut where it has more letters than there is room for."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
