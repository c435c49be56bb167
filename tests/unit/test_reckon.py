"""Conditions over named numbers: what they come to, what is unknown, how far they are beyond their threshold."""

import pytest

from data.errors import Problem
from metrics.insight.actions import reckon

KNOWN = {"a", "b", "gone"}
VALUES = {"a": 6.0, "b": 4.0, "gone": None}


def holds(text):
    return reckon.holds(reckon.read(text, KNOWN, condition=True), VALUES)


def value(text):
    return reckon.value(reckon.read(text, KNOWN, condition=False), VALUES)


def margin(text):
    return reckon.margin(reckon.read(text, KNOWN, condition=True), VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + 2 * b - 1", 13.0),
        ("-(a - b) / 4", -0.5),
        ("abs(b - a)", 2.0),
        ("least(a, b)", 4.0),
        ("greatest(a, b)", 6.0),
        ("coalesce(gone, b)", 4.0),
        ("a / (b - 4)", None),
        ("a + gone", None),
    ],
)
def test_a_number_is_computed_and_what_is_unknown_stays_so(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > b", True),
        ("a < b or b <= 4", True),
        ("not a = 6", False),
        ("a between 5 and 6", True),
        ("a between 7 and 9", False),
        ("gone > 1", None),
        ("gone > 1 or a > b", True),
        ("gone > 1 and a < b", False),
        ("not gone > 1", None),
        ("gone is null", True),
        ("a is null", False),
        ("true", True),
    ],
)
def test_a_condition_is_true_false_or_not_known(text, expected):
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b < a", (6 - 4) / 6),
        ("a < b", -(6 - 4) / 6),
        ("a >= 6", 0.0),
        ("b < a and a > 1", (6 - 4) / 6),
        ("b < a or a > 0", 1.0),
        ("not a < b", (6 - 4) / 6),
        ("gone > 1", 0.0),
        ("a between 3 and 12", (6 - 3) / 6),
        ("gone is null", 1.0),
    ],
)
def test_how_far_beyond_the_threshold(text, expected):
    assert margin(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "condition", "said"),
    [
        ("a > c", True, 'there is no number "c"'),
        ("account.plan = 'pro'", True, 'there is no number "account.plan"'),
        ("a", True, "is no condition"),
        ("a > b", False, "is true or false"),
        ("a = 'six'", True, "cannot be used here"),
        ("round(a) > 1", True, "cannot be used here"),
        ("(a > 1) + 1 > 2", True, "is true or false"),
        ("a >", True, "cannot be read"),
        ("sum(a) > 1", True, "is not allowed"),
        ("a > (SELECT 1)", True, "is not allowed"),
    ],
)
def test_whatever_else_is_written_is_refused_with_a_reason(text, condition, said):
    with pytest.raises(Problem) as refused:
        reckon.read(text, KNOWN, condition=condition)

    assert said in refused.value.message


def test_the_nearest_name_is_offered():
    with pytest.raises(Problem) as refused:
        reckon.read("tikets > 3", {"tickets", "uses"}, condition=True)

    assert refused.value.remedy == "Did you mean tickets?"
