"""Whether a number is on its way to its target: what the layer is asked for, and the words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from data.errors import Problem
from metrics import Result, target
from metrics.definition import Metric
from metrics.target import Target
from pages.components import format as fmt
from pages.components import reach
from pages.components.board import Board
from pages.components.i18n import _


@dataclass(frozen=True)
class Standing:
    """Where a number stands, its texts written out: the target and its day, the status and its word, the pace."""

    target: str = ""
    due: str = ""
    status: str = ""
    word: str = ""
    pace: str = ""
    aim: float | None = None


def aim(board: Board, metric: Metric) -> float | None:
    """The target in force at the end of the range, where a value over the range can be held against it."""
    found = None if target.adds_up(metric) else _in_force(board, metric)
    return found.value if found else None


def standing(board: Board, metric: Metric, now: float | None, total: Result) -> Standing:
    """The number of a metric over the reader's range against its target; nothing to say where none is in force."""
    held = _in_force(board, metric)
    if held is None or now is None or metric.good == "neutral":
        return Standing()
    adds_up = target.adds_up(metric)
    told = _value(board, metric, held)
    reached, before = (told, None) if adds_up else (now, told)
    found = target.pace(reached, before, held, _elapsed(board, held, total), metric.good, adds_up=adds_up)
    status = target.on_pace(found, held) if found else target.judge(reached, held.value, metric.good)
    met = not adds_up and target.judge(reached, held.value, metric.good) == "on"
    return Standing(
        target=fmt.short(held.value, metric.format, board.currency),
        due=_("by {day}").format(day=fmt.day(held.last_day, year=False)),
        status=status or "",
        word=_("On pace") if found and status == "on" and not met else _("Behind") if found and status == "off" else "",
        pace=_said(board, metric, reached, found, adds_up) if found and not met else "",
        aim=None if adds_up else held.value,
    )


def look_ahead(board: Board, names: Iterable[str]) -> None:
    """Asks at once for what the standings of many metrics need."""
    wanted: dict[tuple[date, date], list[str]] = {}
    for name in names:
        metric = board.metric(name)
        if (held := _in_force(board, metric)) is not None:
            wanted.setdefault(_range(board, metric, held), []).append(name)
    for (since, until), asked in wanted.items():
        board.narrowed(since=since, until=until).look_ahead(asked, compare=False)


def _in_force(board: Board, metric: Metric) -> Target | None:
    """Targets are for the whole company: there is none for a part of it."""
    narrowed = board.filters.members or board.filters.accounts is not None
    return None if narrowed else target.in_force(metric.targets, board.last_day)


def _range(board: Board, metric: Metric, held: Target) -> tuple[date, date]:
    """What adds up is asked for since the target's period began; all else over a range as long as the reader's that ended then."""
    if target.adds_up(metric):
        return held.start, board.filters.until
    return held.start - timedelta(days=board.filters.days), held.start


def _value(board: Board, metric: Metric, held: Target) -> float | None:
    since, until = _range(board, metric, held)
    try:
        rows = board.narrowed(since=since, until=until).total(metric.name, compare=False).rows
    except Problem:
        return None  # before there was anything, say; the number itself tells what is wrong with it
    return float(rows[0][metric.name]) if rows and fmt.is_number(rows[0][metric.name]) else None


def _elapsed(board: Board, held: Target, total: Result) -> float:
    """How much of the target's period is over at the end of the range, or where loading ends."""
    end = min(total.until, reach.loaded(total) or total.until)
    return target.elapsed(held, (end - board.calendar.midnight(held.start)) / timedelta(days=1))


def _said(board: Board, metric: Metric, reached: float | None, found: target.Pace, adds_up: bool) -> str:
    size = fmt.change(found.behind, metric.format, board.currency, signed=False)
    said = _("{size} behind").format(size=size) if found.behind > 0 else _("on pace")
    if not adds_up:
        return said
    return _("{so_far} so far, {pace}").format(so_far=fmt.short(reached, metric.format, board.currency), pace=said)
