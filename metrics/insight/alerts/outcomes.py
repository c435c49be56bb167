"""What an alert rule says of plain numbers: fires, or is silent, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from metrics.insight.alerts.rule import MIN_N, Condition, Rule

#: The outcomes that somebody is told of.
FIRES = ("rose", "fell", "above", "below", "signal")
#: Rounding of floating point, so that exactly 25 % is 25 %.
_HAIR = 1e-9


@dataclass(frozen=True)
class Case:
    """One number to be judged: a member ("" is the whole company) in the period that begins on a day, with n cases behind it.

    `before` is what it is held against: the period before, or what was usual before a signal.
    """

    period: date
    member: str
    label: str
    value: float | None
    before: float | None = None
    n: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class Found:
    """A case and its outcome: rose, fell, above, below, signal, or why it is silent: few, slight, other_way, unknown."""

    case: Case
    code: str

    @property
    def fired(self) -> bool:
        """Whether somebody is to be told."""
        return self.code in FIRES

    @property
    def size(self) -> float:
        """How far the value is from what it is held against, in the metric's unit: the worst comes first."""
        against = self.case.limit if self.code in ("above", "below") else self.case.before
        return abs((self.case.value or 0.0) - (against or 0.0))


@dataclass(frozen=True)
class Trouble:
    """Why a rule cannot run: definition, data, stale, failing, target, channel, refused or file; and in words."""

    code: str
    said: str


@dataclass(frozen=True)
class Judged:
    """What a rule found in each of the periods that were judged; with trouble nothing is."""

    rule: Rule
    periods: tuple[date, ...] = ()
    found: tuple[Found, ...] = ()
    trouble: Trouble | None = None

    @property
    def fired(self) -> tuple[Found, ...]:
        """What is to be told, the newest period first and in it the worst."""
        told = [one for one in self.found if one.fired]
        return tuple(sorted(told, key=lambda one: (-one.case.period.toordinal(), -one.size, one.case.member)))


def outcome(case: Case, when: Condition, wanted: frozenset[str]) -> str:
    """What a condition says of a case. `wanted` holds the directions that matter: up, down.

    A change fires when |value − before| ≥ floor, |value − before| / |before| ≥ share (from 0 any change is), and n ≥ min_n.
    """
    value, against = case.value, case.before if when.kind == "change" else case.limit
    if value is None or against is None:
        return "unknown"
    if case.n is None or case.n < (MIN_N if when.min_n is None else when.min_n):
        return "few"
    gap = value - against
    if when.kind != "change":
        return when.kind if (gap > 0 if when.kind == "above" else gap < 0) else "slight"
    relative = abs(gap) / abs(against) if against else math.inf
    if not gap or abs(gap) < when.floor * (1 - _HAIR) or relative < when.share * (1 - _HAIR):
        return "slight"
    if ("up" if gap > 0 else "down") not in wanted:
        return "other_way"
    return "rose" if gap > 0 else "fell"


def wanted(rule: Rule, good: str) -> frozenset[str]:
    """The directions that a rule is about, by what is good for its metric; both where neither is."""
    if rule.direction == "both" or good not in ("up", "down"):
        return frozenset(("up", "down"))
    bad = "down" if good == "up" else "up"
    return frozenset((bad,)) if rule.direction == "worse" else frozenset((good,))


def rested(found: Iterable[Found], rest: timedelta, last: Mapping[str, date] | None = None) -> list[Found]:
    """What fires once a member that fired is left alone for a while after; `last` is when each fired before, by its period."""
    fired = dict(last or {})
    kept = []
    for one in sorted((one for one in found if one.fired), key=lambda one: one.case.period):
        before = fired.get(one.case.member)
        if before is None or before == one.case.period or one.case.period >= before + rest:
            fired[one.case.member] = one.case.period
            kept.append(one)
    return kept
