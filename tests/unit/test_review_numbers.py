"""The numbers of a review are what the planted rows say, counted here day by day in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from data import workspace as workspaces
from data.errors import Problem
from metrics.insight.review import review
from metrics.insight.review.model import Chart, Number, Review
from metrics.insight.review.templates import shelf
from metrics.layer import Layer
from tests import warehouse
from tests.company import Company

FIRST, LAST = date(2023, 1, 1), date(2026, 6, 14)
DAYS = [FIRST + timedelta(days=ahead) for ahead in range((LAST - FIRST).days + 1)]
ORDERS = {day: 20 + (day.toordinal() * 7919) % 83 for day in DAYS}
VISITS = {day: 500 + (day.toordinal() * 104729) % 457 for day in DAYS}
#: Local times around the night when clocks go forward, of a Sunday and of a Monday.
TICKETS = ["2026-03-22T23:59", "2026-03-23T00:00", "2026-03-29T00:10", "2026-03-29T23:50", "2026-03-30T00:00"]
TEMPLATES = """
weeks: {cadence: week, sections: [{kind: six_twelve, metrics: [orders, cvr, tickets]}, {kind: numbers, metrics: [orders, cvr]}]}
months: {cadence: month, months: fiscal, sections: [{kind: six_twelve, metrics: [orders]}, {kind: numbers, metrics: [orders, cvr]}]}
quarters: {cadence: quarter, sections: [{kind: numbers, metrics: [orders]}]}
empty:
  cadence: week
  sections: [{kind: numbers, metrics: [mrr, orders]}, {kind: exceptions, metrics: [orders]}, {kind: drivers, metrics: [mrr]}]
after: {cadence: release, sections: [{kind: numbers, metrics: [orders]}, {kind: releases}]}
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    daily = {"orders": ORDERS, "visits": VISITS}
    company = Company(
        tables={
            "number": [{"name": name, "day": day, "value": value} for name, told in daily.items() for day, value in told.items()],
            "ticket": [{"ticket_id": f"t{n}", "account_id": "a1", "created_at": when} for n, when in enumerate(TICKETS)],
            "account": [{"account_id": "a1"}],
            "release": [
                {"release_id": "r1", "name": "Old", "planned_at": "2026-03-01", "released_at": "2026-03-02"},
                {"release_id": "r2", "name": "New editor", "planned_at": "2026-05-20", "released_at": "2026-05-18"},
                {"release_id": "r3", "name": "Fresh", "planned_at": "2026-06-12", "released_at": "2026-06-12"},
            ],
        },
        loaded_until="2026-06-15",
        loaded_since="2023-01-01",
        timezone="Europe/Paris",
        metrics={
            "orders": {
                "sum": "value",
                "in": "numbers",
                "where": "name = 'orders'",
                "good": "up",
                "targets": {"2026": 25_000, "2026-W24": 400},
            },
            "visits": {"sum": "value", "in": "numbers", "where": "name = 'visits'", "good": "up"},
            "cvr": {"ratio": "orders", "to": "visits", "format": "percent", "good": "up"},
            "tickets": {"count": "*", "in": "tickets", "good": "down"},
        },
    )
    root = warehouse.build(company, tmp_path_factory.mktemp("review"))
    (root / "reviews").mkdir()
    (root / "reviews" / "own.yml").write_text(TEMPLATES)
    return Layer(workspaces.load(root))


def made(layer: Layer, template: str, *, fiscal_start: int = 1, **asked: object) -> Review:
    company = replace(layer.workspace.company, fiscal_year_start=fiscal_start)
    there = Layer(replace(layer.workspace, company=company), layer.reader)
    found = shelf(there.workspace, there.metrics)
    assert found.problems == ()
    return review(there, found.named(template), **asked)  # type: ignore[arg-type]


def chart(of: Review, name: str) -> Chart:
    return next(one for section in of.sections for one in section.charts if one.number.metric == name)


def number(of: Review, name: str) -> Number:
    return next(one for section in of.sections for one in section.numbers if one.metric == name)


def added(told: dict[date, int], days: Iterator[date]) -> int:
    return sum(told[day] for day in days)


def of_month(year: int, month: int, up_to: int = 31) -> Iterator[date]:
    return (day for day in DAYS if (day.year, day.month) == (year, month) and day.day <= up_to)


@pytest.mark.parametrize("ending", [date(2026, 5, 31), date(2026, 5, 30), date(2026, 3, 4), date(2025, 2, 28), date(2024, 2, 29)])
def test_weeks_and_months_are_what_the_days_add_up_to(layer: Layer, ending: date) -> None:
    found = made(layer, "weeks", week_ending=ending)
    orders, ratio = chart(found, "orders").values, chart(found, "cvr").values

    for ago in range(6):
        week = [ending - timedelta(days=7 * ago + back) for back in range(7)]
        year = [day - timedelta(days=364) for day in week]
        assert orders.six_weeks[5 - ago] == added(ORDERS, iter(week))
        assert orders.six_weeks_prior_year[5 - ago] == added(ORDERS, iter(year))
        assert ratio.six_weeks[5 - ago] == pytest.approx(added(ORDERS, iter(week)) / added(VISITS, iter(week)))
    over = [
        (year, month)
        for year in range(2023, 2027)
        for month in range(1, 13)
        if (date(year + month // 12, month % 12 + 1, 1)) <= ending + timedelta(days=1)
    ]
    assert orders.twelve_months == tuple(added(ORDERS, of_month(*one)) for one in over[-12:])
    earlier = [(year - 1, month) for year, month in over[-12:]]
    assert orders.twelve_months_prior_year == tuple(added(ORDERS, of_month(*one)) if one >= (2023, 1) else None for one in earlier)
    before = min(ending.day, 28 if ending.month == 2 and ending.year == 2024 else 31)
    assert orders.mtd == added(ORDERS, of_month(ending.year, ending.month, ending.day))
    assert orders.mtd_prior_year == added(ORDERS, of_month(ending.year - 1, ending.month, before))
    assert orders.mtd_yoy == pytest.approx(orders.mtd / orders.mtd_prior_year - 1)  # type: ignore[operator]


@pytest.mark.parametrize("fiscal_start", [1, 2, 4, 10])
def test_quarter_and_year_to_date_follow_the_fiscal_year(layer: Layer, fiscal_start: int) -> None:
    ending = date(2026, 5, 20)
    values = chart(made(layer, "weeks", week_ending=ending, fiscal_start=fiscal_start), "orders").values

    def fiscal(day: date) -> tuple[int, int]:
        """The year that the fiscal year of a day begins in, and the number of its quarter."""
        return day.year - (day.month < fiscal_start), (day.month - fiscal_start) % 12 // 3

    year, quarter = fiscal(ending)
    this = [day for day in DAYS if day <= ending and fiscal(day)[0] == year]
    last = [day for day in DAYS if day <= date(2025, 5, 20) and fiscal(day)[0] == year - 1]
    assert values.ytd == added(ORDERS, iter(this))
    assert values.ytd_prior_year == added(ORDERS, iter(last))
    assert values.qtd == added(ORDERS, (day for day in this if fiscal(day)[1] == quarter))
    assert values.qtd_prior_year == added(ORDERS, (day for day in last if fiscal(day)[1] == quarter))


def test_a_month_is_held_against_the_month_before_and_the_same_of_last_year(layer: Layer) -> None:
    found = made(layer, "months", month="2026-04", fiscal_start=2)
    orders = number(found, "orders")

    april, march, year = (added(ORDERS, of_month(*one)) for one in ((2026, 4), (2026, 3), (2025, 4)))
    assert (orders.value, orders.previous, orders.prior_year) == (april, march, year)
    assert orders.change == pytest.approx(april / march - 1)
    assert orders.yoy_difference == april - year
    shown = chart(found, "orders").values
    assert [day.month for day in shown.months] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1]
    assert shown.twelve_months[:3] == (added(ORDERS, of_month(2026, 2)), march, april)
    assert shown.twelve_months[3:] == (None,) * 9
    assert shown.twelve_months_prior_year[3] == added(ORDERS, of_month(2025, 5))


def test_a_day_of_23_hours_is_one_day(layer: Layer) -> None:
    tickets = chart(made(layer, "weeks", week_ending=date(2026, 3, 29)), "tickets").values

    assert tickets.six_weeks[-2:] == (1, 3)


def test_a_quarter_that_is_not_over_says_so_and_is_not_compared(layer: Layer) -> None:
    found = number(made(layer, "quarters", month="2026-06"), "orders")
    latest = number(made(layer, "quarters"), "orders")

    assert (found.status, found.value, found.change) == (
        "unfinished",
        added(ORDERS, (day for day in DAYS if day >= date(2026, 4, 1))),
        None,
    )
    assert latest.status == "complete"
    assert latest.value == sum(added(ORDERS, of_month(2026, month)) for month in (1, 2, 3))


def test_before_anything_was_loaded_there_is_nothing_and_no_change(layer: Layer) -> None:
    values = chart(made(layer, "weeks", week_ending=date(2023, 6, 4)), "orders").values

    assert values.six_weeks_prior_year == (None,) * 6
    assert (values.yoy, values.mtd_yoy, values.ytd_prior_year) == (None, None, None)
    assert values.wow is not None


def test_a_week_of_which_nothing_is_loaded_is_late_and_not_calm(layer: Layer) -> None:
    (number,) = (one for one in made(layer, "empty", week_ending=LAST + timedelta(days=7)).sections[0].numbers if one.metric == "orders")
    exceptions = made(layer, "empty", week_ending=LAST + timedelta(days=7)).sections[1].exceptions

    assert number.value is None
    assert [one.facts["loaded_until"][:10] for one in exceptions if one.rule == "stale"] == ["2026-06-15"]


def test_a_comparison_with_a_stretch_that_is_loaded_in_part_is_left_out(layer: Layer) -> None:
    values = chart(made(layer, "weeks", week_ending=date(2024, 1, 6)), "orders").values  # the week before began in 2022

    assert values.six_weeks_prior_year[-1] == added(ORDERS, (day for day in DAYS if day <= date(2023, 1, 7)))
    assert values.six_weeks_prior_year[-2] is None
    later = chart(made(layer, "weeks", week_ending=date(2024, 1, 3)), "orders").values  # 29 December 2022 to 4 January 2023
    assert later.six_weeks_prior_year[-1] == added(ORDERS, (day for day in DAYS if day <= date(2023, 1, 4)))
    assert later.yoy is None
    assert "six_weeks_prior_year.5" in later.incomplete


def test_targets_are_held_against_what_came_together_and_marked_where_they_fit(layer: Layer) -> None:
    found = made(layer, "weeks", week_ending=date(2026, 6, 14))
    aim = chart(found, "orders").number.aim

    assert aim is not None
    week = added(ORDERS, (day for day in DAYS if date(2026, 6, 8) <= day <= date(2026, 6, 14)))
    assert (aim.value, aim.due) == (400, date(2026, 6, 14))
    assert aim.status == ("on" if week >= 400 else "risk" if week >= 380 else "off")
    assert (chart(found, "orders").weeks_target, chart(found, "orders").months_target) == (400, None)


def test_what_has_no_data_at_all_is_named_and_left_out(layer: Layer) -> None:
    (section, _exceptions, drivers) = made(layer, "empty").sections

    assert section.left_out == drivers.left_out == ("mrr",)
    assert drivers.drivers == ()
    assert [one.metric for one in section.numbers] == ["orders"]


def test_a_launch_holds_the_days_since_against_as_many_before(layer: Layer) -> None:
    found = made(layer, "after")  # the newest that was out for a week
    orders = number(found, "orders")

    assert (found.release, found.first, found.last) == ("New editor", date(2026, 5, 18), date(2026, 6, 14))
    assert orders.value == added(ORDERS, (day for day in DAYS if day >= date(2026, 5, 18)))
    assert orders.previous == added(ORDERS, (day for day in DAYS if date(2026, 4, 20) <= day <= date(2026, 5, 17)))
    assert [(one.name, one.days_late) for one in found.sections[1].releases] == [("New editor", -2)]
    assert made(layer, "after", release="old", week_ending=date(2026, 3, 5)).last == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("template", "asked", "said"),
    [
        ("weeks", {"month": "2026-04"}, "held by the week"),
        ("months", {"month": "April"}, "is no month"),
        ("weeks", {"release": "Old"}, "not after a release"),
        ("weeks", {"week_ending": date(9000, 1, 6)}, "the days 8999-12-31 to 9000-01-06 are still to come. Name days from 2023-01-01 to"),
        ("months", {"month": "2022-12"}, "are before the first that is loaded"),
        ("after", {"release": "New edtor"}, "Did you mean New editor"),
        ("weekly_one", {}, "there is no review"),
    ],
)
def test_what_cannot_be_made_says_why(layer: Layer, template: str, asked: dict[str, object], said: str) -> None:
    with pytest.raises(Problem) as refused:
        made(layer, template, **asked)

    assert said in str(refused.value)
