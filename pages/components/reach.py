"""How far the numbers reach: which periods are finished, how much of the last one is loaded, how old the data is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from metrics import Result
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.chart_model import Period
from pages.components.i18n import N_, _

_TO_DATE = {
    "week": N_("week to date, {done} of {whole} days"),
    "month": N_("month to date, {done} of {whole} days"),
    "quarter": N_("quarter to date, {done} of {whole} days"),
    "year": N_("year to date, {done} of {whole} days"),
}


def loaded(result: Result) -> datetime | None:
    """The first moment that is not loaded, of the fact that is furthest behind."""
    return min((moment for moment in result.loaded_until.values() if moment), default=None)


def late(result: Result) -> bool:
    """Whether the data behind a result ends more than a day before its range does."""
    until = loaded(result)
    return until is not None and until < result.until - timedelta(days=1)


def unfinished(result: Result) -> int:
    """How many of the last periods are not wholly loaded."""
    done = [place for place, row in enumerate(result.rows, start=1) if row["complete"]]
    return len(result.rows) - done[-1] if done else 0


def progress(board: Board, result: Result) -> str:
    """How much of a range without a grain is loaded: "last day until 14:32"; nothing to say when all of it is."""
    until = loaded(result)
    if until is None or until >= result.until:
        return ""
    if until <= result.since:
        return _("not loaded in this range")
    missing = (result.until - until).days
    if missing:
        return _("{done} of {whole} days").format(done=board.filters.days - missing, whole=board.filters.days)
    return _("last day until {time}").format(time=fmt.clock(until, board.zone))


def age(board: Board, result: Result) -> str:
    """The day that the data behind a result ends with."""
    until = loaded(result)
    return _("data to {day}").format(day=fmt.day(_last_day(until, board))) if until else ""


def periods(board: Board, result: Result) -> tuple[Period, ...]:
    """The axis of a result with a grain; an unfinished period says how much of it is loaded."""
    grain, until = result.grain or "day", loaded(result)
    found = []
    for start, complete in {row["period"]: bool(row["complete"]) for row in result.rows}.items():
        told = "" if complete else to_date(board, start, grain, until)
        found.append(Period(start.isoformat(), fmt.period(start, grain), fmt.period(start, grain, long=True), complete, told))
    return tuple(found)


def to_date(board: Board, start: date, grain: str, until: datetime | None) -> str:
    """How much of an unfinished period is loaded: "week to date, 4 of 7 days"."""
    if until is None or _last_day(until, board) < start:
        return _("not loaded")
    if grain == "day":
        return _("until {time}").format(time=fmt.clock(until, board.zone))
    whole = (board.after(start, grain) - start).days
    return _(_TO_DATE[grain]).format(done=min((_last_day(until, board) - start).days + 1, whole), whole=whole)


def _last_day(until: datetime, board: Board) -> date:
    return (until.astimezone(board.zone) - timedelta(microseconds=1)).date()
