"""Bars of a waterfall: what is read adds up, whatever was rounded."""

from __future__ import annotations

import pytest

from metrics.insight.why import decompose
from metrics.insight.why.waterfall import settled, waterfall


def test_rounded_amounts_make_the_rounded_total() -> None:
    assert settled([1 / 3, 1 / 3, 1 / 3], 1.0, 2) == [0.34, 0.33, 0.33]
    assert settled([-0.005, 0.015, 0.0], 0.01, 2) == [-0.0, 0.01, 0.0]
    assert sum(settled([0.1] * 7, 0.7, 0)) == 1


def test_bars_hang_on_each_other_from_then_to_now() -> None:
    found = decompose.additive({"a": (100.004, 130.004), "b": (50.0, 20.0), "c": (10.0, 11.0)})
    drawn = waterfall(found, "money")

    assert [(bar.kind, bar.name, bar.amount) for bar in drawn.bars] == [
        ("then", "", 160.0),
        ("part", "a", 30.0),
        ("part", "b", -30.0),
        ("part", "c", 1.0),
        ("now", "", 161.0),
    ]
    assert drawn.bars[1].right == pytest.approx(drawn.bars[2].right)
    assert all(0 <= bar.left <= bar.right <= 1 for bar in drawn.bars)


def test_more_than_eight_members_are_gathered_and_a_rest_comes_last() -> None:
    found = decompose.additive({str(place): (0, place) for place in range(12)}, then=0, now=60)
    drawn = waterfall(found, "integer")

    assert [bar.name for bar in drawn.bars[1:-1]] == [*map(str, range(8)), "(others)", "overlap"]
    assert sum(bar.amount for bar in drawn.bars[1:-1]) == 60


def test_one_member_is_told_by_its_effects() -> None:
    drawn = waterfall(decompose.lmdi({"all": ({"a": 2.0, "b": 5.0}, {"a": 4.0, "b": 5.0})}), "decimal")

    assert [(bar.name, bar.amount) for bar in drawn.bars] == [("", 10.0), ("a", 10.0), ("b", 0.0), ("", 20.0)]


def test_below_zero_the_axis_reaches_down() -> None:
    drawn = waterfall(decompose.additive({"a": (-5.0, 3.0)} | {"b": (0.0, -2.0)}), "money")

    assert all(0 <= bar.left <= bar.right <= 1 for bar in drawn.bars)
