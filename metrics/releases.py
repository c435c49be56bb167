"""Releases one by one: when each was planned, when it was shipped, and how many days lie between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Run = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]

_SQL = """WITH
dated AS (
  SELECT release_id, name, kind, planned_at_day AS planned, released_at_day AS shipped, feature_ids
  FROM release
  WHERE deleted_at IS NULL
    AND ($feature IS NULL OR list_contains(string_split_regex(feature_ids, '\\s*,\\s*'), $feature))
),
to_come AS (
  SELECT *, date_diff('day', $today, planned) AS days_left, NULL AS days_late
  FROM dated
  WHERE shipped IS NULL AND planned IS NOT NULL
  ORDER BY planned, release_id
  LIMIT $most
),
shipped AS (
  SELECT *, NULL AS days_left, date_diff('day', planned, shipped) AS days_late
  FROM dated
  WHERE shipped < $until
  ORDER BY shipped DESC, release_id DESC
  LIMIT $most
)
SELECT name, kind, planned, shipped, days_left, days_late, release_id, feature_ids
FROM (SELECT * FROM to_come UNION ALL SELECT * FROM shipped)
ORDER BY shipped DESC NULLS FIRST, planned DESC, release_id DESC"""


@dataclass(frozen=True)
class Release:
    """One release. `days_late` is below zero for one that came early; `days_left` is below zero for one that is overdue.

    `named` are the ids of its features, comma-separated as the source tells them.
    """

    name: str
    kind: str | None
    planned: date | None
    shipped: date | None
    days_left: int | None
    days_late: int | None
    release_id: str = ""
    named: str | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """The ids of the features that it changed."""
        return tuple(one.strip() for one in (self.named or "").split(",") if one.strip())


@dataclass(frozen=True)
class Effect:
    """A number on the day before a release, and on the last of the days that followed it; `days` says how many of these are over."""

    before: float | None
    after: float | None
    days: int


def read(run: Run, today: date, until: date | None, most: int, feature: str | None = None) -> tuple[Release, ...]:
    """What is to come, then what was shipped before `until` (by default up to now), each from the latest to the earliest.

    With the id of a `feature` only what the release's comma-separated feature_ids name.
    """
    told = {"today": today, "until": until or date.max, "most": most, "feature": feature}
    return tuple(Release(*row) for row in run(_SQL, told))


def effect(values: Mapping[date, float | None], shipped: date, last: date, days: int = 28) -> Effect:
    """What a number that looks back over `days` days was just before a release, and once all of them lie after it.

    `values` are its values by day, `last` is the last whole day that is known: for a younger release, `after` is the value then.
    """
    over = min(days, (last - shipped).days + 1)
    after = values.get(shipped + timedelta(days=over - 1)) if over > 0 else None
    return Effect(values.get(shipped - timedelta(days=1)), after, max(over, 0))
