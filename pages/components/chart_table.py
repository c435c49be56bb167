"""What every drawing of a chart is made of: what is finished, what lies on each other, how high it must be, every text."""

from __future__ import annotations

from pages.components.chart_model import Chart, Series


def columns(chart: Chart) -> list[list[str]]:
    """The numbers of each series as texts, a place for each period."""
    return [[chart.text(value) for value in series.values] for series in chart.series]


def notes(chart: Chart) -> list[str]:
    """What the tooltip adds to each period: how far it is loaded, and what happened in it."""
    return [_note(chart, place) for place in range(len(chart.periods))]


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


def swatch(chart: Chart, number: int) -> str:
    """The class of a series' colour in legends and tooltips; theme.py defines it."""
    series = chart.series[number]
    alike = [index for index, other in enumerate(chart.series) if other.role == series.role]
    if series.role == "part":
        return f"tv-part-{alike.index(number)}"
    return f"tv-{series.role}-{min(alike.index(number), 2)}" if series.role in ("gain", "loss") else f"tv-{series.role}"


def _note(chart: Chart, index: int) -> str:
    said = [chart.periods[index].progress] if chart.periods[index].progress else []
    said += [mark.label for mark in chart.marks if mark.index == index]
    return " · ".join(said)
