"""Time in SQL: the period that a row falls in, and the conditions that keep rows inside the windows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from metrics.series import calendar
from metrics.slice import Slice
from metrics.sql import literal

#: From so many days on their rule is faster than their list.
_MANY = 6


def of(piece: Slice, ctes: dict[str, str]) -> tuple[str | None, list[str], list[str]]:
    """SQL of a row's period, what must be joined for it, and the conditions that keep rows inside the windows."""
    grain = piece.request.grain
    if piece.adds_up or (piece.rolling and grain == "hour"):
        return None, [], within(piece)
    if piece.rolling:
        return None, [], _limits(piece, piece.leaf.over_days)
    if piece.leaf.over_days and grain != "hour":
        return _days(piece, ctes, piece.leaf.over_days)
    if grain is None or piece.bucketed:
        return (bucket(piece, grain) if grain else None), [], within(piece)
    if piece.timed:
        return _moments(piece, ctes)
    return _days(piece, ctes, 1 if piece.leaf.on_last_day else None)


def within(piece: Slice) -> list[str]:
    """The conditions that keep rows inside the first and the last window."""
    first, last = piece.windows[0], piece.windows[-1]
    if piece.timed:
        moment = f"f.{piece.time}"
        return [f"{moment} >= TIMESTAMPTZ '{first.start.isoformat(sep=' ')}'", f"{moment} < TIMESTAMPTZ '{last.end.isoformat(sep=' ')}'"]
    return [f"{piece.day} >= DATE '{first.first_day}'", f"{piece.day} < DATE '{last.end_day}'"]


def bucket(piece: Slice, grain: str) -> str:
    """SQL of the first day (or moment) of the period that a row falls in."""
    calendar = piece.request.calendar
    if grain == "hour":
        odd = int(piece.windows[0].key.timestamp()) % 3600
        epoch = f"epoch(f.{piece.time})"
        return f"to_timestamp(floor({epoch} / 3600) * 3600)" if not odd else f"to_timestamp(floor(({epoch} - {odd}) / 3600) * 3600 + {odd})"
    if grain == "day":
        return piece.day
    if grain == "week" and calendar.week_start == "sunday":
        return f"CAST(date_trunc('week', {piece.day} + 1) AS DATE) - 1"
    shift = (calendar.fiscal_year_start - 1) % {"quarter": 3, "year": 12}.get(grain, 1)
    if shift:
        return f"CAST(date_trunc('{grain}', {piece.day} - INTERVAL {shift} MONTH) + INTERVAL {shift} MONTH AS DATE)"
    return f"CAST(date_trunc('{grain}', {piece.day}) AS DATE)"


def keys(piece: Slice) -> list[date | datetime | None]:
    """The rows' periods: moments for hours, else days."""
    return [one.key if piece.request.grain == "hour" else one.key.date() for one in piece.windows]


def last_days(piece: Slice) -> list[date]:
    """The last day of each window."""
    return [one.end_day - timedelta(days=1) for one in piece.windows]


def last_hours(piece: Slice) -> list[datetime]:
    """The start of the hour that each window ends in."""
    return [piece.request.calendar.ceiling(one.end, "hour") - timedelta(hours=1) for one in piece.windows]


def _first_days(piece: Slice, over: int | None) -> list[date]:
    return [one.end_day - timedelta(days=over) if over else one.first_day for one in piece.windows]


def _limits(piece: Slice, over: int | None) -> list[str]:
    limits = [f"{piece.day} >= DATE '{min(_first_days(piece, over))}'", f"{piece.day} <= DATE '{max(last_days(piece))}'"]
    if over and piece.request.timed and piece.timed:
        limits.append(within(piece)[1])
    return limits


def _days(piece: Slice, ctes: dict[str, str], over: int | None) -> tuple[str | None, list[str], list[str]]:
    """Windows as a list of days, joined by day: they may overlap, or lie across calendar periods."""
    firsts, lasts = _first_days(piece, over), last_days(piece)
    limits = _limits(piece, over)
    if piece.request.grain is None:
        return None, [], limits
    name, windows = f"{piece.title}_days", f"{piece.title}_windows"
    longest = max((last - first).days for first, last in zip(firsts, lasts, strict=True))
    if longest == 0:
        ctes[name] = calendar({"period": keys(piece), "day": lasts})
    else:
        ctes[windows] = calendar({"period": keys(piece), "first_day": firsts, "last_day": lasts})
        back = ", ".join(f"({days})" for days in range(longest + 1))
        ctes[name] = (
            f"  SELECT period, last_day - days AS day\n  FROM {windows} CROSS JOIN (VALUES {back}) AS back(days)\n"
            "  WHERE last_day - days >= first_day"
        )
    return "d.period", [f"JOIN {name} AS d ON d.day = {piece.day}"], limits


def _moments(piece: Slice, ctes: dict[str, str]) -> tuple[str | None, list[str], list[str]]:
    """Windows that begin or end within a day, joined by time."""
    name = f"{piece.title}_windows"
    starts, ends = [one.start for one in piece.windows], [one.end for one in piece.windows]
    ctes[name] = calendar({"period": keys(piece), "first_moment": starts, "end_moment": ends})
    moment = f"f.{piece.time}"
    return "d.period", [f"JOIN {name} AS d ON {moment} >= d.first_moment AND {moment} < d.end_moment"], within(piece)


def last_day(piece: Slice, ctes: dict[str, str], source: list[str], period: str | None, kept: list[str]) -> str:
    """Only the last loaded day of each window counts, and it is the same day for every member."""
    if piece.fact.every_day:
        return _one_of(piece.day, sorted(set(last_days(piece))))
    own = [*kept, *within(piece), *([piece.parts["where"].sql] if "where" in piece.parts else [])]
    needed = [line for line in source if not line.startswith("JOIN")] if period is None or piece.bucketed else source
    name = f"{piece.title}_last_days"
    group = f"\n  GROUP BY {period}" if period else ""
    ctes[name] = f"  SELECT max({piece.day}) AS day\n  " + "\n  ".join(needed) + "\n  WHERE " + "\n    AND ".join(own) + group
    return f"{piece.day} IN (SELECT day FROM {name})"


def _one_of(column: str, days: list[date]) -> str:
    """The condition that a column is one of these days; DuckDB tells the ends of many months faster than it looks them up."""
    *whole, last = days
    ends = {(day + timedelta(days=1)).day for day in whole} == {1}
    months = [12 * day.year + day.month for day in days]
    if len(days) < _MANY or not ends or months != list(range(months[0], months[0] + len(days))):
        return f"{column} IN ({', '.join(map(literal, days))})"
    is_end = f"{column} = last_day({column})"
    unfinished = (last + timedelta(days=1)).day != 1
    bounds = f"{column} BETWEEN {literal(days[0])} AND {literal(last)}"
    return f"{bounds} AND " + (f"({is_end} OR {column} = {literal(last)})" if unfinished else is_end)
