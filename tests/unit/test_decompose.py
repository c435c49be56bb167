"""Decompositions against figures in print, and against the same formulas written otherwise."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest

from data.errors import Problem
from metrics.insight.why import cautions, decompose
from metrics.insight.why.decompose import Pair

#: Six departments of Berkeley, 1973: admitted and applied, men then women (Bickel and others, Science 187 (1975) 398; R's UCBAdmissions).
BERKELEY = {
    "A": (512, 825, 89, 108),
    "B": (353, 560, 17, 25),
    "C": (120, 325, 202, 593),
    "D": (138, 417, 131, 375),
    "E": (53, 191, 94, 393),
    "F": (22, 373, 24, 341),
}
#: Visits and conversion of three channels, last week and this one (kiranakkineni.com/perspectives/marketing-mix-shift).
CHANNELS = {"Search": (30, 0.02, 50, 0.019), "Email": (100, 0.06, 110, 0.062), "Direct": (70, 0.05, 75, 0.05)}
#: The additive LMDI-I that LMDIR, M. K. Heun's package for R, is tested with: factors of two subcategories in four years, and the effects.
YEARS = (((1, 10, 2), (4, 5, 3)), ((4, 5, 3), (5, 6, 4)), ((8, 2, 4), (5, 7, 5)), ((10, 1, 5), (6, 8, 6)))
EFFECTS = (
    (69.79006598, -9.455125793, 39.66505981),
    (42.96021467, -34.31902656, 50.3588119),
    (54.01064234, -9.021284671, 54.01064234),
)


def factors(values: tuple[float, ...]) -> dict[str, float]:
    return {f"x{place}": float(value) for place, value in enumerate(values)}


@pytest.mark.parametrize("year", range(3))
def test_lmdi_gives_the_published_effects(year: int) -> None:
    members = {str(place): (factors(YEARS[year][place]), factors(YEARS[year + 1][place])) for place in range(2)}
    found = decompose.lmdi(members)

    assert tuple(found.effects.values()) == pytest.approx(EFFECTS[year], rel=1e-8)
    assert found.change == [100, 59, 99][year]
    assert found.adds_up


@pytest.mark.parametrize(
    ("then", "now", "effects"),
    [  # Ang, Zhang and Choi (1998), table 2: the change is that of the factor that begins at, or falls to, zero
        ((0, 4), (3, 5), (15, 0)),
        ((3, 5), (0, 4), (-15, 0)),
        ((0, 4), (0, 5), (0, 0)),
        ((0, 5), (3, 0), (0, 0)),
        ((0, 0), (3, 5), (7.5, 7.5)),
    ],
)
def test_zeros_take_their_limits(then: tuple[float, ...], now: tuple[float, ...], effects: tuple[float, ...]) -> None:
    found = decompose.lmdi({"all": (factors(then), factors(now))})

    assert tuple(found.effects.values()) == effects
    assert found.adds_up


def test_the_limits_are_where_small_values_lead() -> None:
    then, now = (0.0, 4.0), (3.0, 5.0)
    tiny = decompose.lmdi({"all": (factors((1e-200, 4.0)), factors(now))})
    exact = decompose.lmdi({"all": (factors(then), factors(now))})

    assert list(tiny.effects.values()) == pytest.approx(list(exact.effects.values()), abs=0.1)


def test_lmdi_is_the_same_backwards() -> None:
    there, back = factors((2, 7)), factors((3, 5))
    forwards, backwards = (decompose.lmdi({"all": pair}).effects for pair in ((there, back), (back, there)))

    assert {name: -effect for name, effect in backwards.items()} == pytest.approx(forwards)


def test_a_factor_that_changes_its_sign_is_refused_by_name() -> None:
    with pytest.raises(Problem, match="x1 of all goes from 2 to -3"):
        decompose.lmdi({"all": (factors((1, 2)), factors((1, -3)))})


def test_price_and_volume_of_a_published_example() -> None:
    """pongora.com/price-volume-mix-analysis-a-comprehensive-guide: 1,000 at 50, then 1,100 at 52."""
    found = decompose.price_volume([Pair("all", 50_000, 1_000, 57_200, 1_100)], "with_interaction")

    assert (found.change, found.effects, found.rests) == (7_200, {"price": 2_000, "volume": 5_000}, {"interaction": 200})


def test_price_and_volume_of_three_products() -> None:
    """accountancyindex.com/price-volume-mix-analysis: A, B and C at 10, 15, 20; then at 11, 15, 23."""
    pairs = [Pair("A", 10_000, 1_000, 11_000, 1_000), Pair("B", 12_000, 800, 10_500, 700), Pair("C", 10_000, 500, 18_400, 800)]
    apart = decompose.price_volume(pairs, "with_interaction")
    given = decompose.price_volume(pairs, "new_share")
    halved = decompose.price_volume(pairs)

    assert (apart.change, apart.effects) == (7_900, {"price": 1_000 + 3 * 500, "volume": -100 * 15 + 300 * 20})
    assert apart.rests == {"interaction": 300 * 3}
    assert (given.effects, given.rest) == ({"price": 3_400, "volume": 4_500}, 0)
    assert (halved.effects, halved.rest) == ({"price": 2_950, "volume": 4_950}, 0)


def test_mix_and_rate_of_a_published_example() -> None:
    pairs = [Pair(name, n0 * r0, n0, n1 * r1, n1) for name, (n0, r0, n1, r1) in CHANNELS.items()]
    found = decompose.mix_rate(pairs, "with_interaction")
    shares = {name: (n0 / 200, n1 / 235) for name, (n0, _r0, n1, _r1) in CHANNELS.items()}
    within = {name: shares[name][0] * (r1 - r0) for name, (_n0, r0, _n1, r1) in CHANNELS.items()}
    mix = {name: (r0 - 0.0505) * (shares[name][1] - shares[name][0]) for name, (_n0, r0, _n1, _r1) in CHANNELS.items()}

    assert (found.then, found.now) == (pytest.approx(0.0505), pytest.approx(0.04902, abs=5e-6))
    assert {part.member: part.effects["rate"] for part in found.parts} == pytest.approx(within)
    assert {part.member: part.effects["mix"] for part in found.parts} == pytest.approx(mix)
    assert found.rest == pytest.approx(sum((shares[n][1] - shares[n][0]) * (r1 - r0) for n, (_a, r0, _b, r1) in CHANNELS.items()))
    assert found.adds_up


def test_berkeley_is_a_reversal_and_is_told() -> None:
    found = decompose.mix_rate([Pair(name, *numbers) for name, numbers in BERKELEY.items()])
    told = cautions.simpson(found)

    assert (round(found.then, 3), round(found.now, 3)) == (0.445, 0.304)
    assert found.effects["rate"] > 0 > found.change
    assert told is not None
    assert (told.members, told.facts) == (("A", "B", "D", "F"), {"all": False, "of": 6})
    assert found.adds_up


def test_kidney_stones_are_a_reversal_of_every_group() -> None:
    """Charig and others, BMJ 292 (1986) 879: open surgery, then nephrolithotomy, by the size of the stone: 78 % and 83 % in all."""
    pairs = [Pair("small", 81, 87, 234, 270), Pair("large", 192, 263, 55, 80)]
    found = decompose.mix_rate(pairs, "with_interaction")
    told = cautions.simpson(found)

    assert (found.then, found.now) == (pytest.approx(273 / 350), pytest.approx(289 / 350))
    small, large = 87 / 350 * (234 / 270 - 81 / 87), 263 / 350 * (55 / 80 - 192 / 263)
    assert found.effects["rate"] == pytest.approx(small + large)
    assert found.effects["rate"] < 0 < found.change
    assert told is not None
    assert (set(told.members), told.facts) == ({"small", "large"}, {"all": True, "of": 2})


def test_no_reversal_is_told_where_the_rates_moved_it() -> None:
    assert cautions.simpson(decompose.mix_rate([Pair("a", 10, 100, 20, 100), Pair("b", 30, 100, 35, 100)])) is None


@pytest.mark.parametrize("convention", decompose.CONVENTIONS)
def test_a_segment_that_comes_or_goes_is_all_mix(convention: str) -> None:
    found = decompose.mix_rate([Pair("stays", 20, 100, 20, 100), Pair("comes", 0, 0, 90, 100), Pair("goes", 50, 100, 0, 0)], convention)
    effects = {part.member: part.effects for part in found.parts}

    assert effects["comes"]["rate"] == effects["goes"]["rate"] == 0
    assert found.rest == 0
    assert sum(one["mix"] for one in effects.values()) == pytest.approx(0.55 - 0.35)


def test_the_new_share_takes_the_interaction_into_the_rate() -> None:
    pairs = [Pair(name, *numbers) for name, numbers in BERKELEY.items()]
    apart, given = (decompose.mix_rate(pairs, convention) for convention in ("with_interaction", "new_share"))

    assert given.effects["rate"] == pytest.approx(apart.effects["rate"] + apart.rest)
    assert given.effects["mix"] == pytest.approx(apart.effects["mix"])
    assert given.rest == 0


def test_a_ratio_without_weight_is_refused() -> None:
    with pytest.raises(Problem, match="no segment has any weight"):
        decompose.mix_rate([Pair("a", 0, 0, 1, 2)])


def test_members_that_overlap_leave_a_rest_with_its_name() -> None:
    found = decompose.additive({"x": (10, 14), "y": (8, 9)}, then=15, now=19)

    assert found.rests == {"overlap": -1}
    assert found.adds_up


def test_what_binary_fractions_cannot_hold_adds_up_to_the_cent() -> None:
    found = decompose.additive({str(place): (0.1 * place, 0.3 * place) for place in range(1000)})

    assert (found.rests, found.adds_up) == ({}, True)


def test_a_count_of_things_is_those_that_came_less_those_that_left() -> None:
    found = decompose.entities({"a", "b", "c"}, {"c", "d"})

    assert (found.change, found.effects) == (-1, {"change": -1})
    assert {part.member: part.contribution for part in found.parts} == {"entered": 1, "left": -2, "stayed": 0}


def test_the_value_of_shapley_is_the_mean_over_all_orders() -> None:
    then, now = {"a": 3.0, "b": 4.0, "c": 5.0}, {"a": 7.0, "b": 2.0, "c": 6.0}
    found = decompose.shapley(lambda values: values["a"] * values["b"] - values["c"] * values["a"], then, now)
    added: dict[str, list[float]] = {name: [] for name in then}
    for order in itertools.permutations(then):
        values = dict(then)
        for name in order:
            before = values["a"] * values["b"] - values["c"] * values["a"]
            values[name] = now[name]
            added[name].append(values["a"] * values["b"] - values["c"] * values["a"] - before)

    assert found is not None
    assert {part.member: part.contribution for part in found.parts} == pytest.approx({name: sum(of) / 6 for name, of in added.items()})
    assert found.adds_up


def test_a_formula_without_a_value_in_between_is_not_split() -> None:
    def formula(values: dict[str, Fraction]) -> Fraction | None:
        return values["a"] / values["b"] if values["b"] else None

    assert decompose.shapley(formula, {"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 2.0}) is None


def test_members_of_few_rows_are_named_if_they_matter() -> None:
    found = decompose.mix_rate([Pair("many", 50, 100, 90, 100), Pair("few", 1, 10, 9, 10), Pair("idle", 1, 3, 1, 3)])
    told = cautions.small(found)

    assert told is not None
    assert told.members == ("few",)


def test_the_logarithmic_mean_of_equals_is_their_value() -> None:
    found = decompose.lmdi({"all": ({"a": 2.0, "b": 6.0}, {"a": 3.0, "b": 4.0})})

    assert found.effects == pytest.approx({"a": 12 * math.log(1.5), "b": -12 * math.log(1.5)})
    assert found.change == 0
