"""What came of a recommendation against what was expected: the same number of the same members or accounts, before and after.

A before and after shows what happened, never that the recommendation did it: the verdict says no more than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data.errors import Problem
from metrics.insight.actions import asking
from metrics.insight.actions.action import Action
from metrics.insight.actions.told import to_dict
from metrics.insight.signal import xmr
from metrics.layer import Layer

#: Stretches before the decision that tell how much the number moves by itself.
_BEFORE = 6
VERDICTS = ("unknown", "too_early", "reached", "reached_as_usual", "partly", "as_usual", "opposite")


@dataclass(frozen=True)
class Outcome:
    """A number before a decision, as it was expected to become, and as it is.

    `until` is the first day that `now` does not look at, `due` the day on which the time for it is over, `usual` how far the number
    moves by itself from one such stretch to the next (None where too little is known).
    """

    metric: str
    was: float | None
    expected: float | None
    now: float | None
    until: date
    due: date
    usual: float | None
    verdict: str


def frozen(layer: Layer, action: Action) -> dict[str, Any]:
    """What is kept with a decision: the recommendation as it is told now, and the number that its outcome will be measured by."""
    told = to_dict(action)
    if action.expect is not None:
        was = measured(layer, told, action.until)
        told["was"] = was
        told["expected"] = None if was is None else action.expect.target(was)
    return told


def measured(layer: Layer, told: Mapping[str, Any], until: date) -> float | None:
    """The number of the outcome over the stretch that ends before `until`, of the members or accounts that were decided about."""
    expect = told["expect"]
    where, accounts = _where(layer, told, str(expect["metric"]))
    try:
        since = until - timedelta(days=expect["over_days"])
        rows = layer.query(expect["metric"], since=since, until=until, where=where, accounts=accounts).rows
    except Problem:
        return None
    value = rows[0].get(expect["metric"]) if rows else None
    return float(value) if isinstance(value, (int, float)) else None


def outcome(layer: Layer, told: Mapping[str, Any], decided: date, today: date) -> Outcome | None:
    """What came of a decision of a day; None where the playbook did not say what to expect. `today` is the first day not loaded."""
    if not told.get("expect"):
        return None
    expect = told["expect"]
    due = decided + timedelta(days=expect["within_days"])
    until = min(due, today)
    was, expected = told.get("was"), told.get("expected")
    now = measured(layer, told, until)
    days = timedelta(days=expect["over_days"])
    usual = _usual([measured(layer, told, decided - place * days) for place in range(_BEFORE)])
    # Until one whole stretch lies behind the decision, the number still looks at what was before it.
    verdict = "too_early" if until - decided < days else judged(was, expected, now, usual)
    return Outcome(str(expect["metric"]), was, expected, now, until, due, usual, verdict)


def judged(was: float | None, expected: float | None, now: float | None, usual: float | None) -> str:
    """One of VERDICTS about a number before, as expected, and after; `usual` is how far it moves by itself."""
    if was is None or expected is None or now is None or expected == was:
        return "unknown"
    quiet = usual is not None and abs(now - was) <= usual
    if (now - expected) * (expected - was) >= 0 and now != was:
        return "reached_as_usual" if quiet else "reached"
    if quiet or now == was:
        return "as_usual"
    return "partly" if (now - was) * (expected - was) > 0 else "opposite"


def _usual(values: Sequence[float | None]) -> float | None:
    """How far a number moves by itself, by the limits of an XmR chart; None for fewer than four known values."""
    known = [value for value in values if value is not None]
    if len(known) < 4:
        return None
    found = xmr.limits(known)
    return found.upper - found.center if found else None


def _where(layer: Layer, told: Mapping[str, Any], metric: str) -> tuple[str | None, list[str] | None]:
    """The condition that narrows a metric to what was decided about, as far as the metric knows it; and the accounts."""
    known = set(layer.dimensions(metric))
    members = [(name, value) for name, value in told["members"].items() if name in known]
    quoted = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in members]
    accounts = told["accounts"] if told["accounts"] and not members and asking.ID in known else None
    return " and ".join(quoted) or None, accounts
