"""The filter bar's choices as ranges and conditions."""

from datetime import date

import pytest

from pages.components.filters import Filters, automatic_grain, conditions, range_of

NEWEST = date(2026, 11, 23)


def test_a_preset_ends_with_the_newest_day_and_has_its_length():
    assert range_of("7d", NEWEST) == (date(2026, 11, 17), date(2026, 11, 24))
    assert range_of("28d", NEWEST) == (date(2026, 10, 27), date(2026, 11, 24))
    assert range_of("12m", NEWEST) == (date(2025, 11, 24), date(2026, 11, 24))


def test_picked_days_are_both_included():
    picked = (date(2026, 3, 1), date(2026, 3, 31))

    assert range_of("custom", NEWEST, picked) == (date(2026, 3, 1), date(2026, 4, 1))
    assert range_of("custom", NEWEST, (date(2026, 3, 1),)) == (date(2026, 3, 1), date(2026, 3, 2))
    assert range_of("custom", NEWEST) == range_of("28d", NEWEST)


@pytest.mark.parametrize(("days", "grain"), [(7, "day"), (28, "day"), (90, "week"), (365, "month"), (2000, "quarter")])
def test_the_grain_follows_the_length(days, grain):
    assert automatic_grain(days) == grain


def test_members_become_one_condition_and_cannot_break_out_of_it():
    assert conditions({"account.plan": ("pro", "basic"), "account.region": ("EU",)}) == (
        "account.plan IN ('pro', 'basic') AND account.region IN ('EU')"
    )
    assert conditions({"account.plan": ("it's",)}) == "account.plan IN ('it''s')"
    assert conditions({"account.plan": ("(none)",)}) == "account.plan IS NULL"
    assert conditions({"account.plan": ("pro", "(none)")}) == "(account.plan IN ('pro') OR account.plan IS NULL)"
    assert conditions({"account.plan": ()}) is None
    assert conditions({}) is None


def test_no_comparison_is_none_for_the_layer():
    assert Filters(NEWEST, NEWEST, comparison="none").compare is None
    assert Filters(NEWEST, NEWEST, comparison="year").compare == "year"
