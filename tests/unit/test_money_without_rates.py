"""Amounts in a currency without a rate are never left out in silence: whatever would add them up is refused, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import metrics
from data import workspace
from data.errors import Problem
from metrics.layer import Layer
from tests import warehouse
from tests.company import Company

PERIODS: list[dict[str, Any]] = [
    {"subscription_id": "euro", "account_id": "a1", "plan": "pro", "mrr": 100, "status": "active", "valid_from": "2026-01-05"},
    {"subscription_id": "pound", "account_id": "a2", "plan": "basic", "mrr": 80, "currency": "gbp", "status": "active"}
    | {"valid_from": "2026-02-10", "valid_to": "2026-03-10"},
    {
        "subscription_id": "trial",
        "account_id": "a3",
        "plan": "pro",
        "mrr": 70,
        "currency": "USD",
        "status": "trial",
        "valid_from": "2026-01-05",
    },
    {"subscription_id": "nothing", "account_id": "a3", "plan": "pro", "mrr": None, "currency": "USD", "status": "active"}
    | {"valid_from": "2026-01-05"},
]
DEALS = [
    {"opportunity_id": "o1", "account_id": "a1", "amount": 10, "created_at": "2026-01-10", "stage": "won"},
    {"opportunity_id": "o2", "account_id": "a2", "amount": 20, "currency": "GBP", "created_at": "2026-02-10", "stage": "lost"},
    {"opportunity_id": "o3", "account_id": "a2", "amount": 30, "currency": "USD", "created_at": "2026-02-10", "stage": "lost"},
]
OWN = {
    "rows": {"count": "*", "in": "mrr_day"},
    "big": {"count_distinct": "account_id", "in": "mrr_day", "where": "mrr > 50"},
    "big_pro": {"count_distinct": "account_id", "in": "mrr_day", "where": "mrr > 50 and plan = 'pro'"},
    "moves": {"movements": {"of": "mrr"}},
    "kept": {"retained": "mrr", "in": "mrr_day", "compared_to": "1 month ago"},
    "so_far": {"cumulative": "deals"},
    "deals": {"sum": "amount", "in": "opportunities"},
    "won": {"sum": "amount", "in": "opportunities", "where": "stage = 'won'"},
    "priced": {"sum": "mrr", "in": "subscriptions"},
    "wide": {"ratio": "deals", "to": "rows"},
    "moved": {"sum": "amount", "in": "mrr_movements"},
    "logos": {"retained": "paying", "in": "paying_day", "compared_to": "1 month ago"},
    "adopted": {"sum": "mrr", "in": "account_day", "over_last": "1 day"},
    "kinds": {"count": "*", "in": "mrr_movements", "where": "kind = 'new'"},
}


def company(**changes: Any) -> Company:
    accounts = [{"account_id": f"a{number}", "region": region} for number, region in enumerate(["EU", "UK", "EU"], 1)]
    tables = {"account": accounts, "subscription_period": PERIODS, "opportunity": DEALS}
    return Company(tables, loaded_since="2026-01-01", loaded_until="2026-05-01", metrics=OWN).but(**changes)


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    return metrics.open(workspace.load(warehouse.build(company(), tmp_path_factory.mktemp("books"))))


def ask(layer: Layer, name: str, since: str = "2026-02-01", until: str = "2026-03-01", **options: Any) -> Any:
    return layer.query(name, since=since, until=until, **options).rows


@pytest.mark.parametrize(
    ("name", "currencies"),
    [
        *(
            (name, "GBP")
            for name in (
                "mrr",
                "arr",
                "arpa",
                "big",
                "moves",
                "moved",
                "kinds",
                "net_new_mrr",
                "paying_accounts",
                "kept",
                "priced",
                "adopted",
            )
        ),
        *((name, "GBP and USD") for name in ("deals", "wide", "so_far")),
    ],
)
def test_what_would_leave_amounts_out_names_their_currencies_and_the_remedy(layer: Layer, name: str, currencies: str) -> None:
    with pytest.raises(Problem) as said:
        ask(layer, name)

    assert f"amounts in {currencies} have no rate to EUR" in str(said.value)
    assert "company.rates: day, currency, rate" in str(said.value)
    assert "sources.yml" in str(said.value)


@pytest.mark.parametrize("name", ["rows", "big_pro", "won", "new_opportunities"])
def test_what_adds_up_none_of_them_is_answered(layer: Layer, name: str) -> None:
    assert ask(layer, name)[0][name] is not None


def test_only_the_rows_that_count_matter(layer: Layer) -> None:
    assert ask(layer, "mrr", "2026-01-01", "2026-02-01")[0]["mrr"] == 100
    assert ask(layer, "mrr", "2026-02-01", "2026-04-01")[0]["mrr"] == 100, "on the last day the pound has ended"
    assert ask(layer, "mrr", where="account.region = 'EU'")[0]["mrr"] == 100
    assert ask(layer, "deals", "2026-01-01", "2026-02-01")[0]["deals"] == 10
    assert ask(layer, "adopted", "2026-02-01", "2026-04-01")[0]["adopted"] == 100
    assert [row["value"] for row in ask(layer, "moves", where="account.region = 'EU'")] == [0] * 5
    assert ask(layer, "kept", where="account.region = 'EU'")[0]["kept"] == 1


def test_a_month_with_them_refuses_the_whole_series_and_a_comparison_with_it_too(layer: Layer) -> None:
    for options in ({"grain": "month", "since": "2026-01-01", "until": "2026-05-01"}, {"compare": "previous"} | MARCH):
        with pytest.raises(Problem, match="GBP"):
            ask(layer, "mrr", **options)


def test_then_counts_as_much_as_now(layer: Layer) -> None:
    assert ask(layer, "mrr", **MARCH)[0]["mrr"] == 100
    with pytest.raises(Problem, match="GBP"):
        ask(layer, "kept", **MARCH)
    assert ask(layer, "kept", "2026-04-01", "2026-05-01")[0]["kept"] == 1
    with pytest.raises(Problem, match="GBP"):
        ask(layer, "logos", **MARCH)
    assert ask(layer, "logos", "2026-04-01", "2026-05-01")[0]["logos"] == 1


def test_with_a_rate_everything_is_answered(tmp_path: Path) -> None:
    rates = [{"day": "2026-02-01", "currency": "GBP", "rate": 1.25}, {"day": "2026-02-01", "currency": "USD", "rate": 0.5}]
    folder = warehouse.build(company(tables={**company().tables, "fx_rate": rates}, loaded_until="2026-05-01"), tmp_path)
    layer = metrics.open(workspace.load(folder))

    assert ask(layer, "mrr")[0]["mrr"] == 200
    assert ask(layer, "deals")[0]["deals"] == 40
    assert [row["value"] for row in ask(layer, "moves")] == [100, 0, 0, 0, 0]


MARCH = {"since": "2026-03-01", "until": "2026-04-01"}
