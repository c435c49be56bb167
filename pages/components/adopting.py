"""What is known of one feature: who may use it, who does, and the same number of two features beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from data.workspace import Feature
from pages.components import charts, present, reach, shapes
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.chart_model import Chart, Series
from pages.components.filters import NONE
from pages.components.funnel import Step

FEATURE = "feature_id"


def features(board: Board) -> dict[str, str]:
    """The names of the features by their ids: those that are used most in the range first, then those that nobody used."""
    found = board.ask("feature_events", by=(FEATURE, "feature.name")).rows if board.has("feature_events") else ()
    used = sorted((row for row in found if row[FEATURE] != NONE), key=lambda row: -(row["feature_events"] or 0))
    names = {str(row[FEATURE]): str(row["feature.name"] if row["feature.name"] != NONE else row[FEATURE]) for row in used}
    return names | {one.feature_id: one.name for one in told(board).values() if one.feature_id not in names}


def told(board: Board) -> Mapping[str, Feature]:
    """What features.yml says of the features, by their ids."""
    return board.layer.workspace.features


def of(board: Board, feature_id: str) -> Board:
    """The board of one feature: the reader's range and filters, and only what belongs to the feature."""
    return board.narrowed(members={**board.filters.members, FEATURE: (feature_id,)})


def reached(of_feature: Board, can: str, does: str, share: str) -> list[Step]:
    """Of those that may use the feature, counted by `can`, the ones that do, counted by `does`; `share` is the metric of the two."""
    most, some, part = (present.value(of_feature, name) for name in (can, does, share))
    first, second = _step(of_feature.label(can), most, 1.0 if most else 0.0), _step(of_feature.label(does), some, part or 0.0)
    return [first, replace(second, whole=fmt.full(part, "percent"))]


def _step(name: str, count: float | None, size: float) -> Step:
    text = fmt.full(count, "integer")
    return Step(name, text, size, spoken=f"{name}: {text}")


def over_time(boards: Mapping[str, Board], name: str) -> Chart:
    """A metric of one feature over time with its comparison, or of several features, by their names, beside each other."""
    first = next(iter(boards.values()))
    if len(boards) == 1:
        return charts.over_time(first, name, kind=charts.usual_kind(first, name))
    results = {label: board.series(name) for label, board in boards.items()}
    axis = reach.periods(first, next(iter(results.values())))
    lines = [Series(label, tuple(present.number(row[name]) for row in result.rows), "part") for label, result in results.items()]
    whole = charts.over_time(first, name, kind="line", compared=False)
    return replace(whole, periods=axis, series=tuple(lines), target=None)


def retention(boards: Mapping[str, Board], name: str) -> Chart:
    """The curves of retention of one feature or several: of those who used it, the share that used it again later."""
    made = [shapes.curve(board, shapes.cohorts(board, name), title=board.label(name), name=label) for label, board in boards.items()]
    longest = max(made, key=lambda chart: len(chart.periods))
    lines = []
    for chart in made:
        line = chart.series[0]
        padded = line.values + (None,) * (len(longest.periods) - len(line.values))
        lines.append(replace(line, values=padded, role="part" if len(made) > 1 else "current"))
    periods = longest.periods if len(made) == 1 else tuple(replace(one, long=one.long.split(",")[0]) for one in longest.periods)
    return replace(longest, periods=periods, series=tuple(lines))
