"""Different things over a rolling stretch of days, without joining each day with each stretch.

A thing that is active on a day counts from that day until the stretch is over, or until it is active again: one step up, one
step down. The number on a day is the sum of all steps up to it. On 500,000 events this is some ten times faster than the join.
With the hour grain the same is done by the hour: a stretch of a day is 24 of them.
"""

from __future__ import annotations

from metrics import periods
from metrics.series import calendar
from metrics.slice import Slice


def distinct(piece: Slice, ctes: dict[str, str], dims: list[str], value: str, source: str) -> str:
    """Adds the CTEs of the steps, and gives the body that reads them at the last day (or hour) of each period."""
    name, by_hour = piece.title, piece.request.grain == "hour"
    active, stretch, last = piece.day, str(piece.leaf.over_days), "last_day"
    if by_hour:
        active, stretch, last = periods.bucket(piece, "hour"), f"INTERVAL {24 * (piece.leaf.over_days or 0)} HOUR", "last_hour"
    named = [dim.rsplit(" AS ", 1)[1] for dim in dims]
    also = "".join(f", {dim}" for dim in named)
    shown = ",\n    ".join([*dims, f"{active} AS active_on", f"{value} AS entity"])
    ctes[f"{name}_active"] = f"  SELECT DISTINCT\n    {shown}\n  {source}"
    again = f"lead(active_on) OVER (PARTITION BY entity{also} ORDER BY active_on)"
    ctes[f"{name}_steps"] = (
        f"  SELECT active_on{also}, CASE WHEN entity IS NULL THEN 0 ELSE 1 END AS step FROM {name}_active\n  UNION ALL\n"
        f"  SELECT least(active_on + {stretch}, coalesce({again}, active_on + {stretch})){also},\n"
        f"    CASE WHEN entity IS NULL THEN 0 ELSE -1 END\n  FROM {name}_active"
    )
    ctes[f"{name}_changes"] = f"  SELECT active_on{also}, sum(step) AS step FROM {name}_steps GROUP BY active_on{also}"
    ends = periods.last_hours(piece) if by_hour else periods.last_days(piece)
    ctes[f"{name}_ends"] = calendar({"period": periods.keys(piece), last: ends})
    kept = "".join(f", s.{dim}" for dim in named)
    return (
        f"  SELECT d.period{kept}, sum(s.step) AS measure\n  FROM {name}_ends AS d\n"
        f"  JOIN {name}_changes AS s ON s.active_on <= d.{last}\n  GROUP BY d.period{kept}"
    )
