"""Lint of definitions: what is wrong (errors) and what a reader would stumble over (warnings), with file, line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from data import yaml_file
from data.errors import Problem, did_you_mean
from data.workspace import Workspace
from metrics import drivers, duplicates, lint, load
from metrics.definition import Metric, read
from metrics.kinds import KINDS
from metrics.load import is_own

_NAMED = re.compile(r'(?<!near )"([^"]+)"|^(\w+)\(…\)')


@dataclass(frozen=True)
class Finding:
    """Something to mend: an error makes the metric unusable, a warning makes it hard to trust."""

    level: str
    problem: Problem

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the message, and the place and the remedy apart."""
        return {"level": self.level, **asdict(self.problem), "text": str(self.problem)}


@dataclass
class _Read:
    """The files of definitions as far as they can be read. `broken` names what cannot."""

    within: dict[str, Metric] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    texts: dict[str, list[str]] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    def add(self, source: Path | str, shown: str) -> list[Metric]:
        """The metrics of one more file, or of an unsaved text; what is wrong in it is noted."""
        try:
            told = yaml_file.read(source, shown) if isinstance(source, Path) else yaml_file.parse(source, shown)
        except Problem as problem:
            self.found.append(Finding("error", problem))
            return []
        self.texts[shown] = (source.read_text(encoding="utf-8") if isinstance(source, Path) else source).splitlines()
        fresh: list[Metric] = []
        for name in told:
            other = self.within.get(name)
            if other is not None and other.file != shown and is_own(other.file) == is_own(shown):
                said = f'"{name}" is defined in {other.file} too'
                self.found.append(Finding("error", told.problem(name, said, "Rename one, or remove it.")))
            try:
                fresh.append(read(name, told, KINDS))
            except Problem as problem:
                self.broken.add(name)
                self.found.append(Finding("error", problem))
        self.within |= {metric.name: metric for metric in fresh}
        self.broken -= {metric.name for metric in fresh}
        return fresh


def known(name: str, within: Mapping[str, Metric]) -> Metric:
    """The metric of that name. Raises Problem with the nearest names."""
    if name not in within:
        raise Problem(f'unknown metric "{name}"', remedy=did_you_mean(name, within))
    return within[name]


def findings(workspace: Workspace, file: Path | None = None) -> list[Finding]:
    """What is wrong with all definitions of a workspace, or with those of one file over them; the worst first."""
    files = _Read()
    judged: list[Metric] = []
    for path, shown in [*load.files(workspace.definitions), *([(file, str(file))] if file else [])]:
        fresh = files.add(path, shown)
        judged = fresh if path == file else judged + fresh
    if file is None:
        files.found += [Finding("error", problem) for problem in _head(workspace, files)]
    return _judged(files, [metric for metric in judged if files.within.get(metric.name) is metric])


def unsaved(text: str, shown: str, saved: Mapping[str, Metric]) -> list[Finding]:
    """What is wrong with unsaved definitions over the saved ones, which are known to be right; lines are those of the text."""
    files = _Read(within=dict(saved))
    return _judged(files, files.add(text, shown))


def _judged(files: _Read, judged: list[Metric]) -> list[Finding]:
    """What was found while reading, and what is wrong with these of the metrics; the worst first."""
    for metric in judged:
        files.found += [Finding("error", problem) for problem in _errors(metric, files)]
        said = (*lint.unsaid(metric), *lint.past_targets(metric, date.today()), *lint.driven_by_itself(metric, files.within))
        files.found += [Finding("warning", problem) for problem in said]
    own = {metric.name for metric in judged}
    files.found += [Finding("warning", problem) for problem in duplicates.found(files.within) if problem.message.split(":")[0] in own]
    told = {str(one.problem): replace(one, problem=_sharpened(one.problem, files.texts)) for one in files.found}
    return sorted(told.values(), key=lambda one: (one.level, one.problem.file or "", one.problem.line or 0, one.problem.column or 0))


def _errors(metric: Metric, files: _Read) -> Iterator[Problem]:
    """What makes a metric unusable. What it is made of is told of where it stands, once."""
    yield from lint.wrong_targets(metric)
    yield from lint.lost_names(metric, files.within, files.broken)
    path = lint.cycle(metric, files.within)
    if path is not None and metric.name == min(path):
        yield lint.cyclic(metric, path)
    if path or not _whole(metric, files.within):
        return
    try:
        load.check(metric, files.within)
    except Problem as problem:
        yield problem


def _head(workspace: Workspace, files: _Read) -> Iterator[Problem]:
    """What is wrong with the metric that the company follows, unless its definition cannot be read: that is told already."""
    if workspace.company.north_star not in files.broken:
        try:
            drivers.north_star(workspace, files.within)
        except Problem as problem:
            yield problem


def _whole(metric: Metric, within: Mapping[str, Metric]) -> bool:
    """Whether everything that a metric is made of exists and ends at rows."""
    waiting, seen = [metric.name], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in within or lint.cycle(within[name], within):
            return False
        waiting += [part for part in within[name].parts if part not in seen]
        seen |= set(within[name].parts)
    return True


def _sharpened(problem: Problem, texts: Mapping[str, list[str]]) -> Problem:
    """The Problem at the word that it speaks of, where that stands in the value that it points at, be it lines further down."""
    lines, named = texts.get(problem.file or ""), _NAMED.search(problem.message.partition(": ")[2])
    if lines is None or named is None or problem.line is None or problem.column is None:
        return problem
    word = re.compile(rf"(?<![\w.]){re.escape(named[1] or named[2])}(?!\w)")
    for number, line in _value_lines(lines, problem.line - 1):
        if hit := word.search(line, problem.column - 1 if number == problem.line - 1 else 0):
            return replace(problem, line=number + 1, column=hit.start() + 1)
    return problem


def _value_lines(lines: list[str], start: int) -> Iterator[tuple[int, str]]:
    """The line of a key, and the lines below that are indented further: all of its value."""
    indent = len(lines[start]) - len(lines[start].lstrip())
    yield start, lines[start]
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return
        yield number, line
