"""Time to, on random companies: the layer says what the evaluator says, and what holds for any survival table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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

examples = settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

EXPRESSIONS = {
    **strategies.EXPRESSIONS,
    "TRUE": python("True"),
    "event = 'opened'": python('row["event"] == "opened"'),
    "priority = 'x'": python('row["priority"] == "x"'),
}
WAYS: dict[str, dict[str, Any]] = {
    "by_person": {"from": "event = 'opened'", "to": "event = 'exported'"},
    "by_account": {"from": "TRUE", "to": "attrs.pages > 2", "entity": "account"},
    "by_session": {"from": "event = 'opened'", "to": "event = 'exported'", "entity": "attrs.format", "inside_range": True},
    "since_created": {"from": "created_at", "to": "event = 'exported'", "entity": "account"},
    "since_seen": {"from": "first_seen_at", "to": "event = 'exported'", "entity": "person", "inside_range": True},
    "since_released": {"from": "created_at", "to": "event = 'exported'", "entity": "account", "feature": "export"},
    "to_ticket": {"from": "event = 'opened'", "to": {"in": "tickets"}, "entity": "account"},
    "from_response": {"from": {"in": "tickets", "time": "first_response_at"}, "to": "event = 'exported'", "entity": "account"},
}
METRICS = {name: {"time_to": way, "in": "events"} for name, way in WAYS.items()}
METRICS["with_all"] = {"time_to": WAYS["by_person"], "in": "events", "include": ["test", "internal"]}
METRICS["waiting"] = {"time_to": {"from": "created_at", "to": "first_response_at", "entity": "ticket_id"}, "in": "tickets"}


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """A random company whose accounts, people and features have beginnings too."""
    company = draw(st.one_of(strategies.companies(), strategies.unevenly_loaded()))
    begun = {"account": "created_at", "person": "first_seen_at", "feature": "released_at"}
    spring = st.dates(date(2026, 2, 15), date(2026, 4, 10)).map(date.isoformat)
    moments = st.none() | spring | st.builds("{}T{}".format, spring, st.sampled_from(["03:30", "12:00", "23:15"]))
    tables = {table: [{**row, column: draw(moments)} for row in company.tables[table]] for table, column in begun.items()}
    crowd = [{"event_id": f"more{number}", **row} for number, row in enumerate(draw(st.lists(_ACTION, min_size=40, max_size=60)))]
    tables["event"] = [*company.tables["event"], *crowd]
    until = draw(st.sampled_from([company.loaded_until, "2026-04-25"]))
    return company.but(tables={**company.tables, **tables}, loaded_until=until, metrics=METRICS)


_MINUTES = st.integers(0, 60 * 24 * 60).map(lambda after: (datetime(2026, 2, 15, tzinfo=UTC) + timedelta(minutes=after)).isoformat())
_ACTION = st.fixed_dictionaries(
    {
        "occurred_at": _MINUTES,
        "event_name": st.sampled_from(["exported", "opened"]),
        "account_id": st.sampled_from(["a1", "a2", "a3", "a4"]),
        "person_id": st.integers(1, 6).map("q{}".format),
        "attrs": st.sampled_from([{}, {"pages": 3}, {"format": "csv"}]),
    }
)


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request for one of them, with dimensions and a condition that all of them know."""
    since = draw(st.sampled_from([date(2025, 1, 1), date(2025, 10, 1), date(2026, 2, 1)]) | st.dates(date(2026, 2, 15), date(2026, 4, 10)))
    clock = draw(st.sampled_from(["", "", "T12:30"]))
    until = since + timedelta(days=draw(st.sampled_from([500, 120, 30, 7, 1])))
    ask: dict[str, Any] = {"metrics": [draw(st.sampled_from(sorted(METRICS)))], "since": f"{since}{clock}", "until": f"{until}{clock}"}
    ask["by"] = draw(st.lists(st.sampled_from(strategies.SHARED_DIMENSIONS), max_size=2, unique=True))
    options = {
        "grain": st.none() | st.sampled_from(["day", "month"]),
        "where": st.none() | st.sampled_from(sorted(strategies.CONDITIONS)),
        "timezone": st.none() | st.sampled_from(strategies.ZONES),
        "top": st.none() | st.integers(1, 2) if ask["by"] else st.none(),
    }
    return {**ask, **{key: value for key, option in options.items() if (value := draw(option)) is not None}}


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("companies")


def judge(workspaces: Path, company: Company, asks: list[dict[str, Any]]) -> None:
    layer = asking.Companies(workspaces / uuid4().hex).layer(company)
    for ask in asks:
        asking.same(asking.rows(layer, ask), evaluate(company, ask, EXPRESSIONS), ask, str(ask))


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
@given(company=companies(), ask=requests(), later=st.integers(1, 40))
def test_what_is_complete_stays_and_shares_only_fall(workspaces: Path, company: Company, ask: dict[str, Any], later: int) -> None:
    ask = {**ask, "by": [], "top": None}
    companies_of = asking.Companies(workspaces / uuid4().hex)
    rows = asking.rows(companies_of.layer(company), ask)
    shares = [row["value"] for row in rows]

    assert shares == sorted(shares, reverse=True)
    assert all(row["low"] is None or 0 < row["low"] < row["value"] < row["high"] < 1 for row in rows)
    if isinstance(company.loaded_until, str) and "inside_range" not in str(METRICS[ask["metrics"][0]]):
        then = (date.fromisoformat(company.loaded_until[:10]) + timedelta(days=later + 1)).isoformat()
        after = {row["elapsed_days"]: row for row in asking.rows(companies_of.layer(company.but(loaded_until=then)), ask)}
        for row in rows:
            if row["complete"]:
                assert {**after[row["elapsed_days"]], "median": 0} == {**row, "median": 0}
