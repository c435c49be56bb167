"""What else happened around a release: whatever moves a number at the same time can be taken for its effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from data.journal import Annotation
from metrics.layer import Layer
from metrics.releases import Release

Kind = Literal["release", "same_feature", "annotation", "holiday", "plan_changes", "data_gap"]
#: Releases so many days before count as well: their effects may still be growing.
BEFORE = 28

_PLANS = """
WITH moved AS (
  SELECT account_id, valid_from_day AS day, plan, lag(plan) OVER (PARTITION BY account_id ORDER BY valid_from) AS before
  FROM account_history
  WHERE deleted_at IS NULL
)
SELECT count(DISTINCT account_id) FROM moved WHERE before IS NOT NULL AND plan <> before AND day >= $since AND day < $until
"""
# Findings keep the odd days as a list; a table is named as the loader names it.
_GAPS = """
SELECT DISTINCT table_name, CAST(json_extract_string(odd.value, '$.day') AS DATE) AS day
FROM finding, json_each(finding.examples) AS odd
WHERE name = 'volume' AND TRY_CAST(json_extract_string(odd.value, '$.day') AS DATE) BETWEEN $since AND $until
ORDER BY day, table_name
"""


@dataclass(frozen=True)
class Happening:
    """Something else in the same weeks. `name` is what people call it; `count` says how many, of what is counted."""

    kind: Kind
    day: date
    name: str = ""
    count: int = 0


def around(layer: Layer, release: Release, day: date, until: date, notes: Iterable[Annotation] = ()) -> tuple[Happening, ...]:
    """What happened from four weeks before a release until a day, the oldest first; plan changes since the release are counted."""
    since = day - timedelta(days=BEFORE)
    found = [*_releases(layer, release, since, until), *_holidays(layer, since, until)]
    found += [Happening("annotation", note.day, note.text) for note in notes if since <= note.day < until]
    with layer.reader.open() as snapshot:
        told = {"since": day, "until": until}
        changed = snapshot.cursor.execute(_PLANS, told).fetchone()
        gaps = snapshot.cursor.execute(_GAPS, told | {"since": since}).fetchall()
    if changed and changed[0]:
        found.append(Happening("plan_changes", day, count=int(changed[0])))
    found += [Happening("data_gap", gap, table) for table, gap in gaps]
    return tuple(sorted(found, key=lambda one: (one.day, one.kind, one.name)))


def coinciding(found: Sequence[Happening], day: date, *, anything: bool) -> Happening | None:
    """What leaves an effect without an owner, from the week before a release on: another release of its features, or lost data.

    Of a number of the whole company `anything` that was released or noted does.
    """
    kinds = ("same_feature", "data_gap", *(("release", "annotation") if anything else ()))
    near = [one for one in found if one.kind in kinds and one.day >= day - timedelta(days=7)]
    return min(near, key=lambda one: abs(one.day - day), default=None)


def _releases(layer: Layer, release: Release, since: date, until: date) -> list[Happening]:
    others = [one for one in layer.releases(until=until, most=1000) if one.shipped and one.shipped >= since and one != release]
    return [
        Happening("same_feature" if set(one.features) & set(release.features) else "release", one.shipped, one.name)
        for one in others
        if one.shipped
    ]


def _holidays(layer: Layer, since: date, until: date) -> list[Happening]:
    """Days without working hours in a schedule that are no usual day off."""
    days = {
        day
        for schedule in layer.workspace.schedules.values()
        for version in schedule.versions
        for day, spans in version.special.items()
        if not spans and version.week[day.weekday()] and since <= day < until
    }
    return [Happening("holiday", day) for day in sorted(days)]
