"""What the evaluator's shaped kinds share: rows of a fact that count, whose they are, how far is loaded, whole periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from tests import evaluator_rows
from tests.evaluator_calendar import Ask, Span, Where, periods
from tests.evaluator_rows import FACTS, Row, rows_of

ENTITIES = {"person": "person_id", "account": "account_id"}
MOMENT = timedelta(microseconds=1)

Member = tuple[str, ...]


def rows(
    ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where], *conditions: Any, until: datetime | None = None
) -> list[Row]:
    """The rows of the definition's fact that are loaded, follow every condition, and lie before the loaded end, in time order."""
    end = loaded_end(ask, definition)
    found = rows_of(ask.company, definition, ask.zone, until or ask.until)
    given = [expressions[text] for text in (*conditions, definition.get("where")) if text is not None] + ([ask.where] if ask.where else [])
    return sorted((row for row in found if end and row.at < end and all(where(row) for where in given)), key=lambda row: row.at)


def loaded(ask: Ask, definition: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """The first moment that is known, and the least moment until which the sources that feed the fact's table have loaded."""
    table, company = FACTS[definition["in"]].table, ask.company
    fed = [(since, until) for source, name, since, until in company.freshness() if name == table and source not in company.gone]
    sinces = [since for since, _ in fed if since is not None]
    return min(sinces, default=None), min((until for _, until in fed), default=None)


def loaded_until(ask: Ask, definition: Mapping[str, Any]) -> datetime | None:
    """The least moment until which the sources that feed the fact's table have loaded."""
    return loaded(ask, definition)[1]


def loaded_end(ask: Ask, definition: Mapping[str, Any]) -> datetime | None:
    """The first moment whose rows do not count; loaded up to a time of day includes the row of that very moment."""
    until = loaded_until(ask, definition)
    within_a_day = until is not None and until.astimezone(ask.company.zone).time() != time()
    return until + MOMENT if until is not None and within_a_day else until


def covers(ask: Ask, definition: Mapping[str, Any], span: Span) -> bool:
    """Whether a period is over and loaded."""
    since, until = loaded(ask, definition)
    return until is not None and span.last <= until and (since is None or since < span.last)


def whole(ask: Ask, more: int = 0) -> list[Span]:
    """The periods of a range with the last one whole, also if the range ends inside it, and so many more after it."""
    found = periods(ask)
    wanted = len(found) + more
    while len(found) < wanted:
        found = periods(replace(ask, until=found[-1].last + MOMENT))
    return [replace(span, until=span.last) for span in found]


def before(ask: Ask, span: Span) -> Span:
    """The period before another."""
    return whole(replace(ask, since=periods(replace(ask, since=span.first - MOMENT, until=span.first))[0].first, until=span.first))[0]


def entity_of(row: Row, block: Mapping[str, Any]) -> Any:
    """Whose row it is; None for nobody's."""
    named = block.get("entity", "person")
    return row[ENTITIES.get(named, named)]


def member_of(row: Row, ask: Ask) -> Member:
    """The row's members of the dimensions that were asked for; a missing one is called (none)."""
    return tuple(evaluator_rows.member_of(row[dimension]) for dimension in ask.by)


def gathered(ask: Ask, block: Mapping[str, Any], found: list[Row]) -> dict[Member, Member]:
    """What each member is called: itself, or Other when it is not among those with the most entities in the range."""
    of: dict[Member, set[Any]] = defaultdict(set)
    members = {member_of(row, ask) for row in found}
    for row in found:
        if (entity := entity_of(row, block)) is not None and ask.since <= row.at < ask.until:
            of[member_of(row, ask)].add(entity)
    if not ask.top:
        return {member: member for member in members}
    kept = sorted(of, key=lambda member: (-len(of[member]), member))[: ask.top]
    return {member: member if member in kept else ("Other",) * len(member) for member in members}
