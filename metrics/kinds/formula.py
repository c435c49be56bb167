"""`formula: "a + 2 * b"`: arithmetic over metrics, per period."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from data.errors import Problem
from data.expressions import check
from data.yaml_file import Mapping
from metrics.definition import text

KEYS = ("missing", "divide_by_zero")
_PART = re.compile("\0([^\0]*)\0")


@dataclass(frozen=True)
class Formula:
    """An expression over metric names; what a missing value and a division by zero give: null, or zero."""

    text: str
    parts: tuple[str, ...]
    missing: str = "null"
    divide_by_zero: str = "null"


def read(verb: str, block: Mapping, name: str) -> Formula:
    """Reads and checks the expression."""
    told = text(block, verb, name)
    try:
        tree = check(told)
    except Problem as problem:
        raise block.problem(verb, f"{name}: {problem.message}", problem.remedy, value=True) from None
    if not any(tree.find_all(exp.Column)):
        raise block.problem(verb, f"{name}: a formula computes with metrics, and this one names none", value=True)
    choices = {key: text(block, key, name, "null") for key in KEYS}
    for key, choice in choices.items():
        if choice not in ("null", "zero"):
            raise block.problem(key, f'{name}: {key} is null or zero, not "{choice}"', value=True)
    return Formula(told, tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column))), **choices)


def format_of(verb: str) -> str:
    """A formula is a plain number unless its definition says otherwise."""
    del verb
    return "decimal"


def combine(spec: Formula, parts: AnyMapping[str, str]) -> str:
    """SQL over the parts' values, with every division guarded."""

    def value(match: re.Match[str]) -> str:
        told = parts[match[1]]
        return f"coalesce({told}, 0)" if spec.missing == "zero" else told

    return _PART.sub(value, _pattern(spec.text, spec.divide_by_zero == "zero"))


@lru_cache(maxsize=1024)
def _pattern(text: str, zero: bool) -> str:
    """The SQL with a mark where each part belongs: an expression is parsed once."""
    tree = check(text).copy()
    for division in list(tree.find_all(exp.Div, exp.IntDiv, exp.Mod)):
        by = _guarded(division, zero)
        tree = by if division is tree else tree
        division.replace(by)
    for column in list(tree.find_all(exp.Column)):
        mark = exp.Paren(this=exp.var(f"\0{column.name}\0"))
        tree = mark if column is tree else tree
        column.replace(mark)
    return tree.sql(dialect="duckdb")


def _guarded(division: exp.Binary, zero: bool) -> exp.Expr:
    """A division (or its remainder) whose zero divisor gives NULL, or 0; an unknown part stays unknown either way."""
    above = exp.cast(division.this.copy(), "DOUBLE") if isinstance(division, exp.Div) else exp.paren(division.this.copy())
    below, nothing, made = exp.paren(division.expression.copy()), exp.Literal.number(0), type(division)
    if not zero:
        return exp.paren(made(this=above, expression=exp.func("nullif", below, nothing)))
    # Nothing times zero stays unknown, everything else times zero is the zero that was asked for.
    when = exp.If(this=exp.EQ(this=below, expression=nothing), true=exp.Mul(this=exp.paren(above.copy()), expression=nothing.copy()))
    return exp.Case(ifs=[when], default=made(this=above, expression=below.copy()))
