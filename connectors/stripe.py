"""Stripe: customers, and what they pay each month by subscription item, with its history as far as events tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.streams import Page, Stream, following, latest
from connectors.web import Web
from connectors.words import FREE_MAIL

SUMMARY = "Stripe: customers and their subscriptions, with the history of what they pay each month"

TEMPLATE = """\
  {name}:
    connector: stripe
    key: ${{STRIPE_KEY}}           # a restricted key that may read customers, subscriptions, products and events; never written here itself
    # every: 15m                   # how long between two looks; at each sync when left out
    # account:                     # metadata of your customers that say more of an account
    #   external_id: account_id    # the id by which your product knows it
    #   domain: domain
"""

URL, VERSION = "https://api.stripe.com", "2024-06-20"
_PAGE = 100
_PRICE = ("id", "product", "currency", "unit_amount", "unit_amount_decimal", "billing_scheme", "recurring", "transform_quantity")
_SUBSCRIPTION = (
    *("object", "id", "customer", "status", "pause_collection", "start_date", "trial_start", "trial_end", "canceled_at", "ended_at"),
    *("items", "discount", "discounts"),
)
_DISCOUNTS = ("customer.discount.created", "customer.discount.updated", "customer.discount.deleted")
_OF_CUSTOMERS = ("customer.created", "customer.updated", "customer.deleted", *_DISCOUNTS)
_OF_SUBSCRIPTIONS = (
    *("customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted"),
    *("customer.subscription.paused", "customer.subscription.resumed", *_DISCOUNTS),
)

Shown = Mapping[str, Any]
Keep = Callable[[Web, Shown], Record]


class Config(Api):
    """A source of the `stripe` connector."""

    connector: Literal["stripe"] = Field(description="stripe")
    key: str = Field(description="A restricted key, as ${NAME} from the environment or .streamlit/secrets.toml.")
    account: dict[Literal["external_id", "domain", "segment", "plan", "region"], str] = Field(
        {}, description="Metadata of customers: {external_id: KEY, domain: …, segment: …, plan: …, region: …}."
    )


def receive(context: Context) -> None:
    """Asks Stripe for what is new. Raises Problem for a key that is refused."""
    config, key = api.config_of(Config, context), api.secret(context, "key")
    headers = {"Authorization": f"Bearer {key}", "Stripe-Version": VERSION}
    api.receive(context, api.way(config, URL, rate=20, secrets=(key,), headers=headers), _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    keys = {name: name for name in ("domain", "segment", "plan", "region")} | {"external_id": "account_id"} | dict(config.account)
    customer = partial(_customer, keys=[*keys.values()])
    found = [
        _objects("customers", _OF_CUSTOMERS, customer, ()),
        _objects("subscriptions", _OF_SUBSCRIPTIONS, _subscription, ("discounts", "items.data.discounts"), status="all"),
        Stream("products", partial(_listed, "products", _product, {}), scope="products"),
        Stream("events", partial(_events, types=_OF_SUBSCRIPTIONS), _new_events, scope="events", grows=True),
    ]
    return Source("stripe", found, keys | {"free_mail": f" {' '.join(FREE_MAIL)} "})


pending, load = arrivals.exposed(_source)


def _objects(name: str, types: Sequence[str], keep: Keep, expand: Sequence[str], **asked: Any) -> Stream:
    """Objects that can be listed; of what has changed only events tell, and each of those is asked for as it is now."""
    listed = partial(_listed, name, keep, asked | {"expand[]": [f"data.{each}" for each in expand] or None})

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        done: set[str] = set()
        newest = since
        for page in _events(web, None, types, since):
            told = [record.payload or {} for record in page.records]
            newest = max(newest, latest(each["created"] for each in told) or since)
            ids = {_whose(each["object"], name.removesuffix("s")) for each in told} - done - {""}
            done |= ids
            yield Page([keep(web, web.get(f"v1/{name}/{each}", **{"expand[]": [*expand] or None})) for each in sorted(ids)])
        yield Page((), newest)

    return Stream(name, listed, changes, scope=name)


def _whose(told: Shown, of: str) -> str:
    """The id of the subscription or customer that an event is of; a discount names both."""
    return str((told["id"] if told.get("object") == of else told.get(of)) or "")


def _listed(name: str, keep: Keep, asked: Shown, web: Web, at: Any) -> Iterator[Page]:
    def ask(after: Any) -> tuple[Sequence[Record], Any]:
        found = web.get(f"v1/{name}", limit=_PAGE, starting_after=after, **asked)
        rows = found["data"]
        return [keep(web, row) for row in rows], rows[-1]["id"] if rows and found["has_more"] else None

    return following(ask, at)


def _events(web: Web, at: Any, types: Sequence[str], since: datetime | None = None) -> Iterator[Page]:
    """What has happened, newest first; Stripe keeps it for 30 days."""
    asked = {"types[]": list(types), "created[gte]": int(since.timestamp()) if since else None}
    return _listed("events", _event, asked, web, at)


def _new_events(web: Web, since: datetime) -> Iterator[Page]:
    newest = since
    for page in _events(web, None, _OF_SUBSCRIPTIONS, since):
        newest = max(newest, latest((record.payload or {})["created"] for record in page.records) or since)
        yield Page(page.records)
    yield Page((), newest)


def _product(_web: Web, shown: Shown) -> Record:
    return Record(shown["id"], _picked(shown, ["name"]))


def _customer(_web: Web, shown: Shown, keys: Sequence[str]) -> Record:
    if shown.get("deleted"):
        return Record(shown["id"], None, deleted=True)
    kept = _picked(shown, ["name", "email", "created"])
    kept |= {"discount": _discount(shown.get("discount")), "country": (shown.get("address") or {}).get("country")}
    return Record(shown["id"], kept | {"metadata": _picked(shown.get("metadata") or {}, keys)})


def _subscription(web: Web, shown: Shown) -> Record:
    kept = _facts(shown)
    if shown["items"]["has_more"]:
        asked = {"subscription": shown["id"], "expand[]": ["data.discounts"]}
        pages = _listed("subscription_items", lambda _web, item: Record(item["id"], _item(item)), asked, web, None)
        kept["items"] = {"data": [record.payload for page in pages for record in page.records]}
    return Record(shown["id"], kept)


def _event(_web: Web, shown: Shown) -> Record:
    told, before = shown["data"]["object"], shown["data"].get("previous_attributes") or {}
    kept = _discount(told) if told.get("object") == "discount" else _facts(told)
    return Record(shown["id"], _picked(shown, ["type", "created"]) | {"object": kept, "previous": _facts(before)})


def _facts(shown: Shown) -> dict[str, Any]:
    """Of a subscription what says who pays how much and when; also of what it was before, which tells only what has changed."""
    kept = _picked(shown, _SUBSCRIPTION)
    if "items" in kept:
        kept["items"] = {"data": [_item(each) for each in kept["items"].get("data") or ()]}
    if "discounts" in kept:
        kept["discounts"] = [_discount(each) for each in kept["discounts"] or ()]
    if "discount" in kept:
        kept["discount"] = _discount(kept["discount"])
    return kept


def _item(shown: Shown) -> dict[str, Any]:
    discounts = [_discount(each) for each in shown.get("discounts") or ()]
    return _picked(shown, ["id", "quantity"]) | {"price": _picked(shown.get("price") or {}, _PRICE), "discounts": discounts}


def _discount(shown: Any) -> Any:
    """A discount, or its id where Stripe tells no more."""
    if not isinstance(shown, Mapping):
        return shown
    coupon = _picked(shown.get("coupon") or {}, ["percent_off", "amount_off", "duration"])
    return _picked(shown, ["object", "id", "customer", "subscription", "start", "end"]) | {"coupon": coupon}


def _picked(shown: Shown, names: Sequence[str]) -> dict[str, Any]:
    return {name: shown[name] for name in names if name in shown}
