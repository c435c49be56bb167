"""The tests that definitions carry, run on data: what an owner promised about a number, and whether it holds."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import duckdb

from data.errors import Problem
from metrics import examples
from metrics.definition import Metric
from metrics.layer import Layer
from metrics.made_of import facts_of, is_shaped, leaves
from metrics.promises import AGE, shown
from metrics.question import Loaded
from metrics.result import Result, value_of

_CENT = 0.005
#: Kinds whose values are never below 0, and those that are shares: never above 1 either.
_COUNTS, _SHARES = ("count", "count_distinct", "stickiness", "retention", "funnel"), ("converted_to",)
#: What an example of a definition gave the last time: it depends on nothing but the definitions.
_examples: dict[tuple[str, int], str | None] = {}


@dataclass(frozen=True)
class Outcome:
    """A test as written, and what it found wrong, in words; nothing when it holds."""

    test: str
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The outcomes of a metric's tests. `definition` tells which definition was tested: its fingerprint."""

    definition: str
    outcomes: tuple[Outcome, ...] = ()

    @property
    def failures(self) -> list[str]:
        """Everything that the tests found wrong."""
        return [said for outcome in self.outcomes for said in outcome.failures]

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Verdict:
        """From what JSON kept."""
        return cls(told["definition"], tuple(Outcome(one["test"], tuple(one["failures"])) for one in told["outcomes"]))


def fingerprint(name: str, catalogue: Mapping[str, Metric]) -> str:
    """Tells whether a metric, or anything that it is made of or compared with, was defined otherwise."""
    blocks: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        metric = catalogue.get(waiting.pop())
        if metric is not None and metric.name not in blocks:
            blocks[metric.name] = metric.block
            waiting += [*metric.parts, *metric.named["tests"]]
    return hashlib.sha256(json.dumps(blocks, sort_keys=True, default=str).encode()).hexdigest()[:16]


def remember(verdicts: Mapping[str, Verdict], catalogue: Mapping[str, Metric]) -> None:
    """Takes over what examples gave before, where the definition is the same."""
    for name, verdict in verdicts.items():
        metric = catalogue.get(name)
        if metric is None or not verdict.outcomes or verdict.definition != fingerprint(name, catalogue):
            continue
        for place, (test, outcome) in enumerate(zip(metric.tests, verdict.outcomes, strict=True)):
            if set(test) == {"equals"}:
                _examples[verdict.definition, place] = outcome.failures[0] if outcome.failures else None


def failures(layer: Layer, metric: Metric) -> list[str]:
    """What the tests of one metric find wrong in its last twelve months, in words."""
    return judge(layer, [metric])[metric.name].failures


def judge(layer: Layer, metrics: Sequence[Metric] | None = None, *, seconds: float | None = None) -> dict[str, Verdict]:
    """The outcomes of the tests of these metrics (of all), over the last twelve months and on their own examples.

    Metrics over the same facts are asked for in one query; one that cannot be computed is asked for alone, and says why.
    With `seconds` this takes about that long at most: what holds by its kind is not computed, what there is no time for has no
    outcomes, and the age of the data is left to `aged`, for it goes on growing.
    """
    known, begun = layer.metrics, monotonic()
    chosen = list(known.values()) if metrics is None else list(metrics)
    asked = [metric for metric in chosen if any(_needs_rows(metric, test, known, seconds is not None) for test in metric.tests)]
    loaded = _loaded(layer)
    groups = _groups(asked, known) if loaded is not None else []
    answers = _answers(layer, groups, begun + seconds if seconds is not None else math.inf)
    found = {}
    for metric in chosen:
        reached = loaded is None or metric not in asked or metric.name in answers
        outcomes = [_outcome(metric, place, answers.get(metric.name), known) for place in range(len(metric.tests) if reached else 0)]
        found[metric.name] = Verdict(fingerprint(metric.name, known), tuple(outcomes))
    return found if seconds is not None else {name: aged(verdict, known[name], known, loaded) for name, verdict in found.items()}


def aged(verdict: Verdict, metric: Metric, known: Mapping[str, Metric], loaded: Mapping[str, Loaded] | None) -> Verdict:
    """A verdict with what `max_age` says now; the loading of facts may have stood still since the tests were run."""
    if loaded is None or not verdict.outcomes or not any("max_age" in test for test in metric.tests):
        return verdict
    ends = [loaded[fact].until for fact in facts_of(tuple(leaves((metric.name,), known).values())) if fact in loaded]
    pairs = zip(metric.tests, verdict.outcomes, strict=True)
    outcomes = (replace(one, failures=(*one.failures, *_age(test, ends))) if "max_age" in test else one for test, one in pairs)
    return replace(verdict, outcomes=tuple(outcomes))


def _loaded(layer: Layer) -> Mapping[str, Loaded] | None:
    """How far each fact is loaded; None when nothing is published."""
    if layer.generation() is None:
        return None
    with layer.reader.open() as snapshot:
        return layer.loaded(snapshot)


def _needs_rows(metric: Metric, test: Mapping[str, Any], known: Mapping[str, Metric], briefly: bool) -> bool:
    """Whether a test looks at values. Briefly, one that can only hold (no count is below 0) is taken to hold."""
    if not set(test) & {"not_below", "not_above", "sums_to"}:
        return False
    return not (briefly and _is_certain(metric, test, known))


def _is_certain(metric: Metric, test: Mapping[str, Any], known: Mapping[str, Metric]) -> bool:
    if "not_below" in test and not (test["not_below"] <= 0 and _never_negative(metric.name, known)):
        return False
    if "not_above" in test and not (test["not_above"] >= 1 and metric.kind in _SHARES):
        return False
    return "sums_to" not in test


def _never_negative(name: str, known: Mapping[str, Metric], within: tuple[str, ...] = ()) -> bool:
    """Whether a value is a count, a share of counts, or made of such."""
    metric = known.get(name)
    if metric is None or name in within:
        return False
    made_of_such = metric.kind in ("ratio", "cumulative") and all(_never_negative(part, known, (*within, name)) for part in metric.parts)
    return metric.kind in (*_COUNTS, *_SHARES) or made_of_such


def _groups(asked: Sequence[Metric], known: Mapping[str, Metric]) -> list[list[Metric]]:
    """Metrics that one query can answer: over the same facts, so that all have the same twelve months."""
    groups: dict[Any, list[Metric]] = {}
    for metric in asked:
        groups.setdefault(_facts(metric, known), []).append(metric)
    return list(groups.values())


def _facts(metric: Metric, known: Mapping[str, Metric]) -> Any:
    try:
        counted = leaves((metric.name, *metric.named["tests"]), known).values()
        return metric.name if any(is_shaped(one) for one in counted) else frozenset(facts_of(tuple(counted)))
    except Problem:
        return metric.name


def _answers(layer: Layer, groups: Sequence[Sequence[Metric]], until: float) -> dict[str, Result | str]:
    """The answers of the groups that there was time for. Two are asked for at a time: while one compiles, the other computes."""

    def asked(group: Sequence[Metric]) -> dict[str, Result | str]:
        return _ask(layer, group) if monotonic() < until else {}

    with ThreadPoolExecutor(2) as pool:
        return {name: answer for answers in pool.map(asked, groups) for name, answer in answers.items()}


def _ask(layer: Layer, group: Sequence[Metric]) -> dict[str, Result | str]:
    """An answer for each metric of a group: the group's, or its own, or why there is none."""
    names = dict.fromkeys(name for metric in group for name in (metric.name, *metric.named["tests"]))
    try:
        grain = None if any(is_shaped(metric) for metric in group) else "month"
        return dict.fromkeys((metric.name for metric in group), layer.query(*names, grain=grain))
    except (Problem, duckdb.Error) as error:
        if len(group) > 1:
            return {name: answer for metric in group for name, answer in _ask(layer, [metric]).items()}
        said = error.message if isinstance(error, Problem) else str(error).splitlines()[0]
        return {group[0].name: f"cannot be computed: {said}"}


def _outcome(metric: Metric, place: int, answer: Result | str | None, known: Mapping[str, Metric]) -> Outcome:
    test = metric.tests[place]
    said: list[str] = []
    if "equals" in test:
        key = (fingerprint(metric.name, known), place)
        if key not in _examples:
            _examples[key] = examples.wrong(metric, test["equals"], known)
        said += [found] if (found := _examples[key]) else []
    if isinstance(answer, str):
        said += [answer] if set(test) - {"equals", "max_age"} else []
    elif answer is not None:
        said += [f"{_place(row)}{wrong}" for row in answer.rows if (wrong := _wrong(metric.name, test, row))]
    return Outcome(shown(test), tuple(said))


def _place(row: Mapping[str, Any]) -> str:
    """Which row of an answer it is: its month, or the first column of a kind with rows of its own."""
    if "period" in row:
        return f"{row['period']:%Y-%m}: "
    key = next(iter(row))
    return f"{key} {row[key]}: " if len(row) > 2 else ""


def _wrong(name: str, test: Mapping[str, Any], row: Mapping[str, Any]) -> str | None:
    value = value_of(row, name)
    if not isinstance(value, (int, float)):
        return None
    if "not_below" in test and value < test["not_below"]:
        return f"{value:,.2f} is below {test['not_below']}"
    if "not_above" in test and value > test["not_above"]:
        return f"{value:,.2f} is above {test['not_above']}"
    if "sums_to" in test:
        total = sum(row[part] or 0 for part in test["sums_to"])
        if abs(total - value) > _CENT:
            return f"{value:,.2f} is not the sum of {', '.join(test['sums_to'])} ({total:,.2f})"
    return None


def _age(test: Mapping[str, Any], loaded: list[datetime | None]) -> list[str]:
    match = AGE.match(str(test["max_age"]))
    if match is None:
        return []
    limit = timedelta(**{f"{match[2]}s": int(match[1])})
    oldest = min((moment for moment in loaded if moment), default=None)
    if oldest is None or datetime.now(UTC) - oldest > limit:
        return [f"the data is older than {test['max_age']}"]
    return []
