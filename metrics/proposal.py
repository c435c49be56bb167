"""An example for a new definition, worked out from what it asks: rows that count, rows that do not, and what they must give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from data.schema import FLAG, TABLES, TIME, Table
from metrics import conditions
from metrics.conditions import Condition
from metrics.facts import facts
from metrics.recipe import Recipe, number

#: All rows lie on the last day of a week, so that they count whatever stretch of it is looked at.
_SINCE, _DAY, _UNTIL = date(2026, 1, 5), date(2026, 1, 11), date(2026, 1, 12)
#: Two rows with these values count, and what each verb makes of them.
_VALUES = (10, 30)
_GIVES = {"count": 2, "sum": 40, "average": 20, "median": 20, "min": 10, "max": 30}


def example(recipe: Recipe) -> dict[str, Any] | None:
    """A test `equals` for a definition; None where the rows cannot be made up from what it says alone."""
    fact = facts().get(recipe.fact or "")
    chosen = conditions.read(recipe.where)
    if fact is None or fact.derived or chosen is None or recipe.per or recipe.time or recipe.include:
        return None
    table = TABLES[fact.table]
    asked = {_column(table, fact.columns, one): one for one in chosen.each}
    of = fact.columns.get(recipe.of)
    if None in asked or len(asked) != len(chosen.each) or of in asked or (recipe.of != "*" and of not in table.fields):
        return None
    right = {fact.time: _DAY} | {str(column): _value(table, str(column), one, holds=True) for column, one in asked.items()}
    wrong = {fact.time: _DAY} | {str(column): _value(table, str(column), one, holds=False) for column, one in asked.items()}
    made = _entities(recipe, str(of), right, wrong) if recipe.verb == "count_distinct" else _measured(recipe, str(of), right, wrong)
    if made is None:
        return None
    rows, gives = made
    told = [{key: value for key, value in row.items() if value is not None} for row in rows]
    return {"equals": {"rows": {fact.table: told}, "ask": {"grain": "week", "since": _SINCE, "until": _UNTIL}, "gives": [gives]}}


def _column(table: Table, known: Mapping[str, str], one: Condition) -> str | None:
    """The column of the table that a condition is about; None for one that is computed, or of another table."""
    column = known.get(one.column)
    return column if column in table.fields else None


def _entities(recipe: Recipe, of: str, right: Mapping[str, Any], wrong: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """One that did it often enough, one that did it once less (or, where once is enough, another), one that did something else."""
    often = recipe.at_least or 1
    rows = [*_rows(right, of, "a", often), *_rows(right, of, "b", max(often - 1, 1))]
    return [*rows, *(_rows(wrong, of, "c", often) if recipe.where else ())], 1 if often > 1 else 2


def _rows(row: Mapping[str, Any], of: str, entity: str, count: int) -> Iterator[dict[str, Any]]:
    for _place in range(count):
        yield {**row, of: entity}


def _measured(recipe: Recipe, of: str, right: Mapping[str, Any], wrong: Mapping[str, Any]) -> tuple[list[dict[str, Any]], float] | None:
    """Two rows that count, and a third that would show if it did."""
    if recipe.verb not in _GIVES or recipe.at_least:
        return None
    values = [{} if recipe.of == "*" else {of: value} for value in (*_VALUES, 700)]
    return [{**right, **values[0]}, {**right, **values[1]}, *([{**wrong, **values[2]}] if recipe.where else [])], _GIVES[recipe.verb]


def _value(table: Table, column: str, one: Condition, *, holds: bool) -> Any:
    """A value that meets a condition, or one that does not; None is no value."""
    kind = table.fields[column]
    anything: Any = {FLAG: True, TIME: _DAY}.get(kind, "something" if kind == "VARCHAR" else 1)
    if one.comparison in ("known", "unknown"):
        return anything if holds == (one.comparison == "known") else None
    if one.comparison in ("true", "false"):
        return holds == (one.comparison == "true")
    if one.comparison in conditions.OF_NUMBERS:
        limit = number(float(one.values[0]))
        above, below = limit + 1, limit - 1
        return {"=": (limit, above), ">=": (limit, below), ">": (above, limit), "<=": (limit, above), "<": (below, limit)}[one.comparison][
            not holds
        ]
    return one.values[0] if holds == (one.comparison != "is_not") else "something else"
