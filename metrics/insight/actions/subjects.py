"""What a recommendation is about, by its dimension: its name, who owns it, and what its dates say on a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from metrics.layer import Layer

_FEATURES = "SELECT feature_id, coalesce(name, feature_id), owner, released_at_day FROM feature_once WHERE feature_id IS NOT NULL"
_OBJECTIVES = """
SELECT objective_id, coalesce(name, objective_id), owner, starts_on, ends_on FROM objective_once WHERE objective_id IS NOT NULL
"""
_ACCOUNTS = """
SELECT account_id, coalesce(name, account_id), owner FROM account
WHERE account_id IS NOT NULL AND deleted_at IS NULL QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY source) = 1
"""


@dataclass(frozen=True)
class Subject:
    """Something with a name, perhaps an owner, and numbers that follow from its dates."""

    name: str
    owner: str | None = None
    numbers: Mapping[str, float | None] = field(default_factory=dict)


def read(layer: Layer, dimension: str, day: date) -> dict[str, Subject]:
    """The subjects of a dimension by id, as they stand on the day before `day`; none for one whose members are their own names."""
    if dimension not in _READERS:
        return {}
    sql, make = _READERS[dimension]
    with layer.reader.open() as snapshot:
        return {str(row[0]): make(row, day) for row in snapshot.cursor.execute(sql).fetchall()}


def _feature(row: tuple[Any, ...], day: date) -> Subject:
    return Subject(row[1], row[2], {"days_out": float((day - row[3]).days) if row[3] else None})


def _objective(row: tuple[Any, ...], day: date) -> Subject:
    """`time_passed` is the share of its time that is over, from 0 to 1 and more."""
    starts, ends = row[3], row[4]
    left = float((ends - day).days) if ends else None
    passed = (day - starts).days / max((ends - starts).days, 1) if starts and ends else None
    return Subject(row[1], row[2], {"time_passed": passed, "days_left": left})


def _account(row: tuple[Any, ...], _day: date) -> Subject:
    return Subject(row[1], row[2])


_READERS: dict[str, tuple[str, Callable[[tuple[Any, ...], date], Subject]]] = {
    "feature_id": (_FEATURES, _feature),
    "objective_id": (_OBJECTIVES, _objective),
    "account_id": (_ACCOUNTS, _account),
}
