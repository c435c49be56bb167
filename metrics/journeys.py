"""What the tables of the shaped kinds say: the pooled curve of retention, who was lost before a step, how fast things are reached.

These are sums over a result's rows, so that pages only draw. Nothing is asked of the engine here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from metrics.leaf import OTHER
from metrics.sql import literal

Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Point:
    """A place on the curve of retention: of `size` entities whose cell at this offset is final, `retained` came back (`share`)."""

    offset: int
    size: int
    retained: int

    @property
    def share(self) -> float | None:
        """The share that came back; None where no cohort is old enough."""
        return self.retained / self.size if self.size else None


@dataclass(frozen=True)
class Passed:
    """A member at one place of a journey: `there` of its entities got to the place before, `on` of these went on."""

    member: str
    there: int
    on: int

    @property
    def lost(self) -> int:
        """How many did not go on."""
        return self.there - self.on


@dataclass(frozen=True)
class Flow:
    """So many went from one thing to the next, as step `step` (from 1)."""

    step: int
    source: str
    target: str
    count: int


@dataclass(frozen=True)
class Day:
    """How many had got there within so many days (`share`, with its 95 % interval)."""

    days: int
    share: float
    low: float
    high: float


def retention_curve(rows: Rows) -> list[Point]:
    """All cohorts of a retention table together, offset by offset.

    A cohort counts at the offsets at which its cells are final, so that young cohorts do not pull the curve down: the size
    shrinks from offset to offset, and the curve need not fall. Offsets without a final cell are left out.
    """
    sizes: dict[int, int] = defaultdict(int)
    came: dict[int, int] = defaultdict(int)
    for row in rows:
        if row["complete"] and row["value"] is not None:
            sizes[row["offset"]] += int(row["size"])
            came[row["offset"]] += int(row["retained"])
    return [Point(offset, sizes[offset], came[offset]) for offset in sorted(sizes)]


def before_step(rows: Rows, step: int, by: str | None = None) -> list[Passed]:
    """Of a funnel: for each member of the breakdown `by` how many came to the step before, and to this one; most lost first.

    Without a breakdown there is one, without a name.
    """
    entered: dict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        entered[str(row[by]) if by else ""][int(row["step"])] = int(row["entered"] or 0)
    found = [Passed(member, steps.get(step - 1, 0), steps.get(step, 0)) for member, steps in entered.items()]
    return sorted((one for one in found if one.there), key=lambda one: (-one.lost, -one.there, one.member))


def in_cohort(rows: Rows, cohort: date, offset: int, by: str | None = None) -> list[Passed]:
    """Of a retention table: for each member of the breakdown `by` how many began in a cohort, and came back at an offset."""
    found = [
        Passed(str(row[by]) if by else "", int(row["size"] or 0), int(row["retained"] or 0))
        for row in rows
        if row["cohort"] == cohort and row["offset"] == offset and row["size"]
    ]
    return sorted(found, key=lambda one: (-one.lost, -one.there, one.member))


def widest(rows: Rows, most: int) -> list[Flow]:
    """A table of paths with the `most` largest things at each place, the others gathered under "Other"; in order of step and size."""
    told = [(int(row["step"]), str(row["from"]), str(row["to"]), int(row["value"])) for row in rows]
    came: dict[int, Counter[str]] = defaultdict(Counter)
    for step, source, target, count in told:
        came[step][target] += count
        came[0][source] += count if step == 1 else 0
    kept = {place: [name for name, _ in names.most_common() if name != OTHER][:most] for place, names in came.items()}
    found: Counter[tuple[int, str, str]] = Counter()
    for step, source, target, count in told:
        named = (source if source in kept[step - 1] else OTHER, target if target in kept[step] else OTHER)
        found[(step, *named)] += count
    return sorted((Flow(*key, count) for key, count in found.items()), key=lambda one: (one.step, -one.count, one.source, one.target))


def time_to_adopt(feature_id: str) -> dict[str, Any]:
    """The definition of how long accounts take to a feature: from their creation, or its release where they were there before."""
    return {
        "label": "Time to adopt",
        "time_to": {"from": "created_at", "to": f"feature_id = {literal(feature_id)}", "entity": "account", "feature": feature_id},
        "in": "events",
        "format": "percent",
        "good": "down",
    }


def adoption_curve(rows: Rows) -> list[Day]:
    """A survival table turned round: the share that has got there after each day, days on which nobody did included."""
    told = {int(row["elapsed_days"]): row for row in rows}
    found, last = [], Day(0, 0.0, 0.0, 0.0)
    for days in range(max(told, default=-1) + 1):
        if row := told.get(days):
            last = Day(days, float(row["share"]), *_interval(row))
        found.append(Day(days, last.share, last.low, last.high))
    return found


def _interval(row: Mapping[str, Any]) -> tuple[float, float]:
    """The 95 % interval of the share that got there; where nobody is left it has none, and is the share itself."""
    if row["low"] is None or row["high"] is None:
        return float(row["share"]), float(row["share"])
    return 1.0 - float(row["high"]), 1.0 - float(row["low"])
