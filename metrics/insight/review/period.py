"""Which days a review is about, by how often it is held, and which earlier ones they are held against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from data.errors import Problem, did_you_mean
from metrics.insight.review.weeks import YEAR_OF_WEEKS, Span, month_of, quarter_of
from metrics.releases import Release

#: A launch is looked at for so many days at most.
LAUNCH_DAYS = 28
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class Period:
    """The days of a review, those just before them, and those of a year earlier; a launch has no year before."""

    cadence: str
    now: Span
    previous: Span
    prior_year: Span | None
    release: str = ""


def week(ending: date) -> Period:
    """The seven days up to `ending`."""
    now = Span(ending - 6 * _DAY, ending)
    return Period("week", now, now.back(timedelta(weeks=1)), now.back(YEAR_OF_WEEKS))


def month(of: Span) -> Period:
    """A calendar month."""
    return Period("month", of, month_of(of.first - _DAY), _months_of(of.year_before()))


def quarter(of: date, fiscal_start: int) -> Period:
    """The quarter of the fiscal year that holds a day."""
    now = quarter_of(of, fiscal_start)
    return Period("quarter", now, quarter_of(now.first - _DAY, fiscal_start), _months_of(now.year_before()))


def launch(shipped: date, ending: date, name: str) -> Period:
    """The days since a release up to `ending`, four weeks of them at most, against as many before it. Raises Problem before the first."""
    last = min(ending, shipped + (LAUNCH_DAYS - 1) * _DAY)
    if last < shipped:
        raise Problem(f"{name} was not shipped by {ending.isoformat()}", remedy="Name a later week ending, or another release.")
    now = Span(shipped, last)
    return Period("release", now, now.back(last - shipped + _DAY), None, name)


def month_named(text: str) -> Span:
    """The month that is written 2026-11. Raises Problem for anything else."""
    match = _MONTH.fullmatch(text.strip())
    if not match:
        raise Problem(f'"{text}" is no month', remedy="Write it as 2026-11.")
    return month_of(date(int(match[1]), int(match[2]), 1))


def latest_week(loaded: date, week_start: str) -> date:
    """The last day of the last of the company's weeks that is wholly loaded; `loaded` is the last whole day that is."""
    ends = 6 if week_start == "monday" else 5
    return loaded - ((loaded.weekday() - ends) % 7) * _DAY


def latest_quarter(loaded: date, fiscal_start: int) -> date:
    """The last day of the last quarter of the fiscal year that is wholly loaded."""
    quarter = quarter_of(loaded, fiscal_start)
    return loaded if quarter.last == loaded else quarter.first - _DAY


def shipped_before(found: tuple[Release, ...], named: str | None, ending: date) -> Release:
    """The release of this name, or the newest one that was out for a week by then, or at all. Raises Problem where there is none."""
    shipped = [one for one in found if one.shipped is not None]
    if named is not None:
        match = next((one for one in shipped if one.name.casefold() == named.casefold()), None)
        if match is None:
            raise Problem(f'there is no shipped release "{named}"', remedy=did_you_mean(named, [one.name for one in shipped]))
        return match
    before = [one for one in shipped if one.shipped is not None and one.shipped <= ending]
    newest = next((one for one in before if one.shipped is not None and one.shipped <= ending - _WEEK), next(iter(before), None))
    if newest is None:
        raise Problem("nothing was shipped yet that a launch review could be about", remedy="Load releases, or choose another review.")
    return newest


def _months_of(span: Span) -> Span:
    """Whole months: February of a leap year ends a day later than the date that a year takes it from."""
    return Span(span.first, month_of(span.last).last)
