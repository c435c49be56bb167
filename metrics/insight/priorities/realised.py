"""Estimated against realised: what a candidate was chosen for, beside what the same metric shows once it has shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data.journal import PriorityChoice
from metrics.insight.priorities.asking import Data, Told
from metrics.insight.priorities.candidates import Candidate, shipped, shipped_on
from metrics.insight.priorities.fields import Field
from metrics.insight.priorities.frameworks import Framework
from metrics.insight.priorities.prefill import tell
from metrics.layer import Layer

#: How many days after it shipped a candidate is judged.
DAYS = 28
#: So many pairs are needed before anything is said of how well estimates ranked.
LEAST = 5
#: Estimates of work are compared with nothing: what is left of it, or what others took, is not what this one took.
_NOT_COMPARED = ("open_work", "usual_work")


@dataclass(frozen=True)
class Pair:
    """A field's estimate at the choice, and what its metric shows after. Both are in the metric's unit, before any scale."""

    field: str
    estimated: float | None
    realised: float | None
    metric: str
    by_person: bool


@dataclass(frozen=True)
class Outcome:
    """A chosen candidate: its score and rank then, when it shipped, from which day on it can be judged, and the pairs."""

    candidate: str
    name: str
    chosen_on: date
    by: str
    reason: str
    score: float | None
    rank: int | None
    shipped_on: date | None
    known_from: date | None
    pairs: tuple[Pair, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        days = {key: day.isoformat() if day else None for key, day in self._days()}
        pairs = [vars(pair) for pair in self.pairs]
        return {
            "candidate": self.candidate,
            "name": self.name,
            "by": self.by,
            "score": self.score,
            "rank": self.rank,
            **days,
            "fields": pairs,
        }

    def _days(self) -> tuple[tuple[str, date | None], ...]:
        return (("chosen_on", self.chosen_on), ("shipped_on", self.shipped_on), ("known_from", self.known_from))


@dataclass(frozen=True)
class Judged:
    """How a framework's choices came out: `correlation` is Spearman's, of estimates and what came, over `n` pairs; None below five."""

    field: str | None
    outcomes: tuple[Outcome, ...]
    n: int
    correlation: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"judged_by": self.field, "n": self.n, "spearman": self.correlation, "chosen": [one.to_dict() for one in self.outcomes]}


def judged(layer: Layer, framework: Framework, chosen: Sequence[PriorityChoice], until: date) -> Judged:
    """The choices of a framework, the latest first, as far as they can be judged by the data before `until`.

    Only the field that the framework is judged by counts for the correlation. The scores themselves share what people judged
    (impact, confidence) on both sides, and would agree with themselves.
    """
    outcomes = tuple(_outcome(layer, framework, one, until) for one in chosen)
    pairs = [pair for one in outcomes for pair in one.pairs if pair.field == framework.judged_by]
    told = [(pair.estimated, pair.realised) for pair in pairs if pair.estimated is not None and pair.realised is not None]
    return Judged(framework.judged_by, outcomes, len(told), spearman(told))


def spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Spearman's rank correlation (1904), equal values sharing the mean of their ranks.

    None below five pairs, or where one side never varies.
    """
    if len(pairs) < LEAST or any(len(set(side)) < 2 for side in zip(*pairs, strict=True)):
        return None
    from scipy.stats import spearmanr  # takes a while to import

    return float(spearmanr(*zip(*pairs, strict=True)).statistic)


def _outcome(layer: Layer, framework: Framework, choice: PriorityChoice, until: date) -> Outcome:
    frozen: Mapping[str, Any] = choice.frozen.get(framework.name, {})
    day = shipped_on(shipped(layer, choice.written_at.date()), choice.candidate, choice.features)
    known_from = day + timedelta(days=DAYS) if day else None
    after = _after(layer, choice, known_from) if known_from and known_from <= until else None
    cells = frozen.get("fields", {})
    told = [(field, cells[name]) for name, field in framework.fields.items() if (cells.get(name) or {}).get("source")]
    return Outcome(
        candidate=choice.candidate,
        name=choice.name,
        chosen_on=choice.written_at.date(),
        by=choice.author,
        reason=choice.reason,
        score=frozen.get("score"),
        rank=frozen.get("rank"),
        shipped_on=day,
        known_from=known_from,
        pairs=tuple(_pair(field, cell, choice, after) for field, cell in told if cell["source"]["way"] not in _NOT_COMPARED),
    )


def _after(layer: Layer, choice: PriorityChoice, end: date) -> Data:
    """The data over a span as long as the one of the choice, that ends so many days after it shipped."""
    days = (choice.until - choice.since) if choice.until and choice.since else timedelta(days=DAYS)
    return Data(layer, end - days, end)


def _pair(field: Field, cell: Mapping[str, Any], choice: PriorityChoice, after: Data | None) -> Pair:
    source, by_person = cell["source"], cell["origin"] == "person"
    # A person's word on a relative scale has no unit that a metric could be held against.
    estimated = cell["value"] if by_person and not field.relative else source["value"]
    told = _same(field, source["way"], choice, after) if after else None
    return Pair(field.name, estimated, told.value if told else None, source["metric"], by_person)


def _same(field: Field, way: str, choice: PriorityChoice, after: Data) -> Told | None:
    """What the data says in the same way as then."""
    kind, _, name = choice.candidate.partition(":")
    candidate = Candidate(kind, name, choice.name, tuple(choice.features))
    found = (tell(after, prefill, candidate) for prefill in field.prefill)
    return next((told for told in found if told and told.way == way), None)
