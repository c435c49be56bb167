"""What could be built next: features, ideas, projects and objectives that are not done, and what people wrote down.

What no metric gives (which projects are open, whose work belongs to what, when something shipped) is read here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.journal import PriorityItem
from metrics.columns import NOTHING
from metrics.layer import Layer

#: In this order where scores are equal.
KINDS = ("hand", "recommendation", "project", "feature", "idea", "objective")
#: How many ideas are candidates: those that most accounts asked for.
MOST_IDEAS = 30
#: What touches more features than this is about the whole product.
_MOST_FEATURES = 40
#: The longest title that tells one idea from another.
_TITLE = 300

_FEATURES = "SELECT feature_id, coalesce(name, feature_id) FROM feature_once ORDER BY feature_id"

_PROJECTS = """SELECT project_id, coalesce(name, project_id), coalesce(objective_id, '')
FROM project_once
WHERE completed_at IS NULL AND lower(coalesce(status, '')) NOT IN ('completed', 'cancelled', 'canceled')
ORDER BY project_id"""

_OBJECTIVES = """SELECT objective_id, coalesce(name, objective_id)
FROM objective_once
WHERE ends_on IS NULL OR ends_on >= $until
ORDER BY objective_id"""

_TOUCHED = """SELECT {column}, list_sort(list(DISTINCT feature_id))
FROM work_item
WHERE deleted_at IS NULL AND {column} IS NOT NULL AND feature_id IS NOT NULL AND coalesce(state_type, '') <> 'cancelled'
GROUP BY {column}"""

_SHIPPED = """SELECT 'project' AS kind, project_id AS id, completed_at_day AS day FROM project_once WHERE completed_at_day IS NOT NULL
UNION ALL
SELECT 'feature', feature_id, released_at_day FROM feature_once WHERE released_at_day IS NOT NULL
UNION ALL
SELECT 'feature', unnest(string_split_regex(feature_ids, '\\s*,\\s*')), released_at_day
FROM release
WHERE deleted_at IS NULL AND released_at_day IS NOT NULL AND feature_ids IS NOT NULL"""


@dataclass(frozen=True)
class Candidate:
    """Something that could be done.

    `features` are those that it touches, `objective` is the id of the one that a project serves, `entry` that of what was written in
    the journal.
    """

    kind: str
    id: str
    name: str
    features: tuple[str, ...] = ()
    objective: str = ""
    entry: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.kind}:{self.id}"


def found(layer: Layer, since: date, until: date) -> tuple[Candidate, ...]:
    """The candidates that the sources tell of: ideas of the half-open span, all else as it is now."""
    features = [Candidate("feature", key, name, (key,)) for key, name in _read(layer, _FEATURES)]
    return (*features, *_ideas(layer, since, until), *_work(layer, until))


def written(items: Iterable[PriorityItem]) -> tuple[Candidate, ...]:
    """The candidates that people wrote down, or accepted elsewhere."""
    return tuple(
        Candidate(one.kind, one.ref or one.id, one.name, (one.feature_id,) if one.feature_id else (), entry=one.id) for one in items
    )


def shipped(layer: Layer, after: date) -> dict[tuple[str, str], date]:
    """The first day after `after` on which each feature or project shipped, by ("feature" or "project", its id)."""
    days: dict[tuple[str, str], date] = {}
    for kind, key, day in _read(layer, _SHIPPED):
        if day > after and day <= days.get((kind, key), date.max):
            days[kind, key] = day
    return days


def shipped_on(days: dict[tuple[str, str], date], key: str, features: Sequence[str]) -> date | None:
    """When a candidate shipped, of the days that `shipped` found: a project when it was done, all else with its one feature."""
    kind, _, name = key.partition(":")
    if kind == "project":
        return days.get(("project", name))
    return days.get(("feature", features[0])) if len(features) == 1 else None


def _ideas(layer: Layer, since: date, until: date) -> list[Candidate]:
    """Ideas of one title about one feature are one candidate; those without a title count for their feature alone."""
    rows = layer.query("accounts_with_ideas", "ideas_created", by=("feature_id", "title"), since=since, until=until).rows
    told = [row for row in rows if row["title"] != NOTHING and row["ideas_created"]]
    told.sort(key=lambda row: (-row["accounts_with_ideas"], -row["ideas_created"], row["title"]))
    return [_idea(row["feature_id"], row["title"]) for row in told[:MOST_IDEAS]]


def _idea(feature: str, title: str) -> Candidate:
    features = () if feature == NOTHING else (feature,)
    return Candidate("idea", f"{'/'.join(features)}/{title[:_TITLE]}", title, features)


def _work(layer: Layer, until: date) -> list[Candidate]:
    touched = {kind: dict(_read(layer, _TOUCHED.format(column=f"{kind}_id"))) for kind in ("project", "objective")}
    projects = [
        Candidate("project", key, name, _few(touched["project"].get(key, ())), objective)
        for key, name, objective in _read(layer, _PROJECTS)
    ]
    objectives = [
        Candidate("objective", key, name, _few(touched["objective"].get(key, ()))) for key, name in _read(layer, _OBJECTIVES, until=until)
    ]
    return projects + objectives


def _few(features: Sequence[str]) -> tuple[str, ...]:
    return tuple(features) if len(features) <= _MOST_FEATURES else ()


def _read(layer: Layer, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with layer.reader.open() as snapshot:
        return snapshot.cursor.execute(sql, values).fetchall()
