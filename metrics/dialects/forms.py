"""How a form of another engine is written, and the forms that are alike in all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from sqlglot import exp
from sqlglot.generator import Generator

from data.errors import Problem
from data.schema import WHOLE
from metrics.dialects.types import kind

Printed = Callable[[Any, Any], str]
#: A function of sqlglot's printer and a node, or a text with the node's parts in braces.
Form = str | Printed

TRUTH = (
    "CASE WHEN lower({this}) IN ('true', 't', 'yes', 'y', '1') THEN TRUE"
    " WHEN lower({this}) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END"
)
_PARTS = ("year", "isoyear", "quarter", "month", "week", "day", "doy", "dow", "isodow", "hour", "minute", "second")


def form(told: Form) -> Printed:
    """A form as sqlglot calls it."""
    if not isinstance(told, str):
        return told
    parts = {name for _, name, _, _ in Formatter().parse(told) if name}
    return lambda printer, node: told.format(**{name: printer.sql(node, name) for name in parts})


def refused(printer: Generator, node: exp.Expr) -> Problem:
    """What is said of a form that is not known to hold."""
    said = f"{node.sql('duckdb')} has no form in {type(printer.dialect).__name__.lower()} that is known to give the same"
    return Problem(said, remedy="Ask for the SQL of duckdb, or write the definition in another way.")


def one_of(forms: Mapping[str, Form], choice: Callable[[Any], str]) -> Printed:
    """A form for each value of something that a node says; whatever else is refused."""

    def printed(printer: Generator, node: exp.Expr) -> str:
        if choice(node) not in forms:
            raise refused(printer, node)
        return form(forms[choice(node)])(printer, node)

    return printed


def called(**forms: Printed) -> Printed:
    """The functions that sqlglot does not know, by name."""
    return one_of(forms, lambda node: str(node.name.lower()))


def arguments(function: str) -> Printed:
    """The same function by a name of its own."""
    return lambda printer, node: f"{function}({printer.expressions(node, flat=True)})"


def date_part(printer: Generator, node: exp.Anonymous) -> str:
    """A part of a date or moment, whole."""
    part, moment = node.expressions
    if part.name.lower() not in _PARTS:
        raise refused(printer, node)
    return f"CAST(floor(EXTRACT({part.name.upper()} FROM {printer.sql(moment)})) AS BIGINT)"


def key(printer: Generator, node: exp.JSONExtractScalar) -> str:
    """The one key of attrs that is read, as a text in SQL."""
    path = node.expression.expressions if isinstance(node.expression, exp.JSONPath) else []
    if len(path) != 2 or not isinstance(path[1], exp.JSONPathKey):
        raise refused(printer, node)
    return printer.sql(exp.Literal.string(path[1].this))


def whole_division(whole: str, other: str) -> Printed:
    """DuckDB's // cuts off only what whole numbers leave over; by zero it is NULL."""

    def printed(printer: Generator, node: exp.IntDiv) -> str:
        kinds = {kind(node.this), kind(node.expression)}
        if None in kinds:
            raise refused(printer, node)
        return form(whole if kinds == {WHOLE} else other)(printer, node)

    return printed
