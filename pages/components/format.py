"""Numbers, money, durations, days and ages as the reader's language writes them.

`kind` is a metric's format: integer, decimal, percent (a share, 0.25 is 25 %), money (in `currency`) or duration (minutes).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from babel import dates, numbers, units

from pages.components import i18n
from pages.components.i18n import _

NOTHING = "–"
MINUS = "−"


def is_number(value: Any) -> bool:
    """Whether there is a finite number to show."""
    return value is not None and not isinstance(value, str) and math.isfinite(float(value))


def full(value: Any, kind: str = "decimal", currency: str = "EUR") -> str:
    """A number with all the figures that matter, as tables and tooltips show it; a dash where there is none."""
    return _full(float(value), kind, currency, str(i18n.locale())) if is_number(value) else NOTHING


@lru_cache(maxsize=16_384)
def _full(number: float, kind: str, currency: str, where: str) -> str:
    if kind == "percent":
        return _percent(number)
    if kind == "money":
        said = numbers.format_currency(round(number), currency, locale=where, format=_whole_money(), currency_digits=False)
        return _tidy(_plain_sign(said, currency))
    if kind == "duration":
        return duration(number)
    return _tidy(numbers.format_decimal(_rounded(number, kind), locale=where))


def exact(value: Any, kind: str = "decimal", currency: str = "EUR", *, signed: bool = False) -> str:
    """A number to the cent (a share to the hundredth of a point), for what is read as a sum; `signed` tells a difference."""
    if not is_number(value):
        return NOTHING
    number = float(value)
    size = abs(number) if signed else number
    if kind == "money":
        said = _tidy(_plain_sign(numbers.format_currency(round(size, 2), currency, locale=i18n.locale()), currency))
    elif kind == "percent" and signed:
        said = _("{points} pts").format(points=_tidy(numbers.format_decimal(round(size * 100, 2), locale=i18n.locale())))
    elif kind == "percent":
        said = _percent(size, digits=2)
    elif kind == "decimal":
        said = _tidy(numbers.format_decimal(round(size, 3), locale=i18n.locale()))
    else:
        said = full(size, kind, currency)
    return f"{_sign(number) if signed else ''}{said}"


def short(value: Any, kind: str = "decimal", currency: str = "EUR") -> str:
    """A number for a tile or an axis: 19,683 · €157.5K · 43.4% · 2h 10m."""
    if not is_number(value):
        return NOTHING
    number = float(value)
    if abs(number) >= {"money": 10_000, "integer": 100_000, "decimal": 100_000}.get(kind, math.inf):
        return _compact(number, kind, currency, _digits(number))
    return full(number, kind, currency)


def axis(values: Sequence[float], kind: str, currency: str = "EUR") -> list[str]:
    """The names of an axis' values, all written alike: €0 · €5K · €10K."""
    if kind == "percent":
        digits = 0 if all(abs(value * 100 - round(value * 100)) < 1e-6 for value in values) else 1
        return [_percent(value, digits) for value in values]
    if kind == "duration" or max(map(abs, values), default=0.0) < 10_000:
        return [full(value, kind, currency) for value in values]
    return [_compact(value, kind, currency, 2 if kind == "money" else 1) for value in values]


def change(value: Any, kind: str = "decimal", currency: str = "EUR", *, signed: bool = True) -> str:
    """A difference between two values of a metric; of shares it is told in points. Unsigned beside an arrow."""
    if not is_number(value):
        return NOTHING
    number = float(value)
    size = abs(number)
    if kind == "percent":
        said = _("{points} pts").format(points=_tidy(numbers.format_decimal(round(size * 100, 1), locale=i18n.locale())))
    else:
        said = short(size, kind, currency)
    return f"{_sign(number) if signed else ''}{said}"


def share(value: Any, *, signed: bool = True) -> str:
    """A relative change, such as +4.2%; above tenfold without decimals."""
    if not is_number(value):
        return NOTHING
    number = float(value)
    return f"{_sign(number) if signed else ''}{_percent(abs(number), digits=0 if abs(number) >= 1 else 1)}"


def duration(minutes: float) -> str:
    """Minutes in the two largest units that matter: 45m, 2h 10m, 3d 4h."""
    sign, left = (MINUS if minutes < 0 else ""), round(abs(minutes))
    days, hours, rest = left // 1440, left % 1440 // 60, left % 60
    parts = [(days, "duration-day"), (hours, "duration-hour"), (0 if days else rest, "duration-minute")]
    said = [units.format_unit(n, unit, length="narrow", locale=i18n.locale()) for n, unit in parts if n]
    return sign + (" ".join(said) or units.format_unit(0, "duration-minute", length="narrow", locale=i18n.locale()))


def day(value: date, *, year: bool = True) -> str:
    """A day: 9 Nov 2026, or 9 Nov."""
    return dates.format_skeleton("yMMMd" if year else "MMMd", value, locale=i18n.locale())


def span(first: date, last: date) -> str:
    """Two days and what lies between, both included: 26 Oct – 22 Nov 2026."""
    return day(first) if first == last else dates.format_interval(first, last, "yMMMd", locale=i18n.locale())


def period(start: date, grain: str, *, long: bool = False) -> str:
    """The name of the period that starts on a day (or at an hour), for an axis or, long, for a heading."""
    return _period(start, grain, long, str(i18n.locale()))


@lru_cache(maxsize=16_384)
def _period(start: date, grain: str, long: bool, where: str) -> str:
    skeletons = {
        "hour": ("Hm", "MMMdHm"),
        "day": ("MMMd", "yMMMEd"),
        "week": ("MMMd", ""),
        "month": ("yMMM", "yMMMM"),
        "quarter": ("yQQQ", "yQQQ"),
    }
    if grain == "year":
        return str(start.year)
    if grain == "week" and long:
        return _("Week of {day}").format(day=day(start))
    return dates.format_skeleton(skeletons[grain][long], start, locale=where)


def month(start: date) -> str:
    """The name of a month where its year is told elsewhere: Nov."""
    return dates.format_skeleton("MMM", start, locale=i18n.locale())


def clock(moment: datetime, zone: Any, *, dated: bool = False) -> str:
    """A moment in the reporting zone: 08:40 of today's kind, with its day when it is not today, or is `dated` to be read later."""
    local = moment.astimezone(zone)
    hour = dates.format_time(local, format="short", locale=i18n.locale())
    return hour if local.date() == datetime.now(zone).date() and not dated else f"{day(local.date())}, {hour}"


def until(moment: datetime, zone: Any, *, dated: bool = False) -> str:
    """How far something reaches: a clock, or the day that ends at the moment when it is midnight."""
    local = moment.astimezone(zone)
    midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
    return _("the end of {day}").format(day=day((local - timedelta(days=1)).date())) if midnight else clock(moment, zone, dated=dated)


def age(since: timedelta) -> str:
    """How long ago: 3 minutes, 2 days."""
    return dates.format_timedelta(max(since, timedelta(seconds=1)), threshold=1.2, locale=i18n.locale())


def _compact(value: float, kind: str, currency: str, digits: int) -> str:
    if kind == "money":
        said = numbers.format_compact_currency(value, currency, locale=i18n.locale(), fraction_digits=digits)
        return _tidy(_plain_sign(said, currency))
    return _tidy(numbers.format_compact_decimal(value, locale=i18n.locale(), fraction_digits=digits))


def size(count: int) -> str:
    """A number of bytes as megabytes: 1.3 MB."""
    return _tidy(units.format_unit(round(count / 1e6, 1), "digital-megabyte", length="short", locale=i18n.locale()))


def _percent(value: float, digits: int = 1) -> str:
    pattern = i18n.locale().percent_formats[None].pattern.replace("#,##0", f"#,##0.{'0' * digits}" if digits else "#,##0")
    return _tidy(numbers.format_percent(value, format=pattern, locale=i18n.locale()))


def _plain_sign(text: str, currency: str) -> str:
    """$ where a locale says US$: a board speaks of one currency only."""
    return text.replace(numbers.get_currency_symbol(currency, i18n.locale()), numbers.get_currency_symbol(currency, "en_US"))


def _whole_money() -> str:
    return str(i18n.locale().currency_formats["standard"].pattern.replace(".00", ""))


def _rounded(value: float, kind: str) -> float:
    if kind == "integer" or abs(value) >= 1000:
        return round(value)
    return round(value, 1 if abs(value) >= 10 else 2)


def _digits(value: float) -> int:
    """Three significant figures of a compact number: 1.25M, 12.5M, 125M."""
    leading = int(math.log10(abs(value))) % 3
    return 2 - leading if abs(value) >= 1_000_000 else 1


def _sign(value: float) -> str:
    return "+" if value > 0 else MINUS if value < 0 else ""


def _tidy(text: str) -> str:
    """A true minus sign; figures are set beside each other and a hyphen is too short."""
    return text.replace("-", MINUS)
