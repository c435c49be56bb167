"""`time_to: {from, to, entity}`: how long entities take from one thing to another, as a Kaplan–Meier survival table.

Whoever first began inside the range is followed to the end of what is loaded (with `inside_range` to the end of the range);
who has not got there by then is censored, neither a success nor a failure. `value` is the share that has not got there.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from datetime import datetime

from data.errors import did_you_mean
from data.yaml_file import Mapping
from metrics import survival
from metrics.definition import text
from metrics.facts import facts
from metrics.kinds import shapes
from metrics.kinds.aggregate import ENTITIES, fact_of
from metrics.question import Question, Shaped, just_after
from metrics.request import Request
from metrics.slice import Leaf
from metrics.sql import literal

KEYS = ("in",)
OPTIONS = ("from", "to", "entity", "feature", "inside_range")
OTHER = ("in", "where", "time")
#: The names of an entity's own beginning: whose it is, and the fact whose rows are such beginnings.
BEGINNINGS = {
    "created_at": {"account_id": "accounts", "person_id": "persons"},
    "account.created_at": {"account_id": "accounts"},
    "first_seen_at": {"person_id": "persons"},
    "person.first_seen_at": {"person_id": "persons"},
}


@dataclass(frozen=True)
class End:
    """One end of the way: rows of a fact that meet a condition, at one of the fact's times."""

    fact: str
    where: str | None = None
    time: str | None = None


@dataclass(frozen=True)
class TimeTo:
    """From where to where, whose way it is, and the feature before whose release no way begins."""

    begin: End
    goal: End
    entity: str
    feature: str | None = None
    inside_range: bool = False
    parts: tuple[str, ...] = ()

    @property
    def also(self) -> tuple[str, ...]:
        """The fact of the goal, which must be loaded too."""
        return (self.goal.fact,)


def read(verb: str, block: Mapping, name: str) -> TimeTo:
    """Reads a definition."""
    fact, told = shapes.fact_and_block(verb, block, name, OPTIONS)
    entity = shapes.entity(told, name)
    return TimeTo(
        begin=_end(told, "from", name, fact, entity),
        goal=_end(told, "to", name, fact, entity),
        entity=entity,
        feature=text(told, "feature", name) if "feature" in told else None,
        inside_range=shapes.flag(told, "inside_range", name),
    )


def _end(told: Mapping, key: str, name: str, fact: str, entity: str) -> End:
    """A condition over the fact or one of its times, `{in, where, time}` of another fact, or the beginning of the entity itself."""
    found = told.get(key)
    if isinstance(found, Mapping):
        return _elsewhere(found, name, key)
    said = text(told, key, name)
    if said in facts()[fact].times:
        return End(fact, None, said)
    beginning = BEGINNINGS.get(said)
    if beginning is None:
        return End(fact, said)
    if key == "to" or entity not in beginning:
        raise told.problem(key, f"{name}: {said} can only be the beginning of the {' or '.join(_owners(beginning))} itself", value=True)
    return End(beginning[entity], None, facts()[beginning[entity]].time)


def _owners(beginning: AnyMapping[str, str]) -> list[str]:
    return [named for named, column in ENTITIES.items() if column in beginning]


def _elsewhere(found: Mapping, name: str, key: str) -> End:
    for option in found:
        if option not in OTHER:
            raise found.problem(option, f'{name}: {key} has no key "{option}"', did_you_mean(option, OTHER))
    fact = fact_of(found, name)
    times = facts()[fact].times
    time = shapes.choice(found, "time", name, times)
    return End(fact, shapes.condition(found, "where", name), time)


def format_of(verb: str) -> str:
    """Its rows are shares."""
    del verb
    return "percent"


def leaf(spec: TimeTo) -> Leaf:
    """The entities that set out."""
    return Leaf(spec.begin.fact, "count_distinct", spec.entity, spec.begin.where, time=spec.begin.time)


def conditions(spec: TimeTo) -> list[tuple[tuple[str, ...], str, str]]:
    """The expressions of a definition: the keys that lead to each, the fact that it is about, its text."""
    found: list[tuple[tuple[str, ...], str, str]] = [(("entity",), end.fact, spec.entity) for end in (spec.begin, spec.goal)]
    for key, end in (("from", spec.begin), ("to", spec.goal)):
        found += [((key, "where") if end.time else (key,), end.fact, end.where)] if end.where else []
    return found


def shape(spec: TimeTo, question: Question) -> Shaped:
    """Rows `elapsed_days, adopted, at_risk, value, low, high, share, median`, one for each day on which somebody got there."""
    dims, begin, goal = question.dims, spec.begin, spec.goal
    watched, counted = _followed_until(spec, question)
    entered = min(counted, question.request.until)
    _happened(question, "starts", begin, spec.entity, entered, question.request)
    _happened(question, "goals", goal, spec.entity, counted, question.request.but(by=(), top=None, where=None, members=()))
    at = "at" if all(_has_clock(end, question) for end in (begin, goal)) else "day"
    _entrants(spec, at, dims, question, entered)
    keys = ", ".join(f"entrants.{column}" for column in ("entity", "began", *dims))
    question.ctes["followed"] = (
        f"  SELECT {keys}, min(CASE WHEN goals.{at} >= entrants.began THEN goals.{at} END) AS reached\n"
        f"  FROM entrants\n  LEFT JOIN goals ON goals.entity = entrants.entity\n  GROUP BY {keys}"
    )
    end = literal(watched if at == "at" else watched.date())
    question.ctes["durations"] = survival.durations(end, dims, question.request.calendar.zone if at == "at" else None)
    question.ctes |= survival.curve(dims)
    final = all(question.is_complete(one.fact) for one in (begin, goal))
    return Shaped(question.finish(survival.table(dims, final)), (*question.request.by, *survival.COLUMNS), summary=("median",))


def _happened(question: Question, name: str, end: End, entity: str, until: datetime, request: Request) -> None:
    """Adds the CTE of the rows of one end; what the request says of members and conditions is about those who begin."""
    of = Question(replace(question.metric, time=end.time or question.metric.time), request, question.loaded, question.asked)
    of.happened(name, end.fact, entity, where=end.where, until=until)
    question.ctes |= of.ctes
    question.parameters |= of.parameters
    question.pieces += of.pieces


def _has_clock(end: End, question: Question) -> bool:
    return facts()[end.fact].has_clock(end.time or question.metric.time or facts()[end.fact].time)


def _followed_until(spec: TimeTo, question: Question) -> tuple[datetime, datetime]:
    """The moment until which everybody is watched, and the first whose rows no longer count."""
    ends = [question.known(end.fact).until for end in (spec.begin, spec.goal)]
    known = [end for end in ends if end]
    if len(known) < len(ends):  # of nobody is anything known
        return question.request.since, question.request.since
    loaded, zone = min(known), question.request.calendar.zone
    watched, counted = loaded.astimezone(zone), (just_after(loaded) or loaded).astimezone(zone)
    until = question.request.until
    return (min(watched, until), min(counted, until)) if spec.inside_range else (watched, counted)


def _entrants(spec: TimeTo, at: str, dims: list[str], question: Question, until: datetime) -> None:
    """Adds the CTE of those who began inside the range: by their first beginning of all, whose members they keep."""
    listed = "".join(f", {dim}" for dim in dims)
    question.ctes["firsts"] = f"  SELECT entity, min(starts.{at}) AS began FROM starts GROUP BY entity"
    if dims:
        place = f"row_number() OVER (PARTITION BY entity ORDER BY starts.{at}{listed}) AS place"
        question.ctes["firsts"] = (
            f"  SELECT entity, ranked.{at} AS began{listed}\n  FROM (SELECT *, {place} FROM starts) AS ranked\n  WHERE place = 1"
        )
    source = "firsts"
    if spec.feature:
        question.parameters["feature"] = spec.feature
        column = "released_at" if at == "at" else "released_at_day"
        question.ctes["released"] = f"  SELECT {column} AS released FROM feature_once WHERE feature_id = $feature"
        question.ctes["ready"] = (
            f"  SELECT entity{listed}, CASE WHEN released > began THEN released ELSE began END AS began\n  FROM firsts CROSS JOIN released"
        )
        source = "ready"
    since, before = (literal(edge if at == "at" else edge.date()) for edge in (question.request.since, until))
    question.ctes["entrants"] = f"  SELECT * FROM {source} WHERE began >= {since}" + (f" AND began < {before}" if spec.feature else "")
