"""What a kind with rows of its own (retention, a funnel, …) is asked, and the CTEs that it builds its statement from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from data.errors import Problem
from metrics import leaf, periods
from metrics.calendar import Window
from metrics.definition import Metric
from metrics.facts import facts
from metrics.request import Request
from metrics.series import values
from metrics.slice import Leaf, Slice
from metrics.sql import Bound, literal, quote, with_ctes


@dataclass(frozen=True)
class Loaded:
    """What is known of a fact: its first day, and the first moment that is not loaded."""

    since: date | None = None
    until: datetime | None = None

    def covers(self, window: Window) -> bool:
        """Whether all of a window is loaded, and not all of it lies before the first day."""
        return self.until is not None and window.end <= self.until and not (self.since and window.end_day <= self.since)


@dataclass(frozen=True)
class Shaped:
    """A finished statement: SQL, the columns of its rows, and whether they are final (None when SQL says it row by row).

    `summary` names the columns that say the same on every row of a member.
    """

    sql: str
    columns: tuple[str, ...]
    complete: bool | None = None
    summary: tuple[str, ...] = ()


@dataclass
class Question:
    """A metric in a request; `asked` are the request's periods.

    `ctes`, `parameters` and `pieces`, the slices of facts that are looked at, grow as the kind builds its statement.
    """

    metric: Metric
    request: Request
    loaded: Mapping[str, Loaded]
    asked: Sequence[Window]
    ctes: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Bound] = field(default_factory=dict)
    pieces: list[Slice] = field(default_factory=list)

    @property
    def dims(self) -> list[str]:
        """The dimensions, as SQL names."""
        return [quote(dim) for dim in self.request.by]

    def known(self, fact: str) -> Loaded:
        """How far a fact is loaded."""
        return self.loaded.get(fact, Loaded())

    def counted_until(self, fact: str, until: datetime | None = None) -> datetime | None:
        """The first moment whose rows do not count: the end asked for (the range's unless told), or of what is loaded."""
        loaded, until = just_after(self.known(fact).until), until or self.request.until
        return min(loaded.astimezone(self.request.calendar.zone), until) if loaded else None

    def from_on(self, fact: str, since: datetime, rows: str) -> str:
        """The condition on rows of `happened` (the CTE `rows`) that they lie at a moment or after it."""
        told = facts()[fact]
        clock = told.has_clock(self.metric.time or told.time)
        return f"{rows}.at >= {literal(since)}" if clock else f"{rows}.day >= DATE '{since.date()}'"

    def is_complete(self, fact: str) -> bool:
        """Whether all of the range is loaded and made of whole periods."""
        known = self.known(fact)
        if known.until is None or (known.since and self.request.until.date() <= known.since):
            return False
        return self.request.until <= known.until and all(window.whole for window in self.asked)

    def covers(self, fact: str, window: Window) -> bool:
        """Whether a period is whole, and a fact is loaded to its end."""
        return window.whole and self.known(fact).covers(window)

    def happened(
        self,
        name: str,
        fact: str,
        entity: str | None,
        *,
        where: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        members: bool = True,
        gather: bool = True,
        period: bool = False,
        extra: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Adds the CTE `name`: the rows of a fact that count, each with entity, at (moment or day), day, and the dimensions.

        Rows of no entity are nobody's and left out. `since` None looks back over the whole history; `until` None ends where
        loading does. `gather` False tells the members that are not on the top list by their own names.
        `period` adds the first day (or hour) of the period that the row falls in, `extra` further columns, each as
        ("text" | "number" | "boolean", expression).
        """
        piece = self.piece(name, fact, entity, where=where, since=since, until=until, extra=extra, members=members)
        shown = {"entity": piece.parts["entity"].sql} if entity else {}
        shown |= {"at": f"f.{piece.time}", "day": piece.day}
        if period and self.request.grain:
            shown["period"] = periods.bucket(piece, self.request.grain)
        shown |= leaf.dimensions(piece if gather else replace(piece, request=piece.request.but(top=None)), self.parameters)
        shown |= {column: piece.parts[f"extra:{column}"].sql for column in extra or ()}
        conditions = [*leaf.kept(piece), *_between(piece, since, until), *leaf.chosen(piece, self.parameters)]
        if entity:
            conditions.append(f"{piece.parts['entity'].sql} IS NOT NULL")
        source = "\n  ".join([f"FROM {piece.fact.table} AS f", *leaf.joins(piece)])
        listed = ",\n    ".join(f"{sql} AS {column}" for column, sql in shown.items())
        self.ctes[name] = f"  SELECT\n    {listed}\n  {source}\n  WHERE " + "\n    AND ".join(conditions or ["TRUE"])

    def piece(
        self,
        name: str,
        fact: str,
        entity: str | None,
        *,
        where: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        extra: Mapping[str, tuple[str, str]] | None = None,
        members: bool = True,
    ) -> Slice:
        """A slice of a fact for the statement of a kind: its expressions are checked, and errors name the definition."""
        told = facts()[fact]
        time_column = self.metric.time if self.metric.time in told.times else told.time
        rows = Leaf(fact, "count_distinct" if entity else "count", entity or "*", where, at_least=1 if entity else None)
        request = self.request if members else self.request.but(by=(), top=None)
        begins = since or request.since
        key = request.calendar.floor(begins, request.grain) if request.grain else begins
        span = Window(key, begins, until or request.until)
        clock = told.has_clock(time_column)
        asked_for = tuple((column, *of) for column, of in (extra or {}).items())
        made = Slice(name, rows, told, time_column, self.metric.include, (span,), request, clock and self.request.timed, asked_for)
        try:
            _ = made.parts
        except Problem as problem:
            raise self.metric.problem(problem.message, problem.remedy) from None
        self.pieces.append(made)
        return made

    def values(self, name: str, columns: Mapping[str, Sequence[object]]) -> None:
        """Adds the CTE `name` with rows that Python made (periods, offsets), as typed literals."""
        self.ctes[name] = values(columns)

    def finish(self, body: str) -> str:
        """The statement: its CTEs and the final SELECT."""
        return with_ctes(self.ctes, body)


def just_after(until: datetime | None) -> datetime | None:
    """Loaded up to a time of day includes the row of that very moment; loaded up to a midnight is the day before, whole."""
    return until + timedelta(microseconds=1) if until and until.time() != time() else until


def _between(piece: Slice, since: datetime | None, until: datetime | None) -> list[str]:
    """Conditions on the time of a row; on its day where the bound is a midnight, so that dates stay dates."""
    found: list[str] = []
    for bound, sign in ((since, ">="), (until, "<")):
        if bound is None:
            continue
        if not piece.fact.has_clock(piece.time) or (bound.time() == time() and not piece.timed):
            # A day of which a part is asked for, or loaded, counts as a day.
            over = timedelta(days=1) if sign == "<" and bound.time() != time() else timedelta()
            found.append(f"{piece.day} {sign} DATE '{bound.date() + over}'")
        else:
            found.append(f"f.{piece.time} {sign} {literal(bound)}")
    return found
