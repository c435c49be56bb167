"""Whatever the numbers: effects and rests make the change, and no member is left out."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from metrics.insight.why import decompose
from metrics.insight.why.decompose import CONVENTIONS, Decomposition, Pair
from metrics.insight.why.waterfall import settled, waterfall

AMOUNTS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 4))
WEIGHTS = st.floats(0, 1e6, allow_nan=False).map(lambda value: round(value, 2))
FACTORS = st.one_of(st.just(0.0), st.floats(0.001, 1e4))
PAIRS = st.lists(st.tuples(WEIGHTS, WEIGHTS, WEIGHTS, WEIGHTS), min_size=1, max_size=8).filter(
    lambda rows: sum(row[1] for row in rows) > 1 and sum(row[3] for row in rows) > 1
)


def adds_up(found: Decomposition) -> bool:
    """Taken again in fractions, apart from `adds_up` of the decomposition itself."""
    effects = sum((Fraction(effect) for part in found.parts for effect in part.effects.values()), Fraction())
    rests = sum(map(Fraction, found.rests.values()), Fraction())
    scale = max([1.0, abs(found.then), abs(found.now)] + [abs(effect) for part in found.parts for effect in part.effects.values()])
    return abs(Fraction(found.now) - Fraction(found.then) - effects - rests) <= Fraction(1e-9) * Fraction(scale)


@given(st.dictionaries(st.text(max_size=3), st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=20))
def test_parts_of_a_sum(members: dict[str, tuple[float, float]]) -> None:
    found = decompose.additive(members)

    assert adds_up(found)
    assert {part.member for part in found.parts} == set(members)


@given(PAIRS, st.sampled_from(CONVENTIONS))
@example([(0.0, 260519.0, 0.0, 0.0), (1.0, 0.01, 0.0, 2.0)], "midpoint")
def test_mix_and_rate(rows: list[tuple[float, float, float, float]], convention: str) -> None:
    # Who weighs nothing has nothing above the line.
    pairs = [Pair(str(place), a if b else 0, b, c if d else 0, d) for place, (a, b, c, d) in enumerate(rows)]
    found = decompose.mix_rate(pairs, convention)

    assert adds_up(found)
    assert set(found.rests) <= ({"interaction"} if convention == "with_interaction" else set())


@given(PAIRS, st.sampled_from(CONVENTIONS))
def test_price_and_volume(rows: list[tuple[float, float, float, float]], convention: str) -> None:
    pairs = [Pair(str(place), a if b else 0, b, c if d else 0, d) for place, (a, b, c, d) in enumerate(rows)]

    assert adds_up(decompose.price_volume(pairs, convention))


@given(st.lists(st.tuples(FACTORS, FACTORS, FACTORS, FACTORS, FACTORS, FACTORS), min_size=1, max_size=5))
def test_lmdi_with_zeros_too(rows: list[tuple[float, ...]]) -> None:
    members = {
        str(place): (dict(zip("abc", row[:3], strict=True)), dict(zip("abc", row[3:], strict=True))) for place, row in enumerate(rows)
    }
    found = decompose.lmdi(members)

    assert adds_up(found)


@given(st.lists(AMOUNTS, min_size=1, max_size=20), st.integers(0, 4))
def test_rounded_bars_make_the_rounded_total(amounts: list[float], digits: int) -> None:
    total = sum(map(Fraction, amounts), Fraction())
    unit = Fraction(10) ** digits

    assert sum(round(Fraction(one) * unit) for one in settled(amounts, float(total), digits)) == round(Fraction(float(total)) * unit)


@given(st.dictionaries(st.text(max_size=3), st.tuples(AMOUNTS, AMOUNTS), min_size=2, max_size=20), st.sampled_from(["money", "integer"]))
def test_a_waterfall_stays_on_its_axis(members: dict[str, tuple[float, float]], kind: str) -> None:
    drawn = waterfall(decompose.additive(members), kind)

    assert all(-1e-9 <= bar.left <= bar.right <= 1 + 1e-9 for bar in drawn.bars)
