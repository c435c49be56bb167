"""How the values behind a metric are spread: bins with round edges, and the quantiles that people promise by."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metrics import leaf
from metrics.definition import Metric
from metrics.facts import facts
from metrics.kinds.aggregate import Aggregate
from metrics.series import values
from metrics.slice import Slice
from metrics.sql import Bound, title, with_ctes

#: The verbs whose rows each have a value of their own.
VERBS = ("median", "percentile", "average")
QUANTILES = (0.5, 0.85, 0.95)
#: Up to here bins are closed: beyond it a few rows would flatten all others.
_REACH = 0.99
_STEPS = (1, 2, 5, 10)
#: Round stretches of minutes, up to a week.
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 5760, 10080)

#: Runs a statement with the values that it binds.
Run = Callable[[str, Mapping[str, Bound]], Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Bin:
    """The values from `low` up to but without `high`; `high` is None for the last one, when it holds all that is larger."""

    low: float
    high: float | None
    count: int


@dataclass(frozen=True)
class Distribution:
    """The values of a metric's rows. `quantiles` has the value below which a share of them lies; rows without a value are left out.

    `column` is what the values are, as the definition writes it; `sql` counts the bins.
    """

    metric: str
    column: str
    bins: tuple[Bin, ...] = ()
    quantiles: Mapping[float, float] | None = None
    total: int = 0
    sql: str = ""
    parameters: Mapping[str, Bound] | None = None

    def condition(self, place: int) -> str:
        """The condition that keeps the rows of one bin."""
        found = self.bins[place]
        above = f"({self.column}) >= {_number(found.low)}"
        return above if found.high is None else f"{above} AND ({self.column}) < {_number(found.high)}"

    def holding(self, value: float) -> int:
        """The place of the bin that a value falls in."""
        return max((place for place, one in enumerate(self.bins) if one.low <= value), default=0)


def column_of(metric: Metric) -> str:
    """The column whose values are spread. Raises Problem for a metric whose rows have no value each."""
    spec = metric.spec
    found = spec.leaf if isinstance(spec, Aggregate) else None
    if found is None or found.verb not in VERBS or found.entity or found.column in facts()[found.fact].repeats:
        raise metric.problem(
            "its rows have no value each, and so no distribution",
            f"Ask for a metric that is a {', '.join(VERBS[:-1])} or {VERBS[-1]} of a column.",
        )
    return found.column


def measure(metric: Metric, piece: Slice, run: Run, bins: int) -> Distribution:
    """Counts the rows of a slice in about `bins` bins: one statement finds how far they reach, the next one counts."""
    column = piece.leaf.column
    ctes, parameters, named = _rows(piece)
    asked = (*QUANTILES, _REACH)
    marks = ", ".join(f"quantile_cont(value, {share}) AS p{share * 100:g}" for share in asked)
    told = run(with_ctes(ctes, f"SELECT count(*) AS total, min(value) AS least, max(value) AS most, {marks}\nFROM {named}"), parameters)[0]
    if not told[0]:
        return Distribution(metric.name, column)
    least, most, reach = float(told[1]), float(told[2]), float(told[-1])
    lows, last = edges(least, reach, most, bins, minutes=metric.format == "duration")
    highs = [*lows[1:], last]
    sql = _counted(ctes, named, lows, highs)
    counted = run(sql, parameters)
    found = tuple(Bin(low, high, int(row[1])) for low, high, row in zip(lows, highs, counted, strict=True))
    quantiles = {share: float(value) for share, value in zip(QUANTILES, told[3:], strict=False)}
    return Distribution(metric.name, column, found, quantiles, int(told[0]), sql, parameters)


def edges(least: float, reach: float, most: float, bins: int, *, minutes: bool = False) -> tuple[list[float], float | None]:
    """The lower edges of about `bins` bins of a round width, and the upper edge of the last one: None when values lie beyond it.

    Values near zero are told from zero on; a width in `minutes` is a round number of hours or days.
    """
    start = 0.0 if 0 <= least <= reach / 2 else least
    rough = (reach - start) / bins or abs(reach) / bins or 1.0
    stretches = [stretch for stretch in _MINUTES if stretch >= rough * 0.999]
    width = stretches[0] if minutes and stretches else _round(rough)
    first, past = math.floor(start / width), math.floor(reach / width) + 1
    lows = [_clean(place * width) for place in range(first, past)]
    end = _clean(past * width)
    return ([*lows, end], None) if most >= end else (lows, end)


def _rows(piece: Slice) -> tuple[dict[str, str], dict[str, Bound], str]:
    """The rows that the metric looks at, each with its value, as a CTE."""
    chosen, value = leaf.select(piece), piece.parts["value"].sql
    named = title(piece.title, "_values")
    body = f"  SELECT CAST({value} AS DOUBLE) AS value\n  {chosen.text}\n    AND {value} IS NOT NULL"
    return {**chosen.ctes, named: body}, dict(chosen.parameters), named


def _counted(ctes: Mapping[str, str], named: str, lows: Sequence[float], highs: Sequence[float | None]) -> str:
    bins = values({"low": list(lows), "high": list(highs)})
    return with_ctes(
        {**ctes, "bins": bins},
        f"SELECT bins.low, count(v.value) AS count\nFROM bins\n"
        f"LEFT JOIN {named} AS v ON v.value >= bins.low AND (v.value < bins.high OR bins.high IS NULL)\n"
        "GROUP BY bins.low\nORDER BY bins.low",
    )


def _round(rough: float) -> float:
    """The first of 1, 2, 5, 10, 20, 50 … that is no smaller."""
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next((step * magnitude for step in _STEPS if step * magnitude >= rough * 0.999), 10 * magnitude)


def _clean(value: float) -> float:
    """Without the noise of binary fractions."""
    return float(f"{value:.12g}")


def _number(value: float) -> str:
    return f"{value:.12g}"
