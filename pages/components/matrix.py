"""The adoption matrix as a picture: bubbles on breadth (across) and frequency (up, by the logarithm), cut at the medians."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from metrics.matrix import Matrix, Place, matrix
from pages.components import adopting, bubbles, report
from pages.components import format as fmt
from pages.components.board import Board, remembered
from pages.components.bubbles import Bubble, Ruler
from pages.components.chart_card import beside
from pages.components.i18n import N_, _
from pages.components.scale import scale
from pages.components.states import notice

BREADTH, FREQUENCY = "feature_adoption", "feature_depth"
#: What bubbles show: accounts, or what these pay.
SIZES = {"feature_adopters": N_("Accounts that use it"), "mrr_of_adopters": N_("MRR of these accounts")}
CORNERS = {
    "core": N_("Core: many, often"),
    "habit_of_few": N_("Habit of few: few, often"),
    "now_and_then": N_("Now and then: many, seldom"),
    "marginal": N_("Marginal: few, seldom"),
}
COLOURS = {"core": "#12855A", "habit_of_few": "#4A4FD9", "now_and_then": "#2191B8", "marginal": "#8A8F9C"}
_SMALL, _LARGE = 9, 40
HEIGHT = 420


@remembered
def found(board: Board, size: str) -> Matrix:
    """The matrix of the reader's range and filters."""
    rows = board.ask(BREADTH, FREQUENCY, size, by=(adopting.FEATURE, "feature.name")).rows
    return matrix(rows, key=adopting.FEATURE, name="feature.name", breadth=BREADTH, frequency=FREQUENCY, size=size)


@dataclass(frozen=True)
class Picture:
    """The matrix as it is drawn: its bubbles and rulers, the same in words, as a table, and as a table of texts."""

    told: Matrix
    plane: tuple[list[Bubble], Ruler, Ruler]
    said: str
    frame: pd.DataFrame
    listed: tuple[list[str], list[list[str]]]


@remembered
def picture(board: Board, size: str) -> Picture | None:
    """What is drawn for the reader's range and filters; None where nobody used a feature."""
    told = found(board, size)
    if not told.places:
        return None
    return Picture(told, plane(board, told, size), spoken(told), table(board, told, size), _listed(board, told, size))


def draw(board: Board, size: str, *, key: str, on_pick: Callable[[Place], None]) -> None:
    """Draws the matrix, what it says in words and as a table; a click on a bubble calls `on_pick`."""
    shown = picture(board, size)
    if shown is None:
        notice(_("Nothing to show"), _("Nobody used a feature in the range and filters that you chose."))
        return
    told = shown.told

    def picked(index: int, _series: int | None) -> None:
        if index < len(told.places):
            on_pick(told.places[index])

    counts = Counter(place.corner for place in told.places)
    colours = legend((_(word), COLOURS[corner], counts[corner]) for corner, word in CORNERS.items())
    bubbles.draw(*shown.plane, key=key, height=HEIGHT, alt=shown.said, above=colours, on_pick=picked)
    if told.unused:
        st.caption(_("Not used in this range: {features}.").format(features=", ".join(told.unused)))
    title, kind, sized = _("Adoption matrix"), _("Bubbles"), _(SIZES[size])
    report.listed(title, *shown.listed, numbers=(1, 2, 3), said=shown.said)
    names = (BREADTH, FREQUENCY, size)
    formats = {board.label(name): board.metric(name).format for name in names}

    def paper(range_: str, origin: str) -> bytes:
        from pages.components import export_shapes  # matplotlib takes a while to import

        return export_shapes.matrix(told, title, f"{kind}: {sized} · {range_}", origin)

    beside(board, shown.frame, shown.said, title=title, key=key, file="adoption_matrix", names=names, formats=formats, picture=paper)


def spoken(told: Matrix) -> str:
    """The corners and what lies in them, in words."""
    split = _("Split at the medians: {breadth} of the accounts that may use it, {frequency} events an account.")
    said = [split.format(breadth=_share(told.breadth), frequency=fmt.full(told.frequency))]
    for corner, word in CORNERS.items():
        names = [place.name for place in told.places if place.corner == corner]
        listed = ", ".join(names) or _("none")
        said.append(f"{_(word)}: {listed}.")
    return " ".join(said)


def table(board: Board, told: Matrix, size: str) -> pd.DataFrame:
    """The matrix as rows."""
    return pd.DataFrame(
        {
            _("Feature"): [place.name for place in told.places],
            board.label(BREADTH): [place.breadth for place in told.places],
            board.label(FREQUENCY): [place.frequency for place in told.places],
            board.label(size): [place.size for place in told.places],
            _("Corner"): [_(CORNERS[place.corner]) for place in told.places],
        }
    )


def _listed(board: Board, told: Matrix, size: str) -> tuple[list[str], list[list[str]]]:
    """The matrix as texts: its columns, its rows."""
    frame = table(board, told, size)
    kinds = [board.metric(name).format for name in (BREADTH, FREQUENCY, size)]
    rows = [
        [name, *(fmt.full(value, kind, board.currency) for value, kind in zip(values, kinds, strict=True)), corner]
        for name, *values, corner in frame.itertuples(index=False, name=None)
    ]
    return list(frame.columns), rows


def legend(corners: Iterable[tuple[str, str, int]]) -> str:
    """The corners, each a word, its colour and how many bubbles lie in it, as HTML."""
    items = "".join(
        f'<li><i class="tv-dot" style="background:{colour}"></i>{escape(word)} · {count}</li>' for word, colour, count in corners
    )
    return f'<ul class="tv-legend">{items}</ul>'


def plane(board: Board, told: Matrix, size: str) -> tuple[list[Bubble], Ruler, Ruler]:
    """One bubble a feature, named; across the breadth, up the frequency by its logarithm, both cut at their medians."""
    largest = max(place.size for place in told.places) or 1.0
    wide = scale((place.breadth for place in told.places), kind="percent").ticks
    across = Ruler.of(_("Breadth: share of the accounts that may use it"), wide, "percent", told.breadth)
    up = Ruler.of(_("Frequency: events an account"), decades(*ends(told)), "decimal", told.frequency, log=True)
    return [_bubble(board, place, size, largest) for place in told.places], across, up


def _bubble(board: Board, place: Place, size: str, largest: float) -> Bubble:
    metric = board.metric(size)
    rows = (
        (board.label(BREADTH), _share(place.breadth)),
        (board.label(FREQUENCY), fmt.full(place.frequency)),
        (board.label(size), fmt.full(place.size, metric.format, board.currency)),
    )
    wide = _SMALL + (_LARGE - _SMALL) * (place.size / largest) ** 0.5  # by its area
    return Bubble(place.name, place.breadth, place.frequency, wide, COLOURS[place.corner], rows, _(CORNERS[place.corner]))


def decades(low: float, high: float) -> tuple[float, ...]:
    """The powers of ten from `low`, which is one, and what the axis ends with."""
    return (*(10.0**power for power in range(round(math.log10(low)), math.floor(math.log10(high)) + 1) if 10.0**power < high), high)


def ends(told: Matrix) -> tuple[float, float]:
    """The ends of the logarithmic axis: 1 or the power of ten below what is less, and 1, 2 or 5 times a power of ten."""
    values = [place.frequency for place in told.places]
    least, most = min(values), max(values)
    top = next(step * 10.0**power for power in range(-9, 16) for step in (1, 2, 5) if step * 10.0**power > most * 1.1)
    return 10.0 ** min(0, math.floor(math.log10(least))), top


def _share(value: float | None) -> str:
    return fmt.full(value, "percent")
