"""Value against effort as a picture: a bubble a candidate, cut at the medians into quick wins, big bets, fill-ins and time sinks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import pandas as pd

from metrics.insight.priorities import Ranking
from metrics.insight.priorities.fields import Field
from metrics.matrix import Matrix, Place
from pages.components import bubbles, report
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.bubbles import Bubble, Ruler
from pages.components.chart_card import beside
from pages.components.i18n import N_, _
from pages.components.matrix import legend
from pages.components.priority_words import label, spoken
from pages.components.scale import scale

#: The corners of the matrix, by whether much effort and much value: what they mean here, and their colours.
CORNERS = {
    "habit_of_few": (N_("Quick wins: much for little"), "#12855A"),
    "core": (N_("Big bets: much for much"), "#4A4FD9"),
    "marginal": (N_("Fill-ins: little for little"), "#8A8F9C"),
    "now_and_then": (N_("Time sinks: little for much"), "#C23B45"),
}
HEIGHT = 380
#: How wide a bubble is, in pixels.
_WIDE = 12
#: The names that stand beside their bubbles; tooltips and the table have all.
_NAMED = 12
#: Values of which the largest is so many times the smallest stand on a logarithmic axis.
_FAR = 30


def draw(board: Board, ranking: Ranking, told: Matrix, *, key: str, on_pick: Callable[[str], None]) -> None:
    """Draws the plane, what it says in words and as a table; a click on a bubble calls `on_pick(key of the candidate)`."""

    def picked(index: int, _series: int | None) -> None:
        if index < len(told.places):
            on_pick(told.places[index].id)

    title = _("Value against effort")
    said, frame = words(board, ranking, told), table(ranking, told)
    counts = Counter(place.corner for place in told.places)
    colours = legend((_(word), colour, counts[corner]) for corner, (word, colour) in CORNERS.items())
    bubbles.draw(*plane(board, ranking, told), key=key, height=HEIGHT, alt=said, above=colours, on_pick=picked)
    across, up = axes(ranking)
    written = [[place.name, *_values(board, ranking, place), _(CORNERS[place.corner][0])] for place in told.places]
    report.listed(title, list(frame.columns), written, numbers=(1, 2), said=said)
    formats = {label(field): field.format for field in (across, up)}

    def picture(range_: str, origin: str) -> bytes:
        from pages.components import export_shapes  # matplotlib takes a while to import

        corners = {corner: (_(word), colour) for corner, (word, colour) in CORNERS.items()}
        rulers = (_ruler([place.breadth for place in told.places]), _ruler([place.frequency for place in told.places]))
        drawn = [
            export_shapes.Axis(label(field), field.format, (ruler[0], ruler[-1]), log=ruler[0] > 0)
            for field, ruler in zip((across, up), rulers, strict=True)
        ]
        return export_shapes.plane(told, corners, (drawn[0], drawn[1]), title, range_, origin, board.currency)

    beside(board, frame, said, title=title, key=key, file="priorities_plane", formats=formats, picture=picture)


def axes(ranking: Ranking) -> tuple[Field, Field]:
    """The fields across and up."""
    across, up = ranking.framework.plane or ("", "")
    return ranking.framework.fields[across], ranking.framework.fields[up]


def words(board: Board, ranking: Ranking, told: Matrix) -> str:
    """The corners and what lies in them."""
    across, up = axes(ranking)
    split = _("Split at the medians: {up} {value}, {across} {effort}.")
    said = [
        split.format(
            up=spoken(up.label), value=fmt.short(told.frequency, up.format, board.currency),
            across=spoken(across.label), effort=fmt.short(told.breadth, across.format, board.currency),
        )
    ]  # fmt: skip
    for corner, (word, _colour) in CORNERS.items():
        names = [place.name for place in told.places if place.corner == corner]
        listed = ", ".join(names[:_NAMED]) or _("none")
        said.append(f"{_(word)}: {listed}{' …' if len(names) > _NAMED else ''}.")
    return " ".join(said)


def table(ranking: Ranking, told: Matrix) -> pd.DataFrame:
    """The plane as rows."""
    across, up = axes(ranking)
    return pd.DataFrame(
        {
            _("Candidate"): [place.name for place in told.places],
            label(across): [place.breadth for place in told.places],
            label(up): [place.frequency for place in told.places],
            _("Corner"): [_(CORNERS[place.corner][0]) for place in told.places],
        }
    )


def plane(board: Board, ranking: Ranking, told: Matrix) -> tuple[list[Bubble], Ruler, Ruler]:
    """One bubble a candidate, the foremost with their names; both rulers cut at their medians."""
    across, up = axes(ranking)
    drawn = [_bubble(board, ranking, place, named=index < _NAMED) for index, place in enumerate(told.places)]
    wide, high = [place.breadth for place in told.places], [place.frequency for place in told.places]
    return drawn, _axis(across, wide, told.breadth, board.currency), _axis(up, high, told.frequency, board.currency)


def _axis(field: Field, values: list[float], median: float | None, currency: str) -> Ruler:
    ticks = _ruler(values)
    return Ruler.of(label(field), ticks, field.format, median, currency=currency, log=ticks[0] > 0)


def _ruler(values: list[float]) -> tuple[float, ...]:
    """Round values from the lower to the upper end of an axis; of values that lie far apart the powers of ten."""
    least, most = min(values), max(values)
    if least <= 0 or most / least < _FAR:
        return scale([0.0, *values, most * 1.05]).ticks
    low, high = math.floor(math.log10(least)), math.ceil(math.log10(most * 1.05))
    return tuple(10.0**power for power in range(low, high + 1))


def _values(board: Board, ranking: Ranking, place: Place) -> list[str]:
    """Across and up as texts."""
    return [fmt.full(at, field.format, board.currency) for at, field in zip((place.breadth, place.frequency), axes(ranking), strict=True)]


def _bubble(board: Board, ranking: Ranking, place: Place, *, named: bool) -> Bubble:
    across, up = axes(ranking)
    word, colour = CORNERS[place.corner]
    values = _values(board, ranking, place)
    rows = (*zip((label(across), label(up)), values, strict=True), (_("Score"), fmt.full(place.size)))
    return Bubble(place.name, place.breadth, place.frequency, _WIDE, colour, rows, _(word), named)
