"""Lifecycle by hand: what each entity was in each period, from all that it ever did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.evaluator_calendar import Ask, Span, Where, label
from tests.evaluator_rows import Row
from tests.shapes import common
from tests.shapes.common import Member

STATUSES = ("new", "returning", "resurrecting", "dormant")


def rows(ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where]) -> list[dict[str, Any]]:
    """`period, status, value` for every period of the range, the first and the last one whole."""
    block = definition["lifecycle"]
    spans = common.whole(ask)
    before = [common.before(ask, spans[0]), *spans]
    done = common.rows(ask, definition, expressions, block.get("event"), until=spans[-1].last)
    of: dict[Any, list[Row]] = defaultdict(list)
    for row in done:
        if (entity := common.entity_of(row, block)) is not None:
            of[entity].append(row)
    named = common.gathered(ask, block, done)
    counts: dict[tuple[int, str, Member], int] = defaultdict(int)
    for own in of.values():
        for place, span in enumerate(spans):
            status, seen = _status(ask, block, own, span, before[place])
            for name in {named[common.member_of(row, ask)] for row in seen}:
                counts[place, status, name] += 1
    names = sorted({name for _, _, name in counts}) if ask.by else [()]
    since, end = common.loaded(ask, definition)[0], common.loaded_end(ask, definition)
    found = []
    for place, span in enumerate(spans):
        known = end is not None and span.first < end and (since is None or since < span.last)
        for name in names:
            for status in STATUSES:
                value = counts[place, status, name] * (-1 if status == "dormant" else 1)
                shown = {"period": label(span, ask), **dict(zip(ask.by, name, strict=True)), "status": status}
                complete = common.covers(ask, definition, span) and span.since == span.first
                found.append({**shown, "value": value if known else None, "complete": complete})
    return found


def _status(ask: Ask, block: Mapping[str, Any], own: list[Row], span: Span, previous: Span) -> tuple[str, list[Row]]:
    """What an entity was in a period, and the rows that tell with which members; no rows when it was nothing."""
    now, then = ([row for row in own if one.first <= row.at < one.last] for one in (span, previous))
    if not now:
        return "dormant", then
    born = _created(ask, block, own[0]) if block.get("new_means") == "created_at" else own[0].at
    if born is not None and span.first <= born < span.last:
        return "new", now
    return ("returning" if then else "resurrecting"), now


def _created(ask: Ask, block: Mapping[str, Any], row: Row) -> datetime | None:
    """When the account was created, or the person first seen."""
    told = row["account.created_at" if block.get("entity") == "account" else "first_seen_at"]
    return None if told is None else ask.company.moment(told)
