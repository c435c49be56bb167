"""What may be done with the members of a metric: add them up, weigh them, or only look at each. Never an average over what is not one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Literal

from sqlglot import exp

from data.expressions import check
from metrics.definition import Metric
from metrics.insight.why.spans import Span
from metrics.kinds.aggregate import Aggregate
from metrics.kinds.formula import Formula
from metrics.made_of import is_shaped, resolved

#: additive: members make the total. distinct: they may overlap. ratio: they are weighed. own: each is only looked at by itself.
Sort = Literal["additive", "distinct", "ratio", "own", "table"]
#: The unsaved metrics that a mean or a score is made of.
ABOVE, BELOW, COUNTED = "why_above", "why_below", "why_counted"
#: Those that tell how a median or percentile scatters: the percentiles a little below and above it.
LOW, HIGH = "why_low", "why_high"
_KEPT = ("in", "over_last", "at_least", "time", "include")


@dataclass(frozen=True)
class Nature:
    """How a metric divides. A ratio is `above` / `below`, both metrics; or its own rate, weighed by `weight` (a metric) over the span
    that `weighed_on` gives. Its value is `offset + scale · ratio`. `unsaved` are definitions that these names need."""

    sort: Sort
    above: str = ""
    below: str = ""
    weight: str = ""
    weighed_on: Callable[[Span], Span] = field(default=lambda span: span)
    scale: float = 1.0
    offset: float = 0.0
    of: str = ""
    unsaved: Mapping[str, Any] = field(default_factory=dict)
    #: What one row adds to an amount; None where that is not known.
    unit: float | None = None


def nature(name: str, known: Mapping[str, Metric]) -> Nature:
    """How a metric of the catalogue divides into members."""
    metric = resolved(known[name], known)
    if is_shaped(metric):
        return Nature("table")
    if metric.kind == "cumulative":
        return nature(metric.parts[0], known)
    if metric.kind == "ratio":
        return Nature("ratio", above=metric.spec.of, below=metric.spec.to)
    if metric.kind == "formula":
        return _of_formula(metric, known)
    made = _MADE.get(metric.kind)
    return made(metric) if made else Nature("own")


def counted(metric: Metric) -> Mapping[str, Any]:
    """The definition of how many rows a value rests on; none where its rows are not those of one fact."""
    leaf = metric.spec.leaf if isinstance(metric.spec, Aggregate) else None
    if leaf is None:
        return {}
    return {COUNTED: _definition(metric, "count", "*", also=f"({leaf.column}) is not null" if leaf.column != "*" else None)}


def around(metric: Metric) -> tuple[float, float] | None:
    """The share at which a median or percentile stands, and how far below and above it `LOW` and `HIGH` do; None for anything else."""
    leaf = metric.spec.leaf if isinstance(metric.spec, Aggregate) else None
    if leaf is None or leaf.verb not in ("median", "percentile") or leaf.per or leaf.at_least:
        return None
    at = leaf.at or 0.5
    return at, min(at, 1 - at) / 4


def scattered(metric: Metric) -> Mapping[str, Any]:
    """The definitions of `LOW` and `HIGH`; none where a metric is no median or percentile of rows."""
    told = around(metric)
    if told is None:
        return {}
    at, step = told
    definition = _definition(metric, "percentile", metric.spec.leaf.column)
    return {LOW: {**definition, "at": at - step}, HIGH: {**definition, "at": at + step}}


def value_of(text: str) -> Callable[[Mapping[str, Fraction]], Fraction | None]:
    """A formula of metrics as a function of their values: + − × ÷ and numbers; None for a division by zero."""
    tree = check(text)
    return lambda values: _value(tree, values)


def computable(text: str) -> bool:
    """Whether a formula is plain arithmetic, which `value_of` knows."""
    return all(isinstance(node, (*_ARITHMETIC, exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Neg)) for node in check(text).walk())


_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)


def _value(node: exp.Expr, values: Mapping[str, Fraction]) -> Fraction | None:
    if isinstance(node, exp.Column):
        return values[node.name]
    if isinstance(node, exp.Literal):
        return Fraction(node.this)
    if isinstance(node, (exp.Paren, exp.Neg)):
        inner = _value(node.this, values)
        return -inner if inner is not None and isinstance(node, exp.Neg) else inner
    left, right = _value(node.this, values), _value(node.expression, values)
    if left is None or right is None or (isinstance(node, exp.Div) and not right):
        return None
    if isinstance(node, exp.Div):
        return left / right
    return left * right if isinstance(node, exp.Mul) else left + right if isinstance(node, exp.Add) else left - right


def _of_formula(metric: Metric, known: Mapping[str, Metric]) -> Nature:
    """A sum of what adds up adds up; a multiple of one ratio, plus or minus a number, divides as that ratio does."""
    spec: Formula = metric.spec
    if not computable(spec.text):
        return Nature("own")
    formula, parts = value_of(spec.text), spec.parts
    at_zero = formula(dict.fromkeys(parts, Fraction()))
    slopes = {part: _slope(formula, parts, part) for part in parts}
    if at_zero is None or any(slope is None for slope in slopes.values()):
        return Nature("own")
    inner = {part: nature(part, known) for part in parts}
    if not at_zero and all(one.sort in ("additive", "distinct") for one in inner.values()):
        return Nature("distinct" if any(one.sort == "distinct" for one in inner.values()) else "additive")
    if len(parts) == 1 and inner[parts[0]].sort == "ratio":
        told, slope = inner[parts[0]], float(slopes[parts[0]] or 0)
        rate = told.of or parts[0]
        return Nature(
            "ratio", told.above, told.below, told.weight, told.weighed_on, slope * told.scale,
            float(at_zero) + slope * told.offset, rate, told.unsaved,
        )  # fmt: skip
    return Nature("own")


def _slope(formula: Callable[[Mapping[str, Fraction]], Fraction | None], parts: tuple[str, ...], part: str) -> Fraction | None:
    """How much one part adds for each of it, if that is always the same: the formula is linear in it, whatever the others are."""
    found = set()
    for others in (Fraction(0), Fraction(3), Fraction(-7, 2)):
        for start in (Fraction(0), Fraction(2), Fraction(5)):
            ends = [formula({**dict.fromkeys(parts, others), part: start + step}) for step in (0, 1)]
            if ends[0] is None or ends[1] is None:
                return None
            found.add(ends[1] - ends[0])
    return found.pop() if len(found) == 1 else None


def _definition(metric: Metric, verb: str, column: str, also: str | None = None, where: str | None = None) -> dict[str, Any]:
    """A definition over the same rows with another verb; `also` is a further condition."""
    kept = {key: metric.block[key] for key in _KEPT if key in metric.block}
    own = where if where is not None else metric.block.get("where")
    conditions = [f"({one})" for one in (own, also) if one]
    return {verb: column, **kept} | ({"where": " AND ".join(conditions)} if conditions else {})


def _amount(metric: Metric) -> Nature:
    """A count, a sum, a snapshot. One that keeps only entities with enough rows, or counts things, may overlap."""
    leaf = metric.spec.leaf if isinstance(metric.spec, Aggregate) else None
    sort: Sort = "distinct" if leaf and (leaf.at_least or leaf.verb == "count_distinct") else "additive"
    return Nature(sort, unit=1.0 if leaf and leaf.verb in ("count", "count_distinct") else None)


def _mean(metric: Metric) -> Nature:
    """A mean is its sum over the number of values; one per entity, over the number of entities."""
    leaf = metric.spec.leaf
    if leaf.at_least:
        return Nature("own")
    if leaf.per:
        above = _definition(metric, "count" if leaf.column == "*" else "sum", leaf.column, f"{leaf.per} is not null")
        return Nature("ratio", ABOVE, BELOW, unsaved={ABOVE: above, BELOW: _definition(metric, "count_distinct", leaf.per)})
    below = _definition(metric, "count", "*", f"({leaf.column}) is not null")
    return Nature("ratio", ABOVE, BELOW, unsaved={ABOVE: _definition(metric, "sum", leaf.column), BELOW: below})


def _score(metric: Metric) -> Nature:
    """NPS and CSAT are means over answers: of 100 and −100, or of 1."""
    leaf, scale = metric.spec.leaf, dict(metric.spec.scale)
    if metric.spec.kind == "nps":
        points = f"case when {leaf.column} {scale['promoters']} then 100 when {leaf.column} {scale['detractors']} then -100 else 0 end"
    else:
        points = f"case when {leaf.column} {scale['satisfied']} then 1 else 0 end"
    held = f"({leaf.column}) is not null"
    parts = {"sum": points}, {"count": "*"}
    above, below = ({**_definition(metric, *next(iter(part.items())), held, leaf.where), "in": leaf.fact} for part in parts)
    return Nature("ratio", ABOVE, BELOW, unsaved={ABOVE: above, BELOW: below})


def _converted(metric: Metric) -> Nature:
    """A conversion is weighed by those who began."""
    return Nature("ratio", weight=metric.spec.base)


def _retained(metric: Metric) -> Nature:
    """What is retained is weighed by what was paid on the day of then."""
    spec = metric.spec

    def on(span: Span) -> Span:
        day: date = spec.then(span.until - timedelta(days=1))
        return Span(day, day + timedelta(days=1))

    weight = {"snapshot": spec.column, "in": spec.fact} | ({"where": spec.where} if spec.where else {})
    return Nature("ratio", weight=BELOW, weighed_on=on, unsaved={BELOW: weight})


_MADE: dict[str, Callable[[Metric], Nature]] = {
    **dict.fromkeys(("count", "sum", "count_distinct", "snapshot"), _amount),
    "average": _mean,
    "score": _score,
    "converted_to": _converted,
    "retained": _retained,
}
