"""What funnels and paths by hand share: each entity's rows in order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.evaluator_calendar import Ask, Where
from tests.evaluator_rows import FACTS, Row
from tests.shapes import common


def rows(ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where], until: datetime | None = None) -> list[Row]:
    """The loaded rows of the fact that pass the request's condition; those of one moment by their ids, e9 before e10."""
    found = common.rows(ask, definition, expressions, until=until)
    key = f"{FACTS[definition['in']].table}_id"
    return sorted(found, key=lambda row: (row.at, len(row.own[key]), row.own[key], row.own.get("source", "")))


def apart(done: Sequence[Row], block: Mapping[str, Any], member: Callable[[Row], Any] | None = None) -> Iterator[list[Row]]:
    """The rows of each entity (and member); nobody's are nobody's."""
    found: dict[Any, list[Row]] = {}
    for row in done:
        entity = common.entity_of(row, block)
        if entity is not None:
            found.setdefault((entity, member(row) if member else None), []).append(row)
    yield from found.values()


def largest(ask: Ask, block: Mapping[str, Any], entered: Sequence[Row]) -> set[tuple[str, ...]] | None:
    """The members with the most entities among rows; None when all are asked for."""
    if not ask.top:
        return None
    pairs = {(common.member_of(row, ask), common.entity_of(row, block)) for row in entered if common.entity_of(row, block) is not None}
    sizes = {member: sum(one == member for one, _ in pairs) for member, _ in pairs}
    return set(sorted(sizes, key=lambda member: (-sizes[member], member))[: ask.top])
