"""`score: nps|csat`: a score of survey answers, with the number of answers and a 95 % interval when it is asked alone.

NPS is promoters less detractors per hundred answers, within ± 1.96 √((p + d - (p - d)²) / n); CSAT is the share of answers that
are satisfied, with the interval of Wilson. An answer without a score is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data import expressions
from data.errors import Problem
from data.yaml_file import Mapping
from metrics import columns
from metrics import leaf as leaves
from metrics.definition import text
from metrics.kinds.aggregate import days_of, fact_of, where_of
from metrics.kinds.shapes import choice
from metrics.leaf import Made
from metrics.question import Question
from metrics.slice import Leaf, Slice

KEYS = ("in", "of", "where", "over_last", "promoters", "detractors", "satisfied")
#: What the answers of each score are told by, unless the definition tells it.
SCALES = {"nps": {"promoters": ">= 9", "detractors": "<= 6"}, "csat": {"satisfied": ">= 4"}}
ANSWERS = "survey_responses"
_COMPARISON = re.compile(r"^\s*(>=|<=|>|<|=)\s*(-?\d{1,9}(?:\.\d{1,9})?)\s*$")
_Z = 1.959963984540054  # of a 95 % interval


@dataclass(frozen=True)
class Score:
    """The rows that are answers, and the comparisons that tell the good from the bad."""

    kind: str
    leaf: Leaf
    scale: tuple[tuple[str, str], ...]
    parts: tuple[str, ...] = ()


def read(verb: str, block: Mapping, name: str) -> Score:
    """Reads a definition. Answers to surveys are those of the kind of the score, unless `where` speaks of the kind itself."""
    kind = choice(block, verb, name, tuple(SCALES))
    fact = fact_of(block, name) if "in" in block else ANSWERS
    of = text(block, "of", name, "score")
    try:
        columns.value(fact, of, True)
    except Problem as problem:
        raise block.problem("of", f"{name}: {problem.message}", problem.remedy, value=True) from None
    where = where_of(block, name)
    if fact == ANSWERS and not _speaks_of_kind(where):
        where = f"kind = '{kind}' AND ({where})" if where else f"kind = '{kind}'"
    leaf = Leaf(fact, "score", of, where, over_days=days_of(block, "over_last", name))
    return Score(kind, leaf, _scale(kind, block, name))


def _scale(kind: str, block: Mapping, name: str) -> tuple[tuple[str, str], ...]:
    found = dict(SCALES[kind])
    for key in KEYS[-3:]:
        if key not in block:
            continue
        if key not in found:
            raise block.problem(key, f"{name}: {key} means nothing to {kind}", f"It takes {' and '.join(found)}.")
        match = _COMPARISON.match(text(block, key, name))
        if not match:
            raise block.problem(key, f'{name}: {key} is a comparison such as "{found[key]}", not "{block[key]}"', value=True)
        found[key] = f"{match[1]} {match[2]}"
    return tuple(found.items())


def _speaks_of_kind(where: str | None) -> bool:
    try:
        named = expressions.columns(expressions.check(where)) if where else []
    except Problem:
        return False  # it is told where conditions are checked
    return any(columns.parts_of(column) == ("kind",) for column in named)


def format_of(verb: str) -> str:
    """A definition of CSAT says percent."""
    del verb
    return "decimal"


def leaf(spec: Score) -> Leaf:
    """The answers."""
    return spec.leaf


def measure(spec: Score, piece: Slice, question: Question) -> Made:
    """How many answers there are of each sort, and the score made of them."""
    del question
    rows = leaves.select(piece)
    parameters, value = dict(rows.parameters), piece.parts["value"].sql
    dims = leaves.dimensions(piece, parameters)
    shown = ([f"{rows.period} AS period"] if rows.period else []) + [f"{sql} AS {name}" for name, sql in dims.items()]
    keys = [column.rsplit(" AS ", 1)[1] for column in shown]
    counted = [f"count({value}) AS answers"] + [f"count(*) FILTER (WHERE {value} {told}) AS {name}" for name, told in spec.scale]
    group = f"\n  GROUP BY {', '.join(str(place + 1) for place in range(len(keys)))}" if keys else ""
    answers = "  SELECT\n    " + ",\n    ".join([*shown, *counted]) + f"\n  {rows.text}{group}"
    score = "CAST(satisfied AS DOUBLE)" if spec.kind == "csat" else "100.0 * (promoters - detractors)"
    body = f"  SELECT *, {score} / nullif(answers, 0) AS measure FROM {piece.title}_answers"
    return Made({**rows.ctes, f"{piece.title}_answers": answers, piece.title: body}, parameters, piece.windows, piece.bucketed)


def beside(spec: Score, title: str) -> dict[str, str]:
    """SQL of what stands beside the value when the score is asked alone; `n` is a count, zero where nobody answered."""
    low, high = (_bound(spec.kind, title, sign) for sign in "-+")
    return {"value": f"{title}.measure", "n": f"{title}.answers", "low": low, "high": high}


def _bound(kind: str, title: str, sign: str) -> str:
    """One end of the interval, in counts: nothing is divided but by the number of answers."""
    n, z2 = f"nullif({title}.answers, 0)", _Z**2
    if kind == "nps":
        p, d = f"{title}.promoters", f"{title}.detractors"
        return f"{title}.measure {sign} {100 * _Z} * sqrt({p} + {d} - CAST(power({p} - {d}, 2) AS DOUBLE) / {n}) / {n}"
    good, bad = f"{title}.satisfied", f"({title}.answers - {title}.satisfied)"
    spread = f"{_Z} * sqrt(CAST({good} * {bad} AS DOUBLE) / {n} + {z2 / 4})"
    # At the end of the scale the bound is exact, which rounding would put a little beyond.
    edge = f"{good} = 0" if sign == "-" else f"{bad} = 0"
    exact = f"WHEN {edge} AND {title}.answers > 0 THEN {0 if sign == '-' else 1}"
    return f"CASE {exact} ELSE ({good} + {z2 / 2} {sign} {spread}) / ({title}.answers + {z2}) END"
