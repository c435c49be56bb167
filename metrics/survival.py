"""The Kaplan–Meier table over the CTE `followed`: for each entity its members, when it `began` and when, if ever, it `reached` the goal."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

COLUMNS = ("elapsed_days", "adopted", "at_risk", "value", "low", "high", "share", "median", "complete")
_Z = 1.959963984540054  # of a 95 % interval
_HALF = 0.5 + 1e-9  # the share is a product of fractions, of which 0.5 may come out a little above


def durations(watched: str, dims: list[str], zone: ZoneInfo | None) -> str:
    """The whole days of each way; who has not got there has been `watched` until that moment.

    They are days of elapsed time, though two midnights of the zone are as many days apart as the calendar says. Without a zone
    the ends are days.
    """
    listed = "".join(f"{dim}, " for dim in dims)
    done = f"{listed}CASE WHEN reached IS NULL THEN 0 ELSE 1 END AS adopted"
    ended = f"coalesce(reached, {watched})"
    if zone is None:
        return f"  SELECT {done}, date_diff('day', began, {ended}) AS elapsed_days FROM followed"
    elapsed = "CAST(floor(date_diff('second', began, {}) / 86400.0) AS INTEGER)"
    if not _clocks_change(zone):
        return f"  SELECT {done}, {elapsed.format(ended)} AS elapsed_days FROM followed"
    days = [
        f"CAST(timezone('{zone}', {edge}{earlier}) AS DATE) AS {name}_{which}"
        for name, edge in (("began", "began"), ("ended", ended))
        for which, earlier in (("on", ""), ("eve", " - INTERVAL 1 SECOND"))
    ]
    inner = ",\n    ".join([done, "began", f"{ended} AS ended", *days])
    midnights = "began_eve < began_on AND ended_eve < ended_on"
    return (
        f"  SELECT {listed}adopted,\n    CASE WHEN {midnights} THEN date_diff('day', began_on, ended_on)\n"
        f"      ELSE {elapsed.format('ended')} END AS elapsed_days\n"
        f"  FROM (SELECT\n    {inner}\n  FROM followed) AS local"
    )


@lru_cache
def _clocks_change(zone: ZoneInfo) -> bool:
    return len({zone.utcoffset(datetime(year, month, 15)) for year in range(2010, 2040) for month in range(1, 13)}) > 1


def curve(dims: list[str]) -> dict[str, str]:
    """The CTEs over `durations`: how many got there and were lost from sight on each day, who was left, the product of shares."""
    keys = ", ".join([*dims, "elapsed_days"])
    apart = f"PARTITION BY {', '.join(dims)} " if dims else ""
    down, up = (f"OVER ({apart}ORDER BY elapsed_days{way} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)" for way in (" DESC", ""))
    days = f"  SELECT {keys}, sum(adopted) AS adopted, count(*) AS gone\n  FROM durations GROUP BY {keys}"
    risks = f"  SELECT {keys}, adopted, gone - adopted AS censored, sum(gone) {down} AS at_risk\n  FROM days"
    survived = "CAST(at_risk - adopted AS DOUBLE) / at_risk"
    variance = "CAST(adopted AS DOUBLE) / nullif(at_risk * (at_risk - adopted), 0)"
    product = (
        f"  SELECT {keys}, adopted, at_risk,\n"
        f"    CASE WHEN adopted = at_risk THEN 0 ELSE exp(sum(ln(nullif({survived}, 0))) {up}) END AS value,\n"
        f"    sum({variance}) {up} AS variance,\n    sum(censored) {up} AS censored\n  FROM risks"
    )
    return {"days": days, "risks": risks, "curve": product}


def table(dims: list[str], final: bool) -> str:
    """The rows, with the log-log interval; one is final when all of the range is loaded and nobody was lost from sight by then."""
    spread = f"{_Z} * sqrt(variance) / -ln(nullif(value, 0))"
    apart = f"PARTITION BY {', '.join(dims)}" if dims else ""
    shown = [
        *dims,
        "elapsed_days",
        "CAST(adopted AS BIGINT) AS adopted",
        "CAST(at_risk AS BIGINT) AS at_risk",
        "value",
        f"power(value, exp({spread})) AS low",
        f"power(value, exp(-({spread}))) AS high",
        "1 - value AS share",
        f"min(CASE WHEN value <= {_HALF} THEN elapsed_days END) OVER ({apart}) AS median",
        "CASE WHEN censored = 0 THEN TRUE ELSE FALSE END AS complete" if final else "FALSE AS complete",
    ]
    return "SELECT\n  " + ",\n  ".join(shown) + f"\nFROM curve\nWHERE adopted > 0\nORDER BY {', '.join([*dims, 'elapsed_days'])}"
