"""What must hold of any series: a verdict knows no unit and no sign, and nothing that is judged depends on what comes after."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.insight.signal import verdict, xmr
from metrics.insight.signal.verdict import Asked

NUMBERS = st.floats(-1e4, 1e4, allow_nan=False).map(lambda value: round(value, 3))
LEVELS, SPREADS = st.sampled_from([0, 0, 1, 5, 100, 1000]), st.sampled_from([0.0, 0.0, 0.01, 1.0, 5.0])


@st.composite
def stretches(draw: st.DrawFn) -> list[float | None]:
    """Levels that follow each other, some of them without any variation, some with gaps: as of what begins, stops, and is rare."""
    found: list[float | None] = []
    while len(found) < 70:
        level, spread, drawn = draw(LEVELS), draw(SPREADS), random.Random(draw(st.integers(0, 999)))
        found += [level + spread * drawn.gauss(0, 1) for _ in range(draw(st.integers(1, 30)))]
    holes = draw(st.sets(st.integers(0, len(found) - 1), max_size=20))
    return [None if place in holes else value for place, value in enumerate(found)]


SERIES = st.lists(st.none() | NUMBERS, max_size=90) | stretches()


@settings(deadline=None, max_examples=60)
@given(SERIES, st.booleans(), st.sampled_from(["day", "week", "month"]))
def test_every_series_has_a_verdict_with_a_place_for_each_value(values, stock, grain):
    told = verdict.judge(values, Asked(grain, stock=stock))

    assert [place.value for place in told.places] == values
    assert told.verdict in ("signal", "usual", "cannot_tell")
    if told.is_signal:
        assert 0 <= told.since < len(values)
        assert told.periods == len(values) - told.since
        assert told.direction * told.size > 0


@settings(deadline=None, max_examples=30)
@given(st.lists(NUMBERS, min_size=50, max_size=80), st.floats(0.5, 50), st.floats(-1000, 1000))
def test_another_unit_gives_the_same_verdict(values, factor, offset):
    """Apart from the floor, which is a share of the level."""
    asked = Asked(materiality=0.0)
    one, other = verdict.judge(values, asked), verdict.judge([factor * value + offset for value in values], asked)

    assert (other.verdict, other.reason, other.since, other.direction) == (one.verdict, one.reason, one.since, one.direction)
    if one.verdict != "cannot_tell":
        assert other.places[-1].expected == pytest.approx(factor * one.places[-1].expected + offset, rel=1e-4, abs=factor)


@settings(deadline=None, max_examples=30)
@given(st.lists(NUMBERS, min_size=50, max_size=80))
def test_upside_down_it_is_the_same_signal_the_other_way(values):
    asked = Asked(materiality=0.0)
    one, other = verdict.judge(values, asked), verdict.judge([-value for value in values], asked)

    assert (other.verdict, other.reason, other.since, other.direction) == (one.verdict, one.reason, one.since, -one.direction)


@given(st.lists(st.none() | NUMBERS, max_size=40), st.sampled_from(["mean", "median"]))
def test_every_flag_of_a_chart_follows_from_its_own_limits(values, center):
    chart = xmr.chart(values, center=center)
    if chart is None:
        return
    limits = chart.limits
    for point in chart.points:
        beyond = point.value is not None and not limits.lower - 1e-6 <= point.value <= limits.upper + 1e-6
        assert point.outside or not beyond
        assert not point.outside or not limits.lower <= point.value <= limits.upper
    for place, point in enumerate(chart.points):
        if point.run:
            side = [xmr.side(one.value, limits.center) for one in chart.points if one.value is not None]
            mine = sum(one.value is not None for one in chart.points[: place + 1]) - 1
            first = next(at for at in range(mine, -2, -1) if at < 0 or side[at] != side[mine]) + 1
            last = next(at for at in range(mine, len(side) + 1) if at == len(side) or side[at] != side[mine])
            assert last - first >= 8
