"""Which steps of a funnel one event might serve, and which rows a funnel's definition is checked against."""

from __future__ import annotations

import pytest

from data.errors import Problem
from metrics import load
from metrics.kinds.funnel_any import groups


def test_steps_that_want_different_events_do_not_compete() -> None:
    assert groups(["event = 'a'", "event = 'b'", "event = 'a'"]) == [[(1, 3)], [(2,)]]


def test_a_chain_of_conditions_excludes_by_any_of_its_parts() -> None:
    assert groups(["event = 'a' AND value > 3", "event IN ('b', 'c')", "(event = 'b') and attrs.x = 'y'"]) == [[(1,)], [(2,), (3,)]]


def test_what_excludes_nothing_may_compete_with_everything() -> None:
    assert groups(["event = 'a'", "event = 'b'", "is_meaningful"]) == [[(1,), (2,), (3,)]]
    assert groups(["event = 'a' OR event = 'b'", "event = 'c'"]) == [[(1,), (2,)]]
    assert groups(["event <> 'a'", "event = 'a'"]) == [[(1,), (2,)]]


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("f:\n  in: events\n  funnel:\n    steps:\n      - {a: event = 'a'}\n      - {b: evnt = 'b'}\n", 6),
        ("f:\n  in: events\n  funnel:\n    steps: [{a: event = 'a'}, {b: event = 'b'}]\n    exclude:\n      - {event: evnt = 'x'}\n", 6),
        ("f:\n  in: events\n  where: evnt = 'x'\n  funnel: {steps: [{a: event = 'a'}]}\n", 3),
        ("f:\n  in: events\n  paths:\n    to: evnt = 'x'\n", 4),
    ],
)
def test_each_wrong_condition_is_told_where_it_stands(written: str, line: int) -> None:
    known = load.catalogue(unsaved=written)

    with pytest.raises(Problem, match="evnt") as said:
        load.check(known["f"], known)

    assert said.value.line == line
