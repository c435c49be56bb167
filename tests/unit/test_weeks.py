"""The stretches of a 6-12 and what follows from their values, by the rules of Amazon's weekly business review.

The rules are those of the open-source "Working Backwards" WBR app (github.com/working-backwards/wbr-app, docs/user_manual.md and
src/wbr_utility.py): a week is the seven days up to week ending, the last week of the year before ends 364 days earlier, only months
that are over are shown, and to-date figures compare the same calendar dates. Every expected date here was counted on a calendar.
"""

from datetime import date, timedelta

import pytest

from metrics.insight.review.weeks import Cell, Span, axis, six_twelve


def spans(pairs):
    return [
        (one.now.first.isoformat(), one.now.last.isoformat(), one.before.first.isoformat(), one.before.last.isoformat()) for one in pairs
    ]


def test_weeks_end_on_the_day_asked_and_lie_364_days_back():
    weeks = spans(axis(date(2021, 9, 25)).weeks)  # a Saturday: the WBR app's own sample

    assert weeks[0] == ("2021-08-15", "2021-08-21", "2020-08-16", "2020-08-22")
    assert weeks[-1] == ("2021-09-19", "2021-09-25", "2020-09-20", "2020-09-26")
    assert len(weeks) == 6
    assert all(date.fromisoformat(was).weekday() == 5 for *_, was in weeks)


def test_only_months_that_are_over_are_shown():
    before = spans(axis(date(2021, 9, 25)).months)
    at_the_end = spans(axis(date(2021, 9, 30)).months)

    assert before[0] == ("2020-09-01", "2020-09-30", "2019-09-01", "2019-09-30")
    assert before[-1] == ("2021-08-01", "2021-08-31", "2020-08-01", "2020-08-31")
    assert at_the_end[-1] == ("2021-09-01", "2021-09-30", "2020-09-01", "2020-09-30")


def test_february_is_held_against_the_whole_february_and_the_28th_against_the_28th():
    after_leap = axis(date(2025, 2, 28))
    on_leap_day = axis(date(2024, 2, 29))

    assert spans(after_leap.months)[-1] == ("2025-02-01", "2025-02-28", "2024-02-01", "2024-02-29")
    assert spans([after_leap.mtd]) == [("2025-02-01", "2025-02-28", "2024-02-01", "2024-02-28")]
    assert spans([on_leap_day.mtd]) == [("2024-02-01", "2024-02-29", "2023-02-01", "2023-02-28")]
    assert spans(on_leap_day.weeks)[-1] == ("2024-02-23", "2024-02-29", "2023-02-24", "2023-03-02")


@pytest.mark.parametrize(
    ("fiscal_start", "quarter", "year"),
    [(1, "2026-10-01", "2026-01-01"), (2, "2026-11-01", "2026-02-01"), (7, "2026-10-01", "2026-07-01"), (12, "2026-09-01", "2025-12-01")],
)
def test_quarter_and_year_follow_the_fiscal_year(fiscal_start, quarter, year):
    found = axis(date(2026, 11, 22), fiscal_start=fiscal_start)

    assert (found.qtd.now.first.isoformat(), found.ytd.now.first.isoformat()) == (quarter, year)
    assert found.qtd.now.last == found.ytd.now.last == date(2026, 11, 22)
    assert found.ytd.before.last == date(2025, 11, 22)


def test_the_months_of_a_fiscal_year_keep_those_to_come_with_last_year_behind():
    found = axis(date(2021, 9, 25), fiscal_start=1, months="fiscal")
    values = six_twelve(found, lambda span: Cell(float(span.first.month + 100 * (span.first.year - 2020))))

    assert [day.isoformat() for day in values.months][:2] == ["2021-01-01", "2021-02-01"]
    assert values.twelve_months == (101, 102, 103, 104, 105, 106, 107, 108, None, None, None, None)
    assert values.twelve_months_prior_year == (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)


def test_changes_are_fractions_of_the_earlier_value_and_null_where_there_is_none():
    ending = date(2026, 11, 22)
    told = {ending: 120.0, ending - timedelta(days=7): 100.0, ending - timedelta(days=364): 0.0}
    values = six_twelve(axis(ending), lambda span: Cell(told.get(span.last)) if (span.last - span.first).days == 6 else Cell(None))

    assert values.wow == pytest.approx(0.2)
    assert values.wow_difference == 20
    assert (values.yoy, values.yoy_difference) == (None, 120)
    assert (values.mtd, values.mtd_yoy, values.mtd_yoy_difference) == (None, None, None)


def test_of_a_loss_a_change_is_a_share_of_its_size():
    ending = date(2026, 11, 22)
    values = six_twelve(axis(ending), lambda span: Cell(-150.0 if span.last == ending else -100.0))

    assert values.wow == pytest.approx(-0.5)


def test_what_is_not_final_is_shown_named_and_not_compared():
    ending = date(2026, 11, 22)
    values = six_twelve(axis(ending), lambda span: Cell(5.0, final=span.first >= date(2026, 1, 1)))
    anyway = six_twelve(axis(ending), lambda span: Cell(5.0, final=span.first >= date(2026, 1, 1)), like_for_like=False)

    assert (values.yoy, values.ytd_prior_year, values.ytd_yoy) == (None, 5.0, None)
    assert {"six_weeks_prior_year.5", "ytd_prior_year", "twelve_months.0"} <= set(values.incomplete)
    assert "six_weeks.5" not in values.incomplete
    assert anyway.yoy == 0


@pytest.mark.parametrize("weekday", range(7))
def test_a_week_may_end_on_any_weekday(weekday):
    ending = date(2026, 11, 16) + timedelta(days=weekday)
    found = axis(ending)

    days = [span.now.first + timedelta(days=ahead) for span in found.weeks for ahead in range(7)]
    assert days == [ending - timedelta(days=41 - ago) for ago in range(42)]
    assert all(span.last <= ending for span in found.spans())
    assert Span(ending - timedelta(days=6), ending) in set(found.spans())
