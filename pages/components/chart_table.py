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
    for number, series in enumerate(chart.series):
        columns[f"n{number}"], columns[f"u{number}"] = halves(chart, series)
        columns[f"t{number}"] = [chart.text(value) for value in series.values]
    return {"dimensions": list(columns), "source": [list(row) for row in zip(*columns.values(), strict=True)]}


def halves(chart: Chart, series: Series) -> tuple[list[float | None], list[float | None]]:
    """The values of a series as far as they are finished, and its unfinished end; both have a place for each period."""
    first = len(chart.periods) - chart.unfinished
    # A line's unfinished end hangs on its last finished point; a bar stands alone.
    joint = first if as_bar(chart, series) else first - 1
    whole = len(chart.periods) if series.role == "previous" else first
    finished = [value if place < whole else None for place, value in enumerate(series.values)]
    return finished, [value if place >= joint else None for place, value in enumerate(series.values)]


def as_bar(chart: Chart, series: Series) -> bool:
    """Whether a series is drawn as bars; what it is compared with and totals are lines."""
    return chart.kind in ("bar", "stacked", "histogram") and series.role not in ("previous", "total")


def stacked(chart: Chart) -> list[Series]:
    """The series that lie on each other; none where each stands by itself."""
    return [series for series in chart.series if chart.kind in ("stacked", "stacked_area") and series.role not in ("previous", "total")]


def extent(chart: Chart) -> list[float | None]:
    """Every height that must fit: single values, or the sums of what is stacked, upwards and downwards; the target when it is near."""
    heights: list[float | None] = []
    piled = stacked(chart)
    for index in range(len(chart.periods)):
        parts = [series.values[index] or 0.0 for series in piled]
        heights += [sum(part for part in parts if part > 0), sum(part for part in parts if part < 0)] if parts else []
    heights += [value for series in chart.series if series not in piled for value in series.values]
    top = max((height for height in heights if height is not None), default=0.0)
    return [*heights, chart.target] if chart.target is not None and chart.target <= top * 1.6 else heights


def release_names(chart: Chart) -> list[tuple[int, str, str]]:
    """Where a thin line stands for what happened, its name, and the side on which its text ends (left, right).

    A name is left out where it would run into the one before (the tooltip has them all).
    """
    spread = chart.kind == "histogram"
    room, free, lines = 2 if spread else max(len(chart.periods) // 6, 1), -1, []
    places = sorted({mark.index for mark in chart.marks})
    for index in places if spread or len(places) * 3 <= len(chart.periods) else ():  # a release in every period is no news
        names = [mark.label for mark in chart.marks if mark.index == index]
        said = (names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}") if index >= free else ""
        free = index + room if said else free
        side = "right" if index > len(chart.periods) * 0.72 else "left"  # at the edge the name would be cut
        if spread and index == places[0]:  # the others stand close behind it, so its name goes before it where it can
            side, free = ("right", index) if index >= room else (side, index + 3)
        lines.append((index, said if len(said) < 26 else f"{said[:24]}…", side))
    return lines


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
