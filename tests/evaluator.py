"""An independent evaluator of metrics in plain Python: what a careful analyst would compute by hand.

Written from the contract (DESIGN §5 and the notes on semantics), not from the layer: no SQL, nothing imported from `metrics`.
It is slow and obvious on purpose. `evaluate(company, ask)` gives the rows of the JSON contract.
"""

from __future__ import annotations

import ast
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.company import Company, moment
from tests.evaluator_rows import FACTS, Row, midnight, rows_of

VERBS = ("count", "count_distinct", "sum", "average", "median", "min", "max", "percentile", "snapshot")
ENTITIES = {"person": "person_id", "account": "account_id"}
Where = Callable[[Row], bool | None]
Member = tuple[Any, ...]


@dataclass(frozen=True)
class Span:
    """Part of time, half-open: the whole calendar period that it belongs to, and what of it counts."""

    first: datetime
    last: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Ask:
    """A request with its calendar settled."""

    company: Company
    metrics: tuple[str, ...]
    since: datetime
    until: datetime
    zone: ZoneInfo
    grain: str | None = None
    week_start: str = "monday"
    by: tuple[str, ...] = ()
    where: Where | None = None
    compare: str | None = None
    top: int | None = None


def evaluate(company: Company, ask: Mapping[str, Any], expressions: Mapping[str, Where] | None = None) -> list[dict[str, Any]]:
    """The rows that a request must give. `expressions` says in Python what each `where` text means."""
    return Evaluation(_settled(company, ask, expressions or {}), expressions or {}).rows()


def _settled(company: Company, ask: Mapping[str, Any], expressions: Mapping[str, Where]) -> Ask:
    zone = ZoneInfo(ask.get("timezone") or company.timezone)
    return Ask(
        company,
        tuple(ask["metrics"]),
        moment(ask["since"], zone),
        moment(ask["until"], zone),
        zone,
        ask.get("grain"),
        ask.get("week_start") or company.week_start,
        tuple(ask.get("by") or ()),
        expressions[ask["where"]] if ask.get("where") else None,
        ask.get("compare"),
        ask.get("top"),
    )


class Evaluation:
    """One request at work: the leaves' rows are found once, then every cell is computed on its own."""

    def __init__(self, ask: Ask, expressions: Mapping[str, Where]) -> None:
        self.ask, self.expressions = ask, expressions
        self.leaves = {name: definition for metric in ask.metrics for name, definition in self._leaves(metric)}
        self.found = {name: self._rows(definition) for name, definition in self.leaves.items()}
        self.kept: set[Member] | None = None
        if ask.top:
            self.kept = self._largest(ask.top)

    def _leaves(self, metric: str) -> list[tuple[str, Mapping[str, Any]]]:
        definition = self.ask.company.metrics[metric]
        if "ratio" in definition:
            return self._leaves(definition["ratio"]) + self._leaves(definition["to"])
        if "formula" in definition:
            return [leaf for name in _names(definition["formula"]) for leaf in self._leaves(name)]
        return [(metric, definition)]

    def _rows(self, definition: Mapping[str, Any]) -> list[Row]:
        wheres = [self.expressions[definition["where"]]] if definition.get("where") else []
        wheres += [self.ask.where] if self.ask.where else []
        rows = rows_of(self.ask.company, definition, self.ask.zone, self.ask.until)
        return [row for row in rows if all(where(row) for where in wheres)]

    def rows(self) -> list[dict[str, Any]]:
        """Periods × observed members, in order."""
        spans = periods(self.ask)
        members = sorted(self._members(spans), key=lambda member: [str(part) for part in member])
        return [self._row(span, member) for span in spans for member in members]

    def _row(self, span: Span, member: Member) -> dict[str, Any]:
        row: dict[str, Any] = {"period": _label(span, self.ask)}
        row |= dict(zip(self.ask.by, member, strict=True))
        for metric in self.ask.metrics:
            row[metric] = value = self.value(metric, span, member)
            if self.ask.compare:
                row[f"{metric}_compared"] = then = self.value(metric, self._earlier(metric, span), member)
                row[f"{metric}_change"] = None if value is None or then is None else value - then
        row["complete"] = all(self._is_complete(definition, span) for definition in self.leaves.values())
        return row

    def value(self, metric: str, span: Span, member: Member) -> Any:
        """A metric's value in one cell; None where nothing is known."""
        definition = self.ask.company.metrics[metric]
        if "ratio" in definition:
            return divided(self.value(definition["ratio"], span, member), self.value(definition["to"], span, member))
        if "formula" in definition:
            values = {name: self.value(name, span, member) for name in _names(definition["formula"])}
            return computed(definition, values)
        window = self._window(definition, span)
        if window is None:
            return None
        return aggregate(definition, [row for row in self._inside(metric, window) if self._member(row) == member])

    def _inside(self, leaf: str, window: tuple[datetime, datetime]) -> Iterable[Row]:
        return (row for row in self.found[leaf] if window[0] <= row.at < window[1])

    def _member(self, row: Row) -> Member:
        member = tuple("(none)" if row[name] is None else row[name] for name in self.ask.by)
        return member if self.kept is None or member in self.kept else ("Other",) * len(member)

    def _members(self, spans: list[Span]) -> set[Member]:
        if not self.ask.by:
            return {()}
        found = set()
        for leaf, definition in self.leaves.items():
            for span in spans + ([self._earlier(leaf, span) for span in spans] if self.ask.compare else []):
                if window := self._window(definition, span):
                    found |= {self._member(row) for row in self._inside(leaf, window)}
        return found

    def _largest(self, count: int) -> set[Member]:
        ask = self.ask
        whole = Span(ask.since, ask.until, ask.since, ask.until)
        sizes = {member: self.value(ask.metrics[0], whole, member) for member in self._members(periods(ask))}
        order = sorted(sizes, key=lambda member: (sizes[member] is None, -(sizes[member] or 0), str(member)))
        return set(order[:count])

    def _loaded(self, definition: Mapping[str, Any]) -> tuple[datetime | None, datetime] | None:
        table = FACTS[definition["in"]].table
        company = self.ask.company
        fed = [(since, until) for source, name, since, until in company.freshness() if name == table and source not in company.gone]
        if not fed:
            return None
        sinces = [since for since, _ in fed if since is not None]
        return min(sinces) if sinces else None, min(until for _, until in fed)

    def _window(self, definition: Mapping[str, Any], span: Span) -> tuple[datetime, datetime] | None:
        """What of time a leaf reads for a span: never past what is loaded; the last day and those before for `over_last`."""
        loaded = self._loaded(definition)
        if loaded is None:
            return None
        since, until = span.since, min(span.until, loaded[1])
        if until <= since or (loaded[0] is not None and until <= loaded[0]):
            return None
        if "snapshot" in definition and definition["in"] != "mrr_day":
            return self._last_told(definition, since, until)
        days = 1 if "snapshot" in definition else _days(definition.get("over_last"))
        if days:
            last = (until - timedelta(microseconds=1)).astimezone(self.ask.zone).date()
            since = midnight(last - timedelta(days=days - 1), self.ask.zone)
        return since, until

    def _last_told(self, definition: Mapping[str, Any], since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """The last day for which the metric was told at all, whoever is asked about: a figure that is told now and then."""
        own = [self.expressions[definition["where"]]] if definition.get("where") else []
        rows = [row for row in rows_of(self.ask.company, definition, self.ask.zone, until) if all(where(row) for where in own)]
        last = max((row.at for row in rows if since <= row.at < until), default=None)
        return None if last is None else (last, until)

    def _is_complete(self, definition: Mapping[str, Any], span: Span) -> bool:
        loaded = self._loaded(definition)
        if loaded is None or span.since != span.first or span.until != span.last:
            return False
        return loaded[1] >= span.last and (loaded[0] is None or loaded[0] < span.last)

    def _earlier(self, metric: str, span: Span) -> Span:
        """The span to compare with; of an unfinished one, as many elapsed days from its start."""
        ask = self.ask
        first, last = shifted(ask, span)
        loaded = [found[1] for _, leaf in self._leaves(metric) if (found := self._loaded(leaf))]
        until = min([span.until, *loaded])
        end = last if until >= span.last else min(last, _plus(first, _local(until, ask) - _local(span.first, ask), ask))
        begin = first if span.since == span.first else _plus(first, _local(span.since, ask) - _local(span.first, ask), ask)
        return Span(first, last, begin, end)


def aggregate(definition: Mapping[str, Any], rows: list[Row]) -> Any:
    """A leaf's verb over the rows of one cell."""
    verb = next(name for name in VERBS if name in definition)
    column = definition[verb]
    if verb == "snapshot" and definition["in"] != "mrr_day" and not rows:
        return None
    rows = _busy_enough(definition, verb, rows)
    if "per" in definition:
        return _over_entities(definition, verb, rows)
    if verb == "count":
        return len(rows)
    values = [row[column] for row in rows if row[column] is not None]
    if verb == "count_distinct":
        return len(set(values))
    return measure(verb, [number for value in values if (number := number_of(value)) is not None], definition.get("at"))


def measure(verb: str, numbers: list[float], at: float | None = None) -> float | None:
    """A verb over numbers: sums of nothing are 0, all else of nothing is unknown."""
    if verb in ("sum", "snapshot"):
        return sum(numbers)
    if not numbers:
        return None
    if verb == "percentile":
        return _percentile(sorted(numbers), at or 0.0)
    return {"average": statistics.fmean, "median": statistics.median, "min": min, "max": max}[verb](numbers)


def _percentile(numbers: list[float], at: float) -> float:
    place = at * (len(numbers) - 1)
    below = int(place)
    above = min(below + 1, len(numbers) - 1)
    return numbers[below] + (place - below) * (numbers[above] - numbers[below])


def _busy_enough(definition: Mapping[str, Any], verb: str, rows: list[Row]) -> list[Row]:
    """Rows of the entities that have enough of them."""
    if "at_least" not in definition:
        return rows
    entity = ENTITIES.get(definition.get("per", ""), definition[verb] if verb == "count_distinct" else "account_id")
    counts: dict[Any, int] = defaultdict(int)
    for row in rows:
        counts[row[entity]] += 1
    return [row for row in rows if row[entity] is not None and counts[row[entity]] >= definition["at_least"]]


def _over_entities(definition: Mapping[str, Any], verb: str, rows: list[Row]) -> float | None:
    """The value of each known entity first - its rows, or the sum of the column - and then the verb over them."""
    of: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if (entity := row[ENTITIES[definition["per"]]]) is not None:
            of[entity].append(row)
    column = definition[verb]
    if column == "*":
        return measure(verb, [float(len(own)) for own in of.values()], definition.get("at"))
    known = [[number for row in own if (number := number_of(row[column])) is not None] for own in of.values()]
    return measure(verb, [sum(numbers) for numbers in known if numbers], definition.get("at"))


def computed(definition: Mapping[str, Any], values: Mapping[str, Any]) -> float | None:
    """A formula over metrics: what is missing and what is divided by zero is null, or zero where the definition says so."""
    if definition.get("missing") == "zero":
        values = {name: value or 0 for name, value in values.items()}

    def of(node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.Constant):
            return node.value
        assert isinstance(node, ast.BinOp)
        left, right = of(node.left), of(node.right)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Div):
            return left / right if right else 0 if definition.get("divide_by_zero") == "zero" else None
        return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}[type(node.op)]

    return of(ast.parse(definition["formula"], mode="eval").body)


def _names(formula: str) -> list[str]:
    return list(dict.fromkeys(node.id for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)))


def number_of(value: Any) -> float | None:
    """A value as a number; text that is none is None."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def divided(part: Any, whole: Any) -> float | None:
    """A guarded division: None where either is unknown or the whole is zero."""
    return None if part is None or not whole else float(part) / float(whole)


def _days(over_last: str | None) -> int | None:
    if over_last is None:
        return None
    number, unit = over_last.split()
    return int(number) * {"day": 1, "week": 7}[unit.rstrip("s")]


def _local(at: datetime, ask: Ask) -> datetime:
    """Local clock time; with the hour grain time simply passes, so UTC serves."""
    return at.astimezone(UTC if ask.grain == "hour" else ask.zone).replace(tzinfo=None)


def _instant(clock: datetime, ask: Ask) -> datetime:
    return clock.replace(tzinfo=UTC if ask.grain == "hour" else ask.zone).astimezone(UTC)


def _plus(at: datetime, by: timedelta, ask: Ask) -> datetime:
    return _instant(_local(at, ask) + by, ask)


def shifted(ask: Ask, span: Span) -> tuple[datetime, datetime]:
    """The calendar period to compare a span's period with."""
    compare = ask.compare or ""
    if compare == "year":
        if ask.grain == "week":
            return _plus(span.first, timedelta(days=-364), ask), _plus(span.last, timedelta(days=-364), ask)
        first, last = _local(span.first, ask), _local(span.last, ask)
        return _instant(first.replace(year=first.year - 1), ask), _instant(last.replace(year=last.year - 1), ask)
    if compare == "previous":
        if ask.grain in (None, "hour"):
            return _plus(span.first, _local(span.first, ask) - _local(span.last, ask), ask), span.first
        before = (_local(span.first, ask) - timedelta(days=1)).date()
        return midnight(floor(before, ask), ask.zone), span.first
    days = timedelta(days=-int(compare.rstrip("d")))
    return _plus(span.first, days, ask), _plus(span.last, days, ask)


def periods(ask: Ask) -> list[Span]:
    """The calendar periods that a range touches, each with the part that lies inside the range."""
    if ask.grain is None:
        return [Span(ask.since, ask.until, ask.since, ask.until)]
    found, first = [], _start(ask)
    while first < ask.until:
        last = first + timedelta(hours=1) if ask.grain == "hour" else _next(first, ask)
        found.append(Span(first, last, max(first, ask.since), min(last, ask.until)))
        first = last
    return found


def _start(ask: Ask) -> datetime:
    clock = ask.since.astimezone(ask.zone)
    if ask.grain == "hour":
        return ask.since - timedelta(minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
    return midnight(floor(clock.date(), ask), ask.zone)


def _next(first: datetime, ask: Ask) -> datetime:
    day = first.astimezone(ask.zone).date()
    later = day + timedelta(days={"day": 1, "week": 7, "month": 31, "quarter": 93, "year": 366}[ask.grain or "day"])
    return midnight(floor(later, ask), ask.zone)


def floor(day: date, ask: Ask) -> date:
    """The first day of the calendar period that a day belongs to."""
    if ask.grain == "day":
        return day
    if ask.grain == "week":
        return day - timedelta(days=(day.weekday() - (0 if ask.week_start == "monday" else 6)) % 7)
    back = {
        "month": 0,
        "quarter": (day.month - ask.company.fiscal_year_start) % 3,
        "year": (day.month - ask.company.fiscal_year_start) % 12,
    }
    months = day.year * 12 + day.month - 1 - back[ask.grain or ""]
    return date(months // 12, months % 12 + 1, 1)


def _label(span: Span, ask: Ask) -> str | None:
    if ask.grain is None:
        return None
    clock = span.first.astimezone(ask.zone)
    return clock.isoformat() if ask.grain == "hour" else clock.date().isoformat()
