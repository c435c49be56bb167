"""What people do at the fake Stripe."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from tests.fakes.stripe import COUPONS, PRICES, Stripe


def any_of_them(fake: Stripe) -> None:
    """One random change that people make."""
    pick = fake.random
    _end_trials(fake)
    live = [key for key, one in fake.subscriptions.items() if one["status"] != "canceled"]
    customers = [key for key, one in fake.customers.items() if not one.get("deleted")]
    if not customers or pick.random() < 0.1:
        customer(fake)
    elif not live or pick.random() < 0.2:
        subscription(fake)
    elif pick.random() < 0.12:
        _of_a_customer(fake, pick.choice(customers))
    else:
        _of_a_subscription(fake, pick.choice(live))


def customer(fake: Stripe) -> None:
    """Somebody new."""
    number = fake.number()
    key, country = f"cus_{number}", fake.random.choice(["FR", "DE", None])
    email = fake.random.choice([f"billing@firm{number}.example", f"p{number}@gmail.com", None])
    fake.customers[key] = {
        "id": key, "object": "customer", "created": fake.moment(), "livemode": True, "name": f"Firm {number} é", "email": email,
        "address": {"country": country} if country else None, "discount": None,
        "metadata": {"our_id": f"a{number}", "size": fake.random.choice(["small", "large"]), "note": "not for us"},
    }  # fmt: skip
    fake.happens("customer.created", fake.customers[key])


def subscription(fake: Stripe, **values: Any) -> str:
    """Somebody subscribes: at once, on trial, from an earlier day on, or only when the first payment is there."""
    pick, now, key = fake.random, fake.moment(), f"sub_{fake.number()}"
    how = pick.choice(["active", "trialing", "incomplete", "backdated"])
    start = now - 86400 * 40 if how == "backdated" else now
    trial = (now, now + 14 * 86400) if how == "trialing" else (None, None)
    fake.subscriptions[key] = {
        "id": key, "object": "subscription", "created": now, "start_date": start, "billing_cycle_anchor": now, "livemode": True,
        "customer": pick.choice([key for key, one in fake.customers.items() if not one.get("deleted")]), "currency": "eur",
        "collection_method": "charge_automatically", "current_period_start": now, "current_period_end": now + 86400 * 30,
        "automatic_tax": {"enabled": False}, "cancel_at_period_end": False, "metadata": {}, "pause_collection": None,
        "status": "active" if how == "backdated" else how, "trial_start": trial[0], "trial_end": trial[1], "canceled_at": None,
        "ended_at": None, "discounts": [], "items": _items(key, [item(fake, key) for _ in range(pick.choice([1, 1, 2]))]),
    } | values  # fmt: skip
    fake.states[key] = [(now, deepcopy(fake.subscriptions[key]))]
    fake.happens("customer.subscription.created", fake.subscriptions[key])
    if how == "incomplete":
        fake.change(key, status="active")
    return key


def _end_trials(fake: Stripe) -> None:
    """Trials whose end has come, then."""
    now = fake.past
    for key, shown in fake.subscriptions.items():
        if shown["status"] == "trialing" and shown["trial_end"] <= int((now or fake.now()).timestamp()):
            fake.past = datetime.fromtimestamp(shown["trial_end"], UTC)
            fake.change(key, status="active")
    fake.past = now


def item(fake: Stripe, subscription: str, price: str | None = None) -> dict[str, Any]:
    """A line of a subscription."""
    whole = {"id": f"si_{fake.number()}", "object": "subscription_item", "created": fake.moment(), "metadata": {}, "discounts": []}
    quantity = fake.random.randrange(1, 9)
    return whole | {"price": priced(price or fake.random.choice([*PRICES])), "quantity": quantity, "subscription": subscription}


def priced(key: str) -> dict[str, Any]:
    """A price as Stripe shows it."""
    product, currency, amount, interval, count = PRICES[key]
    return {
        "id": key, "object": "price", "active": True, "billing_scheme": "per_unit", "created": 1_700_000_000, "currency": currency,
        "livemode": True, "metadata": {}, "product": product, "type": "recurring", "unit_amount": amount,
        "unit_amount_decimal": str(amount), "recurring": {"interval": interval, "interval_count": count, "usage_type": "licensed"},
    }  # fmt: skip


def _items(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "has_more": False, "url": f"/v1/subscription_items?subscription={key}", "data": rows}


def _of_a_customer(fake: Stripe, key: str) -> None:
    shown, what = fake.customers[key], fake.random.choice(["name", "discount", "deleted"])
    if what == "deleted":
        for each in [key_ for key_, one in fake.subscriptions.items() if one["customer"] == key and one["status"] != "canceled"]:
            fake.cancel(each)
        shown["deleted"] = True
        fake.happens("customer.deleted", shown)
    elif what == "name":
        previous = {"name": shown["name"]}
        shown["name"] = f"Firm {fake.random.randrange(999)}"
        fake.happens("customer.updated", shown, previous)
    elif shown["discount"] is None:
        shown["discount"] = fake.discounts[fake.discount(fake.random.choice([*COUPONS]), key, None)]


def _of_a_subscription(fake: Stripe, key: str) -> None:
    shown, pick = fake.subscriptions[key], fake.random
    rows = deepcopy(shown["items"]["data"])
    what = pick.choice(["quantity", "quantity", "price", "add", "remove", "discount", "of an item", "pause", "late", "trial", "cancel"])
    if what == "cancel":
        fake.cancel(key)
    elif what == "pause":
        fake.change(key, pause_collection=None if shown["pause_collection"] else {"behavior": "void", "resumes_at": None})
    elif what == "late":
        fake.change(key, status="active" if shown["status"] == "past_due" else "past_due")
    elif what == "trial" and shown["status"] == "trialing":
        fake.change(key, status="active", trial_end=fake.moment())
    elif what == "discount":
        _discounted(fake, key)
    elif what in ("quantity", "price", "add", "remove", "of an item"):
        _lines(fake, key, what, rows)
        fake.change(key, items=_items(key, rows))


def _lines(fake: Stripe, key: str, what: str, rows: list[dict[str, Any]]) -> None:
    one = fake.random.choice(rows)
    if what == "quantity":
        one["quantity"] = fake.random.randrange(1, 9)
    elif what == "price":
        one["price"] = priced(fake.random.choice([*PRICES]))
    elif what == "add":
        rows.append(item(fake, key))
    elif what == "of an item":
        one["discounts"] = [] if one["discounts"] else [fake.discount("tenth", fake.subscriptions[key]["customer"], key)]
    elif len(rows) > 1:
        rows.remove(one)


def _discounted(fake: Stripe, key: str) -> None:
    """One more coupon, or the first one taken away."""
    shown = fake.subscriptions[key]
    if shown["discounts"] and fake.random.random() < 0.5:
        first, *others = shown["discounts"]
        fake.happens("customer.discount.deleted", fake.discounts[first])
        fake.change(key, discounts=others)
    else:
        new = fake.discount(fake.random.choice([*COUPONS]), shown["customer"], key)
        fake.change(key, discounts=[*shown["discounts"], new])
