"""What a reader of one definition would stumble over: nothing said, nothing tested, targets that never come, names that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from data.errors import Problem, did_you_mean
from data.yaml_file import Mapping as Block
from data.yaml_file import walk
from metrics.definition import Metric

_TARGET = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|W(\d\d)|(\d\d)(?:-(\d\d))?))?$", re.ASCII)
_PERIODS = "Write a year, quarter, month, week or day: 2026, 2026-Q4, 2026-11, 2026-W48, 2026-11-23."


def unsaid(metric: Metric) -> Iterator[Problem]:
    """What a definition should say and does not."""
    for key in ("description", "owner"):
        if not getattr(metric, key):
            yield metric.problem(f"has no {key}", f"Add {key}: …", key=key)
    if "good" not in metric.block:
        yield metric.problem("does not say whether up is good", "Add good: up, down or neutral.", key="good")
    if not metric.tests:
        yield metric.problem("has no test", "Add tests: [{not_below: 0}], or another one.", key="tests")


def wrong_targets(metric: Metric) -> Iterator[Problem]:
    """Targets for what is no period: they would never be in force."""
    for period in metric.targets:
        if _last_day(period) is None:
            yield _at_target(metric, period, f'has a target for "{period}", which is no period', _PERIODS)


def past_targets(metric: Metric, today: date) -> Iterator[Problem]:
    """Targets whose period is over."""
    for period in metric.targets:
        last = _last_day(period)
        if last is not None and last < today:
            yield _at_target(metric, period, f"has a target in the past ({period})", "Set the next one, or remove it.")


def lost_names(metric: Metric, within: Mapping[str, Metric], broken: set[str]) -> Iterator[Problem]:
    """Names of metrics that do not exist, each at the place where it stands. What is `broken` exists, and is told of elsewhere."""
    for name in metric.parts:
        if name not in within and name not in broken:
            yield _at_word(metric, name, f'unknown metric "{name}"', did_you_mean(name, within))
    for key, names in metric.named.items():
        for name in names:
            if name not in within and name not in broken:
                yield metric.problem(f'unknown metric "{name}" in {key}', did_you_mean(name, within), key=key)


def cycle(metric: Metric, within: Mapping[str, Metric], by: str = "parts") -> tuple[str, ...] | None:
    """The way from a metric back to itself, if it is made of itself; or, `by` drivers, driven by itself."""
    waiting: list[tuple[str, ...]] = [(metric.name,)]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        for part in getattr(within[path[-1]], by) if path[-1] in within else ():
            if part == metric.name:
                return (*path, part)
            if part not in seen:
                seen.add(part)
                waiting.append((*path, part))
    return None


def cyclic(metric: Metric, path: tuple[str, ...]) -> Problem:
    """The Problem of a metric that is made of itself."""
    return _at_word(metric, path[1], f"is made of itself ({' → '.join(path)})", "One of them must count rows.")


def driven_by_itself(metric: Metric, within: Mapping[str, Metric]) -> Iterator[Problem]:
    """Drivers that lead back: told once, at the first metric of the circle."""
    path = cycle(metric, within, "drivers")
    if path is not None and metric.name == min(path):
        yield metric.problem(f"is driven by itself ({' → '.join(path)})", "A driver comes before what it drives.", key="drivers")


def _at_word(metric: Metric, name: str, message: str, remedy: str) -> Problem:
    """A Problem at the key under which a name stands, however deep."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for block, key, value in walk(metric.block):
        if isinstance(value, str) and word.search(value) and key not in ("label", "description", "owner"):
            return block.problem(key, f"{metric.name}: {message}", remedy, value=True)
    return metric.problem(message, remedy)


def _at_target(metric: Metric, period: str, message: str, remedy: str) -> Problem:
    targets = metric.block.get("targets")
    if isinstance(targets, Block) and period in targets:
        return replace(targets.problem(period, f"{metric.name}: {message}", remedy), field="targets")
    return metric.problem(message, remedy, key="targets")


def _last_day(period: str) -> date | None:
    match = _TARGET.match(period)
    if not match:
        return None
    year, quarter, week, month, day = match.groups()
    try:
        if week:
            return date.fromisocalendar(int(year), int(week), 7)
        if day:
            return date(int(year), int(month), int(day))
        last = int(quarter) * 3 if quarter else int(month or 12)
        return date(int(year) + last // 12, last % 12 + 1, 1) - timedelta(days=1)
    except ValueError:
        return None
