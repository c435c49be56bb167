"""What holds for the metrics of any company: random small ones, asked at random, judged by the evaluator and by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
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
from tests.strategies import ADDITIVE, DISTINCT, EXPRESSIONS, METRICS, SNAPSHOTS

examples = settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("companies")


def layer_of(company: Company, workspaces: Path) -> metrics.Layer:
    return asking.Companies(workspaces / uuid4().hex).layer(company)


@pytest.mark.full
@settings(examples, max_examples=200)
@given(company=strategies.unevenly_loaded(), asks=st.lists(strategies.requests(), min_size=6, max_size=12))
def test_the_layer_says_what_the_evaluator_says_at_length(workspaces: Path, company: Company, asks: list[dict[str, Any]]) -> None:
    _agree(layer_of(company, workspaces), company, asks)


@settings(examples, max_examples=5)
@given(company=strategies.companies(), asks=st.lists(strategies.requests(), min_size=4, max_size=8))
def test_the_layer_says_what_the_evaluator_says(workspaces: Path, company: Company, asks: list[dict[str, Any]]) -> None:
    _agree(layer_of(company, workspaces), company, asks)


@settings(examples, max_examples=5)
@given(company=strategies.unevenly_loaded(), asks=st.lists(strategies.requests(), min_size=4, max_size=8))
def test_also_when_tables_are_loaded_to_different_moments(workspaces: Path, company: Company, asks: list[dict[str, Any]]) -> None:
    _agree(layer_of(company, workspaces), company, asks)


@examples
@given(company=strategies.companies(), asks=st.lists(strategies.hours(), min_size=3, max_size=5))
def test_by_the_hour_too(workspaces: Path, company: Company, asks: list[dict[str, Any]]) -> None:
    _agree(layer_of(company, workspaces), company, asks)


def _agree(layer: metrics.Layer, company: Company, asks: list[dict[str, Any]]) -> None:
    for ask in asks:
        found, expected = asking.rows(layer, ask), evaluate(company, ask, EXPRESSIONS)
        asking.same(asking.busy(found, ask), asking.busy(expected, ask), ask, str(ask))


@examples
@given(company=strategies.companies(), ask=strategies.requests({**ADDITIVE, **SNAPSHOTS}))
def test_parts_add_up_to_the_whole(workspaces: Path, company: Company, ask: dict[str, Any]) -> None:
    layer = layer_of(company, workspaces)
    whole = asking.rows(layer, {**ask, "by": []})

    for dimension in strategies.SHARED_DIMENSIONS:
        parts = asking.rows(layer, {**ask, "by": [dimension]})
        for row in whole if parts else []:
            for name in ask["metrics"]:
                values = [part[name] for part in parts if part.get("period") == row.get("period")]
                assert _total(values) == pytest.approx(row[name]), (dimension, name, row)


@examples
@given(company=strategies.companies(), ask=strategies.requests(DISTINCT))
def test_a_distinct_count_lies_between_its_largest_part_and_the_sum_of_its_parts(
    workspaces: Path, company: Company, ask: dict[str, Any]
) -> None:
    layer = layer_of(company, workspaces)
    whole = asking.rows(layer, {**ask, "by": []})
    parts = asking.rows(layer, {**ask, "by": ["account_id"]})

    for row in whole if parts else []:
        for name in ask["metrics"]:
            values = [part[name] for part in parts if part.get("period") == row.get("period")]
            if row[name] is not None:
                assert max(values) <= row[name] <= sum(values)


@examples
@given(company=strategies.companies(), ask=strategies.requests(ADDITIVE, grains=("month",)))
def test_days_add_up_to_their_month(workspaces: Path, company: Company, ask: dict[str, Any]) -> None:
    layer = layer_of(company, workspaces)
    ask = {key: value for key, value in ask.items() if key != "compare"}
    months = asking.rows(layer, {**ask, "by": []})
    added: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in asking.rows(layer, {**ask, "by": [], "grain": "day"}):
        for name in ask["metrics"]:
            added[row["period"][:7], name].append(row[name])

    for month in months:
        for name in ask["metrics"]:
            assert _total(added[month["period"][:7], name]) == pytest.approx(month[name])


@examples
@given(company=strategies.companies(), ask=strategies.requests(), seed=st.randoms(use_true_random=False))
def test_the_order_in_which_rows_arrive_is_of_no_account(workspaces: Path, company: Company, ask: dict[str, Any], seed: Any) -> None:
    shuffled = company.but(tables={name: seed.sample(list(rows), len(rows)) for name, rows in company.tables.items()})

    asking.same(asking.rows(layer_of(shuffled, workspaces), ask), asking.rows(layer_of(company, workspaces), ask), ask)


@examples
@given(company=strategies.companies(), ask=strategies.requests(), later=st.integers(1, 40))
def test_what_was_complete_stays_when_more_is_loaded(workspaces: Path, company: Company, ask: dict[str, Any], later: int) -> None:
    then = (datetime.fromisoformat(company.loaded_until) + timedelta(days=later)).isoformat()
    before = _by_key(asking.rows(layer_of(company, workspaces), ask), ask)
    after = _by_key(asking.rows(layer_of(company.but(loaded_until=then), workspaces), ask), ask)

    for key, row in before.items():
        if row["complete"]:
            assert after[key] == row


@examples
@given(company=strategies.companies(), ask=strategies.requests(grains=("day", "month", "quarter", "year", None)))
def test_the_start_of_the_week_moves_only_weeks(workspaces: Path, company: Company, ask: dict[str, Any]) -> None:
    layer = layer_of(company, workspaces)

    assert asking.rows(layer, {**ask, "week_start": "monday"}) == asking.rows(layer, {**ask, "week_start": "sunday"})


@examples
@given(company=strategies.companies(), ask=strategies.requests(grains=("week",)))
def test_a_comparison_is_the_earlier_query(workspaces: Path, company: Company, ask: dict[str, Any]) -> None:
    layer = layer_of(company, workspaces)
    monday = date(2026, 3, 2)
    weeks = {"since": monday.isoformat(), "until": (monday + timedelta(days=14)).isoformat(), "week_start": "monday"}
    shifts = {"previous": 7, "7d": 7, "year": 364}

    for compare, days in shifts.items():
        now = _by_key(asking.rows(layer, {**ask, **weeks, "compare": compare}), ask)
        earlier = {key: (date.fromisoformat(weeks[key]) - timedelta(days=days)).isoformat() for key in ("since", "until")}
        then = {key: value for key, value in {**ask, **weeks, **earlier}.items() if key != "compare"}
        shifted = _by_key(asking.rows(layer, then), ask)
        for (period, *members), row in now.items():
            if row["complete"]:
                was = shifted.get(((date.fromisoformat(period) - timedelta(days=days)).isoformat(), *members), {})
                for name in ask["metrics"]:
                    assert (row[f"{name}_compared"] or 0) == pytest.approx(was.get(name) or 0), (compare, period, members)


@examples
@given(company=strategies.companies(), ask=strategies.requests({"actions": 1, "tickets": 1}, grains=(None,)))
def test_behind_each_count_stand_as_many_rows(workspaces: Path, company: Company, ask: dict[str, Any]) -> None:
    layer = layer_of(company, workspaces)
    name = ask["metrics"][0]
    options = {key: ask[key] for key in ("since", "until", "where") if key in ask}

    for row in asking.rows(layer, {"metrics": [name], "by": ask["by"], **options}):
        behind = layer.rows(name, members={dimension: row[dimension] for dimension in ask["by"]}, **options)
        assert behind.total == (row[name] or 0)
        assert len(behind.frame) == min(behind.total, 500)


@examples
@given(company=strategies.companies(), ask=strategies.requests())
def test_json_and_frame_say_the_same(workspaces: Path, company: Company, ask: dict[str, Any]) -> None:
    layer = layer_of(company, workspaces)
    result = layer.query(*ask["metrics"], **{key: value for key, value in ask.items() if key != "metrics"})
    said = result.to_dict()

    assert len(result.frame) == len(said["rows"])
    assert {"metrics", "grain", "since", "until", "timezone", "generation", "loaded_until", "rows"} <= set(said)
    for name in ask["metrics"]:
        assert [None if value != value or value is None else value for value in result.frame[name]] == pytest.approx(
            [row[name] for row in said["rows"]]
        )


def test_every_metric_of_the_strategies_is_asked_for_by_one_property() -> None:
    assert {name for group in (ADDITIVE, DISTINCT, SNAPSHOTS) for name in group} < set(METRICS)


def _total(values: list[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _by_key(rows: list[dict[str, Any]], ask: Mapping[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {(row.get("period"), *(row[name] for name in ask["by"])): row for row in rows}
