"""Conditions that look dangerous and are text, and such that look like conditions and cannot be computed.

What must never reach the engine is tried at every door in test_hostile_doors.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import metrics
from data.errors import Problem
from tests import asking
from tests.company import Company
from tests.hostile import COLUMNS, HARMLESS, MISTYPED

COMPANY = Company(
    tables={
        "event": [
            {"event_id": "e1", "occurred_at": "2026-01-05", "event_name": "open", "value": 1, "attrs": {"it's": "odd", "key": None}},
            {"event_id": "e2", "occurred_at": "2026-01-05", "event_name": "open", "value": 2, "attrs": {"a.b": "dotted"}},
            {"event_id": "e3", "occurred_at": "2026-01-05", "event_name": "a;b -- c", "value": 3, "attrs": {'say "hi"': "quoted"}},
        ],
        "account": [],
    },
    loaded_until="2026-02-01",
    metrics={"actions": {"count": "*", "in": "events"}},
)
RANGE = {"since": "2026-01-01", "until": "2026-02-01"}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> metrics.Layer:
    """A layer that has answered once, so that all it needs to know of the store is known."""
    made = asking.Companies(tmp_path_factory.mktemp("hostile")).layer(COMPANY)
    made.query("actions", **RANGE)
    return made


@pytest.mark.parametrize("text", MISTYPED, ids=ascii)
def test_what_cannot_be_computed_is_one_clear_problem_too(text: str, layer: metrics.Layer) -> None:
    _refused(lambda: layer.query("actions", where=text, **RANGE))
    _refused(lambda: layer.query("mine", definitions={"mine": {"count": "*", "in": "events", "where": text}}, **RANGE))


@pytest.mark.parametrize(("text", "count"), HARMLESS.items(), ids=ascii)
def test_text_stays_text(text: str, count: int, layer: metrics.Layer) -> None:
    assert layer.query("actions", where=text, **RANGE).rows[0]["actions"] == count
    assert layer.query("actions", **RANGE).rows[0]["actions"] == 3


@pytest.mark.parametrize("text", COLUMNS)
@pytest.mark.parametrize("verb", ["count_distinct", "sum", "median", "max"])
def test_a_definition_names_columns_only(verb: str, text: str, layer: metrics.Layer) -> None:
    definition = {"mine": {verb: text, "in": "events"}}

    _refused(lambda: layer.query("mine", definitions=definition, **RANGE))


def _refused(call: Any) -> None:
    with pytest.raises(Problem) as said:
        call()

    assert said.value.message.strip()
    assert len(str(said.value)) < 1500, "a refusal is to be read"


def test_the_company_is_unharmed(layer: metrics.Layer, tmp_path: Path) -> None:
    assert layer.query("actions", **RANGE).rows[0]["actions"] == 3
    assert not list(tmp_path.iterdir())
