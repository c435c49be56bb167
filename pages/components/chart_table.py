"""What a chart's engine is given to read and to show: the numbers as a table, every text beside them in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from pages.components.chart_model import Chart, Series
from pages.components.i18n import _


def table(chart: Chart) -> dict[str, Any]:
    """The chart's numbers and, beside each, its text: `n0` number, `u0` the same where unfinished, `t0` text; `x` the place."""
    places = range(len(chart.periods))
    columns: dict[str, Sequence[Any]] = {"x": places, "area": [1] * len(places)}
    columns["head"] = [period.long for period in chart.periods]
    columns["note"] = [_note(chart, place) for place in places]
    first = len(chart.periods) - chart.unfinished
    for number, series in enumerate(chart.series):
        # A line's unfinished end hangs on its last finished point; a bar stands alone.
        joint = first if as_bar(chart, series) else first - 1
        whole = len(chart.periods) if series.role == "previous" else first
        columns[f"n{number}"] = [value if place < whole else None for place, value in enumerate(series.values)]
        columns[f"u{number}"] = [value if place >= joint else None for place, value in enumerate(series.values)]
        columns[f"t{number}"] = [chart.text(value) for value in series.values]
    return {"dimensions": list(columns), "source": [list(row) for row in zip(*columns.values(), strict=True)]}


def as_bar(chart: Chart, series: Series) -> bool:
    """Whether a series is drawn as bars; what it is compared with and totals are lines."""
    return chart.kind in ("bar", "stacked", "histogram") and series.role not in ("previous", "total")


def tooltip(chart: Chart) -> str:
    """The tooltip's HTML; the engine puts in, escaped, the texts of the period that is pointed at."""
    places = range(len(chart.series))
    order = reversed(places) if chart.kind in ("stacked_area",) else places
    rows = "".join(
        f'<tr><td><i class="tv-dot {swatch(chart, number)}"></i>{_literal(chart.series[number].name)}</td><td>{{@t{number}}}</td></tr>'
        for number in order
    )
    if chart.target is not None:
        name, value = _("Target"), chart.text(chart.target)
        rows += f'<tr><td><i class="tv-line tv-target"></i>{escape(name)}</td><td>{escape(value)}</td></tr>'
    return f'<div class="tv-tip"><b>{{@head}}</b><table>{rows}</table><p>{{@note}}</p></div>'


def swatch(chart: Chart, number: int) -> str:
    """The class of a series' colour in legends and tooltips; theme.py defines it."""
    series = chart.series[number]
    alike = [index for index, other in enumerate(chart.series) if other.role == series.role]
    return f"tv-{series.role}-{alike.index(number)}" if series.role in ("part", "gain", "loss") else f"tv-{series.role}"


def _literal(text: str) -> str:
    """Text that stays as it is in a template: a brace would begin a placeholder of the engine."""
    return escape(text).replace("{", "&#123;")


def _note(chart: Chart, index: int) -> str:
    said = [chart.periods[index].progress] if chart.periods[index].progress else []
    said += [mark.label for mark in chart.marks if mark.index == index]
    return " · ".join(said)
