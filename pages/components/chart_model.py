"""The chart model: what a chart says, whatever draws it. Tests assert on it; plot.py draws it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import pandas as pd

from pages.components import format as fmt
from pages.components.i18n import _

Kind = Literal["line", "area", "bar", "stacked", "stacked_area", "histogram"]
#: `current` is the number in question, `previous` what it is compared with, `part` a member of a whole, `gain` and `loss` have a
#: direction, `total` runs over the parts.
Role = Literal["current", "previous", "part", "gain", "loss", "total"]


@dataclass(frozen=True)
class Period:
    """A place on the axis: `key` for drilling down, a short and a long name, and whether all of it has been loaded."""

    key: str
    short: str
    long: str
    complete: bool = True
    progress: str = ""


@dataclass(frozen=True)
class Series:
    """One line, or one set of bars; `values` has a place for each period. `member` says which member of a dimension it is."""

    name: str
    values: tuple[float | None, ...]
    role: Role = "current"
    member: str | None = None


@dataclass(frozen=True)
class Mark:
    """Something that happened in the period at `index`, such as a release."""

    index: int
    label: str


@dataclass(frozen=True)
class Band:
    """A stretch of periods, both ends included, that is to be read with care, such as an incident."""

    first: int
    last: int
    label: str


@dataclass(frozen=True)
class Chart:
    """One chart. `format` and `currency` say how its numbers are written; `dimension` what its parts are members of.

    `across` says what lies along the axis where that is no time: the bins of a histogram, or days since a start, then stand in
    place of periods.
    """

    title: str
    kind: Kind
    periods: tuple[Period, ...]
    series: tuple[Series, ...]
    format: str = "decimal"
    currency: str = "EUR"
    grain: str = "day"
    metric: str = ""
    dimension: str | None = None
    target: float | None = None
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()
    summary: str = field(default="")
    across: str = ""

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.periods):
                raise ValueError(f"{self.title}: {series.name} has {len(series.values)} values for {len(self.periods)} periods")

    @property
    def empty(self) -> bool:
        """Whether there is no number at all to draw."""
        return not any(value is not None for series in self.series for value in series.values)

    @property
    def unfinished(self) -> int:
        """How many periods at the end are not wholly loaded; they are drawn dashed."""
        finished = [number for number, period in enumerate(self.periods) if period.complete]
        return len(self.periods) - (finished[-1] + 1 if finished else 0)

    @property
    def alt(self) -> str:
        """The chart in one sentence, for those who do not see it."""
        return self.summary or describe(self)

    def text(self, value: float | None) -> str:
        """A number of this chart as its tooltips and its table write it."""
        return fmt.full(value, self.format, self.currency)

    def table(self) -> pd.DataFrame:
        """The chart's numbers: a row a period, a column a series; what the table beside the chart and its CSV hold."""
        columns: dict[str, Iterable[object]] = {self.across or _("Period"): [period.long for period in self.periods]}
        for series in self.series:
            columns[series.name] = series.values
        if self.target is not None:
            columns[_("Target")] = [self.target] * len(self.periods)
        frame = pd.DataFrame(columns)
        if self.unfinished:
            frame[_("Complete")] = [period.complete for period in self.periods]
        return frame

    def starts(self) -> list[date | datetime] | None:
        """The first moment of each period; None where what lies along the axis is no time."""
        if self.across:
            return None
        return [datetime.fromisoformat(one.key) if "T" in one.key else date.fromisoformat(one.key) for one in self.periods]


def describe(chart: Chart) -> str:
    """First, last, highest and lowest of the first series, in plain words."""
    known = [(period, value) for period, value in zip(chart.periods, chart.series[0].values, strict=True) if value is not None]
    if not known:
        return _("{title}: no data in this range.").format(title=chart.title)
    (first, start), (last, end) = known[0], known[-1]
    high, low = max(known, key=lambda point: point[1]), min(known, key=lambda point: point[1])
    said = _("{title}: from {start} ({first}) to {end} ({last}); highest {high} ({high_at}), lowest {low} ({low_at}).").format(
        title=chart.title,
        start=chart.text(start),
        first=first.long,
        end=chart.text(end),
        last=last.long,
        high=chart.text(high[1]),
        high_at=high[0].long,
        low=chart.text(low[1]),
        low_at=low[0].long,
    )
    if chart.target is not None:
        said += " " + _("Target {target}.").format(target=chart.text(chart.target))
    if chart.unfinished and last.progress:
        said += " " + _("The last period is unfinished: {progress}.").format(progress=last.progress)
    return said
