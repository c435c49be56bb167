"""`converted_to: METRIC, in: METRIC, within: 7 days`: the share of the second metric's entities that the first one counts soon after.

An entity has converted when one of its moments in the period is followed by a conversion within the window: elapsed time, the
same moment and the last one of the window included; days are compared where a fact tells only of days. It counts once in each
period. `--by` and `--where` read the row that begins; what follows may be anyone's and anything. A period has a value when the
window of its last moment has closed; a range without a grain tells of the moments whose window has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.errors import did_you_mean
from data.yaml_file import Mapping
from metrics import leaf as leaves
from metrics.calendar import Window
from metrics.definition import Metric, text
from metrics.facts import facts
from metrics.kinds import shapes
from metrics.kinds.aggregate import Aggregate
from metrics.leaf import Made
from metrics.question import Question
from metrics.slice import Leaf, Slice
from metrics.sql import Bound

KEYS = ("in", "within")
#: Facts of which each row is an entity, with the column of its own id.
OF_THEMSELVES = {"accounts": "account_id", "persons": "person_id"}
_WITHIN = re.compile(r"^([1-9]\d{0,8}) (second|minute|hour|day|week)s?$")


@dataclass(frozen=True)
class ConvertedTo:
    """The metric that begins, the one that is to follow, and the time for it; both metrics' rows once it is resolved."""

    to: str
    base: str
    within: timedelta
    entity: str | None = None
    begins: Leaf | None = None
    follows: Metric | None = None
    parts: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics that the definition names."""
        return (self.base, self.to)

    @property
    def also(self) -> tuple[str, ...]:
        """The fact of what follows."""
        return (self.conversion.fact,)

    @property
    def conversion(self) -> Leaf:
        """The rows that convert."""
        assert self.follows is not None, "a metric is resolved before it is asked"
        found: Leaf = self.follows.spec.leaf
        return found


def read(verb: str, block: Mapping, name: str) -> ConvertedTo:
    """Reads a definition; the layer checks that both metrics exist."""
    within = text(block, "within", name)
    match = _WITHIN.match(within)
    window = timedelta(**{f"{match[2]}s": int(match[1])}) if match else timedelta()
    if not timedelta() < window <= shapes.LONGEST:
        raise block.problem("within", f'{name}: within is a stretch such as "7 days" or "30 minutes", not "{within}"', value=True)
    return ConvertedTo(text(block, verb, name), text(block, "in", name), window)


def format_of(verb: str) -> str:
    """A conversion is a share."""
    del verb
    return "percent"


def resolve(metric: Metric, catalogue: AnyMapping[str, Metric]) -> Metric:
    """The metric with the rows of both that it names. Raises Problem unless they count the same entity."""
    told: ConvertedTo = metric.spec
    base, to = _counting(metric, "in", told.base, catalogue), _counting(metric, metric.kind, told.to, catalogue)
    entities = [entity_of(one.spec.leaf) for one in (base, to)]
    if entities[0] != entities[1]:
        said = f"{base.name} counts {entities[0]} and {to.name} counts {entities[1]}: nobody can be followed from one to the other"
        raise metric.problem(said, "Name two metrics that count the same column.", key="in")
    include = tuple(dict.fromkeys((*metric.include, *base.include)))
    spec = replace(told, entity=entities[0], begins=base.spec.leaf, follows=to)
    return replace(metric, spec=spec, time=metric.time or base.time, include=include)


def _counting(metric: Metric, key: str, name: str, catalogue: AnyMapping[str, Metric]) -> Metric:
    """A metric that counts entities. Raises Problem at the key that names it."""
    found = catalogue.get(name)
    if found is None:
        raise metric.problem(f'unknown metric "{name}"', did_you_mean(name, catalogue), key=key)
    if not isinstance(found.spec, Aggregate) or not entity_of(found.spec.leaf):
        said = f"{name} does not count who did something"
        raise metric.problem(said, 'Name metrics such as {count_distinct: account_id, in: events} or {count: "*", in: accounts}.', key=key)
    leaf = found.spec.leaf
    if leaf.at_least or leaf.per or leaf.over_days:
        said = f"{name} counts over a stretch (at_least, per or over_last), so that no moment of it begins or ends a window"
        raise metric.problem(said, "Name metrics without these.", key=key)
    return found


def entity_of(leaf: Leaf) -> str | None:
    """What a leaf counts: a column, or the row's own id where each row is an entity; None for rows and amounts."""
    if leaf.verb == "count_distinct":
        return leaf.column
    return OF_THEMSELVES.get(leaf.fact) if (leaf.verb, leaf.column) == ("count", "*") else None


def leaf(spec: ConvertedTo) -> Leaf:
    """Those who begin."""
    assert spec.begins is not None, "a metric is resolved before it is asked"
    return Leaf(spec.begins.fact, "count_distinct", spec.entity or "", spec.begins.where)


def reading(spec: ConvertedTo) -> str:
    """Which of the possible readings a number used."""
    whole = not spec.within % timedelta(days=1)
    window = f"{spec.within.days} days" if whole else f"{spec.within.total_seconds() / 3600:g} hours"
    return f"Of {spec.base}, whoever counts in {spec.to} at most {window} after any of their moments in the period."


def is_final(spec: ConvertedTo, window: Window, question: Question) -> bool:
    """Whether the window of the last moment of a period has closed."""
    loaded = question.known(spec.conversion.fact).until
    return loaded is not None and _closing(spec, question, window.end) <= loaded


def measure(spec: ConvertedTo, piece: Slice, question: Question) -> Made | None:
    """Each moment that begins, with the first conversion at or after it; None when no window has closed."""
    closed = [one for one in (_closed(spec, question, window) for window in piece.windows) if one]
    if not closed:
        return None
    piece = replace(piece, windows=tuple(closed), running=False)  # A share does not add up: each row reads its own stretch.
    name, rows = piece.title, leaves.select(piece)
    parameters = dict(rows.parameters)
    dims = leaves.dimensions(piece, parameters)
    in_days = _in_days(spec, question)
    at, entity = piece.day if in_days else f"f.{piece.time}", piece.parts["value"].sql
    shown = [*([f"{rows.period} AS period"] if rows.period else []), *(f"{sql} AS {dim}" for dim, sql in dims.items())]
    keys = [column.rsplit(" AS ", 1)[1] for column in shown]
    ctes = dict(rows.ctes)
    ctes[f"{name}_begun"] = (
        "  SELECT " + ", ".join([*shown, f"{entity} AS entity", f"{at} AS happened"]) + f"\n  {rows.text}\n    AND {entity} IS NOT NULL"
    )
    ctes |= _conversions(spec, piece, question, parameters)
    ctes[f"{name}_followed"] = _followed(name, keys, "day" if in_days else "at")
    limit = f"happened + {spec.within.days}" if in_days else f"happened + INTERVAL {_seconds(spec)} SECOND"
    share = f"CAST(count(DISTINCT CASE WHEN next_at <= {limit} THEN entity END) AS DOUBLE) / nullif(count(DISTINCT entity), 0)"
    group = f"\n  GROUP BY {', '.join(keys)}" if keys else ""
    ctes[name] = f"  SELECT {', '.join([*keys, f'{share} AS measure'])}\n  FROM {name}_followed\n  WHERE begins = 1{group}"
    return Made(ctes, parameters, piece.windows, piece.bucketed)


def _conversions(spec: ConvertedTo, piece: Slice, question: Question, parameters: dict[str, Bound]) -> dict[str, str]:
    """The CTE of who converted when; conditions of the request are about those who begin."""
    assert spec.follows is not None, "a metric is resolved before it is asked"
    metric = replace(spec.follows, include=tuple(dict.fromkeys((*question.metric.include, *spec.follows.include))))
    other = Question(metric, question.request.but(where=None, members=()), question.loaded, question.asked)
    name, of = f"{piece.title}_conversions", spec.conversion
    since, until = min(one.start for one in piece.windows), max(one.end for one in piece.windows) + spec.within + timedelta(days=1)
    other.happened(name, of.fact, spec.entity, where=of.where, since=since, until=until, members=False)
    question.pieces += other.pieces
    parameters |= other.parameters
    return other.ctes


def _followed(name: str, keys: list[str], moment: str) -> str:
    """Both kinds of moments of each entity, from the last to the first, so that each knows the next conversion; one at once counts."""
    begun = ", ".join([*keys, "entity", "happened", "1 AS begins"])
    other = ", ".join([*(f"NULL AS {key}" for key in keys), "entity", f"c.{moment} AS happened", "0 AS begins"])
    following = "PARTITION BY entity ORDER BY happened DESC, begins ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return (
        f"  SELECT *, min(CASE WHEN begins = 0 THEN happened END) OVER ({following}) AS next_at\n  FROM (\n"
        f"    SELECT {begun} FROM {name}_begun\n    UNION ALL\n    SELECT {other} FROM {name}_conversions AS c\n  ) AS moments"
    )


def _in_days(spec: ConvertedTo, question: Question) -> bool:
    """Whether one of the facts tells only of days."""
    assert spec.follows is not None, "a metric is resolved before it is asked"
    times = [(leaf(spec).fact, question.metric.time), (spec.conversion.fact, spec.follows.time)]
    return not all(facts()[fact].has_clock(time or facts()[fact].time) for fact, time in times)


def _closing(spec: ConvertedTo, question: Question, end: datetime) -> datetime:
    """When the window of the last moment before `end` closes."""
    if not _in_days(spec, question):
        return end + spec.within
    calendar = question.request.calendar
    local = end.astimezone(calendar.zone)
    return calendar.midnight(local.date() + timedelta(days=spec.within.days + (local.time() != local.min.time())))


def _closed(spec: ConvertedTo, question: Question, window: Window) -> Window | None:
    """The window of a row if all of its windows of conversion have closed; of a range without periods, the part of which that holds."""
    begins, follows = question.known(leaf(spec).fact), question.known(spec.conversion.fact)
    if begins.until is None or follows.until is None:
        return None
    if follows.since and _closing(spec, question, window.end).date() <= follows.since:
        return None
    if question.request.grain is None:
        return _part_that_closed(spec, question, window, min(begins.until, window.end), follows.until)
    loaded = window.end < begins.until or (window.end == begins.until and window.whole)
    return window if loaded and _closing(spec, question, window.end) <= follows.until else None


def _part_that_closed(spec: ConvertedTo, question: Question, window: Window, end: datetime, loaded: datetime) -> Window | None:
    zone = question.request.calendar.zone
    if _in_days(spec, question):
        day = loaded.astimezone(zone).date() - timedelta(days=spec.within.days)
        end = min(end, question.request.calendar.midnight(day))
    else:
        end = min(end, (loaded - spec.within).astimezone(zone))
    return replace(window, end=end.astimezone(zone)) if end > window.start else None


def _seconds(spec: ConvertedTo) -> int:
    return int(spec.within.total_seconds())
