"""What stands out of a whole: a part that moved as one, not one that is large, and not one with a single loud account."""

from __future__ import annotations

import random

import pytest

from metrics.insight.why import dimensions, standout
from metrics.insight.why.breakdown import Breakdown
from metrics.insight.why.decompose import Decomposition, Part
from metrics.insight.why.standout import Cell


def accounts(count: int, factor: float, seed: int, size: float = 100) -> dict[str, Cell]:
    """Accounts that use the product about as much as before, times a factor."""
    dice = random.Random(seed)
    found = {}
    for number in range(count):
        usual = size * dice.lognormvariate(0, 0.8)
        found[f"{seed}-{number}"] = Cell(round(usual * dice.uniform(0.85, 1.15)), round(usual * factor * dice.uniform(0.85, 1.15)))
    return found


def test_a_part_that_fell_as_a_whole_stands_out() -> None:
    found = standout.of_amount(accounts(30, 0.7, 1), accounts(200, 1.0, 2), 1.0)

    assert found.amount < 0
    assert found.verdict == "clear"


def test_a_large_part_that_moved_like_the_rest_does_not() -> None:
    found = standout.of_amount(accounts(200, 1.3, 1), accounts(50, 1.3, 2), 1.0)

    assert found.verdict == "even"
    assert found.explains(1.0) < 1


def test_one_loud_account_does_not_make_its_region_stand_out() -> None:
    region = accounts(30, 1.0, 1)
    assert standout.of_amount({**region, "loud": Cell(500, 3000)}, accounts(200, 1.0, 2), 1.0).verdict == "even"
    assert standout.of_single({**region, **accounts(200, 1.0, 2), "loud": Cell(500, 3000)})["loud"].verdict == "clear"


def test_fewer_than_three_clusters_tell_nothing() -> None:
    assert standout.of_amount({"a": Cell(100, 10), "b": Cell(100, 10)}, accounts(100, 1.0, 2), 1.0) == standout.NONE


def test_the_excesses_of_all_parts_cancel() -> None:
    parts = [accounts(40, factor, seed) for seed, factor in enumerate((0.7, 1.0, 1.4))]
    found = []
    for part in parts:
        rest = {name: cell for other in parts if other is not part for name, cell in other.items()}
        found.append(standout.of_amount(part, rest, 1.0).amount)

    assert sum(found) == pytest.approx(0, abs=1e-6)


def test_a_rise_and_the_fall_that_undoes_it_are_as_certain() -> None:
    up, rest = accounts(40, 1.5, 1), accounts(200, 1.0, 2)

    def reversed_(cells: dict[str, Cell]) -> dict[str, Cell]:
        return {name: Cell(cell.now, cell.then) for name, cell in cells.items()}

    assert standout.of_amount(up, rest, 1.0).z == pytest.approx(-standout.of_amount(reversed_(up), reversed_(rest), 1.0).z, rel=0.05)


def test_under_no_effect_few_parts_are_called_clear() -> None:
    found = [standout.of_amount(accounts(25, 1.0, seed), accounts(150, 1.0, 1000 + seed), 1.0) for seed in range(200)]

    assert sum(one.verdict == "clear" for one in found) <= 4  # 2 %; of a normal distribution 0.3 % lie beyond 3
    assert 0.7 <= (sum(one.z**2 for one in found) / 200) ** 0.5 <= 1.3


def answers(count: int, rates: tuple[float, float], seed: int) -> dict[str, Cell]:
    dice = random.Random(seed)
    found = {}
    for number in range(count):
        n = dice.randint(3, 12), dice.randint(3, 12)
        good = [sum(dice.random() < rate for _ in range(size)) for rate, size in zip(rates, n, strict=True)]
        found[f"{seed}-{number}"] = Cell(good[0], good[1], n[0], n[1])
    return found


def test_a_segment_whose_rate_fell_stands_out_and_its_share_does_not_matter() -> None:
    fell, rest = answers(60, (0.8, 0.5), 1), answers(150, (0.7, 0.7), 2)
    found = standout.of_ratio(fell, rest)

    assert found.amount < 0
    assert found.verdict == "clear"
    assert standout.of_ratio(answers(60, (0.7, 0.7), 3), rest).verdict != "clear"


def test_what_pulls_against_a_larger_change_explains_half_as_much() -> None:
    found = standout.Excess(amount=-10, z=-4, share=0.05)

    assert found.explains(-100) == 2 * found.explains(100)
    assert found.explains(5) == pytest.approx(0.8 * found.explains(-5))


def test_the_loudest_of_many_accounts_does_not_come_before_a_kind_that_moved_as_a_whole() -> None:
    """The largest of 300 is 3.4 standard errors out by chance alone (√(2 ln 300))."""

    def along(by: str, members: int, z: float) -> Breakdown:
        names = [f"{by}-{place}" for place in range(members)]
        parts = tuple(Part(name, 100.0, 110.0, {"change": 10.0}, 100, 110) for name in names)
        standing = {names[0]: standout.Excess(500.0, z, 0.03)}
        return Breakdown((by,), Decomposition("additive", 0.0, 10.0 * members, parts), {name: (name,) for name in names}, standing)

    account, feature = along("account_id", 300, 3.9), along("feature_id", 24, 3.4)
    assert dimensions.score(feature) > dimensions.score(account)
    assert dimensions.score(along("account_id", 300, 8.0)) > dimensions.score(feature)
