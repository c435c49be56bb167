"""The adoption matrix: how many of those who may use a feature do (breadth), and how often (frequency), split at the medians."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

#: The corners, by whether a feature is broad and whether it is frequent.
CORNERS = {(True, True): "core", (False, True): "habit_of_few", (True, False): "now_and_then", (False, False): "marginal"}


@dataclass(frozen=True)
class Place:
    """A feature in the matrix: `breadth` is a share, `frequency` events an adopter, `size` what its bubble shows."""

    id: str
    name: str
    breadth: float
    frequency: float
    size: float
    corner: str


@dataclass(frozen=True)
class Matrix:
    """The features that anybody adopted, those with the largest bubbles first, the medians that split them, and the unused ones."""

    places: tuple[Place, ...]
    breadth: float | None
    frequency: float | None
    unused: tuple[str, ...]


def matrix(rows: Iterable[Mapping[str, Any]], *, key: str, name: str, breadth: str, frequency: str, size: str) -> Matrix:
    """Places the rows of a query by feature; the arguments name its columns.

    A feature on a median counts as broad (or frequent). Rows without a feature are nobody's and left out; a feature without a
    frequency was not used.
    """
    told = [row for row in rows if row[key] not in (None, "(none)", "Other") and row[breadth] is not None]
    used = [row for row in told if row[frequency]]
    unused = tuple(sorted(_name(row, key, name) for row in told if not row[frequency]))
    if not used:
        return Matrix((), None, None, unused)
    wide, often = median(float(row[breadth]) for row in used), median(float(row[frequency]) for row in used)
    places = [
        Place(
            id=str(row[key]),
            name=_name(row, key, name),
            breadth=float(row[breadth]),
            frequency=float(row[frequency]),
            size=float(row[size] or 0.0),
            corner=CORNERS[float(row[breadth]) >= wide, float(row[frequency]) >= often],
        )
        for row in used
    ]
    return Matrix(tuple(sorted(places, key=lambda one: (-one.size, one.name))), wide, often, unused)


def _name(row: Mapping[str, Any], key: str, name: str) -> str:
    return str(row[key] if row[name] in (None, "(none)") else row[name])
