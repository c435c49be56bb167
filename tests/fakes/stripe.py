"""Stripe as documented: lists newest first, no list of what has changed but events (30 days of them), history only in these."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal
from tests.fakes.stripe_money import Rows, accounts, periods

BLOCK = """
connector: stripe
key: ${STRIPE_KEY}
account: {external_id: our_id, segment: size}
"""
SECRETS = {"STRIPE_KEY": "rk_live_51NcW0planted"}
SPEC = "stripe/stripe-reduced.json"
COMPARED = {
    "staged.account": ("account_id", "name", "domain", "segment", "region", "created_at", "attrs.external_id"),
    "subscription_period": (
        *("subscription_id", "account_id", "plan", "quantity", "mrr", "currency", "valid_from", "valid_to", "status"),
        *("attrs.subscription", "attrs.price"),
    ),
}
PRODUCTS = {"prod_1": "Starter", "prod_2": "Team", "prod_3": "Support"}
#: id: product, currency, unit_amount, interval, interval_count
PRICES = {
    "price_1": ("prod_1", "eur", 4900, "month", 1),
    "price_2": ("prod_2", "eur", 120000, "year", 1),
    "price_3": ("prod_2", "eur", 36000, "month", 3),
    "price_4": ("prod_3", "eur", 700, "week", 1),
}
COUPONS: dict[str, dict[str, Any]] = {
    "half": {"percent_off": 50, "duration": "once"},
    "tenth": {"percent_off": 10, "duration": "forever"},
    "five": {"amount_off": 500, "currency": "eur", "duration": "forever"},
    "quarter": {"percent_off": 25, "duration": "repeating", "duration_in_months": 3},
}
_TAKEN = {
    "customers": {"limit", "starting_after", "email", "created[gte]", "expand[]"},
    "subscriptions": {"limit", "starting_after", "status", "customer", "price", "created[gte]", "expand[]"},
    "subscription_items": {"limit", "starting_after", "subscription", "expand[]"},
    "products": {"limit", "starting_after", "active", "created[gte]", "expand[]"},
    "events": {"limit", "starting_after", "type", "types[]", "created[gte]"},
}
_KEEPS = timedelta(days=30)


class Stripe(Fake):
    """Objects by kind and id, as they are now; `events`, oldest first; `states` of each subscription, of which expectations are made."""

    page, shown_items = 7, 10

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.customers: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.discounts: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.states: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self.past: datetime | None = None  # when what is being made happened, if not now

    def moment(self) -> int:
        """When what is being made happens."""
        return int((self.past or self.now()).timestamp())

    def allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {SECRETS['STRIPE_KEY']}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [("GET", "/v1/{kind}", self._list), ("GET", "/v1/{kind}/{id}", self._one)]

    def _list(self, request: Request, _body: Any) -> Any:
        kind, told = request.path_params["kind"], request.query_params
        _judge(request, _TAKEN[kind], "data.")
        rows = sorted(self._rows(kind, request), key=lambda row: (row["created"], row.get("number", 0), row["id"]), reverse=True)
        after = told.get("starting_after")
        if after is not None and after not in [row["id"] for row in rows]:
            raise _refusal(f"No such object: '{after}'", "resource_missing")
        begin = 1 + [row["id"] for row in rows].index(after) if after else 0
        size = min(int(told.get("limit", 10)), self.page)
        shown = [self._shown(kind, row, request) for row in rows[begin : begin + size]]
        return {"object": "list", "url": f"/v1/{kind}", "has_more": len(rows) > begin + size, "data": shown}

    def _rows(self, kind: str, request: Request) -> list[dict[str, Any]]:
        told = request.query_params
        if kind == "customers":
            return [one for one in self.customers.values() if not one.get("deleted")]
        if kind == "subscriptions":
            return [one for one in self.subscriptions.values() if told.get("status") == "all" or one["status"] != "canceled"]
        if kind == "subscription_items":
            return list(self.subscriptions[told["subscription"]]["items"]["data"])
        if kind == "products":
            return [{"id": key, "created": 1_700_000_000, "name": name} for key, name in PRODUCTS.items()]
        begin = max(int(told.get("created[gte]", 0)), int((self.now() - _KEEPS).timestamp()))
        return [one for one in self.events if one["created"] >= begin and one["type"] in told.getlist("types[]")]

    def _one(self, request: Request, _body: Any) -> Any:
        kind, key = request.path_params["kind"], request.path_params["id"]
        _judge(request, {"expand[]"}, "")
        found = (self.customers if kind == "customers" else self.subscriptions).get(key)
        if found is None:
            raise Refusal(404, {"error": {"message": f"No such object: '{key}'", "type": "invalid_request_error"}})
        return {"id": key, "object": "customer", "deleted": True} if found.get("deleted") else self._shown(kind, found, request)

    def _shown(self, kind: str, row: dict[str, Any], request: Request) -> dict[str, Any]:
        shown = {key: value for key, value in deepcopy(row).items() if key != "number"}
        expanded = {each.removeprefix("data.") for each in request.query_params.getlist("expand[]")}
        if kind == "products":
            shown |= {"object": "product", "active": True, "images": [], "livemode": True, "metadata": {}, "updated": row["created"]}
        if kind == "subscriptions":
            items = shown["items"]["data"]
            shown["items"] |= {"data": items[: self.shown_items], "has_more": len(items) > self.shown_items}
            for each in [shown] if "discounts" in expanded else []:
                each["discounts"] = [self.discounts[one] for one in each["discounts"]]
            for each in items if "items.data.discounts" in expanded else []:
                each["discounts"] = [self.discounts[one] for one in each["discounts"]]
        return shown

    def happens(self, kind: str, shown: dict[str, Any], previous: dict[str, Any] | None = None) -> None:
        """Adds an event with its object as it is now."""
        number = self.number()
        data = {"object": deepcopy(shown)} | ({"previous_attributes": deepcopy(previous)} if previous is not None else {})
        head = {"id": f"evt_{self.random.randrange(10**9)}{number}", "object": "event", "created": self.moment(), "number": number}
        self.events.append(head | {"type": kind, "data": data, "livemode": True, "pending_webhooks": 0, "api_version": "2024-06-20"})

    def change(self, key: str, **values: Any) -> None:
        """Changes a subscription; an event tells how, and what was."""
        shown = self.subscriptions[key]
        previous = {name: deepcopy(shown.get(name)) for name, value in values.items() if shown.get(name) != value}
        if previous:
            shown |= deepcopy(values)
            self.states[key].append((self.moment(), deepcopy(shown)))
            self.happens("customer.subscription.updated", shown, previous)

    def cancel(self, key: str) -> None:
        """Ends a subscription; its event does not say what it was before."""
        self.subscriptions[key] |= {"status": "canceled", "canceled_at": self.moment(), "ended_at": self.moment()}
        self.happens("customer.subscription.deleted", self.subscriptions[key])

    def discount(self, coupon: str, customer: str, subscription: str | None) -> str:
        """A coupon that is used from now on, for a subscription or for all of a customer's."""
        key, now = f"di_{self.number()}", self.moment()
        ends = int(self.now().timestamp()) + 20 * 86400 if coupon == "quarter" else None
        of = {"id": coupon, "object": "coupon", "created": 1, "livemode": True, "times_redeemed": 1, "valid": True} | COUPONS[coupon]
        whole = {"id": key, "object": "discount", "customer": customer, "subscription": subscription, "start": now, "end": ends}
        self.discounts[key] = whole | {"coupon": of}
        self.happens("customer.discount.created", self.discounts[key])
        return key


def fake(seed: int, skew: timedelta = timedelta(0)) -> Stripe:
    """Some customers and their subscriptions, old and new, and what happened to them in the last weeks."""
    from tests.fakes import stripe_edits

    made = Stripe(seed, skew=skew)
    for days in (400, 300, 200, 100, 60, 45):
        made.past = made.now() - timedelta(days=days)
        stripe_edits.customer(made)
        stripe_edits.subscription(made)
    for hours in range(25 * 24, 24, -12):
        made.past = made.now() - timedelta(hours=hours)
        for _ in range(made.random.choice([1, 1, 2])):
            edit(made)
    made.past = None
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    from tests.fakes import stripe_edits

    assert isinstance(fake, Stripe)
    stripe_edits.any_of_them(fake)


def expected(fake: Fake) -> dict[str, Rows]:
    """What customers and the states of subscriptions say."""
    assert isinstance(fake, Stripe)
    found = set()
    for key, shown in fake.subscriptions.items():
        found |= periods(shown, fake.states[key], fake.discounts, PRICES, PRODUCTS)
    return {"staged.account": accounts(fake.customers), "subscription_period": found}


def _judge(request: Request, taken: set[str], of: str) -> None:
    told = request.query_params
    if "Stripe-Version" not in request.headers:
        raise _refusal("this account's version is too old for that")
    unknown = set(told) - taken
    if unknown or not 1 <= int(told.get("limit", 10)) <= 100 or ("type" in told and "types[]" in told):
        raise _refusal(f"Received unknown parameter: {unknown}")
    for each in told.getlist("expand[]"):
        if each.removeprefix(of) not in ("discounts", "items.data.discounts") or each.count(".") > 3 or not each.startswith(of):
            raise _refusal(f"This property cannot be expanded ({each}).")
    if len(told.getlist("types[]")) > 20:
        raise _refusal("You may pass up to 20 types.")


def _refusal(said: str, code: str = "parameter_invalid") -> Refusal:
    return Refusal(400, {"error": {"message": said, "type": "invalid_request_error", "code": code}})
