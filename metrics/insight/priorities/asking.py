"""Asks the layer over one span what fills the fields of candidates, and keeps with each value where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from data.errors import Problem
from metrics.columns import NOTHING
from metrics.insight.priorities.candidates import Candidate
from metrics.layer import Layer

#: Surveys answer slowly and projects end seldom: both are looked at over a year up to the end of the span.
LONG = timedelta(days=365)
#: What was written down before this and is still open is no plan.
BACKLOG = 3 * LONG
#: Metrics of which nothing found is none, where all others say nothing.
_OF_IDEAS = ("ideas_created", "accounts_with_ideas")
_COUNTS = ("feature_tickets", *_OF_IDEAS)
#: Metrics of facts without accounts: filters do not hold for them.
_OF_NO_ACCOUNT = ("open_estimate", "open_work")

_DONE = """SELECT sum(work_item.estimate)
FROM project_once AS project
JOIN work_item ON work_item.project_id = project.project_id
WHERE project.completed_at_day >= $since AND project.completed_at_day < $until
  AND work_item.deleted_at IS NULL AND work_item.state_type = 'completed' AND work_item.estimate IS NOT NULL
GROUP BY project.project_id"""

# Which rows count is what metrics say: nothing that was deleted, no test accounts, nobody of the own company.
_ANSWERS = """SELECT ticket.feature_id, count(*) FILTER (WHERE response.score >= 4), count(*)
FROM survey_response AS response
JOIN (
  SELECT ticket_id, any_value(feature_id) AS feature_id FROM ticket WHERE deleted_at IS NULL GROUP BY ticket_id
) AS ticket ON ticket.ticket_id = response.ticket_id
WHERE response.kind = 'csat' AND response.deleted_at IS NULL AND response.score IS NOT NULL AND ticket.feature_id IS NOT NULL
  AND response.responded_at_day >= $since AND response.responded_at_day < $until
  AND ($accounts IS NULL OR list_contains($accounts, response.account_id))
  AND coalesce(response.account_id, '') NOT IN (SELECT account_id FROM account WHERE is_test AND deleted_at IS NULL)
  AND coalesce(response.person_id, '') NOT IN (SELECT person_id FROM person WHERE is_internal AND deleted_at IS NULL)
GROUP BY ticket.feature_id"""


#: Dimensions, each with the members that count.
Members = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Told:
    """What the data says of one field, and where from.

    `way` is the code of how it was found, `metric` the metric behind it over [since, until) and these `members`; `n` is how many
    accounts, answers, tickets or pieces of work it rests on, `as_of` how far they are loaded.
    """

    value: float
    way: str
    metric: str
    since: date
    until: date
    members: Members = ()
    n: int | None = None
    as_of: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "value": self.value,
            "way": self.way,
            "metric": self.metric,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "members": {dimension: list(chosen) for dimension, chosen in self.members},
            "n": self.n,
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }


def condition(members: Members, further: str | None = None) -> str | None:
    """The condition that rows belong to these members."""
    said = [f"{dimension} IN ({', '.join(_quoted(one) for one in chosen)})" for dimension, chosen in members]
    return " AND ".join(f"({part})" for part in (further, *said) if part) or None


class Data:
    """Asks the layer what fills a field, over one span and the accounts of one filter. Each question is asked once."""

    def __init__(
        self, layer: Layer, since: date, until: date, where: str | None = None, accounts: Sequence[str] | None = None
    ) -> None:  # fmt: skip
        self.layer, self.since, self.until, self.where, self.accounts = layer, since, until, where, accounts
        self.problems: dict[str, Problem] = {}
        self._rows: dict[tuple[tuple[str, ...], tuple[str, ...], str | None], Sequence[Mapping[str, Any]]] = {}
        self._as_of: dict[str, datetime | None] = {}

    def metric(self, name: str, candidate: Candidate, way: str = "", per: str = "") -> Told | None:
        """A metric of a candidate's features (of its title too, where it is an idea that is counted)."""
        members = members_of(candidate, by_title=name in _OF_IDEAS)
        if not members:
            return None
        value = self.value(name, members)
        if value is None and name in _COUNTS and self.as_of(name):
            value = 0.0
        if value is None:
            return None
        n = self.value(per or name, members)
        return Told(value, way or name, name, self.since, self.until, members, None if n is None else int(n), self.as_of(name))

    def ask(self, *names: str, by: tuple[str, ...] = (), members: Members = ()) -> Sequence[Mapping[str, Any]]:
        """The rows of a query; none where it cannot be answered, which `problems` then tells of."""
        narrowed = names[0] not in _OF_NO_ACCOUNT
        where = condition(members, self.where if narrowed else None)
        key = (names, by, where)
        if key not in self._rows:
            since, accounts = (self.since, self.accounts) if narrowed else (self.until - BACKLOG, None)
            try:
                result = self.layer.query(*names, by=by, where=where, since=since, until=self.until, accounts=accounts)
            except Problem as problem:
                self.problems[names[0]] = problem
                self._rows[key] = []
            else:
                self._rows[key] = result.rows
                self._as_of[names[0]] = min((moment for moment in result.loaded_until.values() if moment), default=None)
        return self._rows[key]

    def as_of(self, name: str) -> datetime | None:
        """How far what is behind a metric is loaded; None before it was asked for."""
        return self._as_of.get(name)

    def read(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement over the published generation."""
        with self.layer.reader.open() as snapshot:
            return snapshot.cursor.execute(sql, values).fetchall()

    @cached_property
    def mrr(self) -> dict[str, float]:
        """What each account pays on the last loaded day of the span."""
        return {str(row["account_id"]): float(row["mrr"] or 0.0) for row in self.ask("mrr", by=("account_id",))}

    @cached_property
    def done(self) -> list[float]:
        """The estimates of what was done for each project that ended within the year."""
        return [float(total) for (total,) in self.read(_DONE, since=self.until - LONG, until=self.until)]

    @cached_property
    def answers(self) -> dict[str, tuple[int, int]]:
        """By feature: answers of 4 or 5 after its tickets within the year, and all answers."""
        rows = self.read(_ANSWERS, since=self.until - LONG, until=self.until, accounts=self._among())
        return {str(feature): (int(good), int(every)) for feature, good, every in rows}

    def _among(self) -> list[str] | None:
        """The ids of the accounts that the filters leave; None where all count."""
        if self.where is None:
            return None if self.accounts is None else list(self.accounts)
        return [str(row["account_id"]) for row in self.ask("all_accounts", by=("account_id",)) if row["all_accounts"]]

    def value(self, name: str, members: Members) -> float | None:
        """A metric's value of members: of one of each from the rows of all, of several together in a question of its own."""
        if all(len(chosen) == 1 for _dimension, chosen in members):
            dimensions = tuple(dimension for dimension, _chosen in members)
            wanted = tuple(chosen[0] for _dimension, chosen in members)
            told = self.ask(name, by=dimensions)
            rows: Sequence[Mapping[str, Any]] = [row for row in told if tuple(row[one] for one in dimensions) == wanted]
        else:
            rows = self.ask(name, members=members)
        return float(rows[0][name]) if rows and rows[0][name] is not None else None


def members_of(candidate: Candidate, *, by_title: bool) -> Members:
    """What a candidate's rows have in common: its features; of an idea that is counted its title too."""
    features = (("feature_id", candidate.features),) if candidate.features else ()
    if candidate.kind == "idea" and by_title:
        return (*(features or (("feature_id", (NOTHING,)),)), ("title", (candidate.name,)))
    return features


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
