"""What a query gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from metrics.sql import Bound

if TYPE_CHECKING:
    import pandas as pd  # a third of a second to import: only where rows become a frame


@dataclass(frozen=True)
class Result:
    """Values with all that is needed to judge them.

    `frame` has one row per period × member, in order: `period` (a date, or a time for hours; absent without a grain), the
    dimensions as they were asked for, the metrics (each with `_compared` and `_change` when compared: the earlier value, and
    value minus earlier value), and `complete`. Money is in the reporting currency, a percentage is a fraction, NULL is None or NaN.
    """

    metrics: tuple[str, ...]
    grain: str | None
    since: datetime
    until: datetime
    timezone: str
    generation: int | None
    loaded_until: Mapping[str, datetime | None]
    by: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    sql: str
    parameters: Mapping[str, Bound] = field(default_factory=dict)
    #: What holds for all rows, such as the median of `time_to`; empty for a breakdown, whose members each have their own.
    summary: Mapping[str, Any] = field(default_factory=dict)
    #: Which reading a metric used whose definition chooses one, such as whether NRR counts who left and came back.
    readings: Mapping[str, str] = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame; a column for each key even when there is no row."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=list(self.columns))

    @property
    def complete(self) -> bool:
        """Whether every row is final: its period is over and loaded, and whatever it waits for has come."""
        return all(row["complete"] for row in self.rows)

    @property
    def ages(self) -> dict[str, timedelta]:
        """How long ago each fact was loaded last, by what it is loaded until; facts without data are left out."""
        return {fact: datetime.now(UTC) - until for fact, until in self.loaded_until.items() if until is not None}

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of `python -m metrics query --json`."""
        return {
            "metrics": list(self.metrics),
            "grain": self.grain,
            "since": shown(self.since, self.timezone),
            "until": shown(self.until, self.timezone),
            "timezone": self.timezone,
            "generation": self.generation,
            "loaded_until": {fact: instant(moment) for fact, moment in self.loaded_until.items()},
            **self.summary,
            "rows": [{key: plain(value) for key, value in row.items()} for row in self.rows],
        }


@dataclass(frozen=True)
class Rows:
    """The first rows of a fact that a number counts, newest first, the number of all of them, and the SQL that finds them."""

    fact: str
    frame: pd.DataFrame
    total: int
    sql: str
    parameters: Mapping[str, Bound]

    @classmethod
    def none(cls, fact: str) -> Rows:
        """Of a fact that nothing is loaded for."""
        import pandas as pd

        return cls(fact, pd.DataFrame(), 0, "", {})


def shown(moment: datetime, timezone: str) -> str:
    """A date when it is midnight in the reporting zone, else a time."""
    local = moment.astimezone(ZoneInfo(timezone))
    return local.date().isoformat() if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0) else local.isoformat()


def instant(moment: datetime | None) -> str | None:
    """A moment in UTC, as ISO 8601 writes it."""
    return moment.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z") if moment else None


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


#: Where the kinds with rows of their own keep the number that they are about, when it is not called `value`.
_VALUES = ("value", "from_start", "entered")


def value_of(row: Mapping[str, Any], name: str) -> Any:
    """The number of a row: the metric's column, or the one that a kind with rows of its own is about."""
    return row[name] if name in row else next((row[key] for key in _VALUES if key in row), None)
