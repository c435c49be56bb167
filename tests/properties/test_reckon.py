"""What holds of conditions whatever the numbers: beyond the threshold is true, short of it is not, and NOT turns both round."""

from hypothesis import given
from hypothesis import strategies as st

from metrics.insight.actions import reckon

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False) | st.none()
COMPARISONS = st.builds(lambda sign, limit: f"({{name}} {sign} {limit})", st.sampled_from(["<", "<=", ">", ">="]), st.integers(-50, 50))
CONDITIONS = st.recursive(
    st.builds(lambda form, name: form.format(name=name), COMPARISONS, st.sampled_from("abc")),
    lambda inner: (
        st.builds(lambda one, joint, other: f"({one} {joint} {other})", inner, st.sampled_from(["AND", "OR"]), inner)
        | st.builds(lambda one: f"(NOT {one})", inner)
    ),
    max_leaves=6,
)


@given(CONDITIONS, st.fixed_dictionaries(dict.fromkeys("abc", NUMBERS)))
def test_the_margin_and_the_condition_agree(text, values):
    tree = reckon.read(text, "abc", condition=True)
    margin, told = reckon.margin(tree, values), reckon.holds(tree, values)

    assert -1 <= margin <= 1
    if None not in values.values() and margin:
        assert told is (margin > 0)


@given(CONDITIONS, st.fixed_dictionaries(dict.fromkeys("abc", NUMBERS)))
def test_not_turns_it_round(text, values):
    one, other = (reckon.read(said, "abc", condition=True) for said in (text, f"NOT {text}"))
    told = reckon.holds(one, values)

    assert reckon.holds(other, values) is (None if told is None else not told)
    assert reckon.margin(other, values) == -reckon.margin(one, values)


@given(CONDITIONS, st.fixed_dictionaries(dict.fromkeys("abc", NUMBERS)))
def test_what_is_not_known_can_only_make_an_answer_unknown(text, values):
    """Whatever an unknown number turned out to be, an answer that was given without it would stand."""
    tree = reckon.read(text, "abc", condition=True)
    told = reckon.holds(tree, values)

    if told is not None:
        for guess in (-1e7, 0.0, 1e7):
            assert reckon.holds(tree, {name: guess if value is None else value for name, value in values.items()}) is told
