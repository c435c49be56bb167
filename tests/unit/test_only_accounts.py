"""A question about some accounts alone: every metric gives what the same metric gives under a condition that names them."""

from datetime import datetime

import pytest

import metrics
from connectors.sync import sync
from data import demo, workspace
from data.errors import Problem

RANGE = {"since": "2025-05-01", "until": "2025-08-01"}


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    root = tmp_path_factory.mktemp("some")
    demo.write(root, accounts=30, events=8_000, until=datetime(2025, 8, 1))
    found = workspace.load(root)
    assert not any(source.error for source in sync(found).sources)
    return metrics.open(found)


@pytest.fixture(scope="module")
def some(layer):
    found = [row["account_id"] for row in layer.query("active_accounts", by=("account_id",), **RANGE).rows if row["active_accounts"]]
    assert len(found) > 8
    return found[::2]


def written(accounts):
    return f"account_id IN ({', '.join(repr(one) for one in accounts)})"


def asked(layer, name, **options):
    try:
        return layer.query(name, **RANGE, **options).rows
    except Problem as problem:
        return problem.message


def test_every_metric_counts_these_accounts_alone(layer, some):
    differs, narrower = [], 0
    for name in layer.metrics:
        only = asked(layer, name, grain="month", accounts=some)
        if only != asked(layer, name, grain="month", where=written(some)):
            differs.append(name)
        narrower += not isinstance(only, str) and only != asked(layer, name, grain="month")

    assert differs == []
    assert narrower > 100


def test_the_rows_behind_a_number_are_those_of_these_accounts(layer, some):
    found = layer.rows("events_count", **RANGE, accounts=tuple(some), limit=10_000)

    assert set(found.frame["account_id"]) <= set(some)
    assert found.total == layer.query("events_count", **RANGE, where=written(some)).rows[0]["events_count"]


def test_the_spread_of_values_is_that_of_these_accounts(layer, some):
    found = layer.distribution("resolution_median", **RANGE, accounts=tuple(some))

    assert found.total == layer.distribution("resolution_median", **RANGE, where=written(some)).total
    assert found.total < layer.distribution("resolution_median", **RANGE).total


def test_no_account_at_all_counts_nothing(layer):
    assert layer.query("events_count", **RANGE, accounts=()).rows[0]["events_count"] == 0


def test_what_belongs_to_no_account_is_refused(layer, some):
    with pytest.raises(Problem, match='work_completed: unknown column "account_id"'):
        layer.query("work_completed", accounts=some)


def test_the_statement_can_be_run_elsewhere_with_its_accounts_written_in(layer):
    told = layer.explain("events_count", **RANGE, accounts=("it's", "b"))

    assert "IN (SELECT unnest($accounts))" in told.sql
    assert "unnest(['it''s', 'b'])" in told.runnable
