"""PostgreSQL, from version 15."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp
from sqlglot.generator import Generator
from sqlglot.generators.postgres import PostgresGenerator

from data.schema import REAL
from metrics.dialects.forms import TRUTH, Form, arguments, called, date_part, form, key, one_of, whole_division
from metrics.dialects.types import kind

_VALUE = "\0"  # what no statement holds: where values begin, until every other sign of per cent is doubled


def printed(tree: exp.Expr, bound: Mapping[str, Any]) -> str:
    """The statement; psycopg reads each sign of per cent as the beginning of a value once there is one."""
    sql: str = _Printer(dialect="postgres", pretty=True).generate(tree, copy=False)
    return sql.replace("%", "%%").replace(_VALUE, "%") if bound else sql


def _cast(printer: Generator, node: exp.Cast) -> str:
    if node.to.is_type("text") and kind(node.this) == REAL:
        return form("CASE WHEN {this} = trunc({this}) THEN CAST({this} AS TEXT) || '.0' ELSE CAST({this} AS TEXT) END")(printer, node)
    return str(printer.cast_sql(node))


def _like(printer: Generator, node: exp.Like | exp.ILike) -> str:
    """DuckDB escapes with nothing unless told, PostgreSQL with a backslash."""
    said: str = getattr(printer, f"{node.key}_sql")(node)
    return said if isinstance(node.parent, exp.Escape) else f"{said} ESCAPE ''"


def _null(_: Generator, node: exp.Null) -> str:
    """NULL wants a type where it is computed with."""
    above = node.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    return "CAST(NULL AS DOUBLE PRECISION)" if isinstance(above, (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)) else "NULL"


def _round(printer: Generator, node: exp.Round) -> str:
    """Halves of a double would go to the even neighbour, and places after the point need a NUMERIC."""
    places = ", {decimals}" if node.args.get("decimals") else ""
    return form(f"CAST(round(CAST({{this}} AS NUMERIC){places}) AS DOUBLE PRECISION)")(printer, node)


# A text that is no number, or too large a one, makes a cast fail; to ask before is possible from version 16.
_TO_NUMBER = (
    r"CASE WHEN ({this}) ~ '^\s*[+-]?(\d{{1,200}}\.?\d*|\.\d+)([eE][+-]?\d{{1,2}})?\s*$'"
    " THEN CAST({this} AS DOUBLE PRECISION) END"
)
_DATE_DIFF: dict[str, Form] = {
    "DAY": "(CAST({this} AS DATE) - CAST({expression} AS DATE))",
    # Between moments: sqlglot takes the clocks, which jump twice a year.
    "SECOND": "CAST(floor(EXTRACT(epoch FROM {this})) - floor(EXTRACT(epoch FROM {expression})) AS BIGINT)",
    "MICROSECOND": "CAST(EXTRACT(epoch FROM {this} - {expression}) * 1000000 AS BIGINT)",
}
_FORMS: dict[type[exp.Expr], Form] = {
    exp.Anonymous: called(date_part=date_part, timezone=arguments("timezone")),
    exp.Cast: _cast,
    exp.Contains: "(strpos({this}, {expression}) > 0)",
    exp.DateDiff: one_of(_DATE_DIFF, lambda node: str(node.text("unit").upper())),
    exp.EndsWith: "(right({this}, length({expression})) = {expression})",
    exp.ILike: _like,
    exp.IntDiv: whole_division("div({this}, nullif({expression}, 0))", "CAST({this} AS DOUBLE PRECISION) / nullif({expression}, 0)"),
    exp.JSONExtractScalar: lambda printer, node: f"({printer.sql(node, 'this')} ->> {key(printer, node)})",
    exp.Like: _like,
    exp.Mod: "mod(CAST({this} AS NUMERIC), CAST({expression} AS NUMERIC))",
    exp.Null: _null,
    exp.Placeholder: lambda _, node: f"{_VALUE}({node.name})s",
    exp.Round: _round,
    exp.TryCast: one_of({"DOUBLE": _TO_NUMBER, "BOOLEAN": TRUTH}, lambda node: str(node.to.this.name)),
}


class _Printer(PostgresGenerator):
    TRANSFORMS = PostgresGenerator.TRANSFORMS | {node: form(told) for node, told in _FORMS.items()}
