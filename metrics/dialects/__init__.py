"""The SQL of the layer for another engine: DuckDB's text is parsed, and printed in the forms that mean the same there.

sqlglot prints each dialect, but some of its translations fail and some give other numbers without a word. Those are written
here, each after what the engines did when they ran it; a form that is not known to hold is refused, not tried.
tests/cases/test_engines.py runs every case on every engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot import exp

from data.errors import Problem
from metrics.dialects import clickhouse, postgres

_ENGINES = {"postgres": postgres, "clickhouse": clickhouse}
DIALECTS = ("duckdb", *_ENGINES)


def translate(sql: str, parameters: Mapping[str, Any], dialect: str) -> tuple[str, dict[str, Any]]:
    """The statement for another engine, and the values that it binds.

    PostgreSQL's values stand as `%(name)s`, as psycopg takes them, ClickHouse's as `{name: String}`; a few, such as the part
    of a date, are written in. Raises Problem for a form that is not known to give the same numbers there.
    """
    if dialect == "duckdb":
        return sql, dict(parameters)
    if dialect not in _ENGINES:
        raise Problem(f'unknown dialect "{dialect}"', remedy=f"Use {', '.join(DIALECTS)}.")
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    bound: dict[str, Any] = {}
    for node in list(tree.find_all(exp.Placeholder)):
        value = parameters[node.name]
        if _is_written(node.parent):
            node.replace(exp.Literal.string(value))
        else:
            bound[node.name] = value
            node.set("kind", exp.var({int: "Int64", float: "Float64"}.get(type(value), "String")))
    return _ENGINES[dialect].printed(tree, bound), {name: parameters[name] for name in parameters if name in bound}


def _is_written(above: exp.Expr | None) -> bool:
    """Whether an engine wants the text itself in this place, not a value that is bound."""
    return isinstance(above, (exp.Like, exp.ILike, exp.Escape)) or (isinstance(above, exp.Anonymous) and above.name.lower() == "date_part")
