"""The types of values in a parsed statement, as far as the canonical tables tell them: what another engine must know to print it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from data.schema import DAY, FLAG, MONEY, REAL, TABLES, TEXT, TIME, WHOLE

_STANDS_FOR = {
    "account_then": "account_history",
    "feature_once": "feature",
    "objective_once": "objective",
    "project_once": "project",
    "ticket_once": "ticket",
}
#: Derived tables spell the columns that they take from others as those do.
_ANYWHERE = {column: kind for table in TABLES.values() for column, kind in table.columns.items()} | {"uses": WHOLE, "paying": WHOLE}
_CASTS = {
    exp.DType.DATE: DAY,
    exp.DType.TIMESTAMPTZ: TIME,
    exp.DType.BOOLEAN: FLAG,
    exp.DType.DOUBLE: REAL,
    exp.DType.BIGINT: WHOLE,
    exp.DType.INT: WHOLE,
    exp.DType.DECIMAL: MONEY,
    exp.DType.TEXT: TEXT,
}
_WIDER = (WHOLE, MONEY, REAL)
_SAME = (
    exp.Paren,
    exp.Coalesce,
    exp.Nullif,
    exp.Min,
    exp.Max,
    exp.Least,
    exp.Greatest,
    exp.Lead,
    exp.Lag,
    exp.Window,
    exp.Filter,
    exp.Neg,
    exp.Abs,
)


def kind(node: exp.Expr | None) -> str | None:
    """The type of an expression, by the name that data/schema.py gives it; None where it cannot be told."""
    if isinstance(node, exp.Column):
        return _of_column(node)
    if isinstance(node, exp.Cast):
        return _CASTS.get(node.to.this)
    if isinstance(node, (exp.Boolean, exp.Predicate)):
        return FLAG
    if isinstance(node, exp.Literal):
        return TEXT if node.is_string else WHOLE if node.is_int else MONEY
    if isinstance(node, exp.Case):
        return kind(node.args.get("default")) or kind(node.args["ifs"][0].args["true"])
    if isinstance(node, (exp.Div, exp.Avg, exp.Median, exp.PercentileCont)):
        return REAL
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Mod)):
        return _computed(kind(node.this), kind(node.expression))
    return kind(node.this) if isinstance(node, _SAME) else None


def _computed(left: str | None, right: str | None) -> str | None:
    """The type of a sum or a difference: a day and a number are a day, two days a number, numbers the wider of both."""
    if left == DAY:
        return {WHOLE: DAY, DAY: WHOLE}.get(right or "")
    return max(left, right, key=_WIDER.index) if left in _WIDER and right in _WIDER else None


def _of_column(column: exp.Column) -> str | None:
    select = column.find_ancestor(exp.Select)
    sources = list(_sources(select)) if select else []
    for source in sources:
        if source.alias_or_name == column.table or (not column.table and len(sources) == 1):
            return _in_source(source, column.name)
    return None


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    for one in (select.args.get("from_"), *(select.args.get("joins") or ())):
        if one:
            yield one.this


def _named(statement: exp.Expr) -> dict[str, exp.Expr]:
    """The CTEs of a statement by name, looked up once."""
    if "named" not in statement.meta:
        statement.meta["named"] = {cte.alias: cte.this for cte in statement.find_all(exp.CTE)}
    found: dict[str, exp.Expr] = statement.meta["named"]
    return found


def _in_source(source: Any, name: str) -> str | None:
    if isinstance(source, exp.Values):
        place = source.alias_column_names.index(name)
        return next((found for row in source.expressions if (found := kind(row.expressions[place]))), None)
    if isinstance(source, exp.Table) and isinstance(source.this, exp.GenerateSeries):
        return WHOLE
    if isinstance(source, exp.Table):
        made = _named(source.root()).get(source.name)
        if made is None:
            table = TABLES.get(_STANDS_FOR.get(source.name, source.name))
            return (table.columns if table else _ANYWHERE).get(name)
        source = made
    while isinstance(source, (exp.Subquery, exp.SetOperation)):
        source = source.this
    if not isinstance(source, exp.Select):
        return None
    for shown in source.selects:
        if shown.alias_or_name == name:
            return kind(shown.unalias())
    starred = any(shown.is_star for shown in source.selects)
    return next((found for one in _sources(source) if (found := _in_source(one, name))), None) if starred else None
