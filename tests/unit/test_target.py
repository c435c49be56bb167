"""Which target is in force, and whether a value is on it."""

from datetime import date

import pytest

from metrics.target import Pace, Target, coming, elapsed, in_force, judge, on_pace, pace

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


@pytest.mark.parametrize(
    ("day", "periods"),
    [
        (date(2026, 11, 23), ["2026", "2026-Q4", "2027-Q1", "2026-11", "2026-12", "2027"]),
        (date(2026, 1, 31), ["2026", "2026-Q1", "2026-Q2", "2026-01", "2026-02", "2027"]),
    ],
)
def test_a_target_may_be_set_for_this_period_and_the_next(day, periods):
    assert coming(day) == periods


#: 100 by the end of 2026, a year of 365 days.
YEAR = Target(100, date(2026, 1, 1), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("value", "before", "good", "due", "behind"),
    [
        (85, 60, "up", 80, -5),  # half-way from 60 to 100
        (75, 60, "up", 80, 5),
        (98, 104, "up", 100, 2),  # what was beyond its target has to stay there
        (130, 160, "down", 130, 0),  # half-way down from 160
        (140, 160, "down", 130, 10),
        (101, 90, "down", 100, 1),
    ],
)
def test_a_level_is_held_against_the_line_from_where_it_was_to_its_target(value, before, good, due, behind):
    assert pace(value, before, YEAR, 0.5, good, adds_up=False) == Pace(due, behind)


@pytest.mark.parametrize(("value", "good", "behind"), [(25, "up", 0), (20, "up", 5), (40, "up", -15), (40, "down", 15)])
def test_what_adds_up_is_held_against_the_part_of_the_period_that_is_over(value, good, behind):
    assert pace(value, None, YEAR, 0.25, good, adds_up=True) == Pace(25, behind)


def test_nothing_is_said_of_a_pace_without_a_value_a_beginning_or_a_direction():
    assert pace(None, 1, YEAR, 0.5, "up", adds_up=False) is None
    assert pace(1, None, YEAR, 0.5, "up", adds_up=False) is None
    assert pace(1, 1, YEAR, 0.5, "neutral", adds_up=True) is None


def test_a_miss_of_up_to_five_percent_of_the_target_is_at_risk():
    assert [on_pace(Pace(80, behind), YEAR) for behind in (-1, 0, 5, 6)] == ["on", "on", "risk", "off"]


def test_how_much_of_a_period_is_over():
    assert elapsed(YEAR, 73) == 0.2
    assert (elapsed(YEAR, -5), elapsed(YEAR, 400)) == (0, 1)
    assert YEAR.last_day == date(2026, 12, 31)
