"""Scores of random answers: the layer says what the evaluator says, and what holds for any score."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import asking, strategies
from tests.case_files import python
from tests.company import Company
from tests.evaluator import evaluate

examples = settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

EXPRESSIONS = {**strategies.EXPRESSIONS, "kind = 'ces'": python('row["kind"] == "ces"')}
METRICS: dict[str, dict[str, Any]] = {
    "nps": {"score": "nps", "in": "survey_responses"},
    "csat": {"score": "csat", "in": "survey_responses"},
    "best": {"score": "csat", "in": "survey_responses", "satisfied": "> 4"},
    "harsh": {"score": "nps", "in": "survey_responses", "promoters": "= 10", "detractors": "< 8", "include": ["test", "internal"]},
    "ces": {"score": "csat", "in": "survey_responses", "where": "kind = 'ces'"},
    "of_pro": {"score": "nps", "in": "survey_responses", "where": "account.plan = 'pro'"},
    "monthly": {"score": "csat", "in": "survey_responses", "over_last": "28 days"},
    "of_pages": {"score": "csat", "of": "attrs.pages", "in": "events", "satisfied": ">= 3"},
    "active": {"count_distinct": "account_id", "in": "events"},
    "per_active": {"ratio": "nps", "to": "active"},
    "both": {"formula": "nps - 100 * csat"},
    "so_far": {"cumulative": "nps"},
}
_ANSWER = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["nps", "csat", "ces", None]),
        "score": st.none() | st.integers(0, 10),
        "account_id": st.sampled_from(["a1", "a2", "a3", "a4", None]),
        "person_id": st.sampled_from(["p1", "p2", "p3", None]),
        "responded_at": st.integers(0, 60 * 24 * 60).map(
            lambda after: (datetime(2026, 2, 15, tzinfo=UTC) + timedelta(minutes=after)).isoformat()
        ),
    }
)


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """A random company that asks its customers."""
    company = draw(st.one_of(strategies.companies(), strategies.unevenly_loaded()))
    answers = [{"response_id": f"r{number}", **row} for number, row in enumerate(draw(st.lists(_ANSWER, min_size=10, max_size=40)))]
    until = company.loaded_until
    known = (
        {**until, "survey_response": max(str(one) for one in until.values() if isinstance(one, str))} if isinstance(until, dict) else until
    )
    return company.but(
        tables={**company.tables, "survey_response": answers}, loaded_until=known, loaded_since="2024-06-01", metrics=METRICS
    )


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request for one score, or for several metrics."""
    names = draw(st.lists(st.sampled_from(sorted(METRICS)), min_size=1, max_size=2, unique=True))
    grain = draw(st.sampled_from(strategies.GRAINS))
    since, until = draw(strategies.ranges(grain, on_days="monthly" in names))
    ask: dict[str, Any] = {"metrics": names, "grain": grain, "since": since, "until": until}
    ask["by"] = draw(st.lists(st.sampled_from(strategies.SHARED_DIMENSIONS), max_size=2, unique=True))
    options = {
        "where": st.none() | st.sampled_from(sorted(strategies.CONDITIONS)),
        "timezone": st.none() | st.sampled_from(strategies.ZONES),
        "compare": st.none() if grain is None and "T" in since + until else st.sampled_from([None, "previous", "7d"]),
    }
    return {**ask, **{key: value for key, option in options.items() if (value := draw(option)) is not None}}


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("companies")


def judge(workspaces: Path, company: Company, asks: list[dict[str, Any]]) -> None:
    layer = asking.Companies(workspaces / uuid4().hex).layer(company)
    for ask in asks:
        found, expected = asking.rows(layer, ask), evaluate(company, ask, EXPRESSIONS)
        asking.same(asking.busy(found, ask), asking.busy(expected, ask), ask, str(ask))


@examples
@given(company=companies(), asks=st.lists(requests(), min_size=4, max_size=8))
def test_the_layer_says_what_the_evaluator_says(workspaces: Path, company: Company, asks: list[dict[str, Any]]) -> None:
    judge(workspaces, company, asks)


@pytest.mark.full
@settings(examples, max_examples=200)
@given(company=companies(), asks=st.lists(requests(), min_size=6, max_size=12))
def test_at_length(workspaces: Path, company: Company, asks: list[dict[str, Any]]) -> None:
    judge(workspaces, company, asks)


@examples
@given(company=companies(), ask=requests())
def test_the_answers_of_the_members_are_all_answers(workspaces: Path, company: Company, ask: dict[str, Any]) -> None:
    layer = asking.Companies(workspaces / uuid4().hex).layer(company)
    ask = {**{key: value for key, value in ask.items() if key != "compare"}, "metrics": ["nps"], "by": []}
    whole = {row.get("period"): row for row in asking.rows(layer, ask)}
    parts = asking.rows(layer, {**ask, "by": ["account.plan"]})

    for period, row in whole.items() if parts else ():
        own = [part for part in parts if part.get("period") == period]
        assert sum(part["n"] or 0 for part in own) == (row["n"] or 0)
        if row["n"]:
            assert row["value"] * row["n"] == pytest.approx(sum((part["value"] or 0) * part["n"] for part in own))
            assert row["low"] <= row["value"] <= row["high"]
