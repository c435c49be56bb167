"""The CTE of one leaf: rows of one fact, filtered, put into periods and members, aggregated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from metrics import columns
from metrics.calendar import Window
from metrics.columns import Rendered
from metrics.facts import Fact, Join
from metrics.kinds.aggregate import Leaf
from metrics.request import Request
from metrics.sql import listed, quote

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
    """The CTEs of a leaf, the values they bind, and whether their periods are calendar buckets."""

    ctes: dict[str, str]
    parameters: dict[str, str]
    bucketed: bool


@dataclass(frozen=True)
class Slice:
    """A leaf in a request: which rows, over which windows, by which members."""

    title: str
    leaf: Leaf
    fact: Fact
    time: str
    include: tuple[str, ...]
    windows: tuple[Window, ...]
    request: Request
    timed: bool

    @cached_property
    def numeric(self) -> bool:
        """Whether the verb computes with the column, so that an attribute is read as a number."""
        return self.leaf.verb not in ("count", "count_distinct")

    @cached_property
    def parts(self) -> dict[str, Rendered]:
        """What the expressions of the leaf need: value, entity, conditions, one for each dimension."""
        name, leaf = self.fact.name, self.leaf
        found = {f"by:{dim}": columns.dimension(name, dim) for dim in self.request.by}
        found |= {f"member:{dim}": columns.dimension(name, dim) for dim, _ in self.request.members}
        if leaf.column != "*":
            found["value"] = columns.value(name, leaf.column, self.numeric)
        if leaf.entity:
            found["entity"] = columns.value(name, leaf.entity, False)
        if leaf.where:
            found["where"] = columns.condition(name, leaf.where)
        if self.request.where:
            found["filter"] = columns.condition(name, self.request.where, "where")
        return found

    @cached_property
    def day(self) -> str:
        """SQL of the calendar day of a row, in the zone that was asked for."""
        if self.request.zone and self.fact.has_clock(self.time):
            return f"CAST(timezone('{self.request.zone}', f.{self.time}) AS DATE)"
        return f"f.{self.fact.day(self.time)}"

    @cached_property
    def bucketed(self) -> bool:
        """Whether each window lies in a calendar period of its own, so that a row's period follows from its day alone."""
        grain, calendar = self.request.grain, self.request.calendar
        if grain is None or self.leaf.over_days:
            return False
        if self.timed and grain != "hour" and self.request.compare and not all(one.on_days for one in self.windows):
            return False
        return all(one.end <= calendar.step(calendar.floor(one.start, grain), grain) for one in self.windows)


@dataclass(frozen=True)
class Selection:
    """FROM and WHERE of a leaf: the rows that its number counts, and the SQL of the period that each falls in."""

    ctes: dict[str, str]
    parameters: dict[str, str]
    period: str | None
    source: tuple[str, ...]
    conditions: tuple[str, ...]

    @property
    def text(self) -> str:
        """FROM, JOIN and WHERE as text."""
        return "\n  ".join(self.source) + "\n  WHERE " + "\n    AND ".join(self.conditions)


def select(piece: Slice) -> Selection:
    """The rows of a leaf. One over a stretch that ends with its period, and one with odd windows, joins a list of days."""
    ctes: dict[str, str] = {}
    parameters: dict[str, str] = {}
    for part in piece.parts.values():
        parameters |= dict(part.values)
    period, joined, conditions = _period(piece, ctes)
    for number, (dim, member) in enumerate(piece.request.members, start=1):
        parameters[f"member_{number}"] = member
        conditions.append(f"{piece.parts[f'member:{dim}'].sql} = $member_{number}")
    source = [f"FROM {piece.fact.table} AS f", *_joins(piece), *joined]
    conditions = [*_kept(piece), *conditions, *(_grouped(piece.parts[key].sql) for key in ("where", "filter") if key in piece.parts)]
    if piece.leaf.on_last_day:
        conditions.append(_last_day(piece, ctes, source, period))
    return Selection(ctes, parameters, period, tuple(source), tuple(conditions))


def _grouped(condition: str) -> str:
    return f"({condition})" if " OR " in condition else condition


def render(piece: Slice) -> Made:
    """The CTEs of a leaf: its own, and those that it stands on."""
    rows = select(piece)
    parameters = dict(rows.parameters)
    dims = _dimensions(piece, parameters)
    keys = ([f"{rows.period} AS period"] if rows.period else []) + [f"{sql} AS {name}" for name, sql in dims.items()]
    ctes = dict(rows.ctes)
    body = _aggregated(piece, ctes, keys, rows.text)
    return Made({**ctes, piece.title: body}, parameters, piece.bucketed)


def rows(piece: Slice, limit: int) -> tuple[str, dict[str, str]]:
    """A statement for the rows themselves, newest first, with the number of all of them in `total_rows`."""
    chosen = select(piece)
    shown = [f"f.{piece.time}"]
    if piece.fact.joined("account") and "account.account_id" in chosen.text:
        shown.append("account.name AS account")
    shown += [f"{sql if not sql.isidentifier() else f'f.{sql}'} AS {name}" for name, sql in piece.fact.columns.items()]
    head = "WITH\n" + ",\n".join(f"{name} AS (\n{body}\n)" for name, body in chosen.ctes.items()) + "\n" if chosen.ctes else ""
    listed_columns = ",\n  ".join([*shown, "count(*) OVER () AS total_rows"])
    return f"{head}SELECT\n  {listed_columns}\n{chosen.text}\nORDER BY 1 DESC\nLIMIT {limit}", chosen.parameters


def left_out(piece: Slice) -> str:
    """A statement that counts, in the same stretch of time, the rows that the rules leave out, one column for each rule."""
    counted = {} if piece.fact.derived else {"deleted": "f.deleted_at IS NOT NULL"}
    counted |= {word: f"coalesce(f.{flag}, FALSE)" for word, flag in piece.fact.left_out.items() if word not in piece.include}
    counted |= {str(join.include): f"coalesce({join.name}.{join.left_out}, FALSE)" for join in piece.fact.joins if _leaves_out(piece, join)}
    shown = ", ".join(f"count(*) FILTER (WHERE {sql}) AS {name}" for name, sql in counted.items()) or "0 AS deleted"
    lines = "\n".join([f"FROM {piece.fact.table} AS f", *_joins(piece)])
    return f"SELECT {shown}\n{lines}\nWHERE " + " AND ".join(_range(piece))


def _kept(piece: Slice) -> list[str]:
    """Deleted rows, test accounts and internal people stay out, unless the definition brings them in."""
    kept = [] if piece.fact.derived else ["f.deleted_at IS NULL"]
    kept += [f"NOT coalesce(f.{flag}, FALSE)" for word, flag in piece.fact.left_out.items() if word not in piece.include]
    kept += [f"NOT coalesce({join.name}.{join.left_out}, FALSE)" for join in piece.fact.joins if _leaves_out(piece, join)]
    return kept


def _leaves_out(piece: Slice, join: Join) -> bool:
    return bool(join.left_out) and join.include not in piece.include


def _joins(piece: Slice) -> list[str]:
    needed = {name for part in piece.parts.values() for name in part.joins}
    history = {name for part in piece.parts.values() for name in part.history}
    found: list[str] = []
    for join in piece.fact.joins:
        if join.name in needed or _leaves_out(piece, join):
            found.append(f"LEFT JOIN {join.table} AS {join.name} ON {join.name}.{join.key} = f.{join.key}")
        if join.name in history:
            then, moment = f"{join.name}_then", f"f.{piece.time}"
            at = ("valid_from", "valid_to") if piece.fact.has_clock(piece.time) else ("valid_from_day", "valid_to_day")
            found.append(
                f"LEFT JOIN {join.history} AS {then} ON {then}.{join.key} = f.{join.key}\n"
                f"    AND {then}.{at[0]} <= {moment} AND ({then}.{at[1]} IS NULL OR {moment} < {then}.{at[1]})"
            )
    return found


def _period(piece: Slice, ctes: dict[str, str]) -> tuple[str | None, list[str], list[str]]:
    """SQL of a row's period, what must be joined for it, and the conditions that keep rows inside the windows."""
    grain = piece.request.grain
    if piece.leaf.over_days:
        return _days(piece, ctes, piece.leaf.over_days)
    if grain is None or piece.bucketed:
        return (_bucket(piece, grain) if grain else None), [], _range(piece)
    if piece.timed:
        return _moments(piece, ctes)
    return _days(piece, ctes, 1 if piece.leaf.on_last_day else None)


def _range(piece: Slice) -> list[str]:
    first, last = piece.windows[0], piece.windows[-1]
    if piece.timed:
        moment = f"f.{piece.time}"
        return [f"{moment} >= TIMESTAMPTZ '{first.start.isoformat(sep=' ')}'", f"{moment} < TIMESTAMPTZ '{last.end.isoformat(sep=' ')}'"]
    return [f"{piece.day} >= DATE '{first.first_day}'", f"{piece.day} < DATE '{last.end_day}'"]


def _bucket(piece: Slice, grain: str) -> str:
    """SQL of the first day (or moment) of the period that a row falls in."""
    calendar = piece.request.calendar
    if grain == "hour":
        odd = int(piece.windows[0].key.timestamp()) % 3600
        epoch = f"epoch(f.{piece.time})"
        return f"to_timestamp(floor({epoch} / 3600) * 3600)" if not odd else f"to_timestamp(floor(({epoch} - {odd}) / 3600) * 3600 + {odd})"
    if grain == "day":
        return piece.day
    if grain == "week" and calendar.week_start == "sunday":
        return f"CAST(date_trunc('week', {piece.day} + 1) AS DATE) - 1"
    shift = (calendar.fiscal_year_start - 1) % {"quarter": 3, "year": 12}.get(grain, 1)
    if shift:
        return f"CAST(date_trunc('{grain}', {piece.day} - INTERVAL {shift} MONTH) + INTERVAL {shift} MONTH AS DATE)"
    return f"CAST(date_trunc('{grain}', {piece.day}) AS DATE)"


def _days(piece: Slice, ctes: dict[str, str], over: int | None) -> tuple[str | None, list[str], list[str]]:
    """Windows as a list of days, joined by day: they may overlap, or lie across calendar periods."""
    firsts = [one.end_day - timedelta(days=over) if over else one.first_day for one in piece.windows]
    lasts = [one.end_day - timedelta(days=1) for one in piece.windows]
    limits = [f"{piece.day} >= DATE '{min(firsts)}'", f"{piece.day} <= DATE '{max(lasts)}'"]
    if piece.request.grain is None:
        return None, [], limits
    hours = piece.request.grain == "hour"
    keys = [one.key if hours else one.key.date() for one in piece.windows]
    name = f"{piece.title}_days"
    ctes[name] = (
        "  SELECT period, CAST(unnest(generate_series(first_day, last_day, INTERVAL 1 DAY)) AS DATE) AS day\n  FROM (SELECT\n"
        f"    unnest({listed(keys, 'TIMESTAMPTZ' if hours else 'DATE')}) AS period,\n"
        f"    unnest({listed(firsts, 'DATE')}) AS first_day,\n    unnest({listed(lasts, 'DATE')}) AS last_day)"
    )
    return "d.period", [f"JOIN {name} AS d ON d.day = {piece.day}"], limits


def _moments(piece: Slice, ctes: dict[str, str]) -> tuple[str | None, list[str], list[str]]:
    """Windows that begin or end within a day, joined by time."""
    name = f"{piece.title}_windows"
    keys = [one.key if piece.request.grain == "hour" else one.key.date() for one in piece.windows]
    kind = "TIMESTAMPTZ" if piece.request.grain == "hour" else "DATE"
    ctes[name] = (
        f"  SELECT\n    unnest({listed(keys, kind)}) AS period,\n"
        f"    unnest({listed([one.start for one in piece.windows], 'TIMESTAMPTZ')}) AS first_moment,\n"
        f"    unnest({listed([one.end for one in piece.windows], 'TIMESTAMPTZ')}) AS end_moment"
    )
    moment = f"f.{piece.time}"
    return "d.period", [f"JOIN {name} AS d ON {moment} >= d.first_moment AND {moment} < d.end_moment"], _range(piece)


def _last_day(piece: Slice, ctes: dict[str, str], source: list[str], period: str | None) -> str:
    """Only the last loaded day of each window counts, and it is the same day for every member."""
    if piece.fact.every_day:
        days = sorted({one.end_day - timedelta(days=1) for one in piece.windows})
        return f"{piece.day} IN ({', '.join(f'DATE {chr(39)}{day}{chr(39)}' for day in days)})"
    own = [*_kept(piece), *_range(piece), *([piece.parts["where"].sql] if "where" in piece.parts else [])]
    needed = [line for line in source if not line.startswith("JOIN")] if period is None or piece.bucketed else source
    name = f"{piece.title}_last_days"
    group = f"\n  GROUP BY {period}" if period else ""
    ctes[name] = f"  SELECT max({piece.day}) AS day\n  " + "\n  ".join(needed) + "\n  WHERE " + "\n    AND ".join(own) + group
    return f"{piece.day} IN (SELECT day FROM {name})"


def _dimensions(piece: Slice, parameters: dict[str, str]) -> dict[str, str]:
    """Each dimension by its quoted name; with a top list, members that are not on it are Other."""
    found = {dim: piece.parts[f"by:{dim}"].sql for dim in piece.request.by}
    if piece.request.top is None:
        return {quote(dim): sql for dim, sql in found.items()}
    alternatives: list[str] = []
    for row, members in enumerate(piece.request.top, start=1):
        names = [f"top_{row}_{place}" for place in range(1, len(members) + 1)]
        parameters |= dict(zip(names, members, strict=True))
        alternatives.append(" AND ".join(f"{sql} = ${name}" for sql, name in zip(found.values(), names, strict=True)))
    on_list = " OR ".join(f"({one})" for one in alternatives) or "FALSE"
    return {quote(dim): f"CASE WHEN {on_list} THEN {sql} ELSE '{OTHER}' END" for dim, sql in found.items()}


def _aggregated(piece: Slice, ctes: dict[str, str], keys: list[str], source: str) -> str:
    leaf, value = piece.leaf, piece.parts["value"].sql if "value" in piece.parts else "*"
    group = f"\n  GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}" if keys else ""
    if leaf.entity:
        source = _per_entity(piece, ctes, keys, value, source)
        keys, value = [key.rsplit(" AS ", 1)[1] for key in keys], "value"
    measure = _VERBS[leaf.verb].format(value, leaf.at)
    return "  SELECT\n    " + ",\n    ".join([*keys, f"{measure} AS value"]) + f"\n  {source}{group}"


def _per_entity(piece: Slice, ctes: dict[str, str], keys: list[str], value: str, source: str) -> str:
    """A CTE with the rows of those entities that have enough of them, or with one value for each entity."""
    leaf, entity = piece.leaf, piece.parts["entity"].sql
    source += f"\n    AND {entity} IS NOT NULL"
    name = f"{piece.title}_entities"
    if leaf.per and leaf.verb != "count_distinct":
        inner = "count(*)" if value == "*" else f"sum({value})"
        having = f"\n  HAVING count(*) >= {leaf.at_least}" if leaf.at_least else ""
        group = ", ".join(str(i + 1) for i in range(len(keys) + 1))
        ctes[name] = (
            "  SELECT " + ", ".join([*keys, f"{entity} AS entity", f"{inner} AS value"]) + f"\n  {source}\n  GROUP BY {group}{having}"
        )
    else:
        shown = "1" if value == "*" else value
        over = ", ".join([*(key.rsplit(" AS ", 1)[0] for key in keys), entity])
        enough = f"\n  QUALIFY count(*) OVER (PARTITION BY {over}) >= {leaf.at_least}" if leaf.at_least else ""
        ctes[name] = "  SELECT " + ", ".join([*keys, f"{shown} AS value"]) + f"\n  {source}{enough}"
    return f"FROM {name}"
