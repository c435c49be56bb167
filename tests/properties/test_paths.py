"""Paths of random small companies, judged by writing each one out; what leaves an event has come to it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import asking
from tests.company import Company
from tests.evaluator import evaluate
from tests.properties.test_funnel import EXPRESSIONS, companies, examples


@st.composite
def paths(draw: st.DrawFn) -> dict[str, Any]:
    """Paths with any of their options."""
    named = draw(st.sampled_from(["a", "b", "event IN ('a', 'b')", "event <> 'x'"]))
    block: dict[str, Any] = {draw(st.sampled_from(["from", "to"])): named}
    options = {
        "within": st.sampled_from(["session", "30 minutes", "1 hour", "2 days"]),
        "depth": st.integers(1, 4),
        "top": st.integers(1, 2),
        "entity": st.sampled_from(["person", "account"]),
    }
    return block | {key: draw(option) for key, option in options.items() if draw(st.booleans())}


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("paths")


@examples
@given(company=companies(), data=st.data())
def test_paths_are_what_writing_them_out_gives(workspaces: Path, company: Company, data: st.DataObject) -> None:
    layer = asking.Companies(workspaces / uuid4().hex).layer(company)
    for _ in range(4):
        metric = {"p": {"paths": data.draw(paths()), "in": "events"}}
        ask = {"metrics": ["p"], "since": data.draw(st.sampled_from(["2026-03-27", "2026-03-28T21:00"])), "until": "2026-03-29"}
        by = data.draw(st.sampled_from([[], ["account.region"], ["attrs.plan"]]))
        ask |= {"by": by, **({"top": 1} if by and data.draw(st.booleans()) else {})}
        found = asking.rows(layer, {**ask, "definitions": metric})
        asking.same(found, evaluate(company.but(metrics=metric), ask, EXPRESSIONS), ask, f"{metric}\n{ask}")
        _flows(found, by, backwards="to" in metric["p"]["paths"])


def _flows(rows: list[dict[str, Any]], by: list[str], *, backwards: bool) -> None:
    """What goes on from an event at a step is at most what came to it at the step before."""
    far, near = ("from", "to") if backwards else ("to", "from")
    came: Counter[Any] = Counter()
    left: Counter[Any] = Counter()
    for row in rows:
        member = tuple(row[dim] for dim in by)
        came[member, row["step"], row[far]] += row["value"]
        left[member, row["step"] - 1, row[near]] += row["value"]
    assert all(value <= came[where] for where, value in left.items() if where[1] > 0)
