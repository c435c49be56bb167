"""What a metric counts (a leaf), and a leaf in a request: what its SQL is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from metrics import columns
from metrics.calendar import Window
from metrics.columns import Rendered
from metrics.facts import Fact
from metrics.request import Request


@dataclass(frozen=True)
class Leaf:
    """What the compiler needs to know to count rows: shared by all kinds that look at one fact."""

    fact: str
    verb: str
    column: str
    where: str | None = None
    over_days: int | None = None
    at_least: int | None = None
    per: str | None = None
    at: float | None = None
    on_last_day: bool = False
    #: Another of the fact's times than the definition's.
    time: str | None = None
    #: It follows accounts through time, so that only columns of the account may split or filter it.
    of_account: bool = False

    @property
    def is_of_the_end(self) -> bool:
        """Whether it looks at the end of a stretch, wherever that begins."""
        return self.on_last_day or bool(self.over_days)

    @property
    def zero_when_none(self) -> bool:
        """Counts and sums of no rows are zero; other measures of no rows are unknown."""
        return self.verb in ("count", "count_distinct", "sum") and not (self.per and self.verb != "count_distinct")

    @property
    def entity(self) -> str | None:
        """The column of the entities that `at_least` and `per` speak of."""
        if self.per:
            return self.per
        return (self.column if self.verb == "count_distinct" else "account_id") if self.at_least else None


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
    #: Further columns that a kind needs of each row: name, text, number or boolean, and the expression.
    extra: tuple[tuple[str, str, str], ...] = ()
    #: Whether every window begins where the first one does.
    running: bool = False

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
        for named, wanted, told in self.extra:
            made = columns.condition(name, told) if wanted == "boolean" else columns.value(name, told, wanted == "number")
            found[f"extra:{named}"] = made
        if leaf.where:
            found["where"] = columns.condition(name, leaf.where)
        if self.request.accounts is not None:
            found["account"] = columns.value(name, "account_id", False)
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
    def rolling(self) -> bool:
        """Whether it counts different things over stretches that may overlap, which `metrics/rolling.py` does in one pass."""
        leaf = self.leaf
        return bool(self.request.grain and leaf.verb == "count_distinct" and not leaf.at_least and (leaf.over_days or 0) > 1)

    @cached_property
    def adds_up(self) -> bool:
        """Whether a running value is the sum of what each day (or moment) adds to it."""
        leaf = self.leaf
        of_rows = leaf.verb in ("count", "sum", "count_distinct") and not leaf.at_least and not leaf.per
        return bool(self.running and self.request.grain and of_rows)

    @cached_property
    def bucketed(self) -> bool:
        """Whether each window is a calendar period of its own (but for both ends), so that a row's period follows from its day.

        What adds up is told by the keys of the windows instead.
        """
        grain, calendar = self.request.grain, self.request.calendar
        if grain is None or self.leaf.over_days or self.adds_up:
            return False
        if self.timed and grain != "hour" and self.request.compare and not all(one.on_days for one in self.windows):
            return False
        starts = [calendar.floor(one.start, grain) for one in self.windows]
        ends = [calendar.step(start, grain) for start in starts]
        within = all(one.end <= end for one, end in zip(self.windows, ends, strict=True))
        apart = len(set(starts)) == len({(one.start, one.end) for one in self.windows})
        whole = all(one.start == start for one, start in zip(self.windows[1:], starts[1:], strict=True))
        return within and apart and whole and all(one.end == end for one, end in zip(self.windows[:-1], ends[:-1], strict=True))
