"""From the layer's results to chart models: one number over time, the parts of a whole, several numbers side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from data.errors import Problem
from metrics import Result
from pages.components import pacing, present, reach
from pages.components.board import Board, remembered
from pages.components.chart_model import Chart, Kind, Mark, Period, Role, Series
from pages.components.i18n import _

#: The metric that counts releases; its rows are the thin lines on charts.
RELEASES = "releases_count"


def usual_kind(board: Board, name: str) -> Kind:
    """How a metric is drawn over time: what adds up as bars, a level as an area."""
    return "bar" if board.metric(name).kind in ("count", "sum") else "area"


@remembered
def over_time(board: Board, name: str, *, kind: Kind = "area", compared: bool = True, grain: str | None = None) -> Chart:
    """One metric over the reader's range, with what it is compared with, its target and the releases of the time."""
    metric = board.metric(name)
    result = board.series(name, compare=compared, grain=grain)
    axis = reach.periods(board, result)
    before = _values(result, f"{name}_compared")
    lines = [Series(_("This period") if compared else board.label(name), _values(result, name))]
    if any(value is not None for value in before):
        lines.append(Series(before_name(board), before, "previous"))
    return Chart(
        title=board.label(name),
        kind=kind,
        periods=axis,
        series=tuple(lines),
        format=metric.format,
        currency=board.currency,
        grain=result.grain or "day",
        metric=name,
        target=pacing.aim(board, metric),
        marks=(*releases(board, axis, result.grain or "day"), *notes(board, axis, result.grain or "day", name)),
    )


@remembered
def parts(
    board: Board, name: str, by: str, *, title: str = "", kind: Kind = "stacked_area", top: int = 6, grain: str | None = None
) -> Chart:
    """A metric over time by the members of a dimension, the largest first."""
    metric = board.metric(name)
    result = board.series(name, by=(by,), top=top, grain=grain)
    axis = reach.periods(board, result)
    values = _by_member(result, name, by, axis)
    if kind == "line":
        values.pop(present.OTHER, None)  # the rest of a whole; lines compare members with each other
    order = sorted(values, key=lambda one: (one in present.GATHERED, -sum(value or 0.0 for value in values[one])))
    lines = tuple(Series(present.member(one), values[one], "part", one) for one in order)
    nothing = (Series(board.label(name), (None,) * len(axis), "part"),)
    return Chart(
        title=title or board.label(name),
        kind=kind,
        periods=axis,
        series=lines or nothing,
        format=metric.format,
        currency=board.currency,
        grain=result.grain or "day",
        metric=name,
        dimension=by,
    )


def together(board: Board, title: str, roles: Mapping[str, Role], *, kind: Kind = "line", grain: str | None = None) -> Chart:
    """Several metrics of one format in one chart, each in its role; those that this workspace lacks are left out."""
    names = [name for name in roles if board.has(name)]
    if not names:
        raise Problem(_("none of these metrics is defined: {names}").format(names=", ".join(roles)))
    results = {name: board.series(name, grain=grain) for name in names}
    first = results[names[0]]
    lines = [Series(board.label(name), _values(results[name], name), roles[name], name) for name in names]
    heard = tuple(line for line in lines if any(value is not None for value in line.values))
    return Chart(
        title=title,
        kind=kind,
        periods=reach.periods(board, first),
        series=heard or tuple(lines),
        format=board.metric(names[0]).format,
        currency=board.currency,
        grain=first.grain or "day",
        metric=names[0],
    )


def before_name(board: Board) -> str:
    """What the comparison is called in a legend."""
    return _("Year before") if board.filters.comparison == "year" else _("Period before")


def releases(board: Board, axis: Sequence[Period], grain: str) -> tuple[Mark, ...]:
    """The releases that fall into the periods of an axis; none where the workspace has none."""
    if not axis or not board.has(RELEASES):
        return ()
    try:
        found = board.unfiltered(RELEASES, grain=grain, since=date.fromisoformat(axis[0].key), by=("name",))
    except Problem:
        return ()
    places = {period.key: place for place, period in enumerate(axis)}
    shipped = [row for row in found.rows if row[RELEASES] and row["period"].isoformat() in places]
    return tuple(Mark(places[row["period"].isoformat()], str(row["name"])) for row in shipped)


def notes(board: Board, axis: Sequence[Period], grain: str, name: str) -> tuple[Mark, ...]:
    """What people noted at days within the periods of an axis, about this metric or about all."""
    places = {period.key: place for place, period in enumerate(axis)}
    written = [one for one in board.notes if one.metric in (None, name)]
    found = [(board.floor(one.day, grain).isoformat(), one.text) for one in written]
    return tuple(Mark(places[key], f"✎ {text}") for key, text in found if key in places)


def _values(result: Result, column: str) -> tuple[float | None, ...]:
    return tuple(present.number(row.get(column)) for row in result.rows)


def _by_member(result: Result, name: str, by: str, axis: Sequence[Period]) -> dict[str, tuple[float | None, ...]]:
    cells = {(str(row[by]), row["period"].isoformat()): present.number(row[name]) for row in result.rows}
    members = dict.fromkeys(one for one, _period in cells)
    return {one: tuple(cells.get((one, period.key)) for period in axis) for one in members}
