"""The XmR chart, against what is printed in Wheeler's books and against a calculation in plain Python written differently."""

from __future__ import annotations

import random

import pytest

from metrics.insight.signal import xmr

#: D. J. Wheeler, Making Sense of Data (SPC Press 2003), p. 382, "Data Set to Use When Verifying Software".
VERIFYING = [5045, 4350, 4350, 3975, 4290, 4430, 4485, 4285, 3980, 3925, 3645, 3760, 3300, 3685, 3463, 5200]
#: The same book, table 9.1 (accident rates), table 9.2 (accounts receivable), table 8.1 (seniors who smoke daily), p. 130 (peak flow).
ACCIDENTS = [43, 40, 37, 33, 30, 33, 34, 35, 29, 33, 31, 39]
RECEIVABLE = [
    55.6, 54.7, 54.9, 54.8, 56.9, 55.7, 53.8, 54.8, 53.4, 57.0, 59.4, 63.2,
    60.9, 60.7, 58.6, 57.3, 56.9, 58.1, 58.3, 50.9, 53.3, 52.5, 50.8, 52.9,
]  # fmt: skip
SMOKERS = [21.3, 20.2, 20.9, 21.0, 18.8, 19.6, 18.7, 18.6, 18.1, 18.9, 19.2, 18.2, 17.3, 19.0]
PEAK_FLOW = [120, 140, 100, 150, 260, 150, 100, 120, 300, 300, 275, 300, 140, 170, 150, 150, 190, 180]

#: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 "Individuals control charts": flow rate of ten batches.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def flags(values, rule, **options):
    return [place for place, point in enumerate(xmr.chart(values, **options).points) if getattr(point, rule)]


def test_the_limits_are_those_that_the_book_prints_for_verifying_software():
    chart = xmr.chart(VERIFYING)
    limits = chart.limits

    assert [point.moving_range for point in chart.points] == [
        None, 695, 0, 375, 315, 140, 55, 200, 305, 55, 280, 115, 460, 385, 222, 1737,
    ]  # fmt: skip
    assert (round(limits.center, 2), round(limits.moving_range, 2)) == (4135.50, 355.93)
    assert (round(limits.lower, 2), round(limits.upper, 2), round(limits.range_upper, 2)) == (3188.72, 5082.28, 1163.19)
    assert chart.signals == (15,)
    assert chart.points[15].rules == ("outside", "range_outside")


def test_peak_flow_rates_have_the_limits_of_the_book():
    limits = xmr.chart(PEAK_FLOW).limits

    # the book rounds the averages first and prints 322.5, 43.7 and 171.3
    assert limits.center == pytest.approx(183.1, abs=0.05)
    assert limits.moving_range == pytest.approx(52.4, abs=0.05)
    assert (limits.upper, limits.lower, limits.range_upper) == pytest.approx((322.5, 43.7, 171.3), abs=0.25)


def test_the_flow_rates_of_the_nist_handbook():
    chart = xmr.chart(FLOW)

    # printed: mean 50.81, mean moving range 1.8778, limits 55.8041 and 45.8159 (with 3/1.128, which Wheeler rounds to 2.660)
    assert chart.limits.center == pytest.approx(50.81)
    assert chart.limits.moving_range == pytest.approx(1.8778, abs=5e-5)
    assert (chart.limits.upper, chart.limits.lower) == pytest.approx((55.8041, 45.8159), abs=1e-3)
    assert chart.signals == ()


def test_given_limits_are_used_as_they_are_and_a_value_on_one_is_no_signal():
    given = xmr.Limits(28.65, 18.0, 39.3)  # those of the other group, as the book judges the first one by
    assert flags(ACCIDENTS, "outside", given=given) == [0, 1]
    assert xmr.chart(ACCIDENTS, given=given).limits == given

    # the 14th value, 60.7, lies on the limit
    assert flags(RECEIVABLE, "outside", given=xmr.Limits(57.0, 51.0, 60.7)) == [11, 12, 19, 22]


def test_a_moving_range_beyond_its_limit_is_a_signal():
    assert flags(RECEIVABLE, "range_outside") == [19]


def test_the_whole_run_of_eight_is_flagged():
    assert flags(SMOKERS, "run") == list(range(6, 14))


def test_seven_are_no_run_and_a_value_on_the_centre_ends_one():
    given = xmr.Limits(10.0, 0.0, 20.0)

    assert flags([11] * 7 + [9], "run", given=given) == []
    assert flags([11] * 8 + [9], "run", given=given) == list(range(8))
    assert flags([11] * 4 + [10] + [11] * 4, "run", given=given) == []


def test_three_of_four_nearer_a_limit_than_the_centre_are_flagged_when_asked():
    assert flags(PEAK_FLOW, "near", near=True) == [8, 9, 10, 11]
    assert flags(PEAK_FLOW, "near") == []


def test_no_moving_range_crosses_a_gap_and_a_run_goes_on_over_it():
    values = [10, 12, None, 30, 31]
    chart = xmr.chart(values)

    assert [point.moving_range for point in chart.points] == [None, 2, None, None, 1]
    assert chart.limits.center == pytest.approx((10 + 12 + 30 + 31) / 4)
    assert chart.limits.moving_range == pytest.approx(1.5)
    assert flags([11] * 4 + [None] + [11] * 4, "run", given=xmr.Limits(10.0, 0.0, 20.0)) == [0, 1, 2, 3, 5, 6, 7, 8]


def test_a_baseline_gives_the_limits_and_the_rest_is_judged_by_them():
    whole, part = xmr.chart(RECEIVABLE), xmr.chart(RECEIVABLE, baseline=slice(0, 10))

    assert part.limits == xmr.limits(RECEIVABLE[:10])
    assert part.limits.upper < whole.limits.upper
    assert {11, 12, 13} <= set(part.signals)


def plain(values, factor, middle):
    """Centre, range and limits, written with sorting and sums only."""

    def average(numbers):
        ordered = sorted(numbers)
        half = len(ordered) // 2
        if middle == "mean":
            return sum(ordered) / len(ordered)
        return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2

    ranges = [max(pair) - min(pair) for pair in zip(values[1:], values, strict=False)]
    return average(values), average(values) - factor * average(ranges), average(values) + factor * average(ranges)


@pytest.mark.parametrize(("middle", "factor", "ranges"), [("mean", 2.660, 3.268), ("median", 3.145, 3.865)])
def test_limits_are_what_a_plain_calculation_gives(middle, factor, ranges):
    drawn = random.Random(4)
    for count in (2, 3, 10, 51):
        values = [drawn.uniform(-50, 80) for _ in range(count)]
        limits = xmr.limits(values, middle)
        assert (limits.center, limits.lower, limits.upper) == pytest.approx(plain(values, factor, middle))
        assert limits.range_upper == pytest.approx(ranges * limits.moving_range)


def test_too_few_values_in_a_row_give_no_limits():
    assert xmr.chart([]) is None
    assert xmr.chart([1.0]) is None
    assert xmr.chart([1.0, None, 2.0]) is None
