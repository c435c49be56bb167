"""What a page works with: the metrics layer seen through the reader's filters, and how far the data reaches."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from data import status
from data.errors import Problem
from data.journal import Annotation, Journal, Segment
from metrics import Layer, Result, audit, checks
from metrics.attributes import of_events
from metrics.calendar import Calendar, add_months
from metrics.checks import Verdict
from metrics.definition import Metric
from metrics.distribution import Distribution
from metrics.insight.signal import Signal, judge_all
from metrics.made_of import alike
from pages.components.filters import NARROWING, Filters, conditions
from pages.components.i18n import locale, translated
from pages.components.memory import Memory

#: A source that was not loaded for this long is told on every page.
LATE_AFTER = timedelta(hours=26)
#: How many seconds what the tests found is kept: the data grows older while nothing is loaded.
_TESTS_HOLD = 300
#: The periods in which signals are looked for, where the reader looks at others: days are too short to say much, years too long.
_JUDGED = {"hour": "week", "day": "week", "year": "quarter"}


@dataclass(frozen=True)
class Source:
    """A source and the moment up to which it is loaded; `error` is what its last run died of."""

    name: str
    loaded_until: datetime | None
    error: str | None = None

    @property
    def lag(self) -> timedelta | None:
        """How far it lies behind now."""
        return datetime.now(UTC) - self.loaded_until if self.loaded_until else None

    @property
    def late(self) -> bool:
        """Whether it has not been loaded for longer than it should."""
        return self.lag is not None and self.lag > LATE_AFTER


_answers, _models = Memory(2000), Memory(1000)
Asked = ParamSpec("Asked")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Board:
    """One run of a page. Everything asked through it has the reader's range, comparison and filters, unless told otherwise."""

    layer: Layer
    filters: Filters
    generation: int
    sources: tuple[Source, ...] = ()
    known: Mapping[str, Metric] = field(default_factory=dict)
    book: Journal | None = None
    notes: tuple[Annotation, ...] = ()
    segments: tuple[Segment, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The reporting zone."""
        return ZoneInfo(self.layer.workspace.company.timezone)

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return self.layer.workspace.company.currency

    @property
    def calendar(self) -> Calendar:
        """Where periods begin and end."""
        company = self.layer.workspace.company
        return Calendar(self.zone, company.week_start, company.fiscal_year_start)

    @property
    def loaded_until(self) -> datetime | None:
        """The newest moment that any source is loaded up to."""
        return newest(self.sources)

    @property
    def objectives(self) -> Mapping[str, str]:
        """The name of each of the company's objectives by its id."""
        return _answers.recall(("objectives", self.layer, self.generation), None, self.layer.objectives)

    @property
    def last_day(self) -> date:
        """The last day of the reader's range."""
        return self.filters.until - timedelta(days=1)

    @property
    def within(self) -> tuple[tuple[str, str], ...]:
        """What the page itself is about, beyond the reader's filters, such as one account; whatever it opens keeps to it."""
        return tuple((dimension, chosen[0]) for dimension, chosen in self.filters.members.items() if dimension not in NARROWING.values())

    @property
    def stamp(self) -> Hashable:
        """What tells what this board shows, in the reader's language, from what others show.

        A minute is part of it, for what a page says of now ("until 14:32").
        """
        return (self._own, locale(), int(time.time() / 60))

    @cached_property
    def _own(self) -> Hashable:
        notes = tuple((note.day, note.text, note.metric) for note in self.notes)
        return (self.layer, self.generation, self.filters.stamp, notes)

    def has(self, name: str) -> bool:
        """Whether this workspace defines a metric."""
        return name in self.known

    def metric(self, name: str) -> Metric:
        """The definition of a metric. Raises Problem when there is none."""
        if name not in self.known:
            raise Problem(f'there is no metric "{name}"', remedy="The Catalogue lists those that this workspace has.")
        return self.known[name]

    def label(self, name: str) -> str:
        """A metric's name as people say it, in the reader's language."""
        return translated(self.metric(name).label)

    def dimensions(self, name: str) -> list[str]:
        """What a metric can be told apart by; remembered as long as the definitions stay."""
        return _answers.recall(("dimensions", self.layer, name), self.known, lambda: self.layer.dimensions(name))

    def verdict(self, name: str) -> Verdict | None:
        """What the tests of a metric's definition found; None where they were not run.

        They are run when a load is published. One that was defined since is tested here, so that its mark does not wait.
        """
        key = ("tests", self.layer, self.generation, int(time.time() / _TESTS_HOLD))
        standing, since = _answers.recall(key, self.known, lambda: (audit.standing(self.layer), dict[str, Verdict]()))
        if name not in standing and standing and name not in since:
            since[name] = checks.judge(self.layer, [self.metric(name)])[name]
        verdict: Verdict | None = standing.get(name) or since.get(name)
        return verdict

    def failures(self, name: str) -> list[str]:
        """What the tests of a metric's definition found wrong."""
        verdict = self.verdict(name)
        return verdict.failures if verdict else []

    def total(self, name: str, *, by: Sequence[str] = (), top: int | None = None, compare: bool = True) -> Result:
        """The metric over the whole range, one row a member; compared as the reader chose."""
        return self.ask(name, by=tuple(by), top=top, compare=self.filters.compare if compare else None)

    def series(
        self, name: str, *, by: Sequence[str] = (), top: int | None = None, grain: str | None = None, compare: bool = False
    ) -> Result:
        """The metric over time, from the start of the first period; compared, if at all, with a range as long before."""
        grain = grain or self.filters.grain
        since = self.floor(self.filters.since, grain)
        shift = self.shift(grain, since) if compare else None
        return self.ask(name, grain=grain, since=since, by=tuple(by), top=top, compare=shift)

    def together(self, names: Sequence[str], *, grain: str | None = None) -> dict[str, Result | Problem]:
        """Many metrics over the range, or over time, in as few queries as can be; for one that cannot be computed the reason."""
        since = self.floor(self.filters.since, grain) if grain else None
        found: dict[str, Result | Problem] = {}
        try:
            groups = alike(names, self.known)
        except Problem:
            groups = [(name,) for name in names]
        for group in groups:
            found |= self._group(group, since, grain)
        return found

    def look_ahead(self, names: Sequence[str], *, grain: str | None = None, compare: bool = True) -> None:
        """Asks for many metrics at once what `total`, or with a grain `series`, will be asked for one by one, so that they remember it.

        What cannot be answered is left to them.
        """
        key = ("look ahead", self.stamp, tuple(names), grain, compare)
        _models.recall(key, self.known, partial(self._look_ahead, names, grain, compare))

    def _look_ahead(self, names: Sequence[str], grain: str | None, compare: bool) -> None:
        since = self.floor(self.filters.since, grain) if grain else self.filters.since
        options = {"by": (), "top": None, "compare": self.filters.compare if compare and not grain else None}
        with suppress(Problem):
            for group in alike([name for name in names if self.has(name)], self.known):
                self._remember(group, since, options | ({"grain": grain} if grain else {}))

    def _remember(self, names: tuple[str, ...], since: date, options: Mapping[str, Any]) -> None:
        until, where = self.filters.until, self._where(None)
        with suppress(Problem):
            found = self._answer(names, since, until, where, options)
            for name in names if found.generation == self.generation else ():
                _answers.keep(self._key((name,), since, until, where, options), self.known, replace(found, metrics=(name,)))

    def _where(self, further: str | None) -> str | None:
        return " AND ".join(f"({part})" for part in (self.filters.where, further) if part) or None

    def _group(self, names: Sequence[str], since: date | None, grain: str | None) -> dict[str, Result | Problem]:
        try:
            return dict.fromkeys(names, self.ask(*names, since=since, grain=grain))
        except Problem as problem:
            if len(names) == 1:
                return {names[0]: problem}
            return {name: one for each in names for name, one in self._group((each,), since, grain).items()}

    def ask(self, *names: str, since: date | None = None, until: date | None = None, where: str | None = None, **options: Any) -> Result:
        """Any query, in the reader's range and filters; `where` narrows further."""
        return self._answer(names, since or self.filters.since, until or self.filters.until, self._where(where), options)

    def unfiltered(self, name: str, *, since: date, **options: Any) -> Result:
        """A query up to the end of the reader's range without the reader's filters, for what no account has a part in."""
        return self.everyone()._answer((name,), since, self.filters.until, None, options)

    def _answer(self, names: tuple[str, ...], since: date, until: date, where: str | None, options: Mapping[str, Any]) -> Result:
        """From memory when the same was asked of the same generation and definitions: a rerun then costs no query at all."""

        def asked() -> Result:
            return self.layer.query(*names, since=since, until=until, where=where, accounts=self.filters.accounts, **options)

        key = self._key(names, since, until, where, options)
        return _answers.recall(key, self.known, asked, lambda result: result.generation == self.generation)

    def _key(self, names: tuple[str, ...], since: date, until: date, where: str | None, options: Mapping[str, Any]) -> Hashable:
        return (self.layer, self.generation, names, since, until, where, self.filters.accounts, tuple(sorted(options.items())))

    def signal(self, name: str) -> Signal:
        """Whether the last complete period of a metric is a signal, in the reader's filters. Raises Problem where that cannot be asked."""
        return _answers.recall(self._signal_key(name), self.known, lambda: self._judged((name,))[name])

    def look_ahead_signals(self, names: Sequence[str]) -> None:
        """Asks for many of them at once, for `signal` to find; what cannot be answered is left to it."""
        names = [name for name in dict.fromkeys(names) if self.has(name)]
        _models.recall(("signals", self._own, tuple(names)), self.known, lambda: self._look_ahead_signals(names))

    def _look_ahead_signals(self, names: Sequence[str]) -> None:
        with suppress(Problem):
            for group in alike(names, self.known):
                with suppress(Problem):
                    for name, signal in self._judged(group).items():
                        _answers.keep(self._signal_key(name), self.known, signal)

    def _judged(self, names: Sequence[str]) -> dict[str, Signal]:
        grain = _JUDGED.get(self.filters.grain, self.filters.grain)
        until, where = self.filters.until, self._where(None)
        return judge_all(self.layer, names, grain=grain, until=until, where=where, accounts=self.filters.accounts)

    def _signal_key(self, name: str) -> Hashable:
        grain = _JUDGED.get(self.filters.grain, self.filters.grain)
        return ("signal", self.layer, self.generation, name, grain, self.filters.until, self._where(None), self.filters.accounts)

    def distribution(self, name: str) -> Distribution:
        """How the values of a metric's rows are spread, in the reader's range and filters."""
        return self.layer.distribution(name, **self.filters.asked)

    def day(self, key: str) -> date:
        """The first day of the period that a chart calls by this key."""
        return date.fromisoformat(key[:10])

    def floor(self, day: date, grain: str) -> date:
        """The first day of the period that holds a day."""
        return self.calendar.floor(self.calendar.midnight(day), grain).date()

    def after(self, day: date, grain: str) -> date:
        """The first day of the next period."""
        return self.calendar.step(self.calendar.midnight(self.floor(day, grain)), grain).date()

    def before(self, day: date, grain: str, count: int) -> date:
        """The first day of the period that lies `count` periods before the one that holds a day."""
        return self.calendar.step(self.calendar.midnight(self.floor(day, grain)), grain, -count).date()

    def shift(self, grain: str, since: date) -> str | None:
        """How far back a chart's comparison lies: as long as the chart, or a year."""
        if self.filters.compare != "previous":
            return self.filters.compare
        count, start = 0, since
        while start < self.filters.until:
            start, count = self.after(start, grain), count + 1
        return f"{count}{grain[0]}"

    def narrowing(self, members: Mapping[str, str]) -> str | None:
        """The condition of the reader's filters and these members together."""
        return conditions({**self.filters.members, **{dimension: (member,) for dimension, member in members.items()}})

    def last_year(self) -> Board:
        """The same board over the twelve months up to the end of the reader's range, the current one included."""
        first = add_months(self.last_day.replace(day=1), -11)
        return self.narrowed(since=first)

    def everyone(self) -> Board:
        """The same board over all accounts, whatever the reader narrowed it to."""
        return self.narrowed(members={}, segment=None, accounts=None)

    def narrowed(self, **changed: Any) -> Board:
        """The same board with some filters changed."""
        return replace(self, filters=replace(self.filters, **changed))


def remembered(make: Callable[Concatenate[Board, Asked], Made]) -> Callable[Concatenate[Board, Asked], Made]:
    """What a function makes of a board, and of arguments that can be hashed, is made once: a rerun of the page then shows it as it is.

    Nobody may change what it gives. A problem is not remembered.
    """

    @wraps(make)
    def recalled(board: Board, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Made:
        key = (make, board.stamp, args, tuple(sorted(kwargs.items())))
        return _models.recall(key, board.known, partial(make, board, *args, **kwargs))

    return recalled


def aimed(known: Mapping[str, Metric], targets: Mapping[str, Mapping[str, float]]) -> Mapping[str, Metric]:
    """The definitions with the targets that people set over their own; the same object for the same targets."""
    if not targets:
        return known

    def over() -> Mapping[str, Metric]:
        changed = {name: replace(known[name], targets={**known[name].targets, **own}) for name, own in targets.items() if name in known}
        return {**known, **changed}

    return _answers.recall(("aimed", repr(targets)), known, over)


def drafted(board: Board, text: str) -> Board:
    """The board with unsaved definitions over the saved ones. Raises Problem for a wrong one."""
    layer = _answers.recall(("drafted", board.layer, text), board.layer.metrics, lambda: board.layer.over(text))
    return replace(board, layer=layer, known=layer.metrics)


def last_day(until: datetime, layer: Layer) -> date:
    """The last day, in the reporting zone, of which anything is loaded."""
    return (until.astimezone(ZoneInfo(layer.workspace.company.timezone)) - timedelta(microseconds=1)).date()


def newest(sources: Sequence[Source]) -> datetime | None:
    """The latest moment that any of the sources is loaded up to."""
    return max((source.loaded_until for source in sources if source.loaded_until), default=None)


def reach(layer: Layer, generation: int) -> tuple[Source, ...]:
    """The sources of a generation and how far each is loaded."""

    def read() -> tuple[Source, ...]:
        with layer.reader.open() as snapshot:
            return tuple(Source(one.source, one.loaded_until, one.error) for one in status.sources(snapshot))

    return _answers.recall(("reach", layer, generation), None, read)


def values(layer: Layer, generation: int, fact: str, column: str) -> dict[str, int]:
    """The values of a fact's column in twelve months with the number of rows of each, most frequent first."""
    return _answers.recall(("values", layer, generation, fact, column), None, lambda: layer.values(fact, column))


def attributes(layer: Layer, generation: int, event: str) -> list[str]:
    """The columns of properties (`attrs.format`) that an event carries, the most frequent first."""
    return _answers.recall(("attributes", layer, generation, event), None, lambda: of_events(layer, [event]))


def members(layer: Layer, generation: int, dimension: str) -> list[str]:
    """The members of a dimension, most frequent first; none where the workspace has none, or no such dimension."""
    return _answers.recall(("members", layer, generation, dimension), None, lambda: layer.members(dimension))
