"""What customers pay the fake Stripe each month, from what happened there, in plain Python and whole fractions."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

Rows = set[tuple[Any, ...]]
States = list[tuple[int, dict[str, Any]]]
Things = dict[str, dict[str, Any]]

#: How many months an interval has.
_MONTHS = {"month": Fraction(1), "year": Fraction(12), "week": Fraction(7 * 12, 365), "day": Fraction(12, 365)}
_FREE = "gmail.com"


def accounts(customers: Things) -> Rows:
    """The customers that are not deleted."""
    rows = set()
    for key, one in customers.items():
        if not one.get("deleted"):
            domain = one["email"].split("@")[1] if one["email"] and not one["email"].endswith(_FREE) else None
            country = one["address"]["country"] if one["address"] else None
            rows.add((key, one["name"], domain, one["metadata"]["size"], country, text(one["created"]), one["metadata"]["our_id"]))
    return rows


def periods(shown: dict[str, Any], states: States, discounts: Things, prices: dict[str, Any], products: dict[str, str]) -> Rows:
    """The periods of a subscription's items in which nothing changes."""
    open_: dict[str, tuple[Any, ...]] = {}
    rows: Rows = set()
    moments = _moments(shown, states, discounts)
    for begin, end in pairwise([*moments, shown["ended_at"]]):
        facts = {} if begin == end else at(begin, shown, states, discounts, prices)
        for key in [*open_]:
            since, fact = open_[key]
            if facts.get(key) != fact:
                rows.add(_row(key, shown, fact, since, begin, prices, products))
                del open_[key]
        for key, fact in facts.items():
            open_.setdefault(key, (begin, fact))
    for key, (since, fact) in open_.items():
        rows.add(_row(key, shown, fact, since, shown["ended_at"], prices, products))
    return rows


def at(moment: int, shown: dict[str, Any], states: States, discounts: Things, prices: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """What holds at a moment: of each item its price, quantity, amount a month and status."""
    state = [one for since, one in states if since <= max(moment, states[0][0])][-1]  # before it was made: as it was then
    status = "paused" if state["pause_collection"] else state["status"]
    if shown["trial_start"] is not None and shown["trial_start"] <= moment < shown["trial_end"]:
        status = "trialing"
    if status == "incomplete":
        return {}
    own = [discounts[each] for each in state["discounts"]]
    for_all = own or [one for one in discounts.values() if one["customer"] == shown["customer"] and one["subscription"] is None]
    lines = {}
    for one in state["items"]["data"]:
        gross = Fraction(prices[one["price"]["id"]][2] * one["quantity"])
        lines[one["id"]] = _less(gross, [discounts[each] for each in one["discounts"]], moment)
    whole = sum(lines.values())
    share = _less(whole, for_all, moment) / whole if whole else Fraction(1)
    found = {}
    for one in state["items"]["data"]:
        _, _, _, interval, count = prices[one["price"]["id"]]
        monthly = lines[one["id"]] * share / (count * _MONTHS[interval]) / 100
        words = {"trialing": "trial", "unpaid": "past_due"}
        found[one["id"]] = (one["price"]["id"], one["quantity"], money(monthly), words.get(status, status))
    return found


def money(amount: Fraction) -> str:
    """An amount as the store holds it."""
    return str((Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def text(moment: int | None) -> str | None:
    """A moment as the store shows it."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S+00")


def _moments(shown: dict[str, Any], states: States, discounts: Things) -> list[int]:
    """When anything may change."""
    found = {shown["start_date"], shown["trial_start"], shown["trial_end"], *(since for since, _ in states)}
    found |= {moment for one in discounts.values() for moment in (one["start"], one["end"])}
    end = shown["ended_at"]
    return sorted(each for each in found if each is not None and each >= shown["start_date"] and (end is None or each < end))


def _less(amount: Fraction, applied: list[dict[str, Any]], moment: int) -> Fraction:
    for one in applied:
        coupon = one["coupon"]
        if coupon["duration"] != "once" and one["start"] <= moment and (one["end"] is None or moment < one["end"]):
            amount = amount * (1 - Fraction(coupon.get("percent_off", 0), 100)) - coupon.get("amount_off", 0)
    return max(amount, Fraction(0))


def _row(
    key: str, shown: dict[str, Any], fact: tuple[Any, ...], since: int, until: int | None, prices: dict[str, Any], products: dict[str, str]
) -> tuple[Any, ...]:
    price, quantity, mrr, status = fact
    product, currency = prices[price][:2]
    span = (text(since), text(until))
    return (key, shown["customer"], products[product], str(quantity), mrr, currency.upper(), *span, status, shown["id"], price)
