"""`count`, `count_distinct`, `sum`, `average`, `median`, `min`, `max`, `percentile` over the rows of one fact.

`at_least: N` keeps only the entities with N rows or more in the period; `per: person|account` takes the value of each entity
first (its rows, or the sum of the column) and then the verb over entities; `over_last: 7 days` looks at the last day of the
period and the six before it, whatever the grain; `schedule: last` takes business minutes by the last schedule in force.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.errors import Problem, did_you_mean
from data.yaml_file import Mapping
from metrics.definition import text
from metrics.facts import facts
from metrics.slice import Leaf

VERBS = ("count", "count_distinct", "sum", "average", "median", "min", "max", "percentile")
KEYS = ("in", "where", "at_least", "per", "over_last", "at", "schedule")
ENTITIES = {"person": "person_id", "account": "account_id"}
_DAYS = re.compile(r"(\d{1,4}) (day|week)s?", re.ASCII)


@dataclass(frozen=True)
class Aggregate:
    """A verb over the rows of a fact."""

    leaf: Leaf
    parts: tuple[str, ...] = ()


def read(verb: str, block: Mapping, name: str) -> Aggregate:
    """Reads a definition; `over_last` is in days or weeks."""
    per = text(block, "per", name) if "per" in block else None
    if per and per not in ENTITIES:
        raise block.problem("per", f'{name}: per is person or account, not "{per}"', value=True)
    column = _by_schedule(block, text(block, verb, name), name)
    if column == "*" and verb != "count" and not per:
        raise block.problem(verb, f'{name}: {verb} needs a column, not "*"', "Only count takes *, or any verb with per.", value=True)
    return Aggregate(
        Leaf(
            fact=fact_of(block, name),
            verb=verb,
            column=column,
            where=where_of(block, name),
            over_days=days_of(block, "over_last", name),
            at_least=_whole(block, "at_least", name),
            per=ENTITIES[per] if per else None,
            at=_share(block, name) if verb == "percentile" else None,
        )
    )


def format_of(verb: str) -> str:
    """Counts are whole numbers."""
    return "integer" if verb.startswith("count") else "decimal"


def leaf(spec: Aggregate) -> Leaf:
    """The rows to count."""
    return spec.leaf


def fact_of(block: Mapping, name: str) -> str:
    """The fact that `in` names."""
    fact = text(block, "in", name)
    if fact not in facts():
        raise block.problem("in", f'{name}: unknown fact "{fact}"', did_you_mean(fact, facts()), value=True)
    return fact


def where_of(block: Mapping, name: str) -> str | None:
    """The condition of a definition, as written."""
    return text(block, "where", name) if "where" in block else None


def days_of(block: Mapping, key: str, name: str) -> int | None:
    """A stretch such as `7 days` or `4 weeks`, in days."""
    if key not in block:
        return None
    match = _DAYS.fullmatch(text(block, key, name))
    if not match or int(match[1]) < 1:
        raise block.problem(key, f'{name}: {key} is a stretch such as "7 days", not "{block[key]}"', value=True)
    return int(match[1]) * (7 if match[2] == "week" else 1)


def _by_schedule(block: Mapping, column: str, name: str) -> str:
    """The column, or what it was by the last schedule alone."""
    choice = text(block, "schedule", name, "in_force")
    if choice not in ("in_force", "last"):
        raise block.problem("schedule", f'{name}: schedule is in_force or last, not "{choice}"', value=True)
    if "schedule" in block and not column.endswith("_business_minutes"):
        raise block.problem("schedule", f"{name}: schedule is about business minutes, not about {column}")
    return f"{column}_last_schedule" if choice == "last" else column


def _whole(block: Mapping, key: str, name: str) -> int | None:
    found = block.get(key)
    if found is not None and (not isinstance(found, int) or isinstance(found, bool) or found < 1):
        raise block.problem(key, f"{name}: {key} is a whole number from 1", value=True)
    return found


def _share(block: Mapping, name: str) -> float:
    found = block.get("at")
    if not isinstance(found, (int, float)) or not 0 <= found <= 1:
        raise Problem(f"{name}: percentile needs at, between 0 and 1", block.file, block.line, remedy="Add at: 0.9")
    return float(found)
