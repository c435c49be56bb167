"""Leaves that look at the same rows share a CTE: the rows are read once, and the numbers are those of each leaf alone."""

from __future__ import annotations

from typing import Any

import pytest

import metrics
from data import workspace
from tests import warehouse
from tests.company import Company

METRICS: dict[str, dict[str, Any]] = {
    "deals": {"count": "*", "in": "opportunities", "time": "closed_at"},
    "won": {"count": "*", "in": "opportunities", "time": "closed_at", "where": "is_won"},
    "won_or_large": {"count": "*", "in": "opportunities", "time": "closed_at", "where": "is_won or amount > 50"},
    "won_amount": {"sum": "amount", "in": "opportunities", "time": "closed_at", "where": "is_won"},
    "won_middle": {"median": "amount", "in": "opportunities", "time": "closed_at", "where": "is_won"},
    "opened": {"count": "*", "in": "opportunities"},
    "won_of_all": {"count": "*", "in": "opportunities", "time": "closed_at", "where": "is_won", "include": ["test"]},
    "busy": {"count_distinct": "account_id", "in": "opportunities", "time": "closed_at", "at_least": 2},
    "win_rate": {"ratio": "won", "to": "deals"},
    "deals_so_far": {"cumulative": "deals"},
}
DEALS = [  # account, opened, closed, won, amount
    ("a1", "2026-01-02", "2026-01-10", True, 10),
    ("a1", "2026-01-03", "2026-01-20", False, 100),
    ("a2", "2026-01-04", "2026-02-05", True, 30),
    ("a2", "2026-01-05", "2026-02-06", True, 20),
    ("test", "2026-01-05", "2026-02-06", True, 1000),
]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> metrics.Layer:
    columns = ("account_id", "created_at", "closed_at", "is_won", "amount")
    deals = [{"opportunity_id": f"o{number}", **dict(zip(columns, deal, strict=True))} for number, deal in enumerate(DEALS)]
    accounts = [
        {"account_id": name, "plan": plan, "is_test": name == "test"} for name, plan in (("a1", "pro"), ("a2", None), ("test", "pro"))
    ]
    company = Company({"account": accounts, "opportunity": deals}, loaded_until="2026-03-01", metrics=METRICS)
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("deals"))))


def ask(layer: metrics.Layer, *names: str, **options: Any) -> metrics.Result:
    return layer.query(*names, since="2026-01-01", until="2026-03-01", grain="month", **options)


@pytest.mark.parametrize(
    ("names", "reads"),
    [
        (("won", "deals"), 1),
        (("win_rate",), 1),
        (("won", "won_amount", "won_middle", "won_or_large"), 1),
        (("won", "opened"), 2),
        (("won", "won_of_all"), 2),
        (("won", "deals", "busy"), 2),
        (("deals", "deals_so_far"), 2),
    ],
)
def test_rows_are_read_once(layer: metrics.Layer, names: tuple[str, ...], reads: int) -> None:
    assert ask(layer, *names).sql.count("FROM opportunity AS f") == reads


def test_compared_rows_are_read_once_more(layer: metrics.Layer) -> None:
    assert ask(layer, "won", "deals", compare="previous").sql.count("FROM opportunity AS f") == 2


def test_the_numbers_are_those_by_hand(layer: metrics.Layer) -> None:
    january, february = ask(layer, "deals", "won", "won_or_large", "won_amount", "won_middle", "win_rate").rows

    assert [january[name] for name in ("deals", "won", "won_or_large", "won_amount", "won_middle", "win_rate")] == [2, 1, 2, 10, 10, 0.5]
    assert [february[name] for name in ("deals", "won", "won_or_large", "won_amount", "won_middle", "win_rate")] == [2, 2, 2, 50, 25, 1]


@pytest.mark.parametrize("by", [(), ("account.plan",)])
@pytest.mark.parametrize("compare", [None, "previous", "7d"])
def test_together_they_say_what_they_say_alone(layer: metrics.Layer, by: tuple[str, ...], compare: str | None) -> None:
    names = ("won", "won_amount", "won_middle", "deals", "opened", "deals_so_far")
    together = {(row["period"], row.get("account.plan")): row for row in ask(layer, *names, by=by, compare=compare).rows}

    for name in names:
        for row in ask(layer, name, by=by, compare=compare).rows:
            shared = together[row["period"], row.get("account.plan")]
            assert {key: shared[key] for key in row} == row


def test_with_one_condition_for_all_only_its_rows_are_read(layer: metrics.Layer) -> None:
    sql = ask(layer, "won", "won_amount").sql

    assert "FILTER" not in sql
    assert "AND f.is_won" in sql


def test_with_several_conditions_only_rows_of_one_of_them_are_read(layer: metrics.Layer) -> None:
    sql = ask(layer, "won", "won_or_large").sql

    assert sql.count("FILTER") == 2
    assert (
        "AND (f.is_won OR (f.is_won OR f.amount_reporting > 50))" in sql
        or "AND ((f.is_won) OR (f.is_won OR f.amount_reporting > 50))" in sql
    )
