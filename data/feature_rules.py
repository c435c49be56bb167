"""The rules of features.yml: what makes an event or a ticket belong to a feature."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from data import expressions, schema, yaml_file
from data.errors import Problem, did_you_mean
from data.workspace import Feature, Workspace

_COMPARED = (exp.EQ, exp.NEQ, exp.NullSafeNEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_RECKONED = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs, exp.Round)


@dataclass(frozen=True)
class Rule:
    """What makes a fact belong to a feature. `where` is checked DuckDB text over the table `event`."""

    feature_id: str
    events: tuple[str, ...]
    where: str | None
    tags: tuple[str, ...]


def rules(workspace: Workspace) -> list[Rule]:
    """The rules of features.yml in its order. Raises Problem with file and line for a `where` that is not allowed."""
    return [
        Rule(each.feature_id, each.events, _where(each, workspace), tuple(tag.lower() for tag in each.ticket_tags))
        for each in workspace.features.values()
    ]


def at_where(workspace: Workspace, feature_id: str, message: str, remedy: str | None = None) -> Problem:
    """A Problem at the line of features.yml where a feature's `where` stands."""
    block: yaml_file.Mapping = yaml_file.read(workspace.root / "features.yml")["features"][feature_id]
    return block.problem("where", message, remedy, value=True)


def _where(feature: Feature, workspace: Workspace) -> str | None:
    if feature.where is None:
        return None
    try:
        tree = expressions.check(str(feature.where))
        return expressions.sql(_as_meant(tree))
    except Problem as problem:
        raise at_where(workspace, feature.feature_id, problem.message, problem.remedy) from None


def _as_meant(tree: exp.Expr) -> exp.Expr:
    """The condition over the columns of `event`, in which a row that lacks an attribute differs from every value."""
    whole = exp.Paren(this=tree)
    for unequal in list(whole.find_all(exp.NEQ)):
        unequal.replace(exp.NullSafeNEQ(this=unequal.this, expression=unequal.expression))
    for negated in list(whole.find_all(exp.Not)):
        if not isinstance(negated.this.unnest(), exp.Is):
            negated.set("this", exp.Coalesce(this=negated.this.unnest(), expressions=[exp.false()]))
    for column in expressions.columns(whole):
        column.replace(_column(column))
    for division in list(whole.find_all(exp.Div, exp.IntDiv, exp.Mod)):
        division.set("expression", exp.Nullif(this=division.expression, expression=exp.Literal.number(0)))
    return whole


def _column(column: exp.Column) -> exp.Expr:
    names = [part.name for part in column.parts]
    if len(names) == 2 and names[0] == "attrs":
        return _attribute(column, names[1])
    known = {name: name for name in schema.TABLES["event"].columns} | {"event": "event_name"}
    if len(names) > 1 or names[0] not in known:
        remedy = did_you_mean(".".join(names), [*known, "attrs.KEY"])
        raise Problem(f'unknown column "{".".join(names)}" in where', remedy=remedy)
    return exp.column(known[names[0]], quoted=True)


def _attribute(column: exp.Column, key: str) -> exp.Expr:
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    text = exp.Anonymous(this="json_extract_string", expressions=[exp.column("attrs"), exp.Literal.string(pointer)])
    kind = _kind(column)
    return exp.TryCast(this=text, to=exp.DataType.build(kind)) if kind else text


def _kind(column: exp.Column) -> str | None:
    """An attribute is text, but a number beside numbers and true or false where a condition stands."""
    below: exp.Expr = column
    above = column.parent
    while isinstance(above, exp.Paren) and above.parent is not None:
        below, above = above, above.parent
    if isinstance(above, _RECKONED):
        return "DOUBLE"
    if isinstance(above, (exp.Paren, exp.And, exp.Or, exp.Not)) or (isinstance(above, exp.Coalesce) and isinstance(above.parent, exp.Not)):
        return "BOOLEAN"
    beside = [each.unnest() for each in above.iter_expressions() if each is not below] if isinstance(above, _COMPARED) else []
    if any(isinstance(each, _RECKONED) or (isinstance(each, exp.Literal) and not each.is_string) for each in beside):
        return "DOUBLE"
    return "BOOLEAN" if any(isinstance(each, exp.Boolean) for each in beside) else None
