"""From the names in a definition to columns of tables: which column is meant, which join it needs, which type an attribute has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp

from data.errors import Problem, did_you_mean
from data.expressions import check
from data.schema import TABLES
from metrics.facts import Fact, Join, facts

NOTHING = "(none)"
_NUMERIC = ("BIGINT", "DOUBLE", "DECIMAL(18,4)")
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs, exp.Round)
_COMPARISON = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


@dataclass(frozen=True)
class Column:
    """Where a name leads: its SQL, the joins that it needs (their history too), its type; an attribute is text until it is used.

    `unconverted` is SQL of the currency of an amount without a rate.
    """

    sql: str
    join: str | None = None
    historic: bool = False
    kind: str | None = None
    is_attribute: bool = False
    unconverted: str | None = None


@dataclass(frozen=True)
class Rendered:
    """SQL made of an expression, with the joins it needs, the values that it binds, and where its amounts may lack a rate."""

    sql: str
    joins: frozenset[str] = frozenset()
    history: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()
    unconverted: frozenset[str] = frozenset()

    def __add__(self, other: Rendered) -> Rendered:
        return Rendered("", self.joins | other.joins, self.history | other.history, self.values + other.values)


def _attribute(owner: str, key: str) -> str:
    if key in ("", "*"):
        return f"json_extract_string({owner}.attrs, '/{key}')"  # in a path these would stand for no key, and for every key
    name = key.replace("\\", "\\\\").replace('"', '\\"').replace("'", "''")
    path = key if key.isidentifier() else f'"{name}"'
    return f"json_extract_string({owner}.attrs, '$.{path}')"


def _own(fact: Fact, name: str) -> Column | None:
    if name in fact.columns:
        told = fact.columns[name]
        kind = TABLES[fact.table].columns.get(told) if not fact.derived else {"mrr": "DECIMAL(18,4)", "amount": "DECIMAL(18,4)"}.get(told)
        plain = told.isidentifier()
        return Column(
            f"f.{told}" if plain else told, kind=kind if plain else "DOUBLE", unconverted=fact.unconverted(told) if plain else None
        )
    if name in fact.times:
        return Column(f"f.{name}", kind="TIMESTAMPTZ")
    return None


def _joined(join: Join, name: str) -> Column | None:
    if name not in join.columns:
        return None
    column, then = join.columns[name], f"{join.name}_then"
    kind = TABLES[join.name].columns.get(column)
    if name in join.historic:
        now = f"{join.name}.{column}"
        return Column(f"CASE WHEN {then}.{join.key} IS NULL THEN {now} ELSE {then}.{column} END", join.name, True, kind)
    return Column(f"{join.name}.{column}", join.name, False, kind)


def names(fact: Fact, *, of_account: bool = False) -> list[str]:
    """Every name that a definition over this fact may use (attributes aside); only those of the account where it is followed."""
    joins = [join for join in fact.joins if not of_account or join.name == "account"]
    joined = [f"{join.name}.{column}" for join in joins for column in join.columns]
    return sorted({"account_id"} if of_account else {*fact.columns, *fact.times}) + sorted(joined)


def find(fact: Fact, parts: tuple[str, ...]) -> Column:
    """The column that a dotted name means. Raises Problem with the candidates when it means none, or more than one."""
    shown = ".".join(parts)
    if len(parts) == 1:
        own = _own(fact, parts[0])
        if own:
            return own
        found = [(join.name, _joined(join, parts[0])) for join in fact.joins]
        hits = [(name, column) for name, column in found if column]
        if len(hits) == 1 and hits[0][1]:
            return hits[0][1]
        if hits:
            raise Problem(f'"{shown}" is ambiguous in {fact.name}', remedy=f"Write {' or '.join(f'{name}.{shown}' for name, _ in hits)}.")
    elif len(parts) == 2 and parts[0] == "attrs" and not fact.derived:
        return Column(_attribute("f", parts[1]), is_attribute=True)
    elif (join := fact.joined(parts[0])) and len(parts) == 2 and (column := _joined(join, parts[1])):
        return column
    elif (join := fact.joined(parts[0])) and len(parts) == 3 and parts[1] == "attrs":
        return Column(_attribute(join.name, parts[2]), join.name, is_attribute=True)
    raise Problem(f'unknown column "{shown}" in {fact.name}', remedy=did_you_mean(shown, names(fact)))


def sort_of(fact_name: str, name: str) -> str | None:
    """What a column holds: text, number, boolean or time; None where only its rows know, as of an attribute. Raises Problem."""
    fact, tree = facts()[fact_name], check(name)
    if not isinstance(tree, exp.Column):
        raise Problem(f'"{name}" is not a column', remedy="Choose a column, or write the condition by hand.")
    column = find(fact, parts_of(tree))
    kind = column.kind
    if kind is None and not column.is_attribute:  # what is derived is called as in the tables that it comes from
        kind = next(
            (table.columns[name] for table in TABLES.values() if name in table.columns), "BOOLEAN" if name.startswith("is_") else "DOUBLE"
        )
    return {"VARCHAR": "text", "BOOLEAN": "boolean", **dict.fromkeys(_NUMERIC, "number")}.get(kind, "time") if kind else None


def parts_of(column: exp.Column) -> tuple[str, ...]:
    """The parts of a dotted name, outermost first."""
    return tuple(part.name for part in column.parts)


@lru_cache(maxsize=4096)
def condition(fact_name: str, text: str, bind: str | None = None) -> Rendered:
    """A checked boolean expression as SQL. With `bind`, its texts become named parameters that begin with that word."""
    return _render(facts()[fact_name], text, "boolean", bind)


@lru_cache(maxsize=4096)
def value(fact_name: str, text: str, numeric: bool) -> Rendered:
    """A checked expression as the value that is aggregated; a bare attribute is text, or a number when `numeric`."""
    return _render(facts()[fact_name], text, "number" if numeric else "text", None)


@lru_cache(maxsize=4096)
def dimension(fact_name: str, text: str) -> Rendered:
    """A column to break down by, as text in which a missing member has a name."""
    tree = check(text)
    if not isinstance(tree, exp.Column):
        raise Problem(f'"{text}" is not a column', remedy="Break down by a column or an attrs key; expressions belong into a definition.")
    column = find(facts()[fact_name], parts_of(tree))
    history = frozenset({column.join} if column.join and column.historic else ())
    return Rendered(f"coalesce(CAST({column.sql} AS VARCHAR), '{NOTHING}')", frozenset({column.join} if column.join else ()), history)


def only_of_account(fact_name: str, text: str) -> None:
    """Raises Problem when an expression names a column of the row itself, where accounts are followed through time."""
    fact = facts()[fact_name]
    for column in check(text).find_all(exp.Column):
        parts = parts_of(column)
        if find(fact, parts).join != "account" and parts != ("account_id",):
            join, shown = fact.joined("account"), ".".join(parts)
            same = f"account.{shown}" if join and shown in join.columns else "a column of the account, such as account.plan"
            raise Problem(f'"{shown}" is of a single subscription, and accounts are followed here', remedy=f"Write {same}.")


def _render(fact: Fact, text: str, wanted: str, bind: str | None) -> Rendered:
    tree: exp.Expr = check(text).copy()
    attributes = {id(one) for one in tree.find_all(exp.Column) if find(fact, parts_of(one)).is_attribute}
    tree = _forgive_missing(tree, attributes)
    joins: set[str] = set()
    history: set[str] = set()
    values: list[tuple[str, str]] = []
    unconverted: set[str] = set()
    for literal in list(tree.find_all(exp.Literal)) if bind else []:
        if literal.is_string:
            values.append((f"{bind}_{len(values) + 1}", literal.this))
            tree = _replace(tree, literal, exp.var(f"${values[-1][0]}"))
    for node in list(tree.find_all(exp.Column)):
        column = find(fact, parts_of(node))
        unconverted |= {column.unconverted} if column.unconverted else set()
        if column.join:
            joins.add(column.join)
            history.update({column.join} if column.historic else ())
        sql = column.sql if not column.is_attribute else _typed(column.sql, node, wanted, lambda other: _is_number(fact, other))
        tree = _replace(tree, node, exp.paren(_parsed(sql)) if column.sql.startswith("CASE") else _parsed(sql))
    for division in list(tree.find_all(exp.Div, exp.IntDiv, exp.Mod)):
        division.set("expression", exp.Nullif(this=division.expression.copy(), expression=exp.Literal.number(0)))
    return Rendered(tree.sql(dialect="duckdb"), frozenset(joins), frozenset(history), tuple(values), frozenset(unconverted))


@lru_cache(maxsize=1024)
def _parse_once(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, dialect="duckdb")


def _parsed(sql: str) -> exp.Expr:
    if sql.startswith("json_extract_string("):
        owner, path = sql.removeprefix("json_extract_string(").removesuffix(")").split(", ", 1)
        plain = exp.Literal.string(path[1:-1].replace("''", "'"))
        return exp.Anonymous(this="json_extract_string", expressions=[exp.column("attrs", owner.removesuffix(".attrs")), plain])
    return _parse_once(sql).copy()


def _replace(tree: exp.Expr, node: exp.Expr, by: exp.Expr) -> exp.Expr:
    if node is tree:
        return by
    node.replace(by)
    return tree


def _forgive_missing(tree: exp.Expr, attributes: set[int]) -> exp.Expr:
    """A row without the attribute is not equal to anything and contains nothing: `<>` and NOT are true for it."""

    def touches(node: exp.Expr) -> bool:
        return any(id(one) in attributes for one in node.find_all(exp.Column))

    for unequal in list(tree.find_all(exp.NEQ)):
        if any(isinstance(side, exp.Column) and id(side) in attributes for side in (unequal.this, unequal.expression)):
            tree = _replace(tree, unequal, exp.NullSafeNEQ(this=unequal.this, expression=unequal.expression))
    for like in list(tree.find_all(exp.Like, exp.ILike)):
        if like.args.get("negate"):
            like.set("negate", None)
            whole = like.parent if isinstance(like.parent, exp.Escape) else like
            opposite = exp.Not()
            tree = _replace(tree, whole, opposite)
            opposite.set("this", whole)
    for node in list(tree.find_all(exp.Not)):
        if touches(node.this) and not isinstance(node.this.unnest(), exp.Is):
            node.set("this", exp.Coalesce(this=node.this.unnest(), expressions=[exp.false()]))
    return tree


def _is_number(fact: Fact, node: exp.Expr) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Column):
        return find(fact, parts_of(node)).kind in _NUMERIC
    return (isinstance(node, exp.Literal) and not node.is_string) or isinstance(node, (*_ARITHMETIC, exp.Length))


def _typed(sql: str, node: exp.Column, wanted: str, is_number: Callable[[exp.Expr], bool]) -> str:
    """An attribute as the type that its place asks for: a number beside numbers, true or false where a condition stands."""
    below: exp.Expr = node
    above = node.parent
    while isinstance(above, exp.Paren):
        below, above = above, above.parent
    kind = {"number": "DOUBLE", "boolean": "BOOLEAN"}.get(wanted) if above is None else _kind_beside(above, below, is_number)
    return f"TRY_CAST({sql} AS {kind})" if kind else sql


def _kind_beside(above: exp.Expr, below: exp.Expr, is_number: Callable[[exp.Expr], bool]) -> str | None:
    if isinstance(above, _ARITHMETIC):
        return "DOUBLE"
    if isinstance(above, (exp.And, exp.Or, exp.Not)) or (isinstance(above, exp.If) and above.this is below):
        return "BOOLEAN"
    beside = [one for one in above.iter_expressions() if one is not below]
    if isinstance(above, (*_COMPARISON, exp.NullSafeNEQ, exp.Between, exp.In, exp.Least, exp.Greatest, exp.Coalesce)):
        if any(is_number(one) for one in beside):
            return "DOUBLE"
        if any(isinstance(one.unnest(), exp.Boolean) for one in beside):
            return "BOOLEAN"
    return None
