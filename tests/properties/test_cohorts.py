"""What holds for retention, lifecycle and stickiness of any company: judged by the evaluator, and by what must be so."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import metrics
from tests import asking, strategies
from tests.company import Company
from tests.evaluator import evaluate
from tests.strategies import CONDITIONS, EVENTS_ONLY

WHERE = {
    **strategies.EXPRESSIONS,
    "event = 'opened'": lambda row: row["event"] == "opened",
    "event = 'exported' AND attrs.format = 'pdf'": lambda row: row["event"] == "exported" and row["attrs.format"] == "pdf",
    "(event = 'opened') and (account.plan = 'pro' and value > 10)": lambda row: (
        row["event"] == "opened" and row["account.plan"] == "pro" and (row["value"] or 0) > 10
    ),
}
ENTITIES = {"events": ("person", "account", "attrs.format", "feature_id"), "tickets": ("account", "person"), "mrr_day": ("account",)}
DIMENSIONS = {
    "events": (*strategies.SHARED_DIMENSIONS, *strategies.EVENT_DIMENSIONS),
    "tickets": (*strategies.SHARED_DIMENSIONS, "person.role"),
    "mrr_day": (*strategies.SHARED_DIMENSIONS, "plan"),
}
FACTS = ("events", "events", "events", "events", "tickets", "mrr_day")
examples = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cohorts")


def _conditions(fact: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*CONDITIONS, *([*EVENTS_ONLY, *(set(WHERE) - set(strategies.EXPRESSIONS))] if fact == "events" else [])])


def _some(draw: st.DrawFn, options: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    return {key: draw(option) for key, option in options.items() if draw(st.booleans())}


@st.composite
def definitions(draw: st.DrawFn, verbs: tuple[str, ...] = ("retention", "lifecycle", "stickiness")) -> dict[str, Any]:
    """A definition of one of the kinds, with any of its options."""
    verb, fact = draw(st.sampled_from(verbs)), draw(st.sampled_from(FACTS))
    condition, entity = _conditions(fact), st.sampled_from(ENTITIES[fact])
    options: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "retention": {
            "start": condition,
            "return": condition,
            "mode": st.sampled_from(["recurring", "first_time", "first_ever"]),
            "counting": st.sampled_from(["exact", "on_or_after"]),
            "at_least": st.integers(1, 3),
            "periods": st.integers(1, 6),
            "base": st.sampled_from(["first", "previous"]),
            "same_on_return": st.booleans(),
        },
        "lifecycle": {"event": condition, "new_means": st.just("created_at")},
        "stickiness": {"event": condition, "each": st.sampled_from([">= 2", "<= 1", "= 1", ">= 1"]), "cumulative": st.booleans()},
    }
    told = {"entity": draw(entity), **_some(draw, options[verb])}
    if "new_means" in told:
        told["entity"] = draw(st.sampled_from([one for one in ENTITIES[fact] if one in ("person", "account")]))
    if fact == "mrr_day" and "mode" in told and told["mode"] == "first_ever":
        told["mode"] = "first_time"
    return {verb: told, "in": fact, **_some(draw, {"where": _conditions("")} if draw(st.booleans()) else {})}


@st.composite
def asks(draw: st.DrawFn, fact: str) -> dict[str, Any]:
    """A request: any grain, clipped ranges, another zone, members, a top list."""
    grain = draw(st.sampled_from([None, "day", "week", "month", "quarter", "year", *(["hour"] if fact != "mrr_day" else [])]))
    since, until = draw(strategies.ranges("day" if grain is None else grain, on_days=fact == "mrr_day"))
    if grain == "hour":
        since = draw(st.sampled_from(["2026-03-08", "2026-03-28T20:00", "2026-03-29T00:30", "2026-03-25"]))
        until = (datetime.fromisoformat(since) + timedelta(hours=draw(st.integers(1, 30)))).isoformat(timespec="minutes")
    ask: dict[str, Any] = {"metrics": ["m"], "since": since, "until": until, "grain": grain}
    ask["by"] = draw(st.lists(st.sampled_from(DIMENSIONS[fact]), max_size=2, unique=True))
    options = {
        "where": _conditions(fact),
        "week_start": st.sampled_from(["monday", "sunday"]),
        **({"timezone": st.sampled_from(strategies.ZONES)} if fact != "mrr_day" else {}),
        **({"top": st.integers(1, 2)} if ask["by"] else {}),
    }
    return {key: value for key, value in {**ask, **_some(draw, options)}.items() if value is not None}


@st.composite
def questions(draw: st.DrawFn) -> tuple[Company, list[dict[str, Any]]]:
    """A company with a definition, and requests for it."""
    definition = draw(definitions())
    company = draw(st.one_of(strategies.companies(), strategies.unevenly_loaded())).but(metrics={"m": definition})
    return company, draw(st.lists(asks(definition["in"]), min_size=2, max_size=4))


def _layer(company: Company, workspaces: Path) -> metrics.Layer:
    return asking.Companies(workspaces / uuid4().hex).layer(company)


@examples
@given(question=questions())
def test_the_layer_says_what_the_evaluator_says(workspaces: Path, question: tuple[Company, list[dict[str, Any]]]) -> None:
    _agree(workspaces, *question)


@pytest.mark.full
@settings(examples, max_examples=400)
@given(question=questions())
def test_the_layer_says_what_the_evaluator_says_at_length(workspaces: Path, question: tuple[Company, list[dict[str, Any]]]) -> None:
    _agree(workspaces, *question)


def _agree(workspaces: Path, company: Company, asked: list[dict[str, Any]]) -> None:
    layer = _layer(company, workspaces)
    for ask in asked:
        found, expected = asking.rows(layer, ask), evaluate(company, ask, WHERE)
        asking.same(asking.busy(found, ask), asking.busy(expected, ask), ask, f"{company.metrics} {ask}")
