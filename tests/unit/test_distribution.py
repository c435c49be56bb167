"""How values are spread, against a count in plain Python over rows written here: which rows, which bins, which quantiles."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest

import metrics
from data import workspace
from data.errors import Problem
from metrics import distribution
from metrics.layer import Layer
from tests import warehouse
from tests.company import Company

START = datetime(2026, 1, 5, 9)
#: Hours from start to end of finished work: a long tail, one piece that took a whole year, edges hit exactly.
HOURS = [1, 5, 12, 24, 24, 30, 36, 47, 48, 49, 60, 72, 73, 90, 96, 100, 110, 120, 121, 150, 168, 190, 210, 240, *range(10, 130, 1), 8760]


def work(number, hours, end="2026-03-10T12:00", **more):
    ended = datetime.fromisoformat(end)
    started = (ended - timedelta(hours=hours)).isoformat() if hours is not None else None
    told = {"created_at": "2024-01-01", "started_at": started, "completed_at": end, "state_type": "completed", "team": "Core"}
    return {"work_item_id": f"w{number}", **told, **more}


WORK = [work(number, hours) for number, hours in enumerate(HOURS)] + [
    work("early", 500, "2026-02-28T23:59"),
    work("late", 500, "2026-04-01T00:00"),
    work("cancelled", 500, state_type="cancelled"),
    work("deleted", 500, deleted_at="2026-03-20"),
    work("never started", None),
    work("elsewhere", 26, team="Data"),
]
VALUES = sorted([hours / 24 for hours in HOURS] + [26 / 24])


@pytest.fixture(scope="module")
def layer(tmp_path_factory) -> Layer:
    own = {
        "level": {"average": "cycle_days - 100", "in": "work_items", "where": "team = 'Data'"},
        "heaviest": {"max": "cycle_days", "in": "work_items"},
        "by_person": {"median": "value", "in": "events", "per": "person"},
    }
    company = Company({"work_item": WORK}, "2026-06-01", loaded_since="2024-01-01", timezone="Europe/Paris", metrics=own)
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("work"))))


def march(layer, name="cycle_time", **options):
    return layer.distribution(name, since="2026-03-01", until="2026-04-01", **options)


def quantile(values, share):
    """Linear between the two values around the place, as Excel and numpy do it."""
    place = share * (len(values) - 1)
    low = math.floor(place)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (place - low)


def test_it_looks_at_exactly_the_rows_of_the_metric(layer):
    found = march(layer)

    assert found.total == len(VALUES)
    assert found.total == sum(one.count for one in found.bins)
    assert found.quantiles == pytest.approx({share: quantile(VALUES, share) for share in (0.5, 0.85, 0.95)})
    assert found.quantiles[0.5] == layer.query("cycle_time", since="2026-03-01", until="2026-04-01").rows[0]["cycle_time"]


@pytest.mark.parametrize("bins", [1, 5, 20, 60])
def test_each_bin_counts_the_values_from_its_low_edge_up_to_its_high_one(layer, bins):
    found = march(layer, bins=bins)

    for one in found.bins:
        assert one.count == sum(one.low <= value < (math.inf if one.high is None else one.high) for value in VALUES)
    assert [one.high for one in found.bins[:-1]] == [one.low for one in found.bins[1:]]


def test_one_outlier_does_not_flatten_the_picture(layer):
    found = march(layer)

    assert (found.bins[-1].high, found.bins[-1].count) == (None, 2)  # ten days, and the year
    assert found.bins[-1].low < 11
    assert 10 <= len(found.bins) <= 25


def test_edges_are_round_and_nothing_is_cut_off():
    assert distribution.edges(0.1, 17.2, 33.0, 20) == ([float(day) for day in range(19)], None)
    assert distribution.edges(0, 0.95, 0.95, 10) == ([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], 1.0)
    assert distribution.edges(100, 140, 141, 5) == ([100, 110, 120, 130, 140], 150)
    assert distribution.edges(-3, 4, 5, 4) == ([-4, -2, 0, 2, 4], 6)
    assert distribution.edges(7, 7, 7, 20) == ([7.0], 7.5)
    assert distribution.edges(0, 0, 0, 20) == ([0.0], 1.0)


def test_stretches_of_time_are_round_hours():
    assert distribution.edges(3, 1000, 9000, 20, minutes=True)[0][:3] == [0, 60, 120]
    assert distribution.edges(0, 20_000, 90_000, 20, minutes=True)[0][:3] == [0, 1440, 2880]
    assert distribution.edges(0, 1_000_000, 1_000_000, 20, minutes=True)[0][:2] == [0, 50_000]


def test_a_bin_leads_to_its_rows(layer):
    found = march(layer)

    for place, one in enumerate(found.bins):
        rows = layer.rows("cycle_time", since="2026-03-01", until="2026-04-01", where=found.condition(place))
        assert rows.total == one.count


def test_a_value_is_found_in_the_bin_that_counts_it(layer):
    found = march(layer)

    assert [found.holding(value) for value in (-1, found.bins[0].low, found.bins[3].low, 1e6)] == [0, 0, 3, len(found.bins) - 1]


def test_a_condition_narrows_it_and_is_bound(layer):
    found = march(layer, where="team = 'Data'")

    assert found.total == 1
    assert found.parameters == {"where_1": "Data"}
    assert "$where_1" in found.sql
    assert "'Data'" not in found.sql


def test_values_below_zero_and_expressions_have_bins_too(layer):
    found = march(layer, "level")

    assert found.total == 1
    assert found.bins[0].low <= 26 / 24 - 100 < (found.bins[0].high or math.inf)
    assert layer.rows("level", where=found.condition(0)).total == 1


def test_where_nothing_is_there_are_no_bins(layer):
    assert march(layer, where="team = 'Nobody'").bins == ()
    assert layer.distribution("cycle_time", since="2027-01-01", until="2027-02-01").total == 0


@pytest.mark.parametrize("name", ["work_completed", "heaviest", "by_person", "bug_share", "mrr"])
def test_a_metric_whose_rows_have_no_value_each_says_so(layer, name):
    with pytest.raises(Problem, match="no value each"):
        march(layer, name)


def test_an_unknown_metric_is_told_with_its_neighbour(layer):
    with pytest.raises(Problem) as told:
        march(layer, "cycle_tim")
    assert "cycle_time" in str(told.value.remedy)
