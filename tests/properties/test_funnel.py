"""Funnels of random small companies, judged by every way through their rows: ties, repeats, overlaps and exact windows abound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import asking
from tests.case_files import python
from tests.company import Company
from tests.evaluator import evaluate

examples = settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
EXPRESSIONS = {
    sql: python(text)
    for sql, text in {
        "event = 'a'": 'row["event"] == "a"',
        "event = 'b'": 'row["event"] == "b"',
        "event = 'c'": 'row["event"] == "c"',
        "event IN ('a', 'b')": 'row["event"] in ("a", "b")',
        "event IN ('b', 'c')": 'row["event"] in ("b", "c")',
        "event = 'b' AND attrs.plan = 'x'": 'row["event"] == "b" and row["attrs.plan"] == "x"',
        "attrs.plan = 'x'": 'row["attrs.plan"] == "x"',
        "event <> 'x'": 'row["event"] != "x"',
        "event = 'x'": 'row["event"] == "x"',
        "account.region = 'EU'": 'row["account.region"] == "EU"',
    }.items()
}
STEPS = [condition for condition in EXPRESSIONS if condition not in ("event = 'x'", "account.region = 'EU'")]
START = datetime(2026, 3, 27, 20, tzinfo=UTC)  # clocks change in Europe on the 29th

_EVENT = st.fixed_dictionaries(
    {
        # Few moments, so that many are equal and windows are hit exactly; two days, so that one lies across the change of the clocks.
        "occurred_at": st.builds(
            lambda hour, tick: (START + timedelta(hours=hour, minutes=30 * tick)).isoformat(),
            st.integers(0, 3) | st.integers(24, 50),
            st.integers(0, 2),
        ),
        "event_name": st.sampled_from(["a", "b", "c", "x"]),
        "person_id": st.sampled_from(["p1", "p1", "p1", "p2", None]),
        "account_id": st.sampled_from(["a1", "a2", "a3", None]),
        "session_id": st.sampled_from(["s1", "s2", None]),
        "attrs": st.sampled_from([{}, {"plan": "x"}, {"plan": "y"}, {"plan": ""}, {"plan": 0}]),
    }
)


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """A company of a dozen events; ids with one and two figures."""
    rows = draw(st.lists(_EVENT, min_size=1, max_size=12))
    order = draw(st.permutations(range(len(rows))))
    tables = {
        "account": [{"account_id": "a1", "region": "EU"}, {"account_id": "a2", "region": None}, {"account_id": "a3", "region": "US"}],
        "person": [{"person_id": "p1", "account_id": "a1"}, {"person_id": "p2", "account_id": "a2"}],
        "event": [{"event_id": f"e{number + 5}", **row} for number, row in zip(order, rows, strict=True)],
    }
    until = draw(st.sampled_from(["2026-04-20", "2026-03-30", "2026-03-29T09:30"]))
    zone, week = draw(st.sampled_from(["UTC", "Europe/Paris", "America/New_York"])), draw(st.sampled_from(["monday", "sunday"]))
    return Company(tables, loaded_until=until, loaded_since="2026-01-01", timezone=zone, week_start=week)


@st.composite
def funnels(draw: st.DrawFn) -> dict[str, Any]:
    """A funnel with any of its options."""
    conditions = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
    count = len(conditions)
    block: dict[str, Any] = {"steps": [{f"s{number}": condition} for number, condition in enumerate(conditions, 1)]}
    block["within"] = draw(st.sampled_from(["30 minutes", "1 hour", "5400 seconds", "1 day", "24 hours", "14 days"]))
    block["entity"] = draw(st.sampled_from(["person", "person", "account"]))
    block["order"] = draw(st.sampled_from(["ordered", "ordered", "strict", "strict_repeats_ok", "any"]))
    block["ties"] = draw(st.sampled_from(["allowed", "strictly_later"]))
    block["inside_range"] = draw(st.booleans())
    block["attribution"] = draw(st.sampled_from(["first_touch", "last_touch", f"step {draw(st.integers(1, count))}", "all"]))
    if count > 1:
        after = st.integers(1, count - 1)
        one = after.flatmap(lambda low: st.fixed_dictionaries({"after": st.just(low), "before": st.integers(low + 1, count)}))
        events = st.sampled_from(["event = 'x'", "event = 'x'", "event = 'b'"])
        block["exclude"] = [{**pair, "event": draw(events)} for pair in draw(st.lists(one, max_size=2))]
        block["show"] = draw(st.sampled_from(["steps", "trend", "times"]))
    if block.get("show", "steps") != "steps":
        block["from_step"] = draw(st.integers(1, count - 1))
        block["to_step"] = draw(st.integers(block["from_step"] + 1, count))
    if block.get("show") == "times":
        block["bins"] = draw(st.sampled_from(["auto", 1, 3]))
    return block


@st.composite
def requests(draw: st.DrawFn, block: dict[str, Any]) -> dict[str, Any]:
    """A request for it; with times of day now and then."""
    since = draw(st.sampled_from(["2026-03-27", "2026-03-28", "2026-03-27T20:30"]))
    until = draw(st.sampled_from(["2026-03-29", "2026-03-30", "2026-03-28T22:00"]))
    grains = ["hour", "day", "week", "month"] if block.get("show") == "trend" else [None, "day"]
    by = draw(st.sampled_from([[], [], ["account.region"], ["attrs.plan"], ["attrs.plan", "event"]]))
    ask = {"metrics": ["f"], "since": since, "until": until, "by": by, "grain": draw(st.sampled_from(grains))}
    options = {
        "where": st.sampled_from([None, None, "account.region = 'EU'"]),
        "timezone": st.sampled_from([None, None, "Asia/Kolkata", "America/New_York"]),
        "top": st.sampled_from([None, 1]) if by else st.none(),
    }
    return {**ask, **{key: value for key, option in options.items() if (value := draw(option)) is not None}}


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("funnels")


@examples
@given(company=companies(), data=st.data())
def test_a_funnel_is_what_trying_every_way_finds(workspaces: Path, company: Company, data: st.DataObject) -> None:
    _agrees(workspaces, company, data, count=3)


@pytest.mark.full
@settings(examples, max_examples=60)
@given(company=companies(), data=st.data())
def test_a_funnel_is_what_trying_every_way_finds_at_length(workspaces: Path, company: Company, data: st.DataObject) -> None:
    _agrees(workspaces, company, data, count=25)


@examples
@given(company=companies(), data=st.data(), seed=st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_loaded_is_of_no_account(workspaces: Path, company: Company, data: st.DataObject, seed: Any) -> None:
    events = list(company.tables["event"])
    shuffled = company.but(tables={**company.tables, "event": seed.sample(events, len(events))})
    metric = {"f": {"funnel": data.draw(funnels()), "in": "events"}}
    ask = {**data.draw(requests(metric["f"]["funnel"])), "definitions": metric}
    one, other = (asking.Companies(workspaces / uuid4().hex).layer(each) for each in (company, shuffled))

    assert asking.rows(one, ask) == asking.rows(other, ask)


def _agrees(workspaces: Path, company: Company, data: st.DataObject, count: int) -> None:
    layer = asking.Companies(workspaces / uuid4().hex).layer(company)
    for _ in range(count):
        metric = {"f": {"funnel": data.draw(funnels()), "in": "events"}}
        ask = data.draw(requests(metric["f"]["funnel"]))
        if "T" in company.loaded_until:  # members are ranked over whole days
            ask.pop("top", None)
        expected = evaluate(company.but(metrics=metric), ask, EXPRESSIONS)
        asking.same(asking.rows(layer, {**ask, "definitions": metric}), expected, ask, f"{metric}\n{ask}")
