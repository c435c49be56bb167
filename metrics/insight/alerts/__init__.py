"""Alerts: what a rule finds in the periods that are over, and what it would have found in the last year.

`judge` and `backtest` ask the layer once a rule and decide by the same function, so that what is tried on history is what fires.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.errors import Problem
from metrics import audit
from metrics.calendar import Calendar, add_months
from metrics.columns import NOTHING
from metrics.definition import Metric
from metrics.insight import cases, signal
from metrics.insight.alerts.outcomes import Case, Found, Judged, Trouble, outcome, rested, wanted
from metrics.insight.alerts.rule import Rule
from metrics.layer import Layer
from metrics.made_of import is_shaped
from metrics.result import Result
from metrics.target import Target, adds_up, in_force
from metrics.validate import known as named

#: How many periods that ended while nothing ran are caught up with.
CAUGHT_UP = {"day": 7, "week": 2, "month": 1, "quarter": 1}
#: How many months a rule is tried on.
MONTHS = 12
ACCOUNT, ACCOUNT_NAME = "account_id", "account.name"


def judge(layer: Layer, rule: Rule, targets: Mapping[str, float] | None = None, *, reached: date | None = None) -> Judged:
    """What a rule finds in the last whole period, which late rows may still change, and in those since `reached` that were missed.

    Data that is older than the rule allows, and a metric whose tests fail, are told as trouble instead. `targets` are those that
    people set; None leaves the definition's.
    """
    try:
        metric, result = _asked(layer, rule)
        if trouble := _distrusted(layer, metric, rule, result):
            return Judged(rule, trouble=trouble)
        ended = _ended(result)
        if not ended:
            return Judged(rule, trouble=Trouble("data", "no whole period is loaded yet"))
        missed = [day for day in ended[-CAUGHT_UP[rule.grain] : -1] if reached is not None and day > reached]
        chosen = [*missed, ended[-1]]
        if rule.when.kind == "signal":
            return Judged(rule, tuple(chosen), _signals(layer, rule, metric, chosen))
        found = _judged(layer, rule, metric, result, targets, set(chosen))
        if rule.when.kind in ("above", "below") and any(one.case.limit is None for one in found):
            return Judged(rule, trouble=Trouble("target", f"{metric.name} has no target for the {rule.grain} of {chosen[-1]}"))
        return Judged(rule, tuple(chosen), tuple(found))
    except Problem as problem:
        return Judged(rule, trouble=Trouble("definition", str(problem)))


def backtest(layer: Layer, rule: Rule, targets: Mapping[str, float] | None = None, *, months: int = MONTHS) -> Judged:
    """When a rule would have fired in the last months, on today's data: what it rests after (`snooze`) is left out.

    Raises Problem where the rule cannot be asked. What was loaded late counts here though nobody could have known it then.
    """
    metric, latest = _asked(layer, rule)
    ended = _ended(latest)
    if not ended:
        raise Problem("no whole period is loaded yet", remedy="Load the sources: python -m connectors sync")
    since = add_months(ended[-1], -months)
    _metric, result = _asked(layer, rule, since)
    whole = [day for day in _ended(result) if day >= since]
    if rule.when.kind == "signal":
        return Judged(rule, tuple(whole), tuple(rested(_signals(layer, rule, metric, whole), rule.snooze)))
    found = _judged(layer, rule, metric, result, targets, set(whole))
    told = set(map(id, rested(found, rule.snooze)))
    return Judged(rule, tuple(whole), tuple(one for one in found if not one.fired or id(one) in told))


def _asked(layer: Layer, rule: Rule, since: date | None = None) -> tuple[Metric, Result]:
    """The metric of a rule and its numbers: of the last twelve periods, or since a day."""
    metric = named(rule.metric, layer.metrics)
    if is_shaped(metric):
        raise rule.problem("metric", f"{rule.metric} has several numbers a period", "Choose a metric with one.")
    counted = cases.behind(metric, layer.metrics)
    fresh = {name: block for name, block in counted.items() if name not in layer.metrics}
    names = dict.fromkeys((rule.metric, *counted))
    compare = rule.compare if rule.when.kind == "change" else None
    found = layer.query(
        *names, grain=rule.grain, since=since, by=dimensions(layer, rule), where=rule.where, compare=compare, definitions=fresh or None
    )
    return metric, found


def dimensions(layer: Layer, rule: Rule) -> tuple[str, ...]:
    """What a rule is asked by; an account's id brings its name."""
    if rule.by is None:
        return ()
    return (ACCOUNT, ACCOUNT_NAME) if rule.by == ACCOUNT and ACCOUNT_NAME in layer.dimensions(rule.metric) else (rule.by,)


def _ended(result: Result) -> list[date]:
    """The periods that are over and loaded whole."""
    return sorted({row["period"] for row in result.rows if row["complete"]})


def _distrusted(layer: Layer, metric: Metric, rule: Rule, result: Result) -> Trouble | None:
    """Why the numbers are not to be judged now; None when they are."""
    ends = [until for until in result.loaded_until.values() if until is not None]
    if not ends or len(ends) < len(result.loaded_until):
        return Trouble("data", f"nothing is loaded for {metric.name}")
    until = min(ends)
    if datetime.now(UTC) - until > rule.stale_after:
        allowed = f"{rule.stale_after / timedelta(hours=1):g}"
        return Trouble("stale", f"{metric.name} is loaded until {until:%Y-%m-%d %H:%M} UTC; the rule allows {allowed} hours")
    verdict = audit.standing(layer).get(metric.name)
    return Trouble("failing", "; ".join(verdict.failures[-2:])) if verdict and verdict.failures else None


def _judged(
    layer: Layer, rule: Rule, metric: Metric, result: Result, targets: Mapping[str, float] | None, chosen: set[date]
) -> list[Found]:
    counted = tuple(cases.behind(metric, layer.metrics))
    limits = {day: _limit(layer, rule, metric, {**metric.targets, **(targets or {})}, day) for day in chosen}
    ways, when = wanted(rule, metric.good), rule.when
    when = replace(when, min_n=metric.minimum_n) if when.min_n is None and metric.minimum_n is not None else when
    told = (_case(rule, metric, row, counted, limits) for row in result.rows if row["complete"] and row["period"] in chosen)
    return [Found(case, outcome(case, when, ways)) for case in told if rule.by != ACCOUNT or case.member != NOTHING]


def _signals(layer: Layer, rule: Rule, metric: Metric, periods: Sequence[date]) -> tuple[Found, ...]:
    """The signals of periods that follow each other. One that lasts is told once: in the first period that shows it."""
    ways, found, before = wanted(rule, metric.good), list[Found](), 0
    first, _end = _span(layer, rule.grain, periods[0], -1)
    for day in (first, *periods):
        seen = signal.judge(layer, metric.name, grain=rule.grain, until=_span(layer, rule.grain, day)[1], where=rule.where)
        direction = seen.told.direction if seen.told.is_signal else 0
        if day != first and direction not in (0, before) and ("up" if direction > 0 else "down") in ways:
            found.append(Found(Case(day, "", "", seen.told.places[-1].value, seen.told.level), "signal"))
        before = direction
    return tuple(found)


def _case(rule: Rule, metric: Metric, row: Mapping[str, Any], counted: Sequence[str], limits: Mapping[date, float | None]) -> Case:
    ids = [str(row[key]) for key in row if key in (rule.by, ACCOUNT_NAME)] if rule.by else [""]
    before = _number(row.get(f"{metric.name}_compared"))
    now = [_number(row[name]) for name in counted]
    then = [_number(row.get(f"{name}_compared")) for name in counted]
    n = _least(now)
    if rule.when.kind == "change":
        n = _n(n, _least(then), metric)
    return Case(row["period"], ids[0], ids[-1], _number(row[metric.name]), before, n, limits[row["period"]])


def _n(now: float | None, before: float | None, metric: Metric) -> float | None:
    """The cases behind a change: a total may fall to nothing, so its larger side counts; a share or a mean needs both sides."""
    if metric.kind in cases.ADDING_UP:
        return max((one for one in (now, before) if one is not None), default=None)
    return None if now is None or before is None else min(now, before)


def _limit(layer: Layer, rule: Rule, metric: Metric, targets: Mapping[str, float], day: date) -> float | None:
    """What a period is held against: the rule's number, or the target for it; None where there is none that fits.

    A target for a quarter says nothing of one week's count: what adds up needs a target of its very period.
    """
    if rule.when.kind == "change" or rule.when.limit is not None:
        return rule.when.limit
    first, end = _span(layer, rule.grain, day)
    held: Target | None = in_force(targets, end - timedelta(days=1))
    fits = held is not None and (not adds_up(metric) or (held.start, held.end) == (first, end))
    return held.value if held is not None and fits else None


def _span(layer: Layer, grain: str, day: date, later: int = 0) -> tuple[date, date]:
    """The period that begins on a day, or so many `later`, half-open."""
    company = layer.workspace.company
    calendar = Calendar(ZoneInfo(company.timezone), company.week_start, company.fiscal_year_start)
    start = calendar.step(calendar.midnight(day), grain, later)
    return start.date(), calendar.step(start, grain).date()


def _number(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(float(value)) else None


def _least(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) if len(known) == len(values) and known else None
