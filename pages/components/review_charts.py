"""The two charts of a 6-12: six weeks and twelve months, last year behind as a paler line, each held against its target."""

from __future__ import annotations

from datetime import date, timedelta

from metrics.insight.review import model as review_model
from metrics.insight.review.model import Review
from pages.components import format as fmt
from pages.components import review_words as words
from pages.components.chart_model import Chart, Period, Series
from pages.components.i18n import _


def weeks(review: Review, told: review_model.Chart) -> Chart:
    """The last six weeks, named by the day that they end on."""
    values = told.values
    axis = tuple(
        _period(values.incomplete, "six_weeks", place, (end - timedelta(days=6)).isoformat(), fmt.day(end, year=False), _ending(end))
        for place, end in enumerate(values.weeks)
    )
    return _chart(review, told, _("Six weeks"), "week", axis, values.six_weeks, values.six_weeks_prior_year, told.weeks_target)


def months(review: Review, told: review_model.Chart) -> Chart:
    """The twelve months."""
    values = told.values
    axis = tuple(
        _period(values.incomplete, "twelve_months", place, first.isoformat(), fmt.month(first), fmt.period(first, "month", long=True))
        for place, first in enumerate(values.months)
    )
    now, before = values.twelve_months, values.twelve_months_prior_year
    return _chart(review, told, _("Twelve months"), "month", axis, now, before, told.months_target)


def _period(incomplete: tuple[str, ...], name: str, place: int, key: str, short: str, long: str) -> Period:
    final = f"{name}.{place}" not in incomplete
    return Period(key, short, long, final, "" if final else _("not complete"))


def _ending(end: date) -> str:
    return _("Week ending {day}").format(day=fmt.day(end))


def _chart(
    review: Review,
    told: review_model.Chart,
    title: str,
    grain: str,
    axis: tuple[Period, ...],
    now: tuple[float | None, ...],
    before: tuple[float | None, ...],
    target: float | None,
) -> Chart:
    lines = [Series(_("This year"), now)]
    if any(value is not None for value in before):
        lines.append(Series(_("Year before"), before, "previous"))
    number = told.number
    return Chart(
        title=_("{metric}, {span}").format(metric=words.label(number), span=title.lower()),
        kind="line",
        periods=axis,
        series=tuple(lines),
        format=number.format,
        currency=review.currency,
        grain=grain,
        metric=number.metric,
        target=target,
    )
