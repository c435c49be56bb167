"""Conditions and sums over named numbers, as people write them: `tried >= 20 and adopters < 0.4 * tried`.

What may be written is what a metric's `where` may hold (`data.expressions`), less text. An unknown number stays unknown, as in SQL:
a comparison with it is neither true nor false, and a condition that is not known does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from sqlglot import exp

from data.errors import Problem, did_you_mean
from data.expressions import check

Values = Mapping[str, float | None]

_COMPARED: dict[type[exp.Expr], Callable[[float, float], bool]] = {
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
}
_COMPUTED: dict[type[exp.Expr], Callable[[float, float], float | None]] = {
    exp.Add: lambda a, b: a + b,
    exp.Sub: lambda a, b: a - b,
    exp.Mul: lambda a, b: a * b,
    exp.Div: lambda a, b: a / b if b else None,
}
_CALLED: dict[type[exp.Expr], Callable[..., float]] = {exp.Least: min, exp.Greatest: max}
_REMEDY = "Numbers by their names, comparisons, AND, OR, NOT, BETWEEN, IS NULL, + - * /, abs, coalesce, least, greatest."


def read(text: str, known: Iterable[str], *, condition: bool) -> exp.Expr:
    """An expression over the `known` names, ready for `value`, `holds` and `margin`. Raises Problem for anything else."""
    tree, names = _parsed(text), set(known)
    for column in tree.find_all(exp.Column):
        if len(column.parts) > 1 or column.name not in names:
            said = ".".join(part.name for part in column.parts)
            raise Problem(f'there is no number "{said}"', remedy=did_you_mean(said, names))
    _check(tree, condition)
    return tree


def names(text: str) -> set[str]:
    """The names that an expression speaks of."""
    return {column.name for column in _parsed(text).find_all(exp.Column)}


def value(tree: exp.Expr, values: Values) -> float | None:
    """What an expression comes to; unknown where a part of it is, and for a division by zero."""
    tree = tree.unnest()
    if isinstance(tree, exp.Column):
        return values.get(tree.name)
    if isinstance(tree, exp.Literal):
        return float(tree.this)
    if isinstance(tree, exp.Coalesce):
        return next((found for part in _arguments(tree) if (found := value(part, values)) is not None), None)
    parts = [value(part, values) for part in _arguments(tree)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if isinstance(tree, (exp.Neg, exp.Abs)):
        return -known[0] if isinstance(tree, exp.Neg) else abs(known[0])
    return _COMPUTED[type(tree)](*known) if type(tree) in _COMPUTED else _CALLED[type(tree)](*known)


def holds(tree: exp.Expr, values: Values) -> bool | None:
    """Whether a condition holds; None where that cannot be told."""
    tree = tree.unnest()
    if isinstance(tree, exp.Boolean):
        return bool(tree.this)
    if isinstance(tree, exp.Not):
        told = holds(tree.this, values)
        return None if told is None else not told
    if isinstance(tree, (exp.And, exp.Or)):
        found, decisive = [holds(part, values) for part in _arguments(tree)], isinstance(tree, exp.Or)
        return decisive if decisive in found else None if None in found else not decisive
    if isinstance(tree, exp.Is):
        return value(tree.this, values) is None
    if isinstance(tree, exp.Between):
        return holds(_between(tree), values)
    left, right = value(tree.this, values), value(tree.args["expression"], values)
    return None if left is None or right is None else _COMPARED[type(tree)](left, right)


def margin(tree: exp.Expr, values: Values) -> float:
    """How far a condition is beyond its threshold, from -1 to 1: at 0 it just holds.

    For `a < b` it is (b - a) over the larger of both sizes; of parts joined by AND the least counts, by OR the largest. The
    quantitative reading of a logical formula is known as its robustness (Fainekos and Pappas, 2009); ours is relative, so that
    numbers of different units can be compared. What is not known is 0.
    """
    tree = tree.unnest()
    if isinstance(tree, exp.Not):
        return -margin(tree.this, values)
    if isinstance(tree, (exp.And, exp.Or)):
        return (min if isinstance(tree, exp.And) else max)(margin(part, values) for part in _arguments(tree))
    if isinstance(tree, exp.Between):
        return margin(_between(tree), values)
    if not isinstance(tree, (exp.LT, exp.LTE, exp.GT, exp.GTE)):
        told = holds(tree, values)
        return 0.0 if told is None else 1.0 if told else -1.0
    left, right = value(tree.this, values), value(tree.args["expression"], values)
    if left is None or right is None or left == right:
        return 0.0
    beyond = (right - left) / max(abs(left), abs(right))
    return max(-1.0, min(1.0, beyond if isinstance(tree, (exp.LT, exp.LTE)) else -beyond))


@lru_cache(maxsize=2048)
def _parsed(text: str) -> exp.Expr:
    return check(text)


def _between(tree: exp.Between) -> exp.Expr:
    return exp.And(
        this=exp.GTE(this=tree.this.copy(), expression=tree.args["low"].copy()),
        expression=exp.LTE(this=tree.this.copy(), expression=tree.args["high"].copy()),
    )


def _arguments(tree: exp.Expr) -> list[exp.Expr]:
    return list(tree.iter_expressions())


def _check(tree: exp.Expr, condition: bool) -> None:
    """Raises Problem where a number stands in place of a condition, or the other way round, and for what is neither."""
    tree = tree.unnest()
    if isinstance(tree, exp.Boolean) and condition:
        return
    if isinstance(tree, (exp.And, exp.Or, exp.Not)) and condition:
        parts, below = _arguments(tree), True
    elif isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null) and condition:
        parts, below = [tree.this], False
    elif isinstance(tree, exp.Between) or type(tree) in _COMPARED:
        parts, below = _arguments(tree), False
        if not condition:
            raise Problem(f"{tree.sql()} is true or false, and a number is asked for", remedy=_REMEDY)
    elif condition:
        raise Problem(f"{tree.sql()} is no condition", remedy="Compare it with something, such as tried >= 20.")
    elif isinstance(tree, exp.Column) or (isinstance(tree, exp.Literal) and not tree.is_string):
        return
    elif isinstance(tree, (exp.Neg, exp.Abs, exp.Coalesce)) or type(tree) in _COMPUTED or type(tree) in _CALLED:
        parts, below = _arguments(tree), False
    else:
        raise Problem(f"{tree.sql()} cannot be used here", remedy=_REMEDY)
    for part in parts:
        _check(part, below)
