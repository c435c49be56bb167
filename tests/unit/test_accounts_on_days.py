"""Accounts, features and deals on every day, against a plain loop over the days."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

import metrics
from data import workspace
from tests import warehouse
from tests.asking import Companies
from tests.company import Company

FIRST, DAYS = date(2026, 1, 1), 150
PLANS = ("starter", "pro", "enterprise")
FEATURES = {"export": None, "sso": "enterprise", "api": "pro, Enterprise"}


def on(number):
    return (FIRST + timedelta(days=number)).isoformat()


def random_company(seed):
    dice = random.Random(seed)
    accounts = [
        {"account_id": f"a{n}", "plan": dice.choice(PLANS), "created_at": on(dice.randrange(60)), "region": dice.choice(("EU", "US"))}
        | ({"churned_at": on(dice.randrange(80, 140))} if n % 4 == 0 else {})
        for n in range(8)
    ]
    history = []
    for account in accounts[:5]:
        cuts = sorted(dice.sample(range(10, 130), 3))
        history.append(
            {"account_id": account["account_id"], "plan": dice.choice(PLANS), "valid_from": on(cuts[0]), "valid_to": on(cuts[1])}
        )
        end = dice.choice((None, on(cuts[2] + 8)))
        start = on(dice.choice((cuts[1], cuts[2])))
        history.append({"account_id": account["account_id"], "plan": dice.choice(PLANS), "valid_from": start, "valid_to": end})
    events = [
        {
            "event_id": f"e{n}",
            "occurred_at": on(day) + "T12:00",
            "account_id": f"a{dice.randrange(8)}",
            "person_id": dice.choice(("p1", "p2", "robot", None)),
            "feature_id": dice.choice((*FEATURES, None)),
            "is_meaningful": dice.random() < 0.7,
        }
        for n, day in enumerate(dice.randrange(DAYS) for _ in range(300))
    ]
    paid = [
        {
            "subscription_id": f"s{n}",
            "account_id": f"a{dice.randrange(8)}",
            "valid_from": on(start),
            "valid_to": dice.choice((None, on(start + dice.randrange(40)))),
            "mrr": dice.choice((10, 25.5, 100)),
            "status": dice.choice(("active", "past_due", "trial")),
        }
        for n, start in enumerate(dice.randrange(120) for _ in range(12))
    ]
    tables = {
        "account": accounts,
        "account_history": history,
        "event": events,
        "subscription_period": paid,
        "person": [
            {"person_id": "p1", "account_id": "a1"},
            {"person_id": "p2", "account_id": "a2", "first_seen_at": on(40)},
            {"person_id": "robot", "account_id": "a1", "is_internal": True},
        ],
        "feature": [{"feature_id": name, "released_at": on(15), "eligible_plans": plans} for name, plans in FEATURES.items()],
    }
    return Company(tables=tables, loaded_until=on(DAYS), loaded_since=on(0))


def lasts(row, day, start="valid_from", end="valid_to"):
    return (row.get(start) is None or row[start] <= day) and (row.get(end) is None or day < row[end])


def plan_on(company, account, day):
    told = [row for row in company.tables["account_history"] if row["account_id"] == account["account_id"]]
    return next((row["plan"] for row in sorted(told, key=lambda row: row["valid_from"], reverse=True) if lasts(row, day)), account["plan"])


def used(company, account, day, first, last, **having):
    """How often an account used the product from `first` to `last` days before a day, by people who are not internal."""
    window = [(date.fromisoformat(day) - timedelta(days=back)).isoformat() for back in range(first, last + 1)]
    return sum(
        row["account_id"] == account
        and row["occurred_at"][:10] in window
        and row["person_id"] != "robot"
        and all(row[key] == value for key, value in having.items())
        for row in company.tables["event"]
    )


def mrr_on(company, account, day):
    return sum(
        row["mrr"]
        for row in company.tables["subscription_period"]
        if row["account_id"] == account and row["status"] != "trial" and lasts(row, day)
    )


def people_on(company, account, day):
    return [
        row
        for row in company.tables["person"]
        if row["account_id"] == account and not row.get("is_internal") and (row.get("first_seen_at") or day) <= day
    ]


def eligible_on(company, account, feature, day):
    plans = FEATURES[feature]
    offered = plans is None or plan_on(company, account, day) in plans.lower()
    return lasts(account, day, "created_at", "churned_at") and on(15) <= day and offered


@pytest.mark.parametrize("seed", range(4))
def test_every_account_and_feature_on_every_day_is_as_a_loop_over_the_days_finds_it(seed, tmp_path):
    company = random_company(seed)
    companies = Companies(tmp_path)
    days = [on(number) for number in range(0, DAYS, 7)]
    given = {"days": days}
    asked = "WHERE list_contains($days, CAST(day AS VARCHAR))"
    accounts = companies.select(company, f"SELECT * FROM account_day {asked}", given)
    pairs = companies.select(company, f"SELECT * FROM adoption_day {asked}", given)

    assert {(str(row["day"]), row["account_id"]): (float(row["mrr"]), row["uses"], row["uses_before"]) for row in accounts} == {
        (day, name): (
            mrr_on(company, name, day),
            used(company, name, day, 0, 27, is_meaningful=True),
            used(company, name, day, 28, 55, is_meaningful=True),
        )
        for day in days
        for name, account in ((account["account_id"], account) for account in company.tables["account"])
        if account["created_at"] <= day
    }
    assert {(str(row["day"]), row["account_id"], row["feature_id"]): (row["is_adopter"], float(row["mrr"])) for row in pairs} == {
        (day, account["account_id"], feature): (
            used(company, account["account_id"], day, 0, 27, feature_id=feature) > 0,
            mrr_on(company, account["account_id"], day),
        )
        for day in days
        for account in company.tables["account"]
        for feature in FEATURES
        if eligible_on(company, account, feature, day)
    }
    people = companies.select(company, f"SELECT * FROM eligible_user_day {asked}", given)
    assert {(str(row["day"]), row["account_id"], row["feature_id"]): row["users"] for row in people} == {
        (day, account["account_id"], feature): len(seen)
        for day in days
        for account in company.tables["account"]
        for feature in FEATURES
        if eligible_on(company, account, feature, day)
        if (seen := people_on(company, account["account_id"], day))
    }
    assert len(accounts) == len({(row["day"], row["account_id"]) for row in accounts})
    assert len(pairs) == len({(row["day"], row["account_id"], row["feature_id"]) for row in pairs})


def test_what_an_account_pays_counts_once_however_many_features_it_uses(tmp_path):
    company = Company(
        loaded_since="2026-01-01",
        loaded_until="2026-03-01",
        tables={
            "account": [
                {"account_id": "a1", "plan": "pro", "created_at": "2026-01-01"},
                {"account_id": "a2", "plan": "pro", "created_at": "2026-01-01"},
            ],
            "feature": [{"feature_id": "export"}, {"feature_id": "api"}],
            "person": [],
            "subscription_period": [
                {"subscription_id": "s1", "account_id": "a1", "valid_from": "2026-01-01", "mrr": 100, "status": "active"},
                {"subscription_id": "s2", "account_id": "a2", "valid_from": "2026-01-01", "mrr": 40, "status": "active"},
            ],
            "event": [
                {"event_id": "e1", "occurred_at": "2026-02-10T10:00", "account_id": "a1", "feature_id": "export"},
                {"event_id": "e2", "occurred_at": "2026-02-11T10:00", "account_id": "a1", "feature_id": "api"},
                {"event_id": "e3", "occurred_at": "2026-01-02T10:00", "account_id": "a2", "feature_id": "api"},
            ],
        },
    )
    layer = metrics.open(workspace.load(warehouse.build(company, tmp_path)))
    asked = {"grain": "month", "since": "2026-02-01", "until": "2026-03-01"}

    whole = layer.query("mrr_of_adopters", "mrr_of_eligible", "mrr_of_non_adopters", "feature_adoption", **asked).rows[0]
    assert (whole["mrr_of_adopters"], whole["mrr_of_eligible"], whole["mrr_of_non_adopters"]) == (100, 140, 40)
    assert whole["feature_adoption"] == 0.5
    by_feature = layer.query("mrr_of_adopters", "mrr_of_non_adopters", by=("feature_id",), **asked).rows
    assert [(row["feature_id"], row["mrr_of_adopters"], row["mrr_of_non_adopters"]) for row in by_feature] == [
        ("api", 100, 40),
        ("export", 100, 40),
    ]
