"""Which metrics have to do with one another: what is made of what, and what is easily taken for what."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher

from metrics.definition import Metric

#: From here on two names are read as the same at a glance (0: nothing in common, 1: the same letters): of metrics that count the
#: same column of the same rows, and of others.
_ALIKE, _ALIKE_ELSEWHERE = 0.66, 0.8


def used_by(name: str, known: Mapping[str, Metric]) -> list[str]:
    """The metrics that are made of this one, or name it as what drives them."""
    return [other.name for other in known.values() if name in {*other.parts, *other.drivers} and other.name != name]


def confusable(name: str, known: Mapping[str, Metric], most: int = 4) -> list[str]:
    """The metrics that are easily taken for this one, the nearest first: their name or a synonym reads alike.

    Of metrics that count the same column of the same rows, names that are less alike are enough.
    """
    mine, found = known[name], []
    for other in known.values():
        least = _ALIKE if _counted(other) == _counted(mine) else _ALIKE_ELSEWHERE
        if other.name != name and (nearness := _nearness(mine, other, least)):
            found.append((least - nearness, other.name))
    return [other for _nearness, other in sorted(found)[:most]]


def _nearness(one: Metric, other: Metric, least: float) -> float:
    """How much alike the nearest of their names are, whatever the order of the words; 0 below `least`."""
    mine, theirs = (set(metric.label.lower().split()) for metric in (one, other))
    if one.block.get("in") == other.block.get("in") and (mine < theirs or theirs < mine):
        return 1.0  # one says all that the other says, and more
    return max(_ratio(said, called, least) for said in _names(one) for called in _names(other))


def _ratio(one: str, other: str, least: float) -> float:
    match = SequenceMatcher(None, one, other)
    if match.real_quick_ratio() < least or match.quick_ratio() < least:  # the ratio itself takes far longer
        return 0.0
    found = match.ratio()
    return found if found >= least else 0.0


def _names(metric: Metric) -> set[str]:
    return {" ".join(sorted(said.lower().split())) for said in (metric.label, *metric.synonyms)}


def _counted(metric: Metric) -> tuple[str, str]:
    """Which rows it looks at, and what of them; made of others, it is told apart by them."""
    return str(metric.block.get("in")), str(metric.block.get(metric.kind))
