"""What the last value of a series says: a signal, its usual variation, or that nobody can tell, on series whose making is written here."""

from __future__ import annotations

import math
import random

import pytest

from metrics.insight.signal import shift, verdict
from metrics.insight.signal.verdict import Asked


def noise(count, spread=10.0, level=500.0, seed=1):
    drawn = random.Random(seed)
    return [level + spread * drawn.gauss(0, 1) for _ in range(count)]


def test_a_level_that_holds_is_usual_and_its_range_is_the_charts():
    values = noise(80)
    told = verdict.judge(values)

    before = values[:72]
    ranges = [abs(one - was) for one, was in zip(before[1:], before, strict=False)]
    center, width = sum(before) / 72, 2.660 * sum(ranges) / 71
    assert (told.verdict, told.reason) == ("usual", "within")
    assert (told.lower, told.upper) == pytest.approx((center - width, center + width))


def test_a_value_outside_its_limits_is_a_signal():
    told = verdict.judge([*noise(79), 560.0])

    assert (told.verdict, told.reason, told.direction, told.since, told.periods) == ("signal", "outside", 1, 79, 1)


def test_a_lasting_shift_is_dated_and_does_not_widen_its_own_limits():
    values = noise(90)
    shifted = values[:84] + [value - 30 for value in values[84:]]
    told, before = verdict.judge(shifted), verdict.judge(values[:84])

    assert (told.verdict, told.reason, told.direction, told.since, told.periods) == ("signal", "shift", -1, 84, 6)
    assert told.size == pytest.approx(-30, abs=10)
    assert told.upper - told.lower == pytest.approx(before.upper - before.lower, rel=0.1)


def test_eight_weeks_above_the_mean_are_a_run_and_its_length_goes_on_growing():
    values = noise(90)
    for weeks in (8, 11, 14):
        told = verdict.judge([value + 40 * (place >= 90 - weeks) for place, value in enumerate(values)])
        assert (told.verdict, told.reason, told.since, told.periods) == ("signal", "run", 90 - weeks, weeks)


def test_a_shift_that_has_stood_for_long_is_the_new_level():
    values = noise(100)
    told = verdict.judge([value + 40 * (place >= 60) for place, value in enumerate(values)])

    assert told.verdict == "usual"
    assert told.level == pytest.approx(540, abs=5)
    assert told.places[30].expected == pytest.approx(500, abs=5)


def test_what_is_over_is_no_news():
    values = noise(80)
    values[76], values[77], values[78] = 540.0, 545.0, 540.0

    assert verdict.judge(values[:79]).verdict == "signal"
    assert verdict.judge([*values[:79], 500.0]).verdict == "usual"


def test_a_growing_series_is_judged_around_its_trend():
    values = [value + 3 * place for place, value in enumerate(noise(100))]
    told = verdict.judge(values)

    assert told.verdict == "usual"
    assert told.steady.terms.trend
    assert told.places[-1].expected == pytest.approx(500 + 3 * 99, abs=12)
    assert verdict.judge([*values[:-1], values[-1] + 60]).verdict == "signal"


def wave(place):
    return 80 * math.sin(2 * math.pi * place / 52.18)


def test_a_yearly_rhythm_is_taken_out_only_where_there_is_one():
    flat, seasonal = noise(104), [value + wave(place) for place, value in enumerate(noise(104))]

    assert verdict.judge(flat).steady.terms.waves == 0
    told = verdict.judge(seasonal)
    assert told.steady.terms.waves > 0
    assert told.steady.sigma == pytest.approx(10, rel=0.25)
    assert verdict.judge([*seasonal[:-1], seasonal[-1] + 60]).reason == "outside"


def test_the_same_weeks_of_the_year_before_are_used_where_their_shape_repeats():
    drawn = random.Random(8)
    shape = [drawn.uniform(0, 400) for _ in range(52)]
    values = [value + shape[place % 52] for place, value in enumerate(noise(112))]
    told = verdict.judge(values)

    assert told.steady.behind == 52
    assert told.verdict == "usual"
    assert told.places[-1].expected == pytest.approx(500 + shape[111 % 52], abs=25)


def test_weekdays_are_a_rhythm_of_days():
    values = [value - 200 * (place % 7 >= 5) for place, value in enumerate(noise(120))]
    told = verdict.judge(values, Asked("day"))

    assert told.verdict == "usual"
    assert told.places[-1].expected == pytest.approx(500 - 200 * (119 % 7 >= 5), abs=8)


def test_a_value_that_carries_over_is_judged_by_its_changes():
    drawn = random.Random(3)
    level, values = 10_000.0, []
    for _ in range(100):
        level += 50 + 20 * drawn.gauss(0, 1)
        values.append(level)
    told = verdict.judge(values, Asked(stock=True))

    assert told.verdict == "usual"
    assert told.steady.changes
    assert told.places[-1].expected == pytest.approx(values[-2] + 50, abs=8)
    fallen = verdict.judge([*values[:-1], values[-2] - 100], Asked(stock=True))
    assert (fallen.verdict, fallen.direction) == ("signal", -1)


def test_a_memory_is_found_and_leaves_errors_without_one():
    drawn = random.Random(5)
    value, values = 0.0, []
    for _ in range(104):
        value = 0.6 * value + drawn.gauss(0, 1)
        values.append(100 + value)
    told = verdict.judge(values)

    assert sum(told.steady.memory) == pytest.approx(0.6, abs=0.2)
    errors = [error for error in told.steady.errors if error is not None]
    mean = sum(errors) / len(errors)
    lagged = sum((one - mean) * (was - mean) for one, was in zip(errors[1:], errors, strict=False))
    assert abs(lagged / sum((one - mean) ** 2 for one in errors)) < 0.2


def test_below_the_floor_it_is_no_signal_and_the_verdict_says_by_how_much():
    values = [*noise(79, spread=1.0), 504.0]
    told = verdict.judge(values, Asked(materiality=0.02))

    assert (told.verdict, told.reason, told.rule) == ("usual", "immaterial", "outside")
    assert told.numbers["moved"] < told.numbers["floor"] == pytest.approx(10, abs=0.1)
    assert verdict.judge(values, Asked(materiality=0.005)).verdict == "signal"


def test_too_little_behind_a_value_is_said_and_such_periods_make_no_limits():
    values, sizes = noise(60), [50.0] * 60
    values[20], sizes[20] = 900.0, 2.0
    told = verdict.judge(values, Asked(minimum_n=10, sizes=sizes))

    assert told.verdict == "usual"
    assert told.upper < 550
    small = verdict.judge(values, Asked(minimum_n=10, sizes=[*sizes[:-1], 4.0]))
    assert (small.verdict, small.reason, small.numbers) == ("cannot_tell", "small_n", {"found": 4.0, "needed": 10})


@pytest.mark.parametrize(
    ("values", "asked", "reason"),
    [
        (noise(19), Asked(), "too_few"),
        ([], Asked(), "no_value"),
        ([*noise(60), None], Asked(), "no_value"),
        ([7.0] * 60, Asked(), "no_variation"),
        ([float(place % 3) for place in range(60)], Asked(counts=True), "small_count"),
        ([None] * 60 + noise(10), Asked(stock=True), "too_few"),
    ],
)
def test_it_says_why_it_cannot_tell(values, asked, reason):
    told = verdict.judge(values, asked)

    assert (told.verdict, told.reason) == ("cannot_tell", reason)
    assert len(told.places) == len(values)


def test_gaps_are_gaps():
    values = noise(80)
    holes = [None if place % 9 == 4 else value for place, value in enumerate(values)]
    told = verdict.judge(holes)

    assert told.verdict == "usual"
    assert told.lower == pytest.approx(verdict.judge(values).lower, rel=0.02)
    assert verdict.judge([*holes[:-1], 580.0]).reason == "outside"


def test_what_cannot_be_negative_has_no_limit_below_zero():
    drawn = random.Random(2)
    told = verdict.judge([abs(drawn.gauss(0, 1)) + 0.5 for _ in range(60)])

    assert told.lower == 0.0


def test_students_t_becomes_a_normal_of_the_same_probability():
    # two-sided 5 % and 0.27 % points of t, from any table; 1.96 and 3.00 for the normal
    for freedom, five, rare in ((10, 2.228, 3.957), (30, 2.042, 3.270), (60, 2.000, 3.130)):
        assert shift.normal(five, freedom) == pytest.approx(1.96, abs=0.02)
        assert shift.normal(-rare, freedom) == pytest.approx(-3.0, abs=0.06)
