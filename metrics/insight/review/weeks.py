"""The 6-12 of a business review: six trailing weeks and twelve months with last year behind, and what came together to date.

Pure: which stretches of days there are (`axis`), and what follows from the value of each (`six_twelve`). A value is asked for per
stretch, so that a ratio is the ratio of its parts over the stretch, never a mean of daily ratios. The rules are those of Amazon's
weekly business review, as the open-source "Working Backwards" WBR app computes it (github.com/working-backwards/wbr-app,
docs/user_manual.md): prior-year weeks lie 364 days back, prior-year months and dates a calendar year. Unlike there, what has no
earlier value has no change (null, not 0 %).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from metrics.calendar import add_months

WEEKS, MONTHS = 6, 12
#: As many whole weeks as come nearest to a year: the same weekdays.
YEAR_OF_WEEKS = timedelta(days=364)
_DAY = timedelta(days=1)
#: What the months along the axis are: the twelve that were complete last, or those of the fiscal year.
Axis12 = Literal["trailing", "fiscal"]


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of calendar days, both ends included."""

    first: date
    last: date

    @property
    def until(self) -> date:
        """The day after it."""
        return self.last + _DAY

    def back(self, by: timedelta) -> Span:
        """The same number of days, earlier."""
        return Span(self.first - by, self.last - by)

    def year_before(self) -> Span:
        """The same calendar dates a year earlier; 29 February becomes the 28th."""
        return Span(add_months(self.first, -12), add_months(self.last, -12))


@dataclass(frozen=True)
class Pair:
    """A stretch, and the one of the year before that it is held against."""

    now: Span
    before: Span


@dataclass(frozen=True)
class Axis:
    """Every stretch of a 6-12, the oldest first. A month that is not over yet stands on the axis of a fiscal year without a value."""

    ending: date
    weeks: tuple[Pair, ...]
    months: tuple[Pair, ...]
    mtd: Pair
    qtd: Pair
    ytd: Pair

    def spans(self) -> Iterator[Span]:
        """The stretches whose values are needed, each once."""
        pairs = (*self.weeks, *self.months, self.mtd, self.qtd, self.ytd)
        told = dict.fromkeys(span for pair in pairs for span in (pair.now, pair.before))
        return (span for span in told if span.last <= self.ending)


@dataclass(frozen=True)
class Cell:
    """A value and whether it is final: wholly loaded, from its first day on, and nothing it waits for is still to come."""

    value: float | None
    final: bool = True


@dataclass(frozen=True)
class SixTwelve:
    """The numbers of a 6-12. Changes are fractions of the earlier value (0.05 is 5 %), differences in the unit of the number.

    A change is null where either value is null or not final, a fraction also where the earlier value is 0. `incomplete` names the
    places whose value is not final, such as `six_weeks.5` or `ytd_prior_year`.
    """

    week_ending: date
    weeks: tuple[date, ...]
    months: tuple[date, ...]
    six_weeks: tuple[float | None, ...]
    six_weeks_prior_year: tuple[float | None, ...]
    twelve_months: tuple[float | None, ...]
    twelve_months_prior_year: tuple[float | None, ...]
    wow: float | None
    wow_difference: float | None
    yoy: float | None
    yoy_difference: float | None
    mtd: float | None
    mtd_prior_year: float | None
    mtd_yoy: float | None
    mtd_yoy_difference: float | None
    qtd: float | None
    qtd_prior_year: float | None
    qtd_yoy: float | None
    qtd_yoy_difference: float | None
    ytd: float | None
    ytd_prior_year: float | None
    ytd_yoy: float | None
    ytd_yoy_difference: float | None
    incomplete: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is no number in any of its weeks and months."""
        return all(value is None for value in (*self.six_weeks, *self.twelve_months))


def axis(ending: date, *, fiscal_start: int = 1, months: Axis12 = "trailing") -> Axis:
    """The stretches of a 6-12 whose last week ends on `ending`, whatever its weekday. `fiscal_start` is the month a year begins in."""
    last = Span(ending - 6 * _DAY, ending)
    weeks = [last.back(timedelta(weeks=ago)) for ago in reversed(range(WEEKS))]
    end = month_of(ending)
    first = year_start(ending, fiscal_start) if months == "fiscal" else add_months(last_whole_month(ending).first, 1 - MONTHS)
    shown = [month_of(add_months(first, place)) for place in range(MONTHS)]
    quarter = quarter_of(ending, fiscal_start)
    return Axis(
        ending=ending,
        weeks=tuple(Pair(week, week.back(YEAR_OF_WEEKS)) for week in weeks),
        months=tuple(Pair(month, month_of(add_months(month.first, -12))) for month in shown),
        mtd=_to_date(end.first, ending),
        qtd=_to_date(quarter.first, ending),
        ytd=_to_date(year_start(ending, fiscal_start), ending),
    )


def month_of(day: date) -> Span:
    """The calendar month that holds a day."""
    first = day.replace(day=1)
    return Span(first, add_months(first, 1) - _DAY)


def last_whole_month(day: date) -> Span:
    """The last month that is over by the end of a day."""
    month = month_of(day)
    return month if month.last == day else month_of(month.first - _DAY)


def quarter_of(day: date, fiscal_start: int = 1) -> Span:
    """The quarter of the fiscal year that holds a day."""
    first = add_months(day.replace(day=1), -((day.month - fiscal_start) % 3))
    return Span(first, add_months(first, 3) - _DAY)


def year_start(day: date, fiscal_start: int = 1) -> date:
    """The first day of the fiscal year that holds a day."""
    return add_months(day.replace(day=1), -((day.month - fiscal_start) % 12))


def six_twelve(of: Axis, cell: Callable[[Span], Cell], *, like_for_like: bool = True) -> SixTwelve:
    """The numbers of a 6-12, from the value of each of its stretches.

    Without `like_for_like` values that are not final are compared too: a file of numbers does not say which days it lacks.
    """

    def known(span: Span) -> Cell:
        return cell(span) if span.last <= of.ending else Cell(None, False)

    lists = {
        "six_weeks": [known(pair.now) for pair in of.weeks],
        "six_weeks_prior_year": [known(pair.before) for pair in of.weeks],
        "twelve_months": [known(pair.now) for pair in of.months],
        "twelve_months_prior_year": [known(pair.before) for pair in of.months],
    }
    dated = {name: (known(pair.now), known(pair.before)) for name, pair in (("mtd", of.mtd), ("qtd", of.qtd), ("ytd", of.ytd))}
    single = {key: one for name, (now, before) in dated.items() for key, one in ((name, now), (f"{name}_prior_year", before))}
    this, previous, year = lists["six_weeks"][-1], lists["six_weeks"][-2], lists["six_weeks_prior_year"][-1]
    changes = {"wow": (this, previous), "yoy": (this, year), **{f"{name}_yoy": pair for name, pair in dated.items()}}
    places = {**{f"{name}.{place}": one for name, cells in lists.items() for place, one in enumerate(cells)}, **single}
    held = changes if like_for_like else {name: (Cell(now.value), Cell(before.value)) for name, (now, before) in changes.items()}
    told: dict[str, Any] = {name: tuple(one.value for one in cells) for name, cells in lists.items()}
    told |= {name: one.value for name, one in single.items()}
    told |= {name: relative(*pair) for name, pair in held.items()}
    told |= {f"{name}_difference": difference(*pair) for name, pair in held.items()}
    return SixTwelve(
        week_ending=of.ending,
        weeks=tuple(pair.now.last for pair in of.weeks),
        months=tuple(pair.now.first for pair in of.months),
        incomplete=tuple(name for name, one in places.items() if one.value is not None and not one.final),
        **told,
    )


def difference(now: Cell, before: Cell) -> float | None:
    """How far a value moved; None unless both are known and final."""
    if now.value is None or before.value is None or not (now.final and before.final):
        return None
    return now.value - before.value


def relative(now: Cell, before: Cell) -> float | None:
    """The same as a share of the size of the earlier value; None where that is 0."""
    moved = difference(now, before)
    return None if moved is None or not before.value else moved / abs(before.value)


def _to_date(first: date, ending: date) -> Pair:
    span = Span(first, ending)
    return Pair(span, span.year_before())
