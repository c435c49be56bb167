"""Which target is in force, and whether a value is on it."""

from datetime import date

import pytest

from pages.components.target import in_force, judge

TARGETS = {"2026": 100, "2026-Q4": 120, "2026-11": 130, "2026-W47": 140, "2026-11-23": 150}


@pytest.mark.parametrize(
    ("day", "target"),
    [
        (date(2026, 11, 23), 150),
        (date(2026, 11, 22), 140),  # the Sunday of week 47
        (date(2026, 11, 2), 130),
        (date(2026, 12, 1), 120),
        (date(2026, 9, 30), 100),
        (date(2027, 1, 1), None),
    ],
)
def test_the_shortest_period_that_holds_the_day_wins(day, target):
    found = in_force(TARGETS, day)

    assert (found.value if found else None) == target


def test_what_is_no_period_is_no_target():
    assert in_force({"soon": 5}, date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("value", "good", "status"),
    [
        (100, "up", "on"),
        (99, "up", "risk"),
        (95, "up", "risk"),
        (94, "up", "off"),
        (100, "down", "on"),
        (105, "down", "risk"),
        (106, "down", "off"),
    ],
)
def test_a_miss_of_up_to_five_percent_is_at_risk(value, good, status):
    assert judge(value, 100, good) == status


def test_there_is_nothing_to_judge_without_a_value_a_target_or_a_direction():
    assert judge(None, 100, "up") is None
    assert judge(1, None, "up") is None
    assert judge(1, 100, "neutral") is None
