"""Is the last complete period of a metric a signal? The one place that asks the layer; verdict.py judges plain numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from data.errors import Problem, did_you_mean
from metrics.asked import Asked, Moment
from metrics.definition import Metric
from metrics.insight import cases
from metrics.kinds import KINDS
from metrics.layer import Layer
from metrics.made_of import alike, is_shaped, leaves
from metrics.slice import Leaf

if TYPE_CHECKING:
    from metrics.insight.signal.verdict import Verdict  # numpy takes a tenth of a second to import

#: How many periods are looked at by grain: two years, half a year of days, three years of months.
HISTORY = {"day": 182, "week": 104, "month": 36, "quarter": 24}
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91}
#: What must stand behind a value where the definition does not say: rows of an average, the denominator of a ratio, answers.
MINIMUM_N = 10
_ON_CASES = ("ratio", "converted_to", "average", "median", "percentile", "score")
_COUNTS = ("count", "count_distinct")


@dataclass(frozen=True)
class Signal:
    """The verdict on a metric, period by period. `periods` are the first days of the places of `told`; `last` is the one judged.

    `good` says whether a signal is good news (None: neither, or no signal), `every` that only each so many periods are compared,
    because the windows that a value looks back over would overlap.
    """

    metric: str
    grain: str
    told: Verdict
    periods: tuple[date, ...] = ()
    good: bool | None = None
    every: int = 1

    @property
    def last(self) -> date | None:
        """The first day of the period that is judged."""
        return self.periods[-1] if self.periods else None

    @property
    def since(self) -> date | None:
        """The first day of the period with which a signal began."""
        return self.periods[self.told.since] if self.told.since is not None else None


def judge(
    layer: Layer,
    name: str,
    *,
    grain: str | None = None,
    until: Moment | None = None,
    where: str | None = None,
    accounts: Sequence[str] | None = None,
) -> Signal:
    """The verdict on the last complete period of a metric before `until`, by default weeks. Raises Problem for an unknown name.

    `where` and `accounts` narrow as in `Layer.query`.
    """
    if name not in layer.metrics:
        raise Problem(f'unknown metric "{name}"', remedy=did_you_mean(name, layer.metrics))
    return judge_all(layer, (name,), grain=grain, until=until, where=where, accounts=accounts)[name]


def judge_all(
    layer: Layer,
    names: Sequence[str],
    *,
    grain: str | None = None,
    until: Moment | None = None,
    where: str | None = None,
    accounts: Sequence[str] | None = None,
) -> dict[str, Signal]:
    """The same of many metrics, in a query for all that look at the same facts."""
    grain = grain or "week"
    if grain not in HISTORY:
        raise Problem(f"a {grain} cannot be judged", remedy=f"Judge one of: {', '.join(HISTORY)}.")
    known = layer.metrics
    found = {name: _shaped(name, grain) for name in names if is_shaped(known[name])}
    options = {"grain": grain, "until": until, "where": where, "accounts": accounts}
    for group in alike([name for name in names if name not in found], known):
        found |= _group(layer, group, known, options)
    return {name: found[name] for name in names}


def _shaped(name: str, grain: str) -> Signal:
    from metrics.insight.signal.verdict import Verdict

    return Signal(name, grain, Verdict("cannot_tell", "shaped"))


def _group(layer: Layer, names: Sequence[str], known: Mapping[str, Metric], options: dict[str, Any]) -> dict[str, Signal]:
    """Metrics over the same facts, and what stands behind their values, in one query."""
    behind = {name: _behind(known[name], known) for name in names}
    counted = {one: definition for told in behind.values() for one, definition in told.items()}
    added = {one: definition for one, definition in counted.items() if one not in known}
    grain = options["grain"]
    since = _since(layer, names, options)
    result = layer.query(*dict.fromkeys((*names, *counted)), since=since, definitions=added or None, **options)
    rows = list(result.rows)
    while rows and not rows[-1]["complete"]:
        rows.pop()
    return {name: _signal(known[name], known, grain, rows, tuple(behind[name])) for name in names}


def _since(layer: Layer, names: Sequence[str], options: Mapping[str, Any]) -> date:
    """The first day of the history that is looked at."""
    grain = options["grain"]
    with layer.reader.open() as snapshot:
        request = layer.request(tuple(names), Asked(grain=grain, until=options["until"]), layer.metrics, layer.loaded(snapshot))
    end = request.calendar.floor(request.until, grain)
    return request.calendar.step(end, grain, -HISTORY[grain]).date()


def _signal(metric: Metric, known: Mapping[str, Metric], grain: str, rows: Sequence[Mapping[str, Any]], counted: Sequence[str]) -> Signal:
    from metrics.insight.signal import verdict

    every = _every(metric, known, grain)
    kept = list(rows[::-1][::every][::-1])
    values = [_number(row[metric.name]) if row["complete"] else None for row in kept]
    told = verdict.judge(
        values,
        verdict.Asked(
            grain=grain,
            every=every,
            stock=_is_stock(metric, known),
            counts=metric.kind in _COUNTS,
            materiality=verdict.MATERIALITY if metric.materiality is None else metric.materiality,
            minimum_n=MINIMUM_N if metric.minimum_n is None else metric.minimum_n,
            sizes=_sizes(kept, counted),
        ),
    )
    good = None if not told.is_signal or metric.good == "neutral" else (told.direction > 0) == (metric.good == "up")
    return Signal(metric.name, grain, told, tuple(row["period"] for row in kept), good, every)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _every(metric: Metric, known: Mapping[str, Metric], grain: str) -> int:
    """Each how many periods the windows that a value looks back over no longer overlap."""
    days = [leaf.over_days or 1 for leaf in _leaves(metric, known)]
    return max(math.ceil(max(days, default=1) / _DAYS[grain]), 1)


def _leaves(metric: Metric, known: Mapping[str, Metric]) -> list[Leaf]:
    return [KINDS[one.kind].leaf(one.spec) for one in leaves((metric.name,), known).values()]


def _is_stock(metric: Metric, known: Mapping[str, Metric]) -> bool:
    """Whether a value carries over: a sum that runs up, or what stood on the last day."""
    return metric.kind == "cumulative" or all(leaf.on_last_day for leaf in _leaves(metric, known))


def _behind(metric: Metric, known: Mapping[str, Metric]) -> dict[str, dict[str, Any]]:
    """Definitions of what stands behind a value, by name, where too little of it would say nothing."""
    counted = metric.kind in _COUNTS and metric.minimum_n
    return cases.behind(metric, known) if counted or metric.kind in _ON_CASES else {}


def _sizes(rows: Sequence[Mapping[str, Any]], counted: Sequence[str]) -> list[float | None] | None:
    """The least of what stands behind each value; None where nothing does."""
    if not counted:
        return None
    told = [[_number(row[name]) for name in counted] for row in rows]
    return [None if None in one else min(value for value in one if value is not None) for one in told]
