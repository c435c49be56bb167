"""Periods as people write them, and what makes two of them comparable."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from data.errors import Problem
from metrics.calendar import Calendar
from metrics.insight.why import spans
from metrics.insight.why.spans import Span

PARIS = ZoneInfo("Europe/Paris")
CALENDAR = Calendar(PARIS)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q3", "2026-07-01", "2026-10-01"),
        ("2026-09", "2026-09-01", "2026-10-01"),
        ("2026-W36", "2026-08-31", "2026-09-07"),
        ("2026-09-14", "2026-09-14", "2026-09-15"),
        ("2026-09-01..2026-09-15", "2026-09-01", "2026-09-15"),
    ],
)
def test_a_period_is_read_in_each_of_its_forms(text: str, since: str, until: str) -> None:
    found = spans.read(text, CALENDAR)

    assert (str(found.since), str(found.until), found.name) == (since, until, text)


def test_quarters_and_weeks_are_those_of_the_company() -> None:
    fiscal = Calendar(PARIS, "sunday", 4)

    assert spans.read("2026-Q1", fiscal).since == date(2026, 4, 1)
    assert spans.read("2026", fiscal).until == date(2027, 4, 1)
    assert spans.read("2026-W36", fiscal).since == date(2026, 8, 30)


@pytest.mark.parametrize("text", ["September", "2026-13", "2026-W54", "2026-09-31", "2026-09-15..2026-09-01", "2026-09..2026-10", "x..y"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="period"):
        spans.read(text, CALENDAR)


def test_an_unfinished_period_is_compared_with_as_many_days() -> None:
    september, october = spans.read("2026-09", CALENDAR), spans.read("2026-10", CALENDAR)
    now, then = spans.like_for_like(october, september, datetime(2026, 10, 12, 14, tzinfo=UTC), PARIS)

    assert (now.until, then.until) == (date(2026, 10, 12), date(2026, 9, 12))
    assert (now.days, then.days) == (11, 11)


def test_finished_periods_stay_whole() -> None:
    february, march = spans.read("2026-02", CALENDAR), spans.read("2026-03", CALENDAR)

    assert spans.like_for_like(march, february, datetime(2026, 10, 12, tzinfo=UTC), PARIS) == (march, february)


def test_the_shorter_month_before_is_not_left() -> None:
    february, march = spans.read("2026-02", CALENDAR), spans.read("2026-03", CALENDAR)
    now, then = spans.like_for_like(march, february, datetime(2026, 3, 30, 12, tzinfo=UTC), PARIS)

    assert (now.days, then) == (29, february)


@pytest.mark.parametrize("until", [None, datetime(2026, 9, 1, 8, tzinfo=UTC)])
def test_a_period_of_which_nothing_is_loaded_is_refused(until: datetime | None) -> None:
    september, august = spans.read("2026-09", CALENDAR), spans.read("2026-08", CALENDAR)
    with pytest.raises(Problem, match="loaded"):
        spans.like_for_like(september, august, until, PARIS)


def test_before_a_month_lies_the_month_before() -> None:
    assert spans.before(spans.read("2026-03", CALENDAR), CALENDAR) == Span(date(2026, 2, 1), date(2026, 3, 1))
    assert spans.before(spans.read("2026-03-10..2026-03-20", CALENDAR), CALENDAR) == Span(date(2026, 2, 28), date(2026, 3, 10))


def test_a_range_is_compared_as_its_page_compares_it() -> None:
    range_ = Span(date(2026, 11, 1), date(2026, 11, 29))

    assert spans.compared_with(range_, "previous", CALENDAR) == Span(date(2026, 10, 4), date(2026, 11, 1))
    assert spans.compared_with(range_, "year", CALENDAR) == Span(date(2025, 11, 1), date(2025, 11, 29))
