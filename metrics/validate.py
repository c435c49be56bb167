"""Lint of definitions: what is wrong (errors) and what a reader would stumble over (warnings), with file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data import yaml_file
from data.errors import Problem, did_you_mean
from data.workspace import Workspace
from metrics import load
from metrics.definition import Metric, read
from metrics.kinds import KINDS

_TARGET = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|W(\d\d)|(\d\d)(?:-(\d\d))?))?$")


@dataclass(frozen=True)
class Finding:
    """Something to mend: an error makes the metric unusable, a warning makes it hard to trust."""

    level: str
    problem: Problem


def known(name: str, within: Mapping[str, Metric]) -> Metric:
    """The metric of that name. Raises Problem with the nearest names."""
    if name not in within:
        raise Problem(f'unknown metric "{name}"', remedy=did_you_mean(name, within))
    return within[name]


def findings(workspace: Workspace, file: Path | None = None) -> list[Finding]:
    """What is wrong with all definitions of a workspace, or with those of one file over them; the worst first."""
    within: dict[str, Metric] = {}
    found: list[Finding] = []
    judged: list[Metric] = []
    sources = [*load.files(workspace.definitions), *([(file, str(file))] if file else [])]
    for path, shown in sources:
        fresh = _read(path, shown, found)
        within |= {metric.name: metric for metric in fresh}
        judged = fresh if path == file else judged + fresh
    for metric in judged:
        try:
            load.check(metric, within)
        except Problem as problem:
            found.append(Finding("error", problem))
        found += [Finding("warning", metric.problem(said)) for said in _stumbles(metric)]
    return sorted(found, key=lambda one: (one.level, one.problem.file or "", one.problem.line or 0))


def _read(path: Path, shown: str, found: list[Finding]) -> list[Metric]:
    try:
        told = yaml_file.read(path, shown)
    except Problem as problem:
        found.append(Finding("error", problem))
        return []
    fresh: list[Metric] = []
    for name in told:
        try:
            fresh.append(read(name, told, KINDS))
        except Problem as problem:
            found.append(Finding("error", problem))
    return fresh


def _stumbles(metric: Metric) -> list[str]:
    said = [f"has no {key}" for key in ("description", "owner") if not getattr(metric, key)]
    said += ["does not say whether up is good"] if "good" not in metric.block else []
    said += ["has no test"] if not metric.tests else []
    for period in metric.targets:
        last = _last_day(period)
        if last is None:
            said.append(f'has a target for "{period}", which is no period such as 2026, 2026-Q4, 2026-11 or 2026-W48')
        elif last < date.today():
            said.append(f"has a target in the past ({period})")
    return said


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
        return date(int(year) + last // 12, last % 12 + 1, 1)
    except ValueError:
        return None
