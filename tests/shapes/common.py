"""What the evaluator's shaped kinds share: rows of a fact that count, whose they are, how far is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.evaluator_calendar import Ask, Where
from tests.evaluator_rows import FACTS, Row, rows_of

ENTITIES = {"person": "person_id", "account": "account_id"}


def rows(ask: Ask, definition: Mapping[str, Any], wheres: list[Where | None]) -> list[Row]:
    """The rows of the definition's fact that are loaded, follow every condition, and lie before the loaded end, in time order."""
    end = loaded_until(ask, definition)
    found = rows_of(ask.company, definition, ask.zone, ask.until)
    given = [where for where in (*wheres, ask.where) if where]
    return sorted((row for row in found if end and row.at < end and all(where(row) for where in given)), key=lambda row: row.at)


def loaded_until(ask: Ask, definition: Mapping[str, Any]) -> datetime | None:
    """The least moment over the sources that feed the fact's table."""
    table = FACTS[definition["in"]].table
    ends = [until for _, name, _, until in ask.company.freshness() if name == table]
    return min(ends) if ends else None


def entity_of(row: Row, block: Mapping[str, Any]) -> Any:
    """Whose row it is; None for nobody's."""
    named = block.get("entity", "person")
    return row[ENTITIES.get(named, named)]


def member_of(row: Row, ask: Ask) -> tuple[str, ...]:
    """The row's members of the dimensions that were asked for; a missing one is called (none)."""
    found = []
    for dimension in ask.by:
        value = row[dimension]
        found.append("(none)" if value is None else str(value).lower() if isinstance(value, bool) else str(value))
    return tuple(found)
