"""Stickiness by hand: for each entity the intervals of the range in which it did enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.evaluator_calendar import Ask, Where, periods
from tests.shapes import common

COMPARED = {">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b, "=": lambda a, b: a == b}


def rows(ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where]) -> list[dict[str, Any]]:
    """`active_periods, value` for every possible number of intervals."""
    block, spans = definition["stickiness"], periods(ask)
    sign, least = block.get("each", ">= 1").split()
    done = common.rows(ask, definition, expressions, block.get("event"))
    named = common.gathered(ask, block, done)
    times: Counter[tuple[Any, ...]] = Counter()
    for row in done:
        entity = common.entity_of(row, block)
        place = next((number for number, span in enumerate(spans) if span.since <= row.at < span.until), None)
        if entity is not None and place is not None:
            times[(named[common.member_of(row, ask)], entity, place)] += 1
    active: Counter[tuple[Any, ...]] = Counter()
    for (member, entity, _), number in times.items():
        if COMPARED[sign](number, int(least)):
            active[(member, entity)] += 1
    whole = all(span.since == span.first and span.until == span.last for span in spans)
    complete = whole and common.covers(ask, definition, spans[-1])
    found = []
    for member in sorted({member for member, _ in active} | ({()} if not ask.by else set())):
        for number in range(1, len(spans) + 1):
            reached = [count for (whose, _), count in active.items() if whose == member]
            value = sum(count >= number if block.get("cumulative") else count == number for count in reached)
            found.append({**dict(zip(ask.by, member, strict=True)), "active_periods": number, "value": value, "complete": complete})
    return found
