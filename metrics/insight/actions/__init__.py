"""What should be done next: the playbooks held against the data, with evidence, counter-evidence, prize and confidence.

Deterministic: the same rows give the same recommendations in the same order, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from metrics.insight.actions import asking, judging
from metrics.insight.actions.action import Action
from metrics.insight.actions.judging import Look
from metrics.insight.actions.playbook import Playbook
from metrics.insight.actions.subjects import Subject
from metrics.layer import Layer

#: Two lists of accounts with one cause are the same thing when they share so much of the shorter one.
_SAME = 0.5


@dataclass(frozen=True)
class Found:
    """What all playbooks came to: recommendations in their order, and the playbooks whose data is not loaded."""

    actions: tuple[Action, ...] = ()
    unloaded: tuple[str, ...] = ()


def actions(layer: Layer, playbooks: Iterable[Playbook], until: date | None = None) -> list[Action]:
    """The recommendations of these playbooks at the end of the day before `until`, those worth most first."""
    return list(found(layer, playbooks, until).actions)


def found(layer: Layer, playbooks: Iterable[Playbook], until: date | None = None) -> Found:
    """The same, and which playbooks cannot be judged because nothing is loaded that they look at."""
    looks: list[Look] = []
    unloaded: list[str] = []
    if layer.generation() is None:
        return Found((), tuple(one.name for one in playbooks))
    known: dict[tuple[str, date], dict[str, Subject]] = {}
    for one in playbooks:
        end = asking.until_of(layer, one, until)
        if end is None:
            unloaded.append(one.name)
            continue
        looks.append(judging.look_of(layer, one, end, known))
    asks = {ask for look in looks for ask in (*look.asks.values(), *look.within.values(), asking.paid(look.until))}
    answers = asking.answers(layer, sorted(asks, key=repr))
    fired = [action for look in looks for action in judging.judged(layer, look, answers)]
    return Found(tuple(_linked(_without_twins(sorted(fired, key=_rank)))), tuple(unloaded))


def _rank(one: Action) -> tuple[float, int, str]:
    return (-(one.prize.money or 0.0), -(one.prize.accounts or 0), one.id)


def _without_twins(ranked: Sequence[Action]) -> list[Action]:
    """One recommendation for one cause: the one that is worth most stands for those of the same cause about the same."""
    kept: list[Action] = []
    for one in ranked:
        place = next(
            (place for place, other in enumerate(kept) if other.playbook.cause == one.playbook.cause and _is_same(one, other)), None
        )
        if place is None:
            kept.append(one)
        else:
            kept[place] = replace(kept[place], also=(*kept[place].also, one))
    return kept


def _is_same(one: Action, other: Action) -> bool:
    """Whether two recommendations of one cause are about the same: a feature in two segments, a list of much the same accounts."""
    if one.playbook.name == other.playbook.name:
        return len(one.members) > 1 and one.members[0] == other.members[0]
    if one.members != other.members:
        return False
    mine, theirs = set(one.accounts), set(other.accounts)
    return not (mine and theirs) or len(mine & theirs) >= _SAME * min(len(mine), len(theirs))


def _linked(kept: Sequence[Action]) -> list[Action]:
    """Each with the others about the same members."""
    about: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for one in kept:
        about.setdefault(one.members, []).append(one.id)
    return [replace(one, related=tuple(key for key in about[one.members] if key != one.id)) if one.members else one for one in kept]
