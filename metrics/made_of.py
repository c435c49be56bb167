"""What a metric is made of: the metrics that count rows, their facts and moments, and whether what they name can be counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from data.errors import Problem, did_you_mean
from metrics import columns
from metrics.definition import Metric
from metrics.facts import Fact, facts
from metrics.kinds import KINDS
from metrics.slice import Leaf


def leaves(names: tuple[str, ...], catalogue: Mapping[str, Metric], within: tuple[str, ...] = ()) -> dict[str, Metric]:
    """The metrics that count rows, among these and what they are made of. Raises Problem for unknown names and cycles."""
    found: dict[str, Metric] = {}
    for name in names:
        metric = catalogue.get(name)
        if metric is None:
            said = f'unknown metric "{name}"'
            remedy = did_you_mean(name, catalogue)
            raise catalogue[within[-1]].problem(said, remedy) if within else Problem(said, remedy=remedy)
        if name in within:
            raise metric.problem(f"is made of itself ({' → '.join((*within[within.index(name) :], name))})")
        found |= leaves(metric.parts, catalogue, (*within, name)) if metric.parts else {name: resolved(metric, catalogue)}
    return found


def dimensions(name: str, catalogue: Mapping[str, Metric]) -> list[str]:
    """What `by` takes for a metric: the columns that every fact of it has, attributes aside."""
    shared: list[set[str]] = []
    for metric in leaves((name,), catalogue).values():
        leaf_of = KINDS[metric.kind].leaf(metric.spec)
        shared.append(set(columns.names(facts()[leaf_of.fact], of_account=leaf_of.of_account)))
    return sorted(set.intersection(*shared)) if shared else []


def counting(names: tuple[str, ...], catalogue: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics that say which rows are counted: `leaves`, and for one that takes its rows from others, those."""
    found: dict[str, Metric] = {}
    for name, metric in leaves(names, catalogue).items():
        named = getattr(metric.spec, "names", ())
        found |= {one: catalogue[one] for one in named} if named else {name: metric}
    return found


def resolved(metric: Metric, catalogue: Mapping[str, Metric]) -> Metric:
    """The metric with what it takes from the metrics that its definition names (`of: mrr`, `in: signups`)."""
    resolve = getattr(KINDS[metric.kind], "resolve", None)
    return resolve(metric, catalogue) if resolve else metric


def facts_of(counted: Iterable[Metric]) -> tuple[str, ...]:
    """The facts that metrics look at."""
    return tuple(dict.fromkeys(fact for one in counted for fact in (KINDS[one.kind].leaf(one.spec).fact, *getattr(one.spec, "also", ()))))


def is_shaped(metric: Metric) -> bool:
    """Whether a metric answers with rows of its own kind (cohorts, steps, …) instead of one value a period."""
    return hasattr(KINDS[metric.kind], "shape")


def time_of(metric: Metric, fact: Fact) -> str:
    """The moment that a metric counts at. Raises Problem when its fact has no such time."""
    time = KINDS[metric.kind].leaf(metric.spec).time or metric.time or fact.time
    if time not in fact.times:
        raise metric.problem(f'{fact.name} has no time "{time}"', did_you_mean(time, fact.times), key="time")
    return time


def check_conditions(metric: Metric) -> None:
    """The conditions of a kind that holds several, each judged where it is written. Raises Problem."""
    kind = KINDS[metric.kind]
    for path, fact, told in kind.conditions(metric.spec) if hasattr(kind, "conditions") else ():
        try:
            columns.condition(fact, told)
        except Problem as problem:
            block = metric.block[metric.kind]
            for key in path[:-1]:
                block = block[key]
            raise block.problem(path[-1], f"{metric.name}: {problem.message}", problem.remedy, value=True) from None


def check_written(metric: Metric) -> None:
    """The expressions of a definition that counts rows, loaded or not. Raises Problem at the key of a wrong one."""
    if getattr(metric.spec, "names", ()):
        return  # its conditions are those of the metrics that it names, which are judged themselves
    leaf: Leaf = KINDS[metric.kind].leaf(metric.spec)
    for key, told in (("where", leaf.where), (metric.kind, leaf.column if leaf.column != "*" else None)):
        try:
            if told is not None:
                columns.condition(leaf.fact, told) if key == "where" else columns.value(leaf.fact, told, leaf.verb != "count_distinct")
        except Problem as problem:
            raise metric.problem(problem.message, problem.remedy, key=key) from None


def alike(names: Iterable[str], catalogue: Mapping[str, Metric]) -> list[tuple[str, ...]]:
    """Metrics in groups over the same facts: one query answers a group as it would each of them. Raises Problem for unknown names."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        groups.setdefault(tuple(sorted(facts_of(leaves((name,), catalogue).values()))), []).append(name)
    return [tuple(group) for group in groups.values()]
