"""An independent evaluator of metrics in plain Python: what a careful analyst would compute by hand.

Written from the contract (DESIGN §5 and the notes on semantics), not from the layer: no SQL, nothing imported from `metrics`.
It is slow and obvious on purpose. `evaluate(company, ask)` gives the rows of the JSON contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests import evaluator_conversion as conversion
from tests import evaluator_score as score
from tests.company import Company, moment
from tests.evaluator_calendar import Ask, Span, Where, label, local, periods, plus, shifted, start_of_hour
from tests.evaluator_revenue import day_earlier, retained
from tests.evaluator_rows import EVERY_DAY, FACTS, Row, member_of, midnight, rows_of
from tests.evaluator_verbs import aggregate, computed, days_of, divided, names_in
from tests.shapes import GRAINS, SHAPES

Member = tuple[Any, ...]
Window = tuple[datetime, datetime]


def evaluate(company: Company, ask: Mapping[str, Any], expressions: Mapping[str, Where] | None = None) -> list[dict[str, Any]]:
    """The rows that a request must give. `expressions` says in Python what each `where` text means."""
    asked, meanings = _settled(company, ask, expressions or {}), expressions or {}
    definition = company.metrics[asked.metrics[0]]
    verb = next((verb for verb in SHAPES if verb in definition), None)
    return SHAPES[verb](asked, definition, meanings) if verb else Evaluation(asked, meanings).rows()


def _settled(company: Company, ask: Mapping[str, Any], expressions: Mapping[str, Where]) -> Ask:
    zone = ZoneInfo(ask.get("timezone") or company.timezone)
    grain = next((grain for verb, grain in GRAINS.items() if verb in company.metrics[ask["metrics"][0]]), None)
    return Ask(
        company,
        tuple(ask["metrics"]),
        moment(ask["since"], zone),
        moment(ask["until"], zone),
        zone,
        ask.get("grain") or grain,
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
            return [leaf for name in names_in(definition["formula"]) for leaf in self._leaves(name)]
        if "cumulative" in definition:
            return self._leaves(definition["cumulative"])
        if "converted_to" in definition:
            begins, follows = (self.ask.company.metrics[definition[key]] for key in ("in", "converted_to"))
            begins, follows = ({**one, "include": [*one.get("include", []), *definition.get("include", [])]} for one in (begins, follows))
            return [(metric, {**begins, "begins": begins, "follows": follows, "within": definition["within"]})]
        return [(metric, {"in": "survey_responses", **definition} if "score" in definition else definition)]

    def _rows(self, definition: Mapping[str, Any], *, asked: bool = True) -> list[Row]:
        wheres = [self.expressions[definition["where"]]] if definition.get("where") else []
        wheres += [self.ask.where] if self.ask.where and asked else []
        rows = rows_of(self.ask.company, definition, self.ask.zone, self.ask.until)
        return [row for row in rows if all(where(row) for where in wheres) and score.is_answer(definition, row)]

    def rows(self) -> list[dict[str, Any]]:
        """Periods × observed members, in order."""
        spans = periods(self.ask)
        members = sorted(self._members(spans), key=lambda member: [str(part) for part in member])
        return [self._row(span, member) for span in spans for member in members]

    def _row(self, span: Span, member: Member) -> dict[str, Any]:
        row: dict[str, Any] = {"period": label(span, self.ask), **dict(zip(self.ask.by, member, strict=True))}
        for metric in self.ask.metrics:
            row[metric] = value = self.value(metric, span, member)
            if self.ask.compare:
                row[f"{metric}_compared"] = then = self.value(metric, span, member, earlier=True)
                row[f"{metric}_change"] = None if value is None or then is None else value - then
        if "score" in (leaf := self.leaves.get(self.ask.metrics[0], {})) and len(self.ask.metrics) == 1:
            rows = self._cell(self.ask.metrics[0], leaf, span, member)
            row |= score.told(leaf, rows) if self._stretch(leaf, span) else dict.fromkeys(score.EXTRA)
        row["complete"] = all(self._is_complete(definition, span) for definition in self.leaves.values())
        return row

    def value(self, metric: str, span: Span, member: Member, **how: bool) -> Any:
        """A metric's value in one cell; None where nothing is known.

        `earlier`: in the cell that it is compared with; `running`: from the start of the range.
        """
        definition = self.ask.company.metrics[metric]
        if "ratio" in definition:
            part, whole = (self.value(definition[key], span, member, **how) for key in ("ratio", "to"))
            return divided(part, whole)
        if "formula" in definition:
            return computed(definition, {name: self.value(name, span, member, **how) for name in names_in(definition["formula"])})
        if "cumulative" in definition:
            return self.value(definition["cumulative"], span, member, **{**how, "running": True})
        return self._of_leaf(metric, self.leaves[metric], span, member, **how)

    def _of_leaf(self, name: str, leaf: Mapping[str, Any], span: Span, member: Member, **how: bool) -> Any:
        window = self._stretch(leaf, span, **how)
        if window is None:
            return None
        if "retained" in leaf:
            return self._retained(leaf, window).get(member)
        rows = self._cell(name, leaf, span, member, **how)
        if "within" in leaf:
            return conversion.share(leaf, rows, self._rows(leaf["follows"], asked=False), self.ask)
        return score.told(leaf, rows)["value"] if "score" in leaf else aggregate(leaf, rows)

    def _cell(self, name: str, leaf: Mapping[str, Any], span: Span, member: Member, **how: bool) -> list[Row]:
        window = self._stretch(leaf, span, **how)
        return [row for row in self._inside(name, window) if self._member(row) == member] if window else []

    def _stretch(self, leaf: Mapping[str, Any], span: Span, *, earlier: bool = False, running: bool = False) -> Window | None:
        """What of time a leaf reads for a cell."""
        window = self._window(leaf, self._earlier(leaf, span), earlier=True) if earlier else self._window(leaf, span)
        if window and running and not {"snapshot", "retained", "over_last"} & set(leaf):
            first = periods(self.ask)[0]
            window = (self._earlier(leaf, first).since if earlier else first.since), window[1]
        return self._closed(leaf, span, window, earlier) if window and "within" in leaf else window

    def _closed(self, leaf: Mapping[str, Any], span: Span, window: Window, earlier: bool) -> Window | None:
        """A window of which every conversion is known; of a range without periods, the part of which that holds."""
        begun, loaded = self._loaded(leaf), self._loaded(leaf["follows"])
        if begun is None or loaded is None or (loaded[0] is not None and conversion.closing(leaf, window[1], self.ask) <= loaded[0]):
            return None
        if self.ask.grain is None:
            end = min(window[1], begun[1], conversion.last_start(leaf, loaded[1], self.ask))
            return (window[0], end) if end > window[0] else None
        is_loaded = earlier or span.until <= begun[1]
        return window if is_loaded and conversion.closing(leaf, window[1], self.ask) <= loaded[1] else None

    def _retained(self, leaf: Mapping[str, Any], window: Window) -> dict[Member, float]:
        own = self.expressions[leaf["where"]] if leaf.get("where") else None
        return retained(self.ask, leaf, own, window[0].astimezone(self.ask.zone).date())

    def _inside(self, leaf: str, window: tuple[datetime, datetime]) -> Iterable[Row]:
        return (row for row in self.found[leaf] if window[0] <= row.at < window[1])

    def _member(self, row: Row) -> Member:
        member = tuple(member_of(row[name]) for name in self.ask.by)
        return member if self.kept is None or member in self.kept else ("Other",) * len(member)

    def _members(self, spans: list[Span]) -> set[Member]:
        if not self.ask.by:
            return {()}
        found = set()
        for leaf, definition in self.leaves.items():
            windows = [self._stretch(definition, span) for span in spans]
            if self.ask.compare:
                windows += [self._stretch(definition, span, earlier=True) for span in spans]
            for window in filter(None, windows):
                rows = self._inside(leaf, window)
                found |= set(self._retained(definition, window)) if "retained" in definition else {self._member(row) for row in rows}
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

    def _window(self, definition: Mapping[str, Any], span: Span, *, earlier: bool = False) -> tuple[datetime, datetime] | None:
        """What of time a leaf reads for a span: never past what is loaded; the last day and those before for `over_last`."""
        loaded = self._loaded(definition)
        if loaded is None:
            return None
        since, until = span.since, min(span.until, loaded[1])
        if until < since or since == until < span.until or (loaded[0] is not None and until <= loaded[0]):
            return None
        in_whole_days = "over_last" in definition if earlier else until < span.until
        if in_whole_days:
            until = self._end_of_day(until)
        if "snapshot" in definition and definition["in"] not in EVERY_DAY:
            return self._last_told(definition, since, until)
        if "over_last" in definition and self.ask.grain == "hour":
            last_hour = start_of_hour(until - timedelta(microseconds=1), self.ask)
            return last_hour + timedelta(hours=1 - 24 * (days_of(definition["over_last"]) or 0)), until
        days = 1 if "snapshot" in definition or "retained" in definition else days_of(definition.get("over_last"))
        if days:
            last = (until - timedelta(microseconds=1)).astimezone(self.ask.zone).date()
            since = midnight(last - timedelta(days=days - 1), self.ask.zone)
        return since, until

    def _end_of_day(self, until: datetime) -> datetime:
        """Days are counted whole, also the one within which loading stopped, unless the request is about times."""
        ask = self.ask
        if ask.grain == "hour" or any(local(edge, ask).time() != time() for edge in (ask.since, ask.until)):
            return until
        return midnight((until - timedelta(microseconds=1)).astimezone(ask.zone).date() + timedelta(days=1), ask.zone)

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
        if "within" in definition:
            follows = self._loaded(definition["follows"])
            if follows is None or conversion.closing(definition, span.last, self.ask) > follows[1]:
                return False
        if "retained" in definition and loaded[0] is not None:
            now = (span.last - timedelta(microseconds=1)).astimezone(self.ask.zone).date()
            if day_earlier(now, definition["compared_to"]) < loaded[0].astimezone(self.ask.company.zone).date():
                return False
        return loaded[1] >= span.last and (loaded[0] is None or loaded[0] < span.last)

    def _earlier(self, definition: Mapping[str, Any], span: Span) -> Span:
        """The span to compare a leaf with; of an unfinished one, as many elapsed days from its start."""
        ask = self.ask
        first, last = shifted(ask, span)
        loaded = self._loaded(definition)
        until = min(span.until, loaded[1]) if loaded else span.until
        if until <= span.since:
            return Span(first, last, last, first)
        end = last if until >= span.last else min(last, plus(first, local(until, ask) - local(span.first, ask), ask))
        begin = first if span.since == span.first else plus(first, local(span.since, ask) - local(span.first, ask), ask)
        # The 30th of March has no like in February: a stretch of no length, in which nothing is.
        return Span(first, last, min(begin, last), end)
