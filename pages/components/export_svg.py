"""Draws the chart model as SVG for a document that stands alone: lines and bars in its colours, light and dark, real text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from pages.components import format as fmt
from pages.components.chart_model import Chart, Series
from pages.components.chart_table import as_bar, extent, halves
from pages.components.scale import Scale, scale

#: The size of the drawing and the room around its plot, in units of the drawing.
_HIGH, _TOP, _FOOT = 150.0, 10.0, 18.0
_LETTER = 5.4

Point = tuple[float, float]


def svg(chart: Chart, *, wide: float = 420.0) -> str:
    """The chart with axis, last year, target, and each value as a small text that shows when it is pointed at."""
    axis = scale(extent(chart), kind=chart.format, from_zero=chart.kind not in ("line", "area"), steps=3)
    names = fmt.axis(axis.ticks, chart.format, chart.currency)
    left = 8 + _LETTER * max(map(len, names))
    places = [left + (wide - left - 8) * (place + 0.5) / len(chart.periods) for place in range(len(chart.periods))]
    body = [*_ruler(axis, names, left, wide), *_named(chart, places), *_target(chart, axis, left, wide)]
    for series in sorted(chart.series, key=lambda one: one.role != "previous"):
        body += _bars(chart, series, axis, places) if as_bar(chart, series) else _line(chart, series, axis, places)
    return f'<svg viewBox="0 0 {wide:g} {_HIGH:g}" role="img" aria-label="{escape(chart.alt)}">{"".join(body)}</svg>'


def _y(value: float, axis: Scale) -> float:
    return _TOP + (_HIGH - _TOP - _FOOT) * (axis.high - value) / (axis.high - axis.low)


def _ruler(axis: Scale, names: Sequence[str], left: float, wide: float) -> Iterator[str]:
    for tick, name in zip(axis.ticks, names, strict=True):
        y = _y(tick, axis)
        yield f'<line class="rule" x1="{left:.1f}" x2="{wide:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="{left - 5:.1f}" y="{y + 3:.1f}" text-anchor="end">{escape(name)}</text>'


def _named(chart: Chart, places: Sequence[float]) -> Iterator[str]:
    room = places[1] - places[0] if len(places) > 1 else 100.0
    step = max(round(0.5 + _LETTER * max(len(one.short) for one in chart.periods) / room), 1)
    for place in range(len(places) - 1, -1, -step):
        name = escape(chart.periods[place].short)
        yield f'<text class="tick" x="{places[place]:.1f}" y="{_HIGH - 5:g}" text-anchor="middle">{name}</text>'


def _target(chart: Chart, axis: Scale, left: float, wide: float) -> Iterator[str]:
    if chart.target is not None and axis.low <= chart.target <= axis.high:
        y = _y(chart.target, axis)
        yield f'<line class="target" x1="{left:.1f}" x2="{wide:g}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _line(chart: Chart, series: Series, axis: Scale, places: Sequence[float]) -> Iterator[str]:
    for values, name in zip(halves(chart, series), (series.role, f"{series.role} unfinished"), strict=True):
        points = [None if value is None else (places[place], _y(value, axis)) for place, value in enumerate(values)]
        drawn = "".join(_strokes(points))
        if drawn and not (name.endswith("unfinished") and (series.role == "previous" or not chart.unfinished)):
            yield f'<path class="{name}" d="{drawn}"/>'
    for place, value in enumerate(series.values):
        if value is not None:
            at = f'cx="{places[place]:.1f}" cy="{_y(value, axis):.1f}"'
            yield f'<circle class="{series.role}" {at} r="2.4">{_tip(chart, series, place)}</circle>'


def _strokes(points: Sequence[Point | None]) -> Iterator[str]:
    before: Point | None = None
    for one in points:
        if one is not None:
            yield f"{'L' if before else 'M'}{one[0]:.1f} {one[1]:.1f}"
        before = one


def _bars(chart: Chart, series: Series, axis: Scale, places: Sequence[float]) -> Iterator[str]:
    wide = 0.62 * min((after - before for before, after in pairwise(places)), default=60.0)
    for place, value in enumerate(series.values):
        if value is not None:
            top, base = sorted((_y(value, axis), _y(0.0, axis)))
            kind = "bar" if chart.periods[place].complete else "bar unfinished"
            yield (
                f'<rect class="{kind}" x="{places[place] - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{base - top:.1f}">'
                f"{_tip(chart, series, place)}</rect>"
            )


def _tip(chart: Chart, series: Series, place: int) -> str:
    return f"<title>{escape(f'{chart.periods[place].long}, {series.name}: {chart.text(series.values[place])}')}</title>"
