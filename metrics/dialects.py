"""The SQL of the layer for another engine: DuckDB's text is parsed, and printed in the forms that mean the same there.

sqlglot prints each dialect, but some of its translations fail and some give other numbers without a word. Those are written
here, each after what the engines did when they ran it; a form that is not known to hold is refused, not tried.
tests/cases/test_engines.py runs every case on every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.generator import Generator
from sqlglot.generators.clickhouse import ClickHouseGenerator
from sqlglot.generators.postgres import PostgresGenerator

from data.errors import Problem
from data.schema import DAY, FLAG, MONEY, REAL, TEXT, TIME, WHOLE
from metrics.column_types import kind

DIALECTS = ("duckdb", "postgres", "clickhouse")

#: Without these ClickHouse fills what a join did not find, or what was not there to add up, with 0 and ''; and a column that a
#: SELECT makes would stand for the table's column of that name in its own WHERE.
SETTINGS = "join_use_nulls = 1, aggregate_functions_null_for_empty = 1, prefer_column_name_to_alias = 1"

_PARTS = ("year", "isoyear", "quarter", "month", "week", "day", "doy", "dow", "isodow", "hour", "minute", "second")
_TRUTH = (
    "CASE WHEN lower({this}) IN ('true', 't', 'yes', 'y', '1') THEN TRUE"
    " WHEN lower({this}) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END"
)
_VALUE = "\0"  # what no statement holds: where PostgreSQL's values begin, until all other signs are doubled
_Form = str | Callable[[Any, Any], str]


def translate(sql: str, parameters: Mapping[str, Any], dialect: str) -> tuple[str, dict[str, Any]]:
    """The statement for another engine, and the values that it binds.

    PostgreSQL's values stand as `%(name)s`, as psycopg takes them, ClickHouse's as `{name: String}`; a few, such as the part
    of a date, are written in. Raises Problem for a form that is not known to give the same numbers there.
    """
    if dialect == "duckdb":
        return sql, dict(parameters)
    if dialect not in _PRINTERS:
        raise Problem(f'unknown dialect "{dialect}"', remedy=f"Use {', '.join(DIALECTS)}.")
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    bound = set()
    for node in list(tree.find_all(exp.Placeholder)):
        if _is_written(node.parent):
            node.replace(exp.Literal.string(parameters[node.name]))
        else:
            bound.add(node.name)
            node.set("kind", exp.var({int: "Int64", float: "Float64"}.get(type(parameters[node.name]), "String")))
    if dialect == "clickhouse":
        _prepare(tree)
    printed = _PRINTERS[dialect](dialect=dialect, pretty=True).generate(tree, copy=False)
    if dialect == "clickhouse":
        printed += f"\nSETTINGS {SETTINGS}"
    elif bound:  # psycopg reads each sign of per cent as the beginning of a value
        printed = printed.replace("%", "%%").replace(_VALUE, "%")
    return printed, {name: parameters[name] for name in parameters if name in bound}


def _is_written(above: exp.Expr | None) -> bool:
    """Whether an engine wants the text itself in this place, not a value that is bound."""
    return isinstance(above, (exp.Like, exp.ILike, exp.Escape)) or (isinstance(above, exp.Anonymous) and above.name.lower() == "date_part")


def _refused(printer: Generator, node: exp.Expr) -> Problem:
    said = f"{node.sql('duckdb')} has no form in {_engine(printer)} that is known to give the same"
    return Problem(said, remedy="Ask for the SQL of duckdb, or write the definition in another way.")


def _engine(printer: Generator) -> str:
    return type(printer.dialect).__name__.lower()


def _form(form: _Form) -> Callable[[Any, Any], str]:
    """A form as sqlglot calls it: a function of the printer and the node, or a text with the node's parts in braces."""
    if not isinstance(form, str):
        return form
    parts = {name for _, name, _, _ in Formatter().parse(form) if name}
    return lambda printer, node: form.format(**{name: printer.sql(node, name) for name in parts})


def _called(**forms: Callable[[Any, exp.Anonymous], str]) -> Callable[[Any, exp.Anonymous], str]:
    """The functions that sqlglot does not know, by name."""

    def printed(printer: Generator, node: exp.Anonymous) -> str:
        if node.name.lower() not in forms:
            raise _refused(printer, node)
        return forms[node.name.lower()](printer, node)

    return printed


def _part(printer: Generator, node: exp.Anonymous) -> str:
    part, moment = node.expressions
    if part.name.lower() not in _PARTS:
        raise _refused(printer, node)
    return f"CAST(floor(EXTRACT({part.name.upper()} FROM {printer.sql(moment)})) AS BIGINT)"


def _key(printer: Generator, node: exp.JSONExtractScalar) -> str:
    """The one key of attrs that is read, as a text in SQL."""
    path = node.expression.expressions if isinstance(node.expression, exp.JSONPath) else []
    if len(path) != 2 or not isinstance(path[1], exp.JSONPathKey):
        raise _refused(printer, node)
    return printer.sql(exp.Literal.string(path[1].this))


def _whole_division(printer: Generator, node: exp.IntDiv) -> str:
    """DuckDB's // cuts off only what whole numbers leave over; by zero it is NULL."""
    kinds = {kind(node.this), kind(node.expression)}
    if None in kinds:
        raise _refused(printer, node)
    form = {"postgres": "div({this}, nullif({expression}, 0))", "clickhouse": "intDiv({this}, nullif({expression}, 0))"}
    return _form(form[_engine(printer)] if kinds == {WHOLE} else _DIVISION[_engine(printer)])(printer, node)


_DIVISION = {
    "postgres": "CAST({this} AS DOUBLE PRECISION) / nullif({expression}, 0)",
    "clickhouse": "toFloat64({this}) / nullif({expression}, 0)",
}


# PostgreSQL


def _postgres_cast(printer: Generator, node: exp.Cast) -> str:
    if node.to.is_type("text") and kind(node.this) == REAL:
        return _form("CASE WHEN {this} = trunc({this}) THEN CAST({this} AS TEXT) || '.0' ELSE CAST({this} AS TEXT) END")(printer, node)
    return str(printer.cast_sql(node))


def _postgres_try_cast(printer: Generator, node: exp.TryCast) -> str:
    """There is none before version 16, and CAST fails on a text that is no number, or too large a one."""
    number = r"'^\s*[+-]?(\d{{1,200}}\.?\d*|\.\d+)([eE][+-]?\d{{1,2}})?\s*$'"
    forms = {"DOUBLE": f"CASE WHEN ({{this}}) ~ {number} THEN CAST({{this}} AS DOUBLE PRECISION) END", "BOOLEAN": _TRUTH}
    if node.to.this.name not in forms:
        raise _refused(printer, node)
    return _form(forms[node.to.this.name])(printer, node)


def _postgres_date_diff(printer: Generator, node: exp.DateDiff) -> str:
    forms = {
        "DAY": "(CAST({this} AS DATE) - CAST({expression} AS DATE))",
        "MICROSECOND": "CAST(EXTRACT(epoch FROM {this} - {expression}) * 1000000 AS BIGINT)",
        # Between moments: sqlglot takes the clocks, which jump twice a year.
        "SECOND": "CAST(floor(EXTRACT(epoch FROM {this})) - floor(EXTRACT(epoch FROM {expression})) AS BIGINT)",
    }
    if node.text("unit").upper() not in forms:
        raise _refused(printer, node)
    return _form(forms[node.text("unit").upper()])(printer, node)


def _postgres_like(printer: Generator, node: exp.Like | exp.ILike) -> str:
    """DuckDB escapes with nothing unless told, PostgreSQL with a backslash."""
    printed: str = getattr(printer, f"{node.key}_sql")(node)
    return printed if isinstance(node.parent, exp.Escape) else f"{printed} ESCAPE ''"


def _postgres_null(_: Generator, node: exp.Null) -> str:
    """PostgreSQL wants a type where it computes."""
    above = node.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    return "CAST(NULL AS DOUBLE PRECISION)" if isinstance(above, (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)) else "NULL"


_POSTGRES: dict[type[exp.Expr], _Form] = {
    exp.Anonymous: _called(date_part=_part, timezone=lambda printer, node: f"timezone({printer.expressions(node, flat=True)})"),
    exp.Cast: _postgres_cast,
    exp.Contains: "(strpos({this}, {expression}) > 0)",
    exp.DateDiff: _postgres_date_diff,
    exp.EndsWith: "(right({this}, length({expression})) = {expression})",
    exp.ILike: _postgres_like,
    exp.IntDiv: _whole_division,
    exp.JSONExtractScalar: lambda printer, node: f"({printer.sql(node, 'this')} ->> {_key(printer, node)})",
    exp.Like: _postgres_like,
    exp.Mod: "mod(CAST({this} AS NUMERIC), CAST({expression} AS NUMERIC))",
    exp.Null: _postgres_null,
    exp.Placeholder: lambda _, node: f"{_VALUE}({node.name})s",
    # Halves of a double would go to the even neighbour, and places after the point need a NUMERIC.
    exp.Round: lambda printer, node: _form(
        "CAST(round(CAST({this} AS NUMERIC)" + (", {decimals}" if node.args.get("decimals") else "") + ") AS DOUBLE PRECISION)"
    )(printer, node),
    exp.TryCast: _postgres_try_cast,
}


# ClickHouse


def _prepare(tree: exp.Expr) -> None:
    """What ClickHouse would take another way, said in full before it is printed."""
    # A column of one of two tables that have it would be named with its table, and not be found by its own name.
    for select in tree.find_all(exp.Select):
        select.set("expressions", [exp.alias_(one, one.name) if _is_bare(one) else one for one in select.expressions])
    # Counts have no sign, and so no type in common with other whole numbers.
    for count in list(tree.find_all(exp.Count, exp.RowNumber)):
        whole: exp.Expr = count
        while isinstance(whole.parent, (exp.Filter, exp.Window)):
            whole = whole.parent
        whole.replace(exp.func("toInt64", whole.copy()))


def _is_bare(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and bool(node.table) and not node.is_star


def _clickhouse_cast(printer: Generator, node: exp.Cast) -> str:
    to, given = node.to.this.name, kind(node.this)
    if to == "TIMESTAMPTZ" and given == TEXT:
        to = "MOMENT"
    if to == "TEXT":
        to = {REAL: "TEXT OF DOUBLE", MONEY: "TEXT OF DECIMAL", TIME: "TEXT OF TIMESTAMPTZ"}.get(given or "", to)
    forms = {
        "DATE": "toDate32({this})",
        "TIMESTAMPTZ": "toDateTime64({this}, 6)",
        "MOMENT": "parseDateTime64BestEffort({this}, 6)",
        "TEXT OF DOUBLE": "concat(toString({this}), if({this} = trunc({this}), '.0', ''))",
        "TEXT OF DECIMAL": "toDecimalString({this}, 4)",
        "TEXT OF TIMESTAMPTZ": r"replaceRegexpOne(replaceRegexpOne(formatDateTime({this}, '%F %T.%f%z'),"
        r" '\\.?0*([+-]\\d\\d)(\\d\\d)$', '\\1:\\2'), ':00$', '')",
    }
    if to == "BIGINT" and given in (REAL, MONEY):  # a cast cuts off what DuckDB rounds
        return _form("toInt64(" + ("roundBankers" if given == REAL else "round") + "({this}))")(printer, node)
    return _form(forms[to])(printer, node) if to in forms else str(printer.cast_sql(node))


def _clickhouse_try_cast(printer: Generator, node: exp.TryCast) -> str:
    forms = {"DOUBLE": r"toFloat64OrNull(trim(BOTH ' \t\r\n' FROM {this}))", "BOOLEAN": _TRUTH}
    if node.to.this.name not in forms:
        raise _refused(printer, node)
    return _form(forms[node.to.this.name])(printer, node)


def _clickhouse_attribute(printer: Generator, node: exp.JSONExtractScalar) -> str:
    attrs, key = printer.sql(node, "this"), _key(printer, node)
    text = f"JSONExtract({attrs}, {key}, 'Nullable(String)')"
    if isinstance(node.parent, exp.TryCast):
        return text
    # A whole number with a point loses it.
    return f"concat({text}, if(JSONType({attrs}, {key}) = 'Double' AND NOT match({text}, '[.e]'), '.0', ''))"


def _clickhouse_column(printer: Generator, node: exp.Column) -> str:
    """Numbers of different types have no type in common."""
    printed = str(printer.column_sql(node))
    mixed = isinstance(node.parent, (exp.Greatest, exp.Least, exp.Coalesce, exp.If, exp.Case))
    return f"toFloat64({printed})" if mixed and kind(node) in (WHOLE, REAL, MONEY) else printed


def _clickhouse_like(printer: Generator, node: exp.Like | exp.ILike) -> str:
    """ClickHouse escapes with a backslash unless told, DuckDB with nothing."""
    pattern = node.expression
    if not isinstance(node.parent, exp.Escape) and "\\" in pattern.sql("duckdb"):
        plain = exp.Literal.string(pattern.name.replace("\\", "\\\\")) if isinstance(pattern, exp.Literal) else None
        if plain is None:
            raise _refused(printer, node)
        node = type(node)(this=node.this, expression=plain, negate=node.args.get("negate"))
    return str(getattr(printer, f"{node.key}_sql")(node))


def _clickhouse_difference(printer: Generator, node: exp.Sub) -> str:
    if kind(node.this) == kind(node.expression) == DAY:
        return _form("dateDiff('day', {expression}, {this})")(printer, node)
    return str(printer.sub_sql(node))


def _clickhouse_join(printer: Generator, node: exp.Join) -> str:
    """An outer join needs something equal on both sides: where there is nothing, ignore(), which is 0 for whatever it is given."""
    on = node.args.get("on")
    if node.side and on and not any(_ties(one) for one in (on.flatten() if isinstance(on, exp.And) else [on])):
        columns = {column.table: column.copy() for column in on.find_all(exp.Column)}
        ours = columns.pop(node.this.alias_or_name)
        same = exp.EQ(this=exp.func("ignore", *columns.values()), expression=exp.func("ignore", ours))
        node.set("on", exp.and_(same, on.copy()))
    return str(printer.join_sql(node))


def _ties(condition: exp.Expr) -> bool:
    """Whether it says that something is equal on both sides of a join."""
    condition = condition.unnest()
    return isinstance(condition, (exp.EQ, exp.NullSafeEQ)) and len({column.table for column in condition.find_all(exp.Column)}) > 1


def _clickhouse_values(printer: Generator, node: exp.Values) -> str:
    types = {FLAG: "Bool", DAY: "Date32", TIME: "DateTime64(6)", WHOLE: "Int64", MONEY: "Float64"}
    names = node.alias_column_names
    rows = [row.expressions for row in node.expressions]
    kinds = [next((found for row in rows if (found := kind(row[place]))), None) for place in range(len(names))]
    structure = ", ".join(f"{name} Nullable({types.get(one or '', 'String')})" for name, one in zip(names, kinds, strict=True))
    listed = ", ".join(f"({', '.join(printer.sql(one) for one in row)})" for row in rows)
    return f"VALUES('{structure}', {listed}) AS {node.alias}"


def _clickhouse_neighbour(printer: Generator, node: exp.Lag | exp.Lead) -> str:
    """Beyond the first and the last row stands the type's default, which is NULL only for a type that has NULL."""
    others = "".join(f", {printer.sql(node, name)}" for name in ("offset", "default") if node.args.get(name))
    return f"{node.key}(toNullable({printer.sql(node, 'this')}){others})"


def _clickhouse_round(printer: Generator, node: exp.Round) -> str:
    """Halves go to the even neighbour there."""
    scale = f"pow(10, {printer.sql(node, 'decimals')})" if node.args.get("decimals") else "1"
    return _form(f"(sign({{this}}) * floor(abs({{this}}) * {scale} + 0.5) / {scale})")(printer, node)


_CLICKHOUSE: dict[type[exp.Expr], _Form] = {
    exp.Anonymous: _called(
        date_part=_part,
        toint64=lambda printer, node: f"toInt64({printer.expressions(node, flat=True)})",
        ignore=lambda printer, node: f"ignore({printer.expressions(node, flat=True)})",
        timezone=lambda printer, node: f"toTimeZone({printer.sql(node.expressions[1])}, {printer.sql(node.expressions[0])})",
    ),
    exp.Cast: _clickhouse_cast,
    exp.Column: _clickhouse_column,
    exp.Contains: "(position({this}, {expression}) > 0)",
    exp.DateDiff: "dateDiff('{unit}', {expression}, {this})",
    exp.Div: lambda printer, node: _form(
        "{this} / {expression}" if isinstance(node.this, exp.Cast) else "toFloat64({this}) / {expression}"
    )(printer, node),
    exp.ILike: _clickhouse_like,
    exp.IntDiv: _whole_division,
    exp.JSONExtractScalar: _clickhouse_attribute,
    exp.Join: _clickhouse_join,
    exp.Lag: _clickhouse_neighbour,
    exp.Lead: _clickhouse_neighbour,
    exp.Like: _clickhouse_like,
    exp.Lower: "lowerUTF8({this})",
    exp.Median: "quantileExactInclusive(0.5)(toFloat64({this}))",
    exp.Mod: "modulo(toFloat64({this}), toFloat64({expression}))",
    exp.PercentileCont: "quantileExactInclusive({expression})(toFloat64({this}))",
    exp.Round: _clickhouse_round,
    exp.Sub: _clickhouse_difference,
    exp.TimeToUnix: "(toUnixTimestamp64Micro({this}) / 1000000)",
    exp.TryCast: _clickhouse_try_cast,
    exp.UnixToTime: "fromUnixTimestamp64Micro(toInt64(({this}) * 1000000))",
    exp.Upper: "upperUTF8({this})",
    exp.Values: _clickhouse_values,
}


class _Postgres(PostgresGenerator):
    TRANSFORMS = PostgresGenerator.TRANSFORMS | {node: _form(form) for node, form in _POSTGRES.items()}


class _ClickHouse(ClickHouseGenerator):
    TRANSFORMS = ClickHouseGenerator.TRANSFORMS | {node: _form(form) for node, form in _CLICKHOUSE.items()}


_PRINTERS: dict[str, type[Generator]] = {"postgres": _Postgres, "clickhouse": _ClickHouse}
