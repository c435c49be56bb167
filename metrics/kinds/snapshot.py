"""`snapshot: COL`: the sum on the last loaded day of each period, that day being the same for the whole fact."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import Problem
from data.yaml_file import Mapping
from metrics.definition import text
from metrics.facts import facts
from metrics.kinds.aggregate import fact_of, where_of
from metrics.slice import Leaf

KEYS = ("in", "where")


@dataclass(frozen=True)
class Snapshot:
    """A level (of money, of things) that is not added up over days."""

    column: str
    fact: str
    where: str | None = None
    parts: tuple[str, ...] = ()


def read(verb: str, block: Mapping, name: str) -> Snapshot:
    """Reads a definition; only a fact of days can be looked at on a day."""
    fact = fact_of(block, name)
    if facts()[fact].time != "day":
        raise Problem(f"{name}: snapshot needs a fact with one row a day, such as mrr_day; {fact} has moments", block.file, block.line)
    if text(block, verb, name) == "*":
        raise block.problem(verb, f'{name}: {verb} needs a column, not "*"', value=True)
    return Snapshot(text(block, verb, name), fact, where_of(block, name))


def format_of(verb: str) -> str:
    """Levels are mostly money."""
    del verb
    return "money"


def leaf(spec: Snapshot) -> Leaf:
    """A sum over the rows of one day."""
    return Leaf(spec.fact, "sum", spec.column, spec.where, on_last_day=True)
