"""What holds for retention, lifecycle and stickiness of any company: judged by the evaluator, and by what must be so."""

from __future__ import annotations

from collections import defaultdict
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
VERBS = ("retention", "lifecycle", "stickiness")
FACTS = ("events", "events", "events", "events", "tickets", "mrr_day")
examples = settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
few = settings(examples, max_examples=4)


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cohorts")


def _conditions(fact: str) -> st.SearchStrategy[str]:
    of_events = [*EVENTS_ONLY, *(text for text in WHERE if text not in strategies.EXPRESSIONS)]
    return st.sampled_from([*CONDITIONS, *(of_events if fact == "events" else ())])


def _some(draw: st.DrawFn, options: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    return {key: draw(option) for key, option in options.items() if draw(st.booleans())}


@st.composite
def definitions(draw: st.DrawFn, verbs: tuple[str, ...] = VERBS, facts: tuple[str, ...] = FACTS) -> dict[str, Any]:
    """A definition of one of the kinds, with any of its options."""
    verb, fact = draw(st.sampled_from(verbs)), draw(st.sampled_from(facts))
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
    return {verb: told, "in": fact, **_some(draw, {"where": _conditions(fact)})}


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


@few
@given(company=strategies.companies(), ask=asks("events"), condition=_conditions("events"))
def test_a_cohort_is_who_was_active_and_the_triangle_only_falls(
    workspaces: Path, company: Company, ask: dict[str, Any], condition: str
) -> None:
    started = {"start": condition, "entity": "account"}
    told = {
        "m": {"retention": started, "in": "events"},
        "after": {"retention": {**started, "counting": "on_or_after"}, "in": "events"},
        "active": {"count_distinct": "account_id", "in": "events", "where": condition},
    }
    layer, ask = _layer(company.but(metrics=told), workspaces), {"grain": "week", **ask, "by": [], "top": None}
    active = {row["period"]: row["active"] for row in asking.rows(layer, {**ask, "metrics": ["active"]}) if row["complete"]}
    exact = {(row["cohort"], row["offset"]): row for row in asking.rows(layer, ask)}
    after = {(row["cohort"], row["offset"]): row for row in asking.rows(layer, {**ask, "metrics": ["after"]})}

    assert set(exact) == set(after)
    for (cohort, offset), row in exact.items():
        assert row["size"] == exact[cohort, 0]["retained"]
        assert not row["complete"] or row["size"] == active.get(cohort, row["size"])
        assert row["retained"] <= after[cohort, offset]["retained"] <= after[cohort, max(offset - 1, 0)]["retained"] <= row["size"]
        assert row["value"] is None or row["value"] == pytest.approx(row["retained"] / row["size"])


@few
@given(company=strategies.companies(), ask=asks("events"), condition=_conditions("events"))
def test_the_active_of_a_period_are_new_returning_or_resurrecting_and_those_of_the_one_before_return_or_are_dormant(
    workspaces: Path, company: Company, ask: dict[str, Any], condition: str
) -> None:
    told = {
        "m": {"lifecycle": {"event": condition, "entity": "account"}, "in": "events"},
        "active": {"count_distinct": "account_id", "in": "events", "where": condition},
    }
    layer, ask = _layer(company.but(metrics=told), workspaces), {"grain": "week", **ask, "by": [], "top": None}
    active = {row["period"]: row["active"] for row in asking.rows(layer, {**ask, "metrics": ["active"]}) if row["complete"]}
    of: dict[str, dict[str, int]] = defaultdict(dict)
    for row in asking.rows(layer, ask):
        if row["complete"]:
            of[row["period"]][row["status"]] = row["value"]

    for period, before in zip(list(active)[1:], active, strict=False):
        if period in of:
            assert of[period]["new"] + of[period]["returning"] + of[period]["resurrecting"] == active[period]
            assert of[period]["returning"] - of[period]["dormant"] == active[before]


@few
@given(company=strategies.companies(), ask=asks("events"), condition=_conditions("events"))
def test_stickiness_adds_up_to_the_active_of_the_range_and_of_its_periods(
    workspaces: Path, company: Company, ask: dict[str, Any], condition: str
) -> None:
    told = {
        "m": {"stickiness": {"event": condition}, "in": "events"},
        "more": {"stickiness": {"event": condition, "cumulative": True}, "in": "events"},
        "active": {"count_distinct": "person_id", "in": "events", "where": condition},
    }
    layer, ask = _layer(company.but(metrics=told), workspaces), {"grain": "day", **ask, "by": [], "top": None}
    exact = [row["value"] for row in asking.rows(layer, ask)]
    more = [row["value"] for row in asking.rows(layer, {**ask, "metrics": ["more"]})]
    periods = [row["active"] or 0 for row in asking.rows(layer, {**ask, "metrics": ["active"]})]
    in_all = asking.rows(layer, {**ask, "metrics": ["active"], "grain": None})[0]["active"] or 0

    assert len(exact) == len(periods)
    assert sum(exact) == more[0] == in_all
    assert sum(place * value for place, value in enumerate(exact, 1)) == sum(more) == sum(periods)


@few
@given(question=questions(), days=st.integers(1, 40))
def test_what_was_complete_stays_when_more_is_loaded(workspaces: Path, question: tuple[Company, list[dict[str, Any]]], days: int) -> None:
    company, asked = question
    until = company.loaded_until if isinstance(company.loaded_until, str) else "2026-04-01"
    then = (datetime.fromisoformat(until) + timedelta(days=days)).isoformat()
    early, late = _layer(company.but(loaded_until=until), workspaces), _layer(company.but(loaded_until=then), workspaces)
    for ask in asked:
        # Who is on a top list changes with what is loaded.
        ask = {key: value for key, value in ask.items() if key != "top"}
        keys = ("period", *asking.SHAPE_KEYS, *ask["by"])
        later = {tuple(row.get(key) for key in keys): row for row in asking.rows(late, ask)}

        for row in asking.rows(early, ask):
            if row["complete"]:
                assert later[tuple(row.get(key) for key in keys)] == row


@few
@given(company=strategies.companies(), ask=asks("events"), definition=definitions(("retention", "lifecycle"), ("events",)))
def test_people_of_each_role_add_up_to_all_people(
    workspaces: Path, company: Company, ask: dict[str, Any], definition: dict[str, Any]
) -> None:
    verb = next(iter(definition))
    layer = _layer(company.but(metrics={"m": {**definition, verb: {**definition[verb], "entity": "person"}}}), workspaces)
    ask = {key: value for key, value in ask.items() if key != "top"}
    parts = asking.rows(layer, {**ask, "by": ["person.role"]})

    for row in asking.rows(layer, {**ask, "by": []}):
        keys = [key for key in ("period", "cohort", "offset", "status") if key in row]
        own = [part for part in parts if all(part[key] == row[key] for key in keys)]
        for name in ("size", "retained") if verb == "retention" else ("value",):
            assert sum(part[name] or 0 for part in own) == (row[name] or 0)
