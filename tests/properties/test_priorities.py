"""Priorities for any numbers: scales keep the order, scores are the formula, ranks agree with plain Python."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from metrics.insight.priorities import placed
from metrics.insight.priorities.frameworks import scores, shelf
from metrics.insight.priorities.realised import spearman

SCALE = (1, 2, 3, 5, 8, 13, 20)
BUILT_IN = shelf().kept
amounts = some.floats(0, 1e9)
tens = some.one_of(some.none(), some.floats(0, 10))


@given(some.lists(amounts, min_size=1, max_size=20))
def test_a_relative_scale_keeps_the_order_and_tops_at_the_largest(values):
    steps = [placed(value, max(values), SCALE) for value in sorted(values)]

    assert steps == sorted(steps)
    assert set(steps) <= set(SCALE)
    assert steps[-1] == (20 if max(values) > 0 else 1)


@settings(max_examples=25)  # each opens an engine
@given(some.lists(some.tuples(tens, tens), min_size=1, max_size=20))
def test_the_opportunity_score_is_its_formula_or_unknown(rows):
    found = scores(BUILT_IN["opportunity"], [{"importance": one, "satisfaction": other} for one, other in rows])

    for score, (importance, satisfaction) in zip(found, rows, strict=True):
        if importance is None or satisfaction is None:
            assert score is None
        else:
            assert score == pytest.approx(2 * importance - satisfaction if satisfaction < importance else importance)


@given(some.permutations(range(8)))
def test_spearman_of_different_values_is_the_textbooks_short_formula(order):
    """1 - 6 Σd² / (n (n² - 1)), which holds where no two values are equal."""
    distance = sum((place - value) ** 2 for place, value in enumerate(order))

    assert spearman(list(enumerate(order))) == pytest.approx(1 - 6 * distance / (8 * 63))
