"""What a playbook would have found: tried on the ends of the last months before it is saved, so that it neither cries wolf nor sleeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from metrics.calendar import add_months
from metrics.insight import actions
from metrics.insight.actions.playbook import Playbook
from metrics.layer import Layer

MONTHS = 12


@dataclass(frozen=True)
class Tried:
    """What a playbook finds at the end of the day before `until`: the names of its subjects, and their accounts."""

    until: date
    named: tuple[str, ...]
    accounts: int


def tried(layer: Layer, playbook: Playbook, today: date, months: int = MONTHS) -> list[Tried]:
    """What it would have found at the end of each of the last months, the oldest first; months of which nothing is loaded are left out."""
    ends = [add_months(today.replace(day=1), -place) for place in reversed(range(months))]
    first = _first_day(layer)
    return [_at(layer, playbook, end) for end in ends if first is None or end > first]


def _at(layer: Layer, playbook: Playbook, until: date) -> Tried:
    found = actions.actions(layer, [playbook], until)
    every = [one for action in found for one in (action, *action.also)]
    accounts = {account for one in every for account in one.accounts}
    return Tried(until, tuple(" · ".join(one.named) for one in every), len(accounts))


def _first_day(layer: Layer) -> date | None:
    with layer.reader.open() as snapshot:
        days = [one.since for one in layer.loaded(snapshot).values() if one.since is not None]
    return min(days, default=None)
