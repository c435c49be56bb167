"""From the layer's results to tiles and ranked rows: where a change is judged and put into words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from data.errors import Problem
from metrics import Result
from metrics.definition import Metric
from pages.components import format as fmt
from pages.components import pacing, reach, signals, trust
from pages.components.board import Board, remembered
from pages.components.cards import Card
from pages.components.filters import NONE
from pages.components.i18n import _, translated
from pages.components.ranked import Row
from pages.components.relay import relayed

#: Days that the small curve of a list shows at least.
TREND = 84
#: What the layer calls members without a name, and the ones gathered behind the largest.
OTHER = "Other"
GATHERED = (NONE, OTHER)


def number(value: Any) -> float | None:
    """A value of a result as a number; None where there is none."""
    return float(value) if fmt.is_number(value) else None


def member(name: Any) -> str:
    """The name of a dimension's member; the layer's own words for none and for the rest are translated."""
    said = {NONE: _("(none)"), OTHER: _("Other")}
    return said.get(str(name), str(name))


def value(board: Board, name: str) -> float | None:
    """A metric over the reader's range; None where it is not defined or not known."""
    rows = board.total(name, compare=False).rows if board.has(name) else ()
    return number(rows[0][name]) if rows else None


def change(board: Board, metric: Metric, now: float | None, was: float | None) -> tuple[str, str, str]:
    """How a value moved: its text without a sign, its direction (up, down, flat), its tone (good, bad, flat).

    Shares move in points, small counts by their number, all else in percent. The text is empty where nothing can be compared.
    """
    if now is None or was is None:
        return "", "flat", "flat"
    if fmt.full(now, metric.format, board.currency) == fmt.full(was, metric.format, board.currency):
        return fmt.change(0, metric.format, board.currency, signed=False), "flat", "flat"
    by_number = metric.format == "percent" or not was or (metric.format == "integer" and abs(was) < 30)
    moved = now - was
    said = fmt.change(moved, metric.format, board.currency, signed=False) if by_number else fmt.share(moved / abs(was), signed=False)
    direction = "up" if moved > 0 else "down"
    return said, direction, "flat" if metric.good == "neutral" else "good" if direction == metric.good else "bad"


def card(board: Board, name: str) -> Card:
    """The tile of a metric over the reader's range; it says why when the metric cannot be computed."""
    try:
        return _card(board, name)
    except Problem as problem:
        return Card(name, board.label(name) if board.has(name) else name, problem=relayed(str(problem)))


@remembered
def _card(board: Board, name: str) -> Card:
    metric = board.metric(name)
    total, series = board.total(name), board.series(name)
    curve = tuple(number(one[name]) for one in series.rows)
    if board.filters.grain == "day" and sum(value is None for value in curve) > len(curve) / 3:
        series = board.series(name, grain="week")  # a value on few days says nothing by the day
        curve = tuple(number(one[name]) for one in series.rows)
    row = total.rows[0] if total.rows else {}
    now, was = number(row.get(name)), number(row.get(f"{name}_compared"))
    said, direction, tone = change(board, metric, now, was)
    progress, held = reach.progress(board, total), pacing.standing(board, metric, now, total)
    signal = signals.of(board, name)
    return Card(
        id=name,
        label=board.label(name),
        value=fmt.short(now, metric.format, board.currency),
        delta=said,
        direction=direction,
        tone=tone,
        was=fmt.short(was, metric.format, board.currency) if was is not None else "",
        target=held.target,
        due=held.due,
        status=held.status,
        word=held.word,
        pace=held.pace,
        spark=curve,
        unfinished=reach.unfinished(series),
        aim=held.aim,
        progress=progress,
        age=reach.age(board, total) if reach.late(total) or not progress else "",
        late=reach.late(total),
        help=translated(metric.description or ""),
        failing=trust.failing(board, name),
        signal=signals.short(signal),
        news=signals.tone(signal),
        reason=signals.why(board, signal) if signal else "",
    )


@remembered
def ranked(board: Board, name: str, by: str, *, top: int = 8, also: tuple[str, str] | None = None, curves: bool = True) -> list[Row]:
    """The largest members of a dimension by a metric: value, change, small curve.

    `also` is a second metric and how it is written beside the name, such as `("feature_users", _("{value} people"))`;
    the rest has none, for people may be among several members of it.
    """
    metric, dims = board.metric(name), (by,)
    total = board.total(name, by=dims, top=top)
    series = _trend(board, name, by, top) if curves else None
    seconds = {row[by]: row[also[0]] for row in board.total(also[0], by=dims, compare=False).rows} if also else {}
    rows = sorted(total.rows, key=lambda row: (row[by] in GATHERED, -(number(row[name]) or 0.0)))
    largest = max((abs(number(row[name]) or 0.0) for row in rows if row[by] not in GATHERED), default=0.0) or 1.0
    found = []
    for row in rows:
        now, was = number(row[name]), number(row.get(f"{name}_compared"))
        if row[by] == OTHER and not now:
            continue
        said, direction, tone = change(board, metric, now, was)
        curve = tuple(number(one[name]) for one in series.rows if one[by] == row[by] and one["complete"]) if series else ()
        found.append(
            Row(
                id=str(row[by]),
                label=member(row[by]),
                value=fmt.short(now, metric.format, board.currency),
                share=0.0 if row[by] in GATHERED else (now or 0.0) / largest,
                delta=said,
                direction=direction,
                tone=tone,
                spark=curve,
                note=_second(board, also, seconds.get(row[by])),
            )
        )
    return found


def _second(board: Board, also: tuple[str, str] | None, value: Any) -> str:
    if not also or not number(value):
        return ""
    return also[1].format(value=fmt.short(value, board.metric(also[0]).format, board.currency))


def _trend(board: Board, name: str, by: str, top: int) -> Result:
    """The small curves of a list: at least twelve weeks, as days would show little but the weekend. Only what is finished is drawn."""
    if board.filters.grain != "day":
        return board.series(name, by=(by,), top=top)
    since = min(board.filters.since, board.filters.until - timedelta(days=TREND))
    return board.narrowed(since=since).series(name, by=(by,), top=top, grain="week")


def cell(board: Board, metric: Metric, value: float | None, most: float) -> tuple[str, float | None]:
    """A cell of a heat table: its text, and its number as a share of the largest."""
    return fmt.short(value, metric.format, board.currency), None if value is None else max(value, 0.0) / most
