"""How the values behind a metric are spread, as a card: bars over round steps, the median and what 85 and 95 in 100 stay within."""

from __future__ import annotations

from metrics.distribution import Distribution
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.chart_model import Chart, Mark, Period, Series
from pages.components.drawer import Ask, ask
from pages.components.i18n import _
from pages.components.states import guarded


def histogram_card(board: Board, name: str, *, key: str, title: str, values: str, counted: str, height: int = 300) -> None:
    """A card with the spread of a metric's values in the reader's range. A click on a bar opens its rows.

    `values` writes one of the values (`_("{value} days")`), `counted` says what is counted.
    """
    with guarded():
        spread = board.distribution(name)
        chart = model(board, spread, title=title, values=values, counted=counted)

        def opened(place: int) -> None:
            span = fmt.span(board.filters.since, board.last_day)
            bar = f"{span} · {chart.periods[place].long}"
            ask(Ask("rows", name, board.filters.since, board.filters.until, period=bar, condition=spread.condition(place)))

        chart_card(board, chart, key=key, subtitle=_within(board, spread, values), height=height, on_pick=opened)


def model(board: Board, spread: Distribution, *, title: str, values: str, counted: str) -> Chart:
    """The chart of a distribution: a place on the axis for each bin, a mark at each quantile."""
    bins = tuple(_bin(board, spread, place, values) for place in range(len(spread.bins)))
    said = _("{title}: {count} in all. {within}.").format(
        title=title, count=fmt.full(spread.total, "integer"), within=_within(board, spread, values)
    )
    return Chart(
        title=title,
        kind="histogram",
        periods=bins,
        series=(Series(counted, tuple(float(one.count) for one in spread.bins)),),
        format="integer",
        metric=spread.metric,
        marks=_marks(spread),
        across=board.label(spread.metric),
        summary=said if spread.total else "",
    )


def _bin(board: Board, spread: Distribution, place: int, values: str) -> Period:
    found = spread.bins[place]
    low = _written(board, spread, found.low)
    if found.high is None:
        return Period(str(place), f"{low}+", _("{value} or more").format(value=values.format(value=low)))
    high = _written(board, spread, found.high)
    return Period(str(place), f"{low}–{high}", _("{low} to {high}").format(low=low, high=values.format(value=high)))


def _within(board: Board, spread: Distribution, values: str) -> str:
    """What half, 85 and 95 in 100 of the values stay within, in a sentence."""
    if not spread.quantiles:
        return ""
    half, most, nearly = (values.format(value=_written(board, spread, value)) for value in spread.quantiles.values())
    return _("Half within {half}, 85 in 100 within {most}, 95 in 100 within {nearly}").format(half=half, most=most, nearly=nearly)


def _marks(spread: Distribution) -> tuple[Mark, ...]:
    """A mark at the bin of each quantile; those that fall into one bin share it."""
    found: dict[int, list[str]] = {}
    for share, value in (spread.quantiles or {}).items():
        said = _("Median") if share == 0.5 else fmt.axis([share], "percent")[0]
        found.setdefault(spread.holding(value), []).append(said)
    return tuple(Mark(place, " · ".join(said)) for place, said in found.items())


def _written(board: Board, spread: Distribution, value: float) -> str:
    return fmt.full(value, board.metric(spread.metric).format, board.currency)
