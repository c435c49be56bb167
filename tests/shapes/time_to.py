"""Time to by hand: each entity's first beginning, the first goal from then on, and the product-limit table as textbooks print it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.evaluator_calendar import Ask, Where, periods
from tests.evaluator_rows import Row, rows_of
from tests.shapes import common

BEGINNINGS = {"account": ("accounts", "created_at"), "person": ("persons", "first_seen_at")}
Z = 1.959963984540054


def rows(ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where]) -> list[dict[str, Any]]:
    """`elapsed_days, adopted, at_risk, value, low, high, share, median` for each day on which somebody got there."""
    block = definition["time_to"]
    ends = {key: _end(ask, definition, block, key) for key in ("from", "to")}
    told = [common.loaded(ask, {"in": end["in"]}) for end in ends.values()]
    if None in [until for _, until in told]:
        return []
    watched = min(until for _, until in told if until)
    before = min(until for end in ends.values() if (until := common.loaded_end(ask, {"in": end["in"]})))
    if block.get("inside_range"):
        watched, before = min(watched, ask.until), min(before, ask.until)
    starts, goals = (_rows(ask, end, definition, expressions, before) for end in ends.values())
    starts = [row for row in starts if row.at < ask.until and (ask.where is None or ask.where(row))]
    whole = all(span.since == span.first and span.until == span.last for span in periods(ask))
    whole = whole and all(until and ask.until <= until and (since is None or since < ask.until) for since, until in told)
    names = common.gathered(ask, block, starts)
    days: dict[tuple[str, ...], list[tuple[int, bool]]] = defaultdict(list)
    for entity in {common.entity_of(row, block) for row in starts} - {None}:
        first = min((row for row in starts if common.entity_of(row, block) == entity), key=lambda row: (row.at, common.member_of(row, ask)))
        began = _after_release(ask, block, first.at)
        if began is None or not ask.since <= began < min(ask.until, before):
            continue
        reached = min((row.at for row in goals if common.entity_of(row, block) == entity and row.at >= began), default=None)
        days[names[common.member_of(first, ask)]].append((_days(began, reached or watched, ask), reached is not None))
    return [{**dict(zip(ask.by, member, strict=True)), **row} for member in days for row in table(days[member], whole)]


def table(ways: list[tuple[int, bool]], whole: bool = True) -> list[dict[str, Any]]:
    """The product-limit estimate of (days, got there or not), Greenwood's variance, the log-log interval."""
    found: list[dict[str, Any]] = []
    value, spread = 1.0, 0.0
    for day in sorted({days for days, done in ways if done}):
        at_risk = sum(days >= day for days, _ in ways)
        adopted = sum(days == day and done for days, done in ways)
        value *= (at_risk - adopted) / at_risk
        low = high = None
        if adopted < at_risk:
            spread += adopted / (at_risk * (at_risk - adopted))
            error = Z * math.sqrt(spread) / abs(math.log(value))
            low, high = value ** math.exp(error), value ** math.exp(-error)
        final = whole and not any(days <= day and not done for days, done in ways)
        row = {"elapsed_days": day, "adopted": adopted, "at_risk": at_risk, "value": value, "low": low, "high": high}
        found.append({**row, "share": 1 - value, "complete": final})
    median = next((row["elapsed_days"] for row in found if row["value"] < 0.5 or math.isclose(row["value"], 0.5)), None)
    return [{**row, "median": median} for row in found]


def _end(ask: Ask, definition: Mapping[str, Any], block: Mapping[str, Any], key: str) -> dict[str, Any]:
    told, fact = block[key], definition["in"]
    if isinstance(told, Mapping):
        return dict(told)
    own_times = {"accounts": ("created_at", "churned_at"), "tickets": ("created_at", "first_response_at"), "persons": ("first_seen_at",)}
    if told in own_times.get(fact, ()):
        return {"in": fact, "time": told}
    if told in ("created_at", "account.created_at", "first_seen_at", "person.first_seen_at"):
        fact, time = BEGINNINGS[block.get("entity", "person")]
        return {"in": fact, "time": time}
    return {"in": fact, "where": told, **({"time": definition["time"]} if "time" in definition else {})}


def _rows(ask: Ask, end: Mapping[str, Any], definition: Mapping[str, Any], known: Mapping[str, Where], before: datetime) -> list[Row]:
    found = rows_of(ask.company, {"include": definition.get("include", []), **end}, ask.zone, before)
    where = known[end["where"]] if end.get("where") else None
    return [row for row in found if row.at < before and (where is None or where(row))]


def _after_release(ask: Ask, block: Mapping[str, Any], at: datetime) -> datetime | None:
    """The later of a beginning and the release of the feature; None when there is no such feature."""
    if "feature" not in block:
        return at
    feature = next((row for row in ask.company.tables["feature"] if row["feature_id"] == block["feature"]), None)
    if feature is None:
        return None
    released = feature.get("released_at")
    return at if released is None else max(at, ask.company.moment(released))


def _days(began: datetime, ended: datetime, ask: Ask) -> int:
    """Whole days of elapsed time; two local midnights are dates, as many days apart as the calendar says."""
    first, last = _local(began, ask), _local(ended, ask)
    if first.time() == last.time() == datetime.min.time():
        return (last.date() - first.date()).days
    return int((ended - began).total_seconds() // 86400)


def _local(at: datetime, ask: Ask) -> datetime:
    return at.astimezone(ask.zone)
