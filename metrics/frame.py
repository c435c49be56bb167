"""The rows of an answer, periods × members, and the statement that puts the value of each metric into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from metrics.calendar import Window
from metrics.leaf import Made
from metrics.request import Request
from metrics.series import calendar
from metrics.slice import Slice
from metrics.sql import Bound, quote, with_ctes

Keys = list[date | datetime | None]


@dataclass
class Frame:
    """A statement that grows: `sources` are the CTEs that hold values, `keys` the period of each row under which a source has its own."""

    request: Request
    asked: list[Window]
    ctes: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Bound] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    keys: dict[str, Keys] = field(default_factory=dict)

    def add(self, title: str, made: Made) -> str:
        """Takes the CTEs of a leaf, the last of which has its title; gives the SQL of its value in a row."""
        self.ctes |= made.ctes
        self.parameters |= made.parameters
        self.sources.append(title)
        self.keys[title] = self._keys(list(made.windows), made.bucketed)
        return f"{title}.measure"

    def filled(self, piece: Slice, value: str) -> str:
        """The value of a leaf in a row: counts and sums are 0 inside what is loaded, and unknown outside it."""
        if not piece.leaf.zero_when_none or (piece.leaf.on_last_day and not piece.fact.every_day):
            return value
        return self.zero(piece, value)

    def zero(self, piece: Slice, value: str) -> str:
        """A count in a row: 0 inside what is loaded when there is none."""
        if len(piece.windows) == len(self.asked) or not self.request.grain:
            return f"coalesce({value}, 0)"
        first, last = (_literal(edge.key, self.request.grain) for edge in (piece.windows[0], piece.windows[-1]))
        return f"CASE WHEN frame.period BETWEEN {first} AND {last} THEN coalesce({value}, 0) END"

    def statement(self, shown: list[str]) -> str:
        """The whole statement: the leaves' CTEs, the frame of periods × members, and one row of values for each."""
        dims = [quote(dim) for dim in self.request.by]
        grain = self.request.grain
        ctes = dict(self.ctes)
        selected = (["frame.period"] if grain else []) + [f"frame.{dim}" for dim in dims]
        if grain:
            ctes = {"periods": self._periods(), **ctes}
        if dims:
            ctes["members"] = self._members(dims)
        frame = "periods CROSS JOIN members" if grain and dims else "periods" if grain else "members" if dims else ""
        if grain and dims:
            ctes["frame"] = f"  SELECT * FROM {frame}"
        lines = ["FROM frame" if grain and dims else f"FROM {frame} AS frame"] if frame else []
        key_columns = self._key_columns() if grain else {}
        for source in self.sources:
            on = ([f"{source}.period = frame.{key_columns[source]}"] if grain else []) + [f"{source}.{dim} = frame.{dim}" for dim in dims]
            joined = f"LEFT JOIN {source} ON {' AND '.join(on)}" if on else f"CROSS JOIN {source}"
            lines.append(joined if lines else f"FROM {source}")
        order = f"\nORDER BY {', '.join(str(i + 1) for i in range(len(selected)))}" if selected else ""
        body = "SELECT\n  " + ",\n  ".join(selected + shown)
        return with_ctes(ctes, body + ("\n" + "\n".join(lines) if lines else "") + order)

    def _members(self, dims: list[str]) -> str:
        """The members that were seen, in any of the metrics."""
        listed_dims = ", ".join(dims)
        if not self.sources:
            return "  SELECT " + ", ".join(f"'' AS {dim}" for dim in dims) + " WHERE FALSE"
        if len(self.sources) == 1:
            return f"  SELECT DISTINCT {listed_dims} FROM {self.sources[0]}"
        return "\n  UNION\n".join(f"  SELECT {listed_dims} FROM {source}" for source in self.sources)

    def _keys(self, found: list[Window], bucketed: bool) -> Keys:
        """For each row, the period under which its leaf's CTE has its value."""
        grain, days = self.request.grain, self.request.calendar
        if grain is None:
            return []
        at = {window.key: (days.floor(window.start, grain) if bucketed else window.key) for window in found}
        keys = [at.get(window.key) for window in self.asked]
        return [key if key is None or grain == "hour" else key.date() for key in keys]

    def _key_columns(self) -> dict[str, str]:
        """For each CTE the column of the frame that its periods stand in; those that share their periods share a column."""
        own = tuple(self._keys(self.asked, bucketed=False))
        named: dict[tuple[date | datetime | None, ...], str] = {own: "period"}
        found: dict[str, str] = {}
        for source in self.sources:
            keys = tuple(key if key is not None else mine for key, mine in zip(self.keys[source], own, strict=True))
            found[source] = named.setdefault(keys, f"{source}_period" if "compared_period" in named.values() else "compared_period")
        return found

    def _periods(self) -> str:
        columns = {"period": self._keys(self.asked, bucketed=False)}
        for source, column in self._key_columns().items():
            columns.setdefault(column, self.keys[source])
        return calendar(columns)


def _literal(moment: datetime, grain: str | None) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'" if grain == "hour" else f"DATE '{moment.date()}'"
