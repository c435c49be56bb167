"""Axes: round values, zero where it belongs, no drama out of noise."""

import pytest

from pages.components.scale import scale


def test_bars_start_at_zero():
    assert scale([12, 19, 16]).ticks == (0, 5, 10, 15, 20)


def test_a_line_leaves_zero_out_when_its_values_lie_close_together():
    found = scale([400, 480, 440], from_zero=False)

    assert found.low == 400
    assert found.high == 480
    assert scale([40, 480], from_zero=False).low == 0


def test_noise_is_not_stretched_over_the_whole_axis():
    found = scale([430_100, 430_200], from_zero=False)

    assert found.high - found.low >= 0.08 * 430_000


def test_losses_hang_below_zero():
    found = scale([-7, 12])

    assert found.low <= -7
    assert 0 in found.ticks
    assert found.high >= 12


def test_whole_things_have_no_fractions_on_the_axis():
    assert scale([0, 1, 2], kind="integer").ticks == (0, 1, 2)


def test_durations_step_in_minutes_hours_and_days():
    assert scale([0, 55], kind="duration").ticks == (0, 15, 30, 45, 60)
    assert scale([0, 2900], kind="duration").ticks == (0, 720, 1440, 2160, 2880, 3600)


def test_the_ticks_carry_no_binary_noise():
    assert scale([0, 0.7]).ticks == (0, 0.2, 0.4, 0.6, 0.8)


@pytest.mark.parametrize("values", [[], [None], [0, 0]])
def test_nothing_still_makes_an_axis(values):
    assert scale(values).low == 0
    assert scale(values).high > 0
