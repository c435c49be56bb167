"""Journeys as people put them together (events, properties, a window), and the definitions that say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from metrics import conditions
from metrics.conditions import Condition, Conditions
from metrics.recipe import identifier

ENTITIES = ("person", "account")
ORDERS = ("ordered", "strict", "any")
WINDOWS = ("14 days", "1 hours", "1 days", "7 days", "30 days", "90 days")
MODES = ("recurring", "first_time", "first_ever")


@dataclass(frozen=True)
class Step:
    """An event, and what its properties must be."""

    event: str
    properties: tuple[Condition, ...] = ()

    @property
    def where(self) -> str:
        """The condition on the rows of events."""
        return conditions.written(Conditions((Condition("event", "is", (self.event,)), *self.properties))) or ""


def funnel(steps: Sequence[Step], *, within: str, order: str, entity: str, without: Sequence[str] = ()) -> dict[str, Any]:
    """The keys of a funnel's definition; `without` are events that end an attempt when they come in between."""
    spec: dict[str, Any] = {"steps": [{name: step.where} for name, step in zip(_names(steps), steps, strict=True)]}
    spec |= {"within": within, "entity": entity, "order": order}
    if without:
        spec["exclude"] = [{"event": Step(event).where} for event in without]
    return _whole({"funnel": spec})


def retention(start: Step, back: Step | None, *, entity: str, mode: str) -> dict[str, Any]:
    """The keys of a retention's definition; without `back` any meaningful event is a return."""
    spec = {"start": start.where, "return": back.where if back else "is_meaningful", "entity": entity, "mode": mode}
    return _whole({"retention": spec})


def paths(step: Step, *, to: bool, within: str, depth: int = 4, top: int = 8) -> dict[str, Any]:
    """The keys of a definition of what follows an event or, with `to`, of what leads to it."""
    spec = {"to" if to else "from": step.where, "within": within, "depth": depth, "top": top}
    return _whole({"paths": spec}, good="neutral", written="integer")


def _whole(spec: dict[str, Any], *, good: str = "up", written: str = "percent") -> dict[str, Any]:
    return {**spec, "in": "events", "good": good, "format": written, "tests": [{"not_below": 0}]}


def _names(steps: Sequence[Step]) -> list[str]:
    """A name for each step, made of its event; the second of the same event is told apart."""
    seen: Counter[str] = Counter()
    found = []
    for step in steps:
        name = identifier(step.event) or "step"
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found
