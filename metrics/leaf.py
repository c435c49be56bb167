"""The CTE of one leaf: rows of one fact, filtered, put into periods and members, aggregated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from metrics import periods, rolling, running
from metrics.calendar import Window
from metrics.columns import Rendered
from metrics.facts import Join
from metrics.slice import Leaf, Slice
from metrics.sql import Bound, quote, with_ctes

OTHER = "Other"
_VERBS = {
    "count": "count({})",
    "count_distinct": "count(DISTINCT {})",
    "sum": "sum({})",
    "average": "avg({})",
    "median": "median({})",
    "min": "min({})",
    "max": "max({})",
    "percentile": "quantile_cont({}, {})",
}


@dataclass(frozen=True)
class Made:
    """The CTEs of a leaf, the values they bind, the windows that they have values of, and whether their periods are calendar buckets."""

    ctes: dict[str, str]
    parameters: dict[str, Bound]
    windows: tuple[Window, ...]
    bucketed: bool


@dataclass(frozen=True)
class Selection:
    """FROM and WHERE of a leaf: the rows that its number counts, and the SQL of the period that each falls in."""

    ctes: dict[str, str]
    parameters: dict[str, Bound]
    period: str | None
    source: tuple[str, ...]
    conditions: tuple[str, ...]

    @property
    def text(self) -> str:
        """FROM, JOIN and WHERE as text."""
        return "\n  ".join(self.source) + "\n  WHERE " + "\n    AND ".join(self.conditions)


def select(piece: Slice, written: Callable[[Rendered], str] = attrgetter("sql")) -> Selection:
    """The rows of a leaf. One over a stretch that ends with its period, and one with odd windows, joins a list of days.

    `written` gives the SQL of a condition.
    """
    ctes: dict[str, str] = {}
    parameters: dict[str, Bound] = {}
    period, joined, limits = periods.of(piece, ctes)
    source = [f"FROM {piece.fact.table} AS f", *joins(piece), *joined]
    listed = piece.leaf.on_last_day and piece.fact.every_day
    conditions = [*kept(piece), *([] if listed else limits), *chosen(piece, parameters, written)]
    if piece.leaf.on_last_day:
        conditions.append(periods.last_day(piece, ctes, source, period, kept(piece)))
    return Selection(ctes, parameters, period, tuple(source), tuple(conditions))


def chosen(piece: Slice, parameters: dict[str, Bound], written: Callable[[Rendered], str] = attrgetter("sql")) -> list[str]:
    """The conditions that people chose or wrote: the members of a mark, the accounts, the definition's, the request's.

    Adds the values that they bind.
    """
    for part in piece.parts.values():
        parameters |= dict(part.values)
    conditions: list[str] = []
    for number, (dim, member) in enumerate(piece.request.members, start=1):
        parameters[f"member_{number}"] = member
        conditions.append(f"{piece.parts[f'member:{dim}'].sql} = $member_{number}")
    if piece.request.accounts is not None:
        parameters["accounts"] = piece.request.accounts
        conditions.append(f"{piece.parts['account'].sql} IN (SELECT unnest($accounts))")
    return conditions + [_grouped(written(piece.parts[key])) for key in ("where", "filter") if key in piece.parts]


def _grouped(condition: str) -> str:
    return f"({condition})" if " OR " in condition else condition


def render(piece: Slice) -> Made:
    """The CTEs of a leaf: its own, and those that it stands on."""
    rows = select(piece)
    parameters = dict(rows.parameters)
    dims = dimensions(piece, parameters)
    keys = ([f"{rows.period} AS period"] if rows.period else []) + [f"{sql} AS {name}" for name, sql in dims.items()]
    ctes = dict(rows.ctes)
    body = _aggregated(piece, ctes, keys, rows.text)
    return Made({**ctes, piece.title: body}, parameters, piece.windows, piece.bucketed)


def aggregate(leaf: Leaf, value: str) -> str:
    """A leaf's verb over a value."""
    return _VERBS[leaf.verb].format(value, leaf.at)


def rows(piece: Slice, limit: int) -> tuple[str, dict[str, Bound]]:
    """A statement for the rows themselves, newest first, with the number of all of them in `total_rows`."""
    chosen = select(piece)
    shown = [f"f.{piece.time}"]
    if piece.fact.joined("account") and "account.account_id" in chosen.text:
        shown.append("account.name AS account")
    shown += [f"{sql if not sql.isidentifier() else f'f.{sql}'} AS {name}" for name, sql in piece.fact.columns.items()]
    ctes, source = dict(chosen.ctes), chosen.text
    if (piece.leaf.at_least or 1) > 1:
        source = _often(piece, ctes, shown, source)
        shown = ["* EXCLUDE (rows_of_entity)"]
    listed_columns = ",\n  ".join([*shown, "count(*) OVER () AS total_rows"])
    return with_ctes(ctes, f"SELECT\n  {listed_columns}\n{source}\nORDER BY 1 DESC\nLIMIT {limit}"), chosen.parameters


def _often(piece: Slice, ctes: dict[str, str], shown: list[str], source: str) -> str:
    """A CTE of the rows, from which only those are taken whose entity has enough of them."""
    entity, name = piece.parts["entity"].sql, f"{piece.title}_rows"
    columns_shown = ",\n    ".join([*shown, f"count(*) OVER (PARTITION BY {entity}) AS rows_of_entity"])
    ctes[name] = f"  SELECT\n    {columns_shown}\n  {source}\n    AND {entity} IS NOT NULL"
    return f"FROM {name}\nWHERE rows_of_entity >= {piece.leaf.at_least}"


def left_out(piece: Slice) -> str:
    """A statement that counts, in the same stretch of time, the rows that the rules leave out, one column for each rule."""
    counted = {} if piece.fact.derived else {"deleted": "f.deleted_at IS NOT NULL"}
    counted |= {word: f"coalesce(f.{flag}, FALSE)" for word, flag in piece.fact.left_out.items() if word not in piece.include}
    counted |= {str(join.include): f"coalesce({join.name}.{join.left_out}, FALSE)" for join in piece.fact.joins if _leaves_out(piece, join)}
    shown = ", ".join(f"count(*) FILTER (WHERE {sql}) AS {name}" for name, sql in counted.items()) or "0 AS deleted"
    lines = "\n".join([f"FROM {piece.fact.table} AS f", *joins(piece)])
    return f"SELECT {shown}\n{lines}\nWHERE " + " AND ".join(periods.within(piece))


def kept(piece: Slice) -> list[str]:
    """The conditions of every number: deleted rows, test accounts and internal people stay out, unless the definition brings them in."""
    found = [] if piece.fact.derived else ["f.deleted_at IS NULL"]
    found += [f"f.{flag} IS NOT TRUE" for word, flag in piece.fact.left_out.items() if word not in piece.include]
    found += [f"{join.name}.{join.left_out} IS NOT TRUE" for join in piece.fact.joins if _leaves_out(piece, join)]
    return found


def _leaves_out(piece: Slice, join: Join) -> bool:
    return bool(join.left_out) and join.include not in piece.include


def joins(piece: Slice, moment: str | None = None) -> list[str]:
    """The LEFT JOINs that the expressions of a leaf and the rules need, each to at most one row.

    Attributes are those of the row's own time, or of another `moment` (or day, for a fact of days).
    """
    needed = {name for part in piece.parts.values() for name in part.joins}
    history = {name for part in piece.parts.values() for name in part.history}
    found: list[str] = []
    for join in piece.fact.joins:
        if join.name in needed or _leaves_out(piece, join):
            found.append(f"LEFT JOIN {join.table} AS {join.name} ON {join.name}.{join.key} = f.{join.key}")
        if join.name in history:
            then, moment = f"{join.name}_then", moment or f"f.{piece.time}"
            at = ("valid_from", "valid_to") if piece.fact.has_clock(piece.time) else ("valid_from_day", "valid_to_day")
            found.append(
                f"LEFT JOIN {join.history} AS {then} ON {then}.{join.key} = f.{join.key}\n"
                f"    AND {then}.{at[0]} <= {moment} AND ({then}.{at[1]} IS NULL OR {moment} < {then}.{at[1]})"
            )
    return found


def dimensions(piece: Slice, parameters: dict[str, Bound]) -> dict[str, str]:
    """SQL of each dimension by its quoted name; with a top list, members that are not on it are Other."""
    return gathered({quote(dim): piece.parts[f"by:{dim}"].sql for dim in piece.request.by}, piece.request.top, parameters)


def gathered(found: dict[str, str], top: tuple[tuple[str, ...], ...] | None, parameters: dict[str, Bound]) -> dict[str, str]:
    """SQL of dimensions, by name, in which the members that are not on the top list are Other."""
    if top is None:
        return found
    alternatives: list[str] = []
    for row, members in enumerate(top, start=1):
        names = [f"top_{row}_{place}" for place in range(1, len(members) + 1)]
        parameters |= dict(zip(names, members, strict=True))
        alternatives.append(" AND ".join(f"{sql} = ${name}" for sql, name in zip(found.values(), names, strict=True)))
    on_list = " OR ".join(f"({one})" for one in alternatives) or "FALSE"
    return {name: f"CASE WHEN {on_list} THEN {sql} ELSE '{OTHER}' END" for name, sql in found.items()}


def _aggregated(piece: Slice, ctes: dict[str, str], keys: list[str], source: str) -> str:
    leaf, value = piece.leaf, piece.parts["value"].sql if "value" in piece.parts else "*"
    if piece.rolling:
        return rolling.distinct(piece, ctes, keys, value, source)
    if piece.adds_up:
        return running.total(piece, ctes, keys, aggregate(leaf, value), value, source)
    group = f"\n  GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}" if keys else ""
    enough = ""
    if keys_of := piece.fact.repeats.get(leaf.column):
        source = _once(piece, ctes, keys, keys_of, value, source)
        keys, value = [key.rsplit(" AS ", 1)[1] for key in keys], "of_one"
    elif leaf.entity:
        source = _per_entity(piece, ctes, keys, value, source)
        keys, value = [key.rsplit(" AS ", 1)[1] for key in keys], "of_entity"
        enough = f" FILTER (WHERE rows_of_entity >= {leaf.at_least})" if leaf.at_least else ""
    measure = aggregate(leaf, value)
    return "  SELECT\n    " + ",\n    ".join([*keys, f"{measure}{enough} AS measure"]) + f"\n  {source}{group}"


def _once(piece: Slice, ctes: dict[str, str], keys: list[str], told_apart: tuple[str, ...], value: str, source: str) -> str:
    """A CTE with each thing once, for a column that its rows repeat; within a member, so that every member has it whole."""
    own = [f"f.{column}" for column in told_apart]
    group = ", ".join([*(key.rsplit(" AS ", 1)[0] for key in keys), *own])
    name = f"{piece.title}_once"
    ctes[name] = "  SELECT\n    " + ",\n    ".join([*keys, f"max({value}) AS of_one"]) + f"\n  {source}\n  GROUP BY {group}"
    return f"FROM {name}"


def _per_entity(piece: Slice, ctes: dict[str, str], keys: list[str], value: str, source: str) -> str:
    """A CTE that tells of each row how many rows its entity has, or that has one value for each entity."""
    leaf, entity = piece.leaf, piece.parts["entity"].sql
    name = f"{piece.title}_entities"
    if leaf.per and leaf.verb != "count_distinct":
        inner = "count(*)" if value == "*" else f"sum({value})"
        shown = [*keys, f"{entity} AS entity", f"{inner} AS of_entity", "count(*) AS rows_of_entity"]
        tail = f"\n  GROUP BY {', '.join(str(i + 1) for i in range(len(keys) + 1))}"
    else:
        over = ", ".join([*(key.rsplit(" AS ", 1)[0] for key in keys), entity])
        shown = [*keys, f"{'1' if value == '*' else value} AS of_entity", f"count(*) OVER (PARTITION BY {over}) AS rows_of_entity"]
        tail = ""
    ctes[name] = "  SELECT\n    " + ",\n    ".join(shown) + f"\n  {source}\n    AND {entity} IS NOT NULL{tail}"
    return f"FROM {name}"
