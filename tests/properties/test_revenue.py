"""Revenue reconciles for any books: what moved is the difference of the levels, to the cent, however it is split and filtered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import metrics
from tests import asking
from tests.case_files import python
from tests.company import Company
from tests.evaluator import evaluate

examples = settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
RANGE = {"since": "2026-01-01", "until": "2026-05-01"}
OF = {
    "mrr": {"snapshot": "mrr", "in": "mrr_day"},
    "mrr_of_pro": {"snapshot": "mrr", "in": "mrr_day", "where": "plan = 'pro'"},
    "mrr_of_pros": {"snapshot": "mrr", "in": "mrr_day", "where": "account.plan = 'pro'"},
    "mrr_of_both": {"snapshot": "mrr", "in": "mrr_day", "where": "plan = account.plan"},
    "all_mrr": {"snapshot": "mrr", "in": "mrr_day", "include": ["test"]},
}
MOVES = {f"{name}_{at}": {"movements": {"of": name, "at": at}} for name in OF for at in ("day", "period_ends")}
MONTH = {"retained": "mrr", "in": "mrr_day", "compared_to": "1 month ago"}
RETAINED = {
    "nrr": MONTH,
    "grr": {**MONTH, "gross": True},
    "nrr_with_back": {**MONTH, "count_reactivation": True},
}
EXPRESSIONS = {
    sql: python(text)
    for sql, text in {
        "plan = 'pro'": 'row["plan"] == "pro"',
        "account.plan = 'pro'": 'row["account.plan"] == "pro"',
        "plan = account.plan": 'row["plan"] is not None and row["plan"] == row["account.plan"]',
        "account.plan <> 'pro'": 'row["account.plan"] not in (None, "pro")',
        "account.region = 'EU'": 'row["account.region"] == "EU"',
        "account_id <> 'a1'": 'row["account_id"] not in (None, "a1")',
    }.items()
}
WHERES = [None, None, "account.plan <> 'pro'", "account.plan = 'pro'", "account.region = 'EU'", "account_id <> 'a1'"]
DIMENSIONS = ["account_id", "account.plan", "account.region"]
# Few days, so that prices and plans often change on the same one, and at the ends of months.
DAYS = [date(2025, 12, 15), date(2026, 1, 1), *(date(2026, 1, 30) + timedelta(days=number) for number in (0, 1, 2, 12, 29, 30, 60, 75, 90))]

_PERIOD = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from(["a1", "a1", "a2", "a3", "a4", None]),
        "subscription_id": st.sampled_from(["s1", "s2", "s3"]),
        "plan": st.sampled_from(["basic", "pro", None]),
        "mrr": st.integers(0, 99_999).map(lambda cents: cents / 100),
        "status": st.sampled_from(["active", "active", "active", "past_due", "trial", "cancelled"]),
        "valid_from": st.sampled_from(DAYS).map(date.isoformat),
        "valid_to": st.none() | st.sampled_from(DAYS).map(date.isoformat),
        "deleted_at": st.sampled_from([None] * 7 + ["2026-04-01"]),
    }
)


@st.composite
def books(draw: st.DrawFn) -> Company:
    """Accounts whose plan changes and is told with gaps, and their prices."""
    accounts = [
        {"account_id": f"a{number}", "plan": draw(st.sampled_from(["basic", "pro", None])), "region": region, "is_test": number == 4}
        for number, region in enumerate(["EU", "US", None, "EU"], 1)
    ]
    periods = [
        {**row, "subscription_id": f"{row['account_id']}-{row['subscription_id']}-{number % 2}"}
        for number, row in enumerate(draw(st.lists(_PERIOD, min_size=1, max_size=9)))
    ]
    tables = {
        "account": accounts,
        "account_history": [row for account in accounts for row in draw(_history(account["account_id"]))],
        "subscription_period": periods,
    }
    until = draw(st.sampled_from(["2026-05-01", "2026-05-01", "2026-04-10", "2026-02-28T09:30"]))
    zone = draw(st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]))
    return Company(tables, loaded_since="2025-12-01", loaded_until=until, timezone=zone, metrics={**OF, **MOVES, **RETAINED})


@st.composite
def _history(draw: st.DrawFn, account_id: str) -> list[dict[str, Any]]:
    edges = sorted(draw(st.lists(st.sampled_from(DAYS), max_size=4, unique=True)))
    stretches = pairwise([*edges, None])
    told = [(first, last) for first, last in stretches if draw(st.integers(0, 4))]
    plans = st.sampled_from(["basic", "pro", "free", None])
    return [
        {"account_id": account_id, "plan": draw(plans), "valid_from": first.isoformat(), "valid_to": last and last.isoformat()}
        for first, last in told
    ]


@st.composite
def asks(draw: st.DrawFn) -> dict[str, Any]:
    """A question about movements or what is retained."""
    name = draw(st.sampled_from([*MOVES, *RETAINED]))
    ask = {"metrics": [name], "grain": draw(st.sampled_from(["month", "month", "week", "quarter"])), **RANGE}
    ask["since"] = draw(st.sampled_from(["2026-01-01", "2026-01-01", "2025-12-20", "2026-02-11"]))
    ask["until"] = draw(st.sampled_from(["2026-05-01", "2026-05-01", "2026-03-31"]))
    ask["by"] = draw(st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True))
    where, top = draw(st.sampled_from(WHERES)), draw(st.sampled_from([None, None, 1, 2]))
    options = {"where": where, "top": top if ask["by"] and name in MOVES else None}
    return {**ask, **{key: value for key, value in options.items() if value is not None}}


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("books")


def layer_of(company: Company, workspaces: Path) -> metrics.Layer:
    return asking.Companies(workspaces / uuid4().hex).layer(company)


@settings(examples, max_examples=5)
@given(company=books(), asked=st.lists(asks(), min_size=3, max_size=6))
def test_the_layer_says_what_the_evaluator_says(workspaces: Path, company: Company, asked: list[dict[str, Any]]) -> None:
    _agree(workspaces, company, asked)


@pytest.mark.full
@settings(examples, max_examples=250)
@given(company=books(), asked=st.lists(asks(), min_size=4, max_size=10))
def test_the_layer_says_what_the_evaluator_says_at_length(workspaces: Path, company: Company, asked: list[dict[str, Any]]) -> None:
    _agree(workspaces, company, asked)


def _agree(workspaces: Path, company: Company, asked: list[dict[str, Any]]) -> None:
    layer = layer_of(company, workspaces)
    for ask in asked:
        found, expected = asking.rows(layer, ask), evaluate(company, ask, EXPRESSIONS)
        asking.same(asking.busy(found, ask), asking.busy(expected, ask), ask, str(ask))


@examples
@given(company=books(), name=st.sampled_from(sorted(OF)), at=st.sampled_from(["day", "period_ends"]), where=st.sampled_from(WHERES))
def test_opening_and_movements_are_closing(workspaces: Path, company: Company, name: str, at: str, where: str | None) -> None:
    layer = layer_of(company, workspaces)
    for by in ([], ["account_id"], ["account.plan"], ["account.plan", "account.region"]):
        ask = {**RANGE, "grain": "month", "by": by, "since": "2025-12-01", **({"where": where} if where else {})}
        levels = _cents(asking.rows(layer, {**ask, "metrics": [name]}), by, name)
        moved = _cents(asking.rows(layer, {**ask, "metrics": [f"{name}_{at}"]}), by, "value")
        months = ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
        known = {key[0] for key in levels | moved}
        for member in {key[1:] for key in levels | moved}:
            for before, month in pairwise(months):
                opening, change, closing = levels.get((before, *member), 0), moved.get((month, *member), 0), levels.get((month, *member), 0)
                assert opening + change == closing or month not in known, (by, month, member)


@examples
@given(company=books(), name=st.sampled_from(sorted(OF)), by=st.sampled_from([[], ["account.plan"]]))
def test_days_compared_at_their_ends_are_days(workspaces: Path, company: Company, name: str, by: list[str]) -> None:
    layer = layer_of(company, workspaces)
    ask = {"grain": "day", "since": "2026-01-28", "until": "2026-02-14", "by": by}
    found = [_cents_of(asking.rows(layer, {**ask, "metrics": [f"{name}_{at}"]}), by) for at in ("day", "period_ends")]

    assert found[0] == found[1]


@examples
@given(company=books())
def test_transfers_are_of_no_account_in_total(workspaces: Path, company: Company) -> None:
    rows = asking.rows(layer_of(company, workspaces), {**RANGE, "metrics": ["mrr_day"], "grain": "month", "by": ["account.plan"]})
    total: dict[str, int] = defaultdict(int)
    for row in rows:
        total[row["period"]] += round((row["value"] or 0) * 100) if row["kind"] == "transfer" else 0

    assert not any(total.values())


@examples
@given(company=books())
@example(company=Company({"account": [], "subscription_period": []}, loaded_until="2026-05-01", metrics={**OF, **RETAINED}))
def test_what_is_retained_weighs_its_members(workspaces: Path, company: Company) -> None:
    """The whole is the mean of the parts, weighed by what they paid then; gross is at most net, and neither counts who came back."""
    layer = layer_of(company, workspaces)
    names, months = list(RETAINED), {"grain": "month", "since": "2025-12-01", "until": "2026-05-01"}
    whole = {row["period"]: row for row in asking.rows(layer, {"metrics": names, **months})}
    parts = asking.rows(layer, {"metrics": [*names, "mrr"], "by": ["account.plan"], **months})
    paid = {(row["period"], row["account.plan"]): row["mrr"] or 0 for row in parts}

    for period, row in whole.items():
        then = (date.fromisoformat(period) - timedelta(days=1)).replace(day=1).isoformat()
        if row["nrr"] is None or not row["complete"]:
            continue
        base = sum(amount for (month, _), amount in paid.items() if month == then)
        for name in names:
            shares = [(paid.get((then, one["account.plan"]), 0), one[name]) for one in parts if one["period"] == period]
            assert sum(amount * share for amount, share in shares if share is not None) == pytest.approx(base * row[name])
        assert 0 <= row["grr"] <= min(row["nrr"], 1)
        assert row["nrr"] <= row["nrr_with_back"]


@examples
@given(
    prices=st.lists(st.integers(1, 900), min_size=1, max_size=5),
    ago=st.sampled_from(["1 day", "1 week", "1 month", "1 quarter", "2 years"]),
)
def test_a_static_base_is_retained(workspaces: Path, prices: list[int], ago: str) -> None:
    periods = [
        {"subscription_id": f"s{number}", "account_id": f"a{number}", "mrr": price, "status": "active", "valid_from": "2020-01-01"}
        for number, price in enumerate(prices)
    ]
    told = {"retained": "mrr", "in": "mrr_day", "compared_to": f"{ago} ago"}
    company = Company(
        {"account": [], "subscription_period": periods},
        loaded_since="2020-01-01",
        loaded_until="2026-05-01",
        metrics={"nrr": told, "grr": {**told, "gross": True}},
    )
    rows = asking.rows(layer_of(company, workspaces), {"metrics": ["nrr", "grr"], "grain": "week", **RANGE})

    assert {(row["nrr"], row["grr"]) for row in rows} == {(1, 1)}


@examples
@given(
    rates=st.lists(st.integers(50, 200).map(lambda percent: percent / 100), min_size=5, max_size=5),
    renewals=st.lists(st.sampled_from(DAYS[2:]), max_size=4, unique=True),
)
def test_a_rate_that_moves_is_no_movement(workspaces: Path, rates: list[float], renewals: list[date]) -> None:
    edges = [DAYS[1], *sorted(renewals), None]
    period = {"subscription_id": "s", "account_id": "a1", "mrr": 100, "currency": "USD", "status": "active"}
    periods = [{**period, "valid_from": str(first), "valid_to": last and str(last)} for first, last in pairwise(edges)]
    told = [{"day": f"2026-{month:02}-01", "currency": "USD", "rate": rate} for month, rate in enumerate(rates, 1)]
    company = Company(
        {"account": [{"account_id": "a1"}], "subscription_period": periods, "fx_rate": told},
        loaded_until="2026-05-01",
        metrics={**OF, **MOVES},
    )
    rows = asking.rows(layer_of(company, workspaces), {"metrics": ["mrr_day"], "grain": "month", **RANGE})

    assert [(row["period"], row["kind"]) for row in rows if row["value"]] == [("2026-01-01", "new")]
    assert rows[0]["value"] == pytest.approx(100 * rates[0])


def _cents(rows: list[Mapping[str, Any]], by: list[str], name: str) -> dict[tuple[Any, ...], int]:
    """Amounts by period and member, of all kinds together; what is not loaded is left out."""
    found: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        if row[name] is not None:
            found[(row["period"], *(row[dimension] for dimension in by))] += round(row[name] * 100)
    return dict(found)


def _cents_of(rows: list[Mapping[str, Any]], by: list[str]) -> dict[tuple[Any, ...], int]:
    return {key: amount for key, amount in _cents(rows, [*by, "kind"], "value").items() if amount}
