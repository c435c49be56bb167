"""The evaluator's verbs: rows of one cell in, a number or None out."""

from __future__ import annotations

import ast
import math
import statistics
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.evaluator_rows import EVERY_DAY, Row

VERBS = ("count", "count_distinct", "sum", "average", "median", "min", "max", "percentile", "snapshot")
ENTITIES = {"person": "person_id", "account": "account_id"}


def aggregate(definition: Mapping[str, Any], rows: list[Row]) -> Any:
    """A leaf's verb over the rows of one cell."""
    verb = next(name for name in VERBS if name in definition)
    column = definition[verb] + ("_last_schedule" if definition.get("schedule") == "last" else "")
    if verb == "snapshot" and definition["in"] not in EVERY_DAY and not rows:
        return None
    rows = _busy_enough(definition, verb, rows)
    if "per" in definition:
        return _over_entities(definition, verb, rows)
    if verb == "count":
        return len(rows)
    values = [row[column] for row in rows if row[column] is not None]
    if verb == "count_distinct":
        return len(set(values))
    return measure(verb, [number for value in values if (number := number_of(value)) is not None], definition.get("at"))


def measure(verb: str, numbers: list[float], at: float | None = None) -> float | None:
    """A verb over numbers: sums of nothing are 0, all else of nothing is unknown."""
    if verb in ("sum", "snapshot"):
        return sum(numbers)
    if not numbers:
        return None
    if verb == "percentile":
        return _percentile(sorted(numbers), at or 0.0)
    return {"average": statistics.fmean, "median": statistics.median, "min": min, "max": max}[verb](numbers)


def _percentile(numbers: list[float], at: float) -> float:
    place = at * (len(numbers) - 1)
    below = int(place)
    above = min(below + 1, len(numbers) - 1)
    return numbers[below] + (place - below) * (numbers[above] - numbers[below])


def _busy_enough(definition: Mapping[str, Any], verb: str, rows: list[Row]) -> list[Row]:
    """Rows of the entities that have enough of them."""
    if "at_least" not in definition:
        return rows
    entity = ENTITIES.get(definition.get("per", ""), definition[verb] if verb == "count_distinct" else "account_id")
    counts: dict[Any, int] = defaultdict(int)
    for row in rows:
        counts[row[entity]] += 1
    return [row for row in rows if row[entity] is not None and counts[row[entity]] >= definition["at_least"]]


def _over_entities(definition: Mapping[str, Any], verb: str, rows: list[Row]) -> float | None:
    """The value of each known entity first - its rows, or the sum of the column - and then the verb over them."""
    of: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if (entity := row[ENTITIES[definition["per"]]]) is not None:
            of[entity].append(row)
    column = definition[verb]
    if column == "*":
        return measure(verb, [float(len(own)) for own in of.values()], definition.get("at"))
    known = [[number for row in own if (number := number_of(row[column])) is not None] for own in of.values()]
    return measure(verb, [sum(numbers) for numbers in known if numbers], definition.get("at"))


def computed(definition: Mapping[str, Any], values: Mapping[str, Any]) -> float | None:
    """A formula over metrics: what is missing and what is divided by zero is null, or zero where the definition says so."""
    if definition.get("missing") == "zero":
        values = {name: value or 0 for name, value in values.items()}

    def of(node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.Constant):
            return node.value
        assert isinstance(node, ast.BinOp)
        left, right = of(node.left), of(node.right)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Div | ast.Mod):
            divide = float.__truediv__ if isinstance(node.op, ast.Div) else math.fmod
            return divide(float(left), float(right)) if right else 0 if definition.get("divide_by_zero") == "zero" else None
        return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}[type(node.op)]

    return of(ast.parse(definition["formula"], mode="eval").body)


def names_in(formula: str) -> list[str]:
    """The metrics that a formula names."""
    return list(dict.fromkeys(node.id for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)))


def number_of(value: Any) -> float | None:
    """A value as a number; text that is none is None."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def divided(part: Any, whole: Any) -> float | None:
    """A guarded division: None where either is unknown or the whole is zero."""
    return None if part is None or not whole else float(part) / float(whole)


def days_of(over_last: str | None) -> int | None:
    """How many days `over_last` tells of."""
    if over_last is None:
        return None
    number, unit = over_last.split()
    return int(number) * {"day": 1, "week": 7}[unit.rstrip("s")]
