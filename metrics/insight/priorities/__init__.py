"""Priorities: candidates ranked by a framework, of the data's values with people's words over them.

`asking.py` asks the layer, `prefill.py` says what for, `frameworks.py` reads what is judged and how; here both come together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from data import status
from data.errors import Problem
from data.journal import Journal, PriorityChoice, PriorityValue
from metrics.insight.priorities import candidates, frameworks
from metrics.insight.priorities.asking import Data, Told
from metrics.insight.priorities.candidates import KINDS, Candidate
from metrics.insight.priorities.fields import Field
from metrics.insight.priorities.frameworks import Framework, scores
from metrics.insight.priorities.prefill import tell
from metrics.layer import Layer
from metrics.matrix import Matrix, matrix

#: Where a value comes from: the data, somebody's word over it, the framework's default, or nowhere.
Origin = Literal["data", "person", "assumed", "missing"]
Overrides = Mapping[tuple[str, str, str], PriorityValue]
#: The days of a span that nobody names.
USUAL_DAYS = 28


@dataclass(frozen=True)
class Cell:
    """A field of a candidate: the value that counts, where it comes from, what the data says (`raw`, before it is put on a scale)."""

    value: float | None
    origin: Origin
    told: Told | None = None
    raw: float | None = None
    said: PriorityValue | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        said = self.said and {
            "value": self.said.value,
            "by": self.said.author,
            "at": self.said.written_at.isoformat(),
            "reason": self.said.reason,
        }
        return {"value": self.value, "origin": self.origin, "source": self.told and self.told.to_dict(), "override": said or None}


@dataclass(frozen=True)
class Row:
    """A candidate with its values by field, its score, and its place among all; without a score it has no place."""

    candidate: Candidate
    cells: Mapping[str, Cell]
    score: float | None
    rank: int | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        one = self.candidate
        about = {"kind": one.kind, "id": one.id, "key": one.key, "name": one.name, "features": list(one.features)}
        return {"rank": self.rank, **about, "score": self.score, "fields": {name: cell.to_dict() for name, cell in self.cells.items()}}


@dataclass(frozen=True)
class Ranking:
    """The candidates by a framework over the half-open span, the first first; those without a score come last."""

    framework: Framework
    rows: tuple[Row, ...]
    since: date
    until: date
    problems: Mapping[str, Problem]

    def only(self, kinds: Collection[str]) -> Ranking:
        """The same with candidates of some kinds alone, each at its place among all."""
        return replace(self, rows=tuple(row for row in self.rows if row.candidate.kind in kinds))

    def row(self, key: str) -> Row | None:
        """The row of a candidate."""
        return next((row for row in self.rows if row.candidate.key == key), None)

    def plane(self) -> Matrix | None:
        """Where those with a score lie in the framework's chart, cut at the medians; None where it has no chart.

        `breadth` is the field across, `frequency` the field upwards, the size of a bubble its score.
        """
        if self.framework.plane is None:
            return None
        across, up = self.framework.plane
        told = [
            {
                "id": row.candidate.key,
                "name": row.candidate.name,
                "score": row.score,
                across: row.cells[across].value,
                up: row.cells[up].value,
            }
            for row in self.rows
            if row.score is not None
        ]
        return matrix(told, key="id", name="name", breadth=across, frequency=up, size="score")

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "framework": self.framework.name,
            "formula": self.framework.formula.text,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "candidates": [row.to_dict() for row in self.rows],
        }


class Pool:
    """The candidates of one span and filter, with what the data says of them: asked for once, ranked by any framework."""

    def __init__(
        self, layer: Layer, written: Sequence[Candidate], since: date, until: date, *,
        where: str | None = None, accounts: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        self.layer = layer
        self.data = Data(layer, since, until, where, accounts)
        self._written = tuple(written)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """All of them, in the order of their kinds."""
        known = (*self._written, *candidates.found(self.layer, self.data.since, self.data.until))
        return tuple(sorted(known, key=lambda one: KINDS.index(one.kind)))

    def ranking(self, framework: Framework, overrides: Overrides) -> Ranking:
        """The candidates by a framework. Equal scores keep the order of kinds, then of names."""
        told = {name: [self._told(field, one) for one in self.candidates] for name, field in framework.fields.items()}
        columns = {name: self._cells(framework, field, told[name], overrides) for name, field in framework.fields.items()}
        rows = [{name: columns[name][place] for name in columns} for place in range(len(self.candidates))]
        found = scores(framework, [{name: row[name].value for name in framework.counted} for row in rows])
        order = sorted(range(len(rows)), key=lambda place: (found[place] is None, -(found[place] or 0.0), place))
        ranks = _ranks([found[place] for place in order])
        ranked = tuple(Row(self.candidates[place], rows[place], found[place], rank) for place, rank in zip(order, ranks, strict=True))
        return Ranking(framework, ranked, self.data.since, self.data.until, dict(self.data.problems))

    def _told(self, field: Field, candidate: Candidate) -> Told | None:
        return next((told for prefill in field.prefill if (told := tell(self.data, prefill, candidate)) is not None), None)

    def _cells(self, framework: Framework, field: Field, told: Sequence[Told | None], overrides: Overrides) -> list[Cell]:
        largest = max((one.value for one in told if one), default=0.0)
        cells = []
        for candidate, one in zip(self.candidates, told, strict=True):
            said = overrides.get((framework.name, candidate.key, field.name))
            cells.append(_cell(field, one, largest, said))
        return cells


def open_pool(
    layer: Layer, book: Journal, *, since: date | None = None, until: date | None = None,
    where: str | None = None, accounts: Sequence[str] | None = None,
) -> Pool:  # fmt: skip
    """The pool of a workspace; by default over the last 28 loaded days. Raises Problem when nothing is loaded."""
    until = until or _first_day_not_loaded(layer)
    since = since or until - timedelta(days=USUAL_DAYS)
    if since >= until:
        raise Problem(f"the span from {since} to {until} has no day", remedy="Let --since lie before --until.")
    return Pool(layer, candidates.written(book.priorities.items()), since, until, where=where, accounts=accounts)


def override(
    book: Journal, ranking: Ranking, key: str, field: str, value: float | None, *, author: str, reason: str
) -> PriorityValue:  # fmt: skip
    """Puts a value over the data's, with what the data says now; None gives the field back. Raises Problem for what is not allowed."""
    row = ranking.row(key)
    if row is None or field not in row.cells:
        raise Problem(f"there is no {field} of {key}", remedy="Open the page again.")
    kept = ranking.framework.fields[field].checked(value) if value is not None else None
    told = row.cells[field].told
    return book.priorities.set(
        ranking.framework.name, key, field, kept, author=author, reason=reason, told=told.to_dict() if told else None
    )  # fmt: skip


def choose(
    book: Journal, pool: Pool, known: Mapping[str, Framework], key: str, *, author: str, reason: str = ""
) -> PriorityChoice:  # fmt: skip
    """Marks a candidate as chosen, with its score, rank and values by every framework as they are now. Raises Problem."""
    overrides, frozen, found = book.priorities.in_force(), {}, None
    for name, framework in known.items():
        row = pool.ranking(framework, overrides).row(key)
        if row is not None:
            found = row.candidate
            frozen[name] = {"score": row.score, "rank": row.rank, "fields": {one: cell.to_dict() for one, cell in row.cells.items()}}
    if found is None:
        raise Problem(f"there is no candidate {key}", remedy="Open the page again.")
    return book.priorities.choose(
        key, found.name, author=author, frozen=frozen, features=found.features, since=pool.data.since, until=pool.data.until,
        generation=pool.layer.generation() or 0, reason=reason,
    )  # fmt: skip


def placed(value: float, largest: float, scale: Collection[float]) -> float:
    """A value on a relative scale: in proportion to the largest, which gets the top; the nearest step, the upper of two equally near.

    SAFe compares jobs with each other, column by column; proportion keeps their relations as far as the scale's steps allow.
    """
    top = max(scale)
    wanted = top * value / largest if largest > 0 else min(scale)
    return min(sorted(scale, reverse=True), key=lambda step: abs(step - wanted))


def _cell(field: Field, told: Told | None, largest: float, said: PriorityValue | None) -> Cell:
    raw = told.value if told else None
    if said is not None:
        return Cell(said.value, "person", told, raw, said)
    if told is not None:
        return Cell(placed(told.value, largest, field.scale) if field.relative else told.value, "data", told, raw)
    return Cell(field.default, "assumed" if field.default is not None else "missing")


def _ranks(found: Sequence[float | None]) -> list[int | None]:
    """Places of scores that come in order, the largest first: equal ones share the first of their places."""
    return [None if one is None else found.index(one) + 1 for one in found]


def _first_day_not_loaded(layer: Layer) -> date:
    with layer.reader.open() as snapshot:
        moments = [one.loaded_until for one in status.sources(snapshot) if one.loaded_until]
    if not moments:
        raise Problem("nothing is loaded that candidates could be made of", remedy="Load something: python -m connectors sync")
    zone = ZoneInfo(layer.workspace.company.timezone)
    return (max(moments).astimezone(zone) - timedelta(microseconds=1)).date() + timedelta(days=1)


shelf = frameworks.shelf
