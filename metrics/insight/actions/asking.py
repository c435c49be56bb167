"""The numbers of playbooks, asked of the layer together: what looks at the same rows of the same stretch is one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from data.errors import Problem
from metrics.columns import NOTHING
from metrics.insight.actions.playbook import STEP, Number, Playbook
from metrics.layer import Layer
from metrics.made_of import facts_of, is_shaped, leaves

ID = "account_id"
MRR = "mrr"
#: How far back "ever" looks.
_EVER = timedelta(days=3650)
#: Kinds that are zero where there are no rows; others are unknown there.
_ZERO = ("count", "sum", "count_distinct", "snapshot")

Key = tuple[str, ...]
#: A number of each member, by the members' keys; of the whole company under the empty key.
Cells = Mapping[Key, float | None]


@dataclass(frozen=True)
class Ask:
    """One number of every member: a metric over a half-open stretch, split by dimensions; `weeks` asks for its slope."""

    metric: str
    since: date
    until: date
    by: tuple[str, ...] = ()
    where: str | None = None
    weeks: int | None = None
    step: str | None = None
    show: str | None = None


def of(layer: Layer, number: Number, playbook: Playbook, until: date, *, within: bool) -> Ask:
    """What has to be asked for a number of a playbook, of its accounts (`within`) or not. A slope is one of whole weeks."""
    end = until - timedelta(days=number.ago)
    dimensions = playbook.each if number.of in ("member", "median") else ()
    by = (*dimensions, ID) if within and number.of != "all" else dimensions
    if number.trend is not None:
        end = _week(layer, end)
        return Ask(str(number.metric), end - timedelta(weeks=number.trend), end, by, number.where, number.trend)
    since = end - (_EVER if number.days is None else timedelta(days=number.days))
    return Ask(str(number.metric), since, end, by, number.where, None, number.step, number.show)


def paid(until: date) -> Ask:
    """What each account pays at the end of the day before `until`."""
    return Ask(MRR, until - timedelta(days=1), until, (ID,))


def until_of(layer: Layer, playbook: Playbook, latest: date | None = None) -> date | None:
    """The first day that is not whole for one of the playbook's metrics; None where one of them has nothing loaded."""
    return whole_until(layer, {str(one.metric) for one in playbook.every_number if one.metric is not None}, latest)


def whole_until(layer: Layer, named: Iterable[str], latest: date | None = None) -> date | None:
    """The same of metrics by their names; `latest` where that is earlier."""
    known = layer.metrics
    with layer.reader.open() as snapshot:
        loaded = layer.loaded(snapshot)
    ends = [loaded[fact].until if fact in loaded else None for fact in facts_of(leaves(tuple(sorted(named)), known).values())]
    if not all(ends):
        return None
    zone = ZoneInfo(layer.workspace.company.timezone)
    days = [moment.astimezone(zone).date() for moment in ends if moment]
    return min([*days, *([latest] if latest else [])])


def answers(layer: Layer, asks: Iterable[Ask]) -> dict[Ask, Cells]:
    """The cells of everything that is asked. What cannot be computed (no rate for an amount, say) is left out."""
    groups: dict[Any, list[Ask]] = {}
    for one in dict.fromkeys(asks):
        groups.setdefault(_together(layer, one), []).append(one)
    found: dict[Ask, Cells] = {}
    with ThreadPoolExecutor(2) as pool:
        for told in pool.map(lambda group: _group(layer, group), groups.values()):
            found |= told
    return found


def zero(layer: Layer, metric: str | None) -> float | None:
    """What a metric is of a member without any row."""
    return 0.0 if metric is not None and layer.metrics[metric].kind in _ZERO else None


def middle(cells: Cells) -> float | None:
    """The median of the cells that are above zero; None when none is."""
    return median(values) if (values := [value for value in cells.values() if value is not None and value > 0]) else None


def slope(values: list[float]) -> float | None:
    """The change a period, as a share of the median: the median of the slopes between all pairs of values.

    Source: Theil 1950 and Sen 1968. A single wild value does not move it. None for fewer than four values, or a median of zero.
    """
    centre = median(values) if len(values) >= 4 else 0.0
    if not centre:
        return None
    pairs = [(values[j] - values[i]) / (j - i) for i in range(len(values)) for j in range(i + 1, len(values))]
    return median(pairs) / abs(centre)


def _together(layer: Layer, one: Ask) -> Any:
    """What must be the same, so that one query answers both."""
    if is_shaped(layer.metrics[one.metric]):
        return (one.metric, one.since, one.until, one.by, one.where)
    facts = frozenset(facts_of(leaves((one.metric,), layer.metrics).values()))
    return (facts, one.since, one.until, one.by, one.where, one.weeks)


def _group(layer: Layer, group: list[Ask]) -> dict[Ask, Cells]:
    first = group[0]
    names = list(dict.fromkeys(one.metric for one in group))
    by = tuple(dimension for dimension in first.by if dimension != STEP)
    grain = "week" if first.weeks else None
    try:
        rows = layer.query(*names, since=first.since, until=first.until, by=by, where=first.where, grain=grain).rows
    except Problem:
        return {one: cells for each in group for one, cells in _group(layer, [each]).items()} if len(group) > 1 else {}
    return {one: _cells(rows, one, by) for one in group}


def _cells(rows: Iterable[Mapping[str, Any]], one: Ask, by: tuple[str, ...]) -> Cells:
    if one.weeks:
        return _slopes(rows, one, by)
    if one.show:
        keys = (*by, "name") if one.by == (STEP,) else by
        rows = [row for row in rows if one.step is None or row["name"] == one.step]
        return {key: _number(row[one.show]) for row in rows if (key := _key(row, keys)) is not None}
    return {key: _number(row[one.metric]) for row in rows if (key := _key(row, by)) is not None}


def _slopes(rows: Iterable[Mapping[str, Any]], one: Ask, by: tuple[str, ...]) -> Cells:
    weeks: dict[Key, list[float]] = {}
    for row in rows:
        key, value = _key(row, by), _number(row[one.metric])
        if key is not None and value is not None:
            weeks.setdefault(key, []).append(value)
    return {key: slope(values) for key, values in weeks.items()}


def _week(layer: Layer, day: date) -> date:
    """The first day of the week that holds a day, by the company's calendar."""
    return day - timedelta(days=(day.weekday() + (layer.workspace.company.week_start == "sunday")) % 7)


def _key(row: Mapping[str, Any], by: tuple[str, ...]) -> Key | None:
    """The members of a row; None where one of them is missing: nobody can do anything about it."""
    found = tuple(str(row[dimension]) for dimension in by)
    return None if NOTHING in found else found


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value else None
