"""Conditions as people choose them (a column, a comparison, values), and as a definition's `where` writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from data.errors import Problem
from data.expressions import check

#: What can be asked of a column, by what it holds; None stands for columns of which that is not known.
COMPARISONS: dict[str | None, tuple[str, ...]] = {
    "text": ("is", "is_not", "contains", "starts_with", "known", "unknown"),
    "number": ("=", ">=", ">", "<=", "<", "known", "unknown"),
    "boolean": ("true", "false", "known", "unknown"),
    "time": ("known", "unknown"),
    None: ("is", "is_not", "contains", "starts_with", ">=", ">", "<=", "<", "true", "false", "known", "unknown"),
}
#: Those that stand without a value, and those that take a number.
WITHOUT = ("true", "false", "known", "unknown")
OF_NUMBERS = ("=", ">=", ">", "<=", "<")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_ORDER: dict[type[exp.Expr], str] = {exp.GTE: ">=", exp.GT: ">", exp.LTE: "<=", exp.LT: "<"}


@dataclass(frozen=True)
class Condition:
    """One thing that must hold of a row; a row without the value that is compared meets none but `unknown`."""

    column: str
    comparison: str
    values: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all of it is chosen."""
        if self.comparison in OF_NUMBERS:
            return len(self.values) == 1 and bool(_NUMBER.fullmatch(self.values[0]))
        return bool(self.column) and (self.comparison in WITHOUT or any(self.values))


@dataclass(frozen=True)
class Conditions:
    """Conditions of which all must hold, or any one."""

    each: tuple[Condition, ...] = ()
    any_of: bool = False


def written(chosen: Conditions) -> str | None:
    """The `where` of a definition; None where nothing is asked."""
    parts = [_written(one) for one in chosen.each if one.whole]
    return (" or " if chosen.any_of else " and ").join(parts) or None


def read(where: str | None) -> Conditions | None:
    """The conditions that a `where` consists of; None for one that cannot be chosen, only written."""
    if not where:
        return Conditions()
    try:
        tree = check(where).unnest()
        joined = isinstance(tree, (exp.And, exp.Or))
        each = tuple(_read(part.unnest()) for part in (tree.flatten() if joined else [tree]))
    except (Problem, ValueError):
        return None
    return Conditions(each, isinstance(tree, exp.Or))


def _written(one: Condition) -> str:
    column, texts = one.column, [_quoted(value) for value in one.values]
    if one.comparison in OF_NUMBERS:
        return f"{column} {one.comparison} {one.values[0]}"
    if one.comparison in ("contains", "starts_with"):
        return f"{one.comparison}({column}, {texts[0]})"
    if one.comparison in WITHOUT:
        forms = {"true": "{}", "false": "not {}", "known": "{} is not null", "unknown": "{} is null"}
        return forms[one.comparison].format(column)
    if len(texts) > 1:
        return f"{column} {'in' if one.comparison == 'is' else 'not in'} ({', '.join(texts)})"
    return f"{column} {'=' if one.comparison == 'is' else '<>'} {texts[0]}"


def _read(part: exp.Expr) -> Condition:
    """One part of a condition. Raises ValueError for what cannot be chosen."""
    if isinstance(part, exp.Column):
        return Condition(_column(part), "true")
    if isinstance(part, exp.Not):
        return _denied(part.this.unnest())
    if isinstance(part, exp.Is) and isinstance(part.expression, exp.Null):
        return Condition(_column(part.this), "unknown")
    if isinstance(part, exp.In) and part.expressions:
        return Condition(_column(part.this), "is", tuple(_text(one) for one in part.expressions))
    if isinstance(part, (exp.Contains, exp.StartsWith)):
        asked = "contains" if isinstance(part, exp.Contains) else "starts_with"
        return Condition(_column(part.this), asked, (_text(part.expression),))
    if isinstance(part, (exp.EQ, exp.NEQ)):
        return _equal(part)
    if type(part) in _ORDER:
        return Condition(_column(part.this), _ORDER[type(part)], (_number(part.expression),))
    raise ValueError("cannot be chosen")


def _denied(inner: exp.Expr) -> Condition:
    told = _read(inner)
    opposite = {"true": "false", "unknown": "known", "is": "is_not"}.get(told.comparison)
    if opposite is None or (opposite == "is_not" and not isinstance(inner, exp.In)):
        raise ValueError("cannot be chosen")
    return Condition(told.column, opposite, told.values)


def _equal(part: exp.Expr) -> Condition:
    column, value = _column(part.this), part.args["expression"]
    if isinstance(value, exp.Literal) and value.is_string:
        return Condition(column, "is" if isinstance(part, exp.EQ) else "is_not", (value.this,))
    if isinstance(part, exp.NEQ):
        raise ValueError("cannot be chosen")
    return Condition(column, "=", (_number(value),))


def _column(node: exp.Expr) -> str:
    if not isinstance(node, exp.Column):
        raise ValueError("not a column")
    return str(node.sql(dialect="duckdb"))


def _text(node: exp.Expr) -> str:
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise ValueError("not a text")
    return str(node.this)


def _number(node: exp.Expr) -> str:
    text = node.sql(dialect="duckdb").replace(" ", "")
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return str(text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
