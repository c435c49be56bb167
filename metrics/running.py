"""Counts and sums from the start of a range to the end of each of its periods, without joining each row with each period.

Every day (in a request by times: every moment) adds its rows, or the things that are seen for the first time; a period's value
is what was added before its end.
"""

from __future__ import annotations

from metrics.series import values
from metrics.slice import Slice


def total(piece: Slice, ctes: dict[str, str], dims: list[str], measure: str, value: str, source: str) -> str:
    """Adds the CTEs of what each day adds, and gives the body that sums them up to the end of each period."""
    name = piece.title
    named = [dim.rsplit(" AS ", 1)[1] for dim in dims]
    at = f"f.{piece.time}" if piece.timed else piece.day
    also = "".join(f", {dim}" for dim in named)
    if piece.leaf.verb == "count_distinct":
        shown = ", ".join([*dims, f"{value} AS entity", f"min({at}) AS added_at"])
        places = ", ".join(str(place + 1) for place in range(len(dims) + 1))
        ctes[f"{name}_first"] = f"  SELECT {shown}\n  {source}\n  GROUP BY {places}"
        ctes[f"{name}_added"] = f"  SELECT added_at{also}, count(entity) AS measure FROM {name}_first GROUP BY added_at{also}"
    else:
        places = ", ".join(str(place + 1) for place in range(len(dims) + 1))
        ctes[f"{name}_added"] = f"  SELECT {', '.join([f'{at} AS added_at', *dims])}, {measure} AS measure\n  {source}\n  GROUP BY {places}"
    by_hour = piece.request.grain == "hour"
    periods = [window.key if by_hour else window.key.date() for window in piece.windows]
    ends = [window.end if piece.timed else window.end_day for window in piece.windows]
    ctes[f"{name}_ends"] = values({"period": periods, "end_at": ends})
    kept = "".join(f", s.{dim}" for dim in named)
    return (
        f"  SELECT d.period{kept}, sum(s.measure) AS measure\n  FROM {name}_ends AS d\n"
        f"  JOIN {name}_added AS s ON s.added_at < d.end_at\n  GROUP BY d.period{kept}"
    )
