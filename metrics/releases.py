"""Releases one by one: when each was planned, when it was shipped, and how many days lie between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Run = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]

_SQL = """WITH
dated AS (
  SELECT release_id, name, kind, planned_at_day AS planned, released_at_day AS shipped
  FROM release
  WHERE deleted_at IS NULL
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
SELECT name, kind, planned, shipped, days_left, days_late
FROM (SELECT * FROM to_come UNION ALL SELECT * FROM shipped)
ORDER BY shipped DESC NULLS FIRST, planned DESC, release_id DESC"""


@dataclass(frozen=True)
class Release:
    """One release. `days_late` is below zero for one that came early; `days_left` is below zero for one that is overdue."""

    name: str
    kind: str | None
    planned: date | None
    shipped: date | None
    days_left: int | None
    days_late: int | None


def read(run: Run, today: date, until: date | None, most: int) -> tuple[Release, ...]:
    """What is to come, then what was shipped before `until` (by default up to now), each from the latest to the earliest."""
    told = {"today": today, "until": until or date.max, "most": most}
    return tuple(Release(*row) for row in run(_SQL, told))
