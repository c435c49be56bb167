"""What is peculiar to Stripe: events that vanish, prices that are no plain amount, long subscriptions, amounts on days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.contract.api_company import made
from tests.fakes import stripe, stripe_edits, stripe_money
from tests.fakes.judge import spec
from tests.fakes.stripe import Stripe


@pytest.fixture
def fake() -> Iterator[Stripe]:
    found = stripe.fake(3)
    with found.serve():
        yield found


@pytest.fixture
def empty() -> Iterator[Stripe]:
    found = Stripe(1)
    found.past = found.now() - timedelta(days=20)
    stripe_edits.customer(found)
    with found.serve():
        yield found


def paid(fake: Stripe, day: datetime) -> Decimal:
    """What is paid a month at the end of a day, from what happened there."""
    moment, total = int((day + timedelta(days=1)).timestamp()) - 1, Decimal(0)
    for key, shown in fake.subscriptions.items():
        if shown["start_date"] <= moment and (shown["ended_at"] is None or moment < shown["ended_at"]):
            facts = stripe_money.at(moment, shown, fake.states[key], fake.discounts, stripe.PRICES)
            total += sum(Decimal(mrr) for _, _, mrr, status in facts.values() if status in ("active", "past_due"))
    return total


def test_what_is_paid_on_each_day_is_what_plain_arithmetic_gives(tmp_path: Path, fake: Stripe) -> None:
    company = made(tmp_path, "stripe", fake)
    company.load()

    found = dict(company.rows("SELECT CAST(day AS VARCHAR), sum(mrr) FROM mrr_day GROUP BY ALL"))
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=back) for back in [*range(30), 90, 180, 399]]
    told = {str(day.date()): paid(fake, day) for day in days}

    assert {day: found.get(day, 0) for day in told} == told
    assert len(set(told.values())) > 10


def test_what_events_told_stays_when_stripe_has_forgotten_them(tmp_path: Path, fake: Stripe) -> None:
    company = made(tmp_path, "stripe", fake)
    company.load()
    before = company.loaded()["subscription_period"]

    fake.skew = timedelta(days=31)
    stripe_edits.customer(fake)
    company.load(full=True)

    assert company.loaded()["subscription_period"] == before


def test_a_price_that_changed_before_what_events_tell_counts_from_the_beginning(tmp_path: Path, empty: Stripe) -> None:
    empty.past = empty.now() - timedelta(days=90)
    key = stripe_edits.subscription(empty, status="active", trial_start=None, trial_end=None, start_date=empty.moment())
    empty.past = empty.now() - timedelta(days=60)
    one = stripe_edits.item(empty, key, "price_1") | {"quantity": 2}
    empty.change(key, items=empty.subscriptions[key]["items"] | {"data": [one]})
    company = made(tmp_path, "stripe", empty)
    company.load()

    start = datetime.fromtimestamp(empty.subscriptions[key]["start_date"], UTC)
    assert company.rows("SELECT mrr, valid_from, valid_to FROM subscription_period") == [(Decimal(98), start, None)]


def test_items_that_stripe_lists_apart_are_asked_for(tmp_path: Path, empty: Stripe) -> None:
    key = stripe_edits.subscription(empty, status="active", trial_start=None, trial_end=None)
    empty.change(key, items=empty.subscriptions[key]["items"] | {"data": [stripe_edits.item(empty, key) for _ in range(12)]})
    company = made(tmp_path, "stripe", empty)
    company.load()

    assert company.rows("SELECT count(DISTINCT subscription_id) FROM subscription_period WHERE valid_to IS NULL") == [(12,)]


def test_prices_that_are_no_plain_amount(tmp_path: Path, empty: Stripe) -> None:
    prices = {
        "yen": {"currency": "jpy", "unit_amount": 900, "unit_amount_decimal": "900"},
        "part of a cent": {"unit_amount": None, "unit_amount_decimal": "0.5"},
        "packs of ten": {"unit_amount": 1000, "unit_amount_decimal": "1000", "transform_quantity": {"divide_by": 10, "round": "up"}},
        "tiers": {"unit_amount": None, "unit_amount_decimal": None, "billing_scheme": "tiered"},
        "usage": {"recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}},
        "no number": {"unit_amount": "a lot", "unit_amount_decimal": None},
    }
    for name, price in prices.items():
        key = stripe_edits.subscription(empty, status="active", trial_start=None, trial_end=None)
        one = stripe_edits.item(empty, key, "price_1")
        one |= {"id": name, "quantity": 12, "price": one["price"] | price | {"id": name}}
        empty.subscriptions[key]["items"]["data"] = [one]
    empty.events.clear()
    company = made(tmp_path, "stripe", empty)
    company.load()

    assert set(company.rows("SELECT subscription_id, CAST(mrr AS VARCHAR), currency FROM subscription_period")) == {
        ("yen", "10800.0000", "JPY"),
        ("part of a cent", "0.0600", "EUR"),
        ("packs of ten", "20.0000", "EUR"),
        ("tiers", None, "EUR"),
        ("usage", None, "EUR"),
    }
    assert [(column, value, reason) for _, _, column, value, reason in company.rejects()] == [("mrr", "a lot", "bad_value")]


def as_json_schema(described: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema, which knows no `nullable`."""
    if isinstance(described, list):
        return [as_json_schema(each) for each in described]
    if not isinstance(described, dict):
        return described
    found = {name: as_json_schema(each) for name, each in described.items() if name != "nullable"}
    return {"anyOf": [{"type": "null"}, found]} if described.get("nullable") is True else found


@pytest.mark.parametrize("path", ["customers", "subscriptions?status=all", "products", "events?types[]=customer.subscription.updated"])
def test_the_fakes_objects_are_as_stripe_describes_them(fake: Stripe, path: str) -> None:
    """Each answer whole: the judge between connector and fake looks at these schemas less strictly."""
    whole = as_json_schema(json.loads(spec(stripe.SPEC).read_text(encoding="utf-8")))
    described = whole["paths"][f"/v1/{path.partition('?')[0]}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    judge = Draft202012Validator(described | {"components": whole["components"]})
    headers = {"Authorization": f"Bearer {stripe.SECRETS['STRIPE_KEY']}", "Stripe-Version": "2024-06-20"}
    told = httpx.get(f"{fake.url}/v1/{path}", headers=headers).json()

    assert [error.message for error in judge.iter_errors(told)] == []
    del told["data"][0]["id"]
    assert not judge.is_valid(told)
