"""ClickHouse, from version 26, over tables whose columns may all be NULL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp
from sqlglot.generator import Generator
from sqlglot.generators.clickhouse import ClickHouseGenerator

from data.schema import DAY, FLAG, MONEY, REAL, TIME, WHOLE
from metrics.dialects.forms import TRUTH, Form, arguments, called, date_part, form, key, one_of, refused, whole_division
from metrics.dialects.types import kind

#: Without these what a join did not find, or what was not there to add up, is 0 and ''; and a column that a SELECT makes stands
#: for the table's column of that name in its own WHERE.
SETTINGS = "join_use_nulls = 1, aggregate_functions_null_for_empty = 1, prefer_column_name_to_alias = 1"


def printed(tree: exp.Expr, _: Mapping[str, Any]) -> str:
    """The statement with the settings that it needs."""
    _say_in_full(tree)
    return f"{_Printer(dialect='clickhouse', pretty=True).generate(tree, copy=False)}\nSETTINGS {SETTINGS}"


def _say_in_full(tree: exp.Expr) -> None:
    """Adds what ClickHouse would take another way."""
    for node in list(tree.find_all(exp.Select, exp.Count, exp.RowNumber)):
        if isinstance(node, exp.Select):
            # A column that both sides of a join have would be named with its table, and not be found by its own name.
            node.set("expressions", [exp.alias_(one, one.name) if _is_bare(one) else one for one in node.expressions])
            continue
        # Counts have no sign, and so no type in common with other whole numbers.
        while isinstance(node.parent, (exp.Filter, exp.Window)):
            node = node.parent
        node.replace(exp.func("toInt64", node.copy()))


def _is_bare(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and bool(node.table) and not node.is_star


def _cast(printer: Generator, node: exp.Cast) -> str:
    to = node.to.this.name
    told = _CASTS.get((to, kind(node.this))) or _CASTS.get((to, None))
    return form(told)(printer, node) if told else str(printer.cast_sql(node))


def _attribute(printer: Generator, node: exp.JSONExtractScalar) -> str:
    attrs, name = printer.sql(node, "this"), key(printer, node)
    text = f"JSONExtract({attrs}, {name}, 'Nullable(String)')"
    if isinstance(node.parent, exp.TryCast):
        return text
    # A whole number with a point loses it.
    return f"concat({text}, if(JSONType({attrs}, {name}) = 'Double' AND NOT match({text}, '[.e]'), '.0', ''))"


def _column(printer: Generator, node: exp.Column) -> str:
    """Numbers of different types have no type in common."""
    said = str(printer.column_sql(node))
    mixed = isinstance(node.parent, (exp.Greatest, exp.Least, exp.Coalesce, exp.If, exp.Case))
    return f"toFloat64({said})" if mixed and kind(node) in (WHOLE, REAL, MONEY) else said


def _like(printer: Generator, node: exp.Like | exp.ILike) -> str:
    """ClickHouse escapes with a backslash unless told, DuckDB with nothing."""
    pattern = node.expression
    if not isinstance(node.parent, exp.Escape) and "\\" in pattern.sql("duckdb"):
        plain = exp.Literal.string(pattern.name.replace("\\", "\\\\")) if isinstance(pattern, exp.Literal) else None
        if plain is None:
            raise refused(printer, node)
        node = type(node)(this=node.this, expression=plain, negate=node.args.get("negate"))
    return str(getattr(printer, f"{node.key}_sql")(node))


def _difference(printer: Generator, node: exp.Sub) -> str:
    if kind(node.this) == kind(node.expression) == DAY:
        return form("dateDiff('day', {expression}, {this})")(printer, node)
    return str(printer.sub_sql(node))


def _join(printer: Generator, node: exp.Join) -> str:
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


def _values(printer: Generator, node: exp.Values) -> str:
    """A table function: what sqlglot writes, as many SELECTs as rows, takes some fifteen times as long for two years of days."""
    types = {FLAG: "Bool", DAY: "Date32", TIME: "DateTime64(6)", WHOLE: "Int64", MONEY: "Float64"}
    names = node.alias_column_names
    rows = [row.expressions for row in node.expressions]
    kinds = [next((found for row in rows if (found := kind(row[place]))), None) for place in range(len(names))]
    structure = ", ".join(f"{name} Nullable({types.get(one or '', 'String')})" for name, one in zip(names, kinds, strict=True))
    listed = ", ".join(f"({', '.join(printer.sql(one) for one in row)})" for row in rows)
    return f"VALUES('{structure}', {listed}) AS {node.alias}"


def _series(printer: Generator, node: exp.GenerateSeries) -> str:
    """Its own series counts without a sign, has no name for the column, and knows no days."""
    step = node.args.get("step")
    if not isinstance(step, exp.Interval):
        return f"(SELECT CAST(number AS Int64) FROM numbers({printer.sql(node, 'end')} + 1))"
    unit, first = step.text("unit").lower(), printer.sql(node, "start")
    count = f"intDiv(dateDiff('{unit}', {first}, {printer.sql(node, 'end')}), {step.name}) + 1"
    return f"(SELECT date_add({unit}, {step.name} * CAST(number AS Int64), {first}) FROM numbers({count}))"


def _sum(printer: Generator, node: exp.Add) -> str:
    """An interval cannot be multiplied there."""
    times = node.expression
    if isinstance(times, exp.Mul) and isinstance(times.expression, exp.Interval):
        unit = times.expression.text("unit").lower()
        return f"date_add({unit}, {times.expression.name} * {printer.sql(times, 'this')}, {printer.sql(node, 'this')})"
    return str(printer.add_sql(node))


def _neighbour(printer: Generator, node: exp.Lag | exp.Lead) -> str:
    """Beyond the first and the last row stands the type's default, which is NULL only for a type that has NULL."""
    others = "".join(f", {printer.sql(node, name)}" for name in ("offset", "default") if node.args.get(name))
    return f"{node.key}(toNullable({printer.sql(node, 'this')}){others})"


def _round(printer: Generator, node: exp.Round) -> str:
    """Halves go to the even neighbour there."""
    scale = f"pow(10, {printer.sql(node, 'decimals')})" if node.args.get("decimals") else "1"
    return form(f"(sign({{this}}) * floor(abs({{this}}) * {scale} + 0.5) / {scale})")(printer, node)


def _division(printer: Generator, node: exp.Div) -> str:
    """Money divided would keep four places."""
    is_real = isinstance(node.this, exp.Cast) and kind(node.this) == REAL
    return form("{this} / {expression}" if is_real else "toFloat64({this}) / {expression}")(printer, node)


def _in_zone(printer: Generator, node: exp.Anonymous) -> str:
    zone, moment = node.expressions
    return f"toTimeZone({printer.sql(moment)}, {printer.sql(zone)})"


#: By the type that is wanted and the one that is there, or any.
_CASTS: dict[tuple[str, str | None], str] = {
    ("BIGINT", REAL): "toInt64(roundBankers({this}))",  # a cast cuts off
    ("BIGINT", MONEY): "toInt64(round({this}))",
    ("DATE", None): "toDate32({this})",
    ("TEXT", REAL): "concat(toString({this}), if({this} = trunc({this}), '.0', ''))",
    ("TEXT", MONEY): "toDecimalString({this}, 4)",
    ("TEXT", TIME): r"replaceRegexpOne(replaceRegexpOne(formatDateTime({this}, '%F %T.%f%z'),"
    r" '\\.?0*([+-]\\d\\d)(\\d\\d)$', '\\1:\\2'), ':00$', '')",
    ("TIMESTAMPTZ", None): "toDateTime64({this}, 6)",
}
_TO_NUMBER = r"toFloat64OrNull(trim(BOTH ' \t\r\n' FROM {this}))"
_FORMS: dict[type[exp.Expr], Form] = {
    exp.Add: _sum,
    exp.Anonymous: called(date_part=date_part, toint64=arguments("toInt64"), ignore=arguments("ignore"), timezone=_in_zone),
    exp.Cast: _cast,
    exp.Column: _column,
    exp.Contains: "(position({this}, {expression}) > 0)",
    exp.Div: _division,
    exp.GenerateSeries: _series,
    exp.ILike: _like,
    exp.IntDiv: whole_division("intDiv({this}, nullif({expression}, 0))", "toFloat64({this}) / nullif({expression}, 0)"),
    exp.JSONExtractScalar: _attribute,
    exp.Join: _join,
    exp.Lag: _neighbour,
    exp.Lead: _neighbour,
    exp.Like: _like,
    exp.LastDay: "toLastDayOfMonth({this})",
    exp.Lower: "lowerUTF8({this})",
    exp.Median: "quantileExactInclusive(0.5)(toFloat64({this}))",
    exp.Mod: "modulo(toFloat64({this}), toFloat64({expression}))",
    exp.PercentileCont: "quantileExactInclusive({expression})(toFloat64({this}))",
    exp.Round: _round,
    exp.Sub: _difference,
    exp.TimeToUnix: "(toUnixTimestamp64Micro({this}) / 1000000)",
    exp.TryCast: one_of({"DOUBLE": _TO_NUMBER, "BOOLEAN": TRUTH}, lambda node: str(node.to.this.name)),
    exp.UnixToTime: "fromUnixTimestamp64Micro(toInt64(({this}) * 1000000))",
    exp.Upper: "upperUTF8({this})",
    exp.Values: _values,
}


class _Printer(ClickHouseGenerator):
    TRANSFORMS = ClickHouseGenerator.TRANSFORMS | {node: form(told) for node, told in _FORMS.items()}
