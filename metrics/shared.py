"""Leaves that look at the same rows share a CTE, which reads them once: each has a column there, its condition a FILTER."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from metrics import leaf as leaves
from metrics.leaf import Made
from metrics.slice import Slice
from metrics.sql import quote


def rows_of(piece: Slice) -> Hashable:
    """What tells the rows of a leaf apart from those of others, its own condition aside; None for one that cannot share them."""
    leaf = piece.leaf
    in_steps = piece.rolling or piece.adds_up or leaf.entity or leaf.column in piece.fact.repeats
    if in_steps or (leaf.on_last_day and not piece.fact.every_day):
        return None
    same = (piece.fact.name, piece.time, frozenset(piece.include), piece.timed, piece.running, leaf.over_days, leaf.on_last_day)
    return (*same, piece.windows)


def render(title: str, pieces: Mapping[str, Slice]) -> Made:
    """The CTE of several leaves, which has a column for each, by the names that they are given."""
    first = next(iter(pieces.values()))
    extra: list[tuple[str, str, str]] = []
    for name, piece in pieces.items():
        if piece.leaf.where:
            extra.append((f"where {name}", "boolean", piece.leaf.where))
        if piece.leaf.column != "*":
            extra.append((f"value {name}", "number" if piece.numeric else "text", piece.leaf.column))
    plain = replace(first.leaf, verb="count", column="*", where=None)
    together = replace(first, title=title, leaf=plain, extra=tuple(extra))
    rows = leaves.select(together)
    own = {name: together.parts[f"extra:where {name}"].sql for name, piece in pieces.items() if piece.leaf.where}
    filtered = len(set(own.values())) > 1 or len(own) < len(pieces)
    if len(own) == len(pieces):
        rows = replace(rows, conditions=(*rows.conditions, _any(list(dict.fromkeys(own.values())))))
    parameters = dict(rows.parameters)
    dims = leaves.dimensions(together, parameters)
    keys = ([f"{rows.period} AS period"] if rows.period else []) + [f"{sql} AS {dim}" for dim, sql in dims.items()]
    measures = [
        f"{_measure(together, name, piece)}{f' FILTER (WHERE {own[name]})' if filtered and name in own else ''} AS {quote(name)}"
        for name, piece in pieces.items()
    ]
    group = f"\n  GROUP BY {', '.join(str(place + 1) for place in range(len(keys)))}" if keys else ""
    body = "  SELECT\n    " + ",\n    ".join([*keys, *measures]) + f"\n  {rows.text}{group}"
    return Made({**rows.ctes, title: body}, parameters, together.windows, together.bucketed)


def _any(conditions: list[str]) -> str:
    compound = any(word in one for one in conditions for word in (" AND ", " OR "))
    told = " OR ".join(f"({one})" if compound and len(conditions) > 1 else one for one in conditions)
    return f"({told})" if " OR " in told else told


def _measure(together: Slice, name: str, piece: Slice) -> str:
    column = f"extra:value {name}"
    return leaves.aggregate(piece.leaf, together.parts[column].sql if column in together.parts else "*")
