"""Funnels by brute force: from each entry every way through the steps is tried, and the best attempt kept."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.evaluator_calendar import Ask, Span, Where, label, periods
from tests.evaluator_rows import Row
from tests.shapes import common, sequences

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Rules:
    """A funnel with its conditions as Python."""

    steps: list[Where]
    exclude: list[tuple[Where, int, int]]
    within: timedelta
    order: str
    later: bool


@dataclass(frozen=True)
class Attempt:
    """The rows that served the first, second, … step of an attempt."""

    rows: list[Row]

    @property
    def entry(self) -> datetime:
        """When it began."""
        return self.rows[0].at


def stretch(text: str) -> timedelta:
    """A stretch such as `14 days`."""
    number, unit = text.split()
    return timedelta(seconds=int(number) * UNITS[unit.rstrip("s")])


def rows(ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where]) -> list[dict[str, Any]]:
    """The rows of steps, trend or times."""
    block = definition["funnel"]
    steps = [expressions[condition] for step in block["steps"] for condition in step.values()]
    exclude = [(expressions[one["event"]], one.get("after", 1), one.get("before", len(steps))) for one in block.get("exclude", [])]
    within = stretch(block.get("within", "14 days"))
    rules = Rules(steps, exclude, within, block.get("order", "ordered"), block.get("ties") == "strictly_later")
    end = ask.until if block.get("inside_range") else ask.until + within
    done = [row for row in sequences.rows(ask, definition, expressions) if ask.since <= row.at < end]
    members = Members(ask, block, rules, done)
    told: list[tuple[tuple[str, ...], int, Attempt]] = []
    spans = periods(ask) if block.get("show") == "trend" else [Span(ask.since, ask.until, ask.since, ask.until)]
    for own in sequences.apart(done, block, members.of_row if block.get("attribution") == "all" else None):
        found = list(attempts(own, rules, ask))
        for number, span in enumerate(spans):
            inside = [attempt for attempt in found if span.since <= attempt.entry < span.until]
            if inside:
                winner = max(inside, key=lambda attempt: len(attempt.rows))  # the first of the longest
                told.append((members.of_attempt(winner), number, winner))
    return {"trend": _trend, "times": _times}.get(block.get("show", "steps"), _steps)(ask, definition, told, spans)


def attempts(own: Sequence[Row], rules: Rules, ask: Ask) -> Iterator[Attempt]:
    """The attempts of one entity that are not void, in the order of their entries."""
    items = _moments(own, rules) if rules.order == "any" and rules.later else [[row] for row in own]
    for place, item in enumerate(items):
        serves = [step for step in rules.steps if any(step(row) for row in item)]
        if item[0].at >= ask.until or not (serves if rules.order == "any" else any(rules.steps[0](row) for row in item)):
            continue
        inside = [one for one in items[place:] if one[0].at <= item[0].at + rules.within]
        found = _done_in_any_order(inside, rules) if rules.order == "any" else _earliest(inside, rules)
        if not any(_is_void(items[place:], found, inside, one, rules) for one in rules.exclude):
            yield Attempt([_serving(inside[at], rules) for at in found])


def _moments(own: Sequence[Row], rules: Rules) -> list[list[Row]]:
    """The rows of each moment that serve or exclude anything."""
    relevant = [row for row in own if any(one(row) for one in (*rules.steps, *(event for event, _, _ in rules.exclude)))]
    return [[row for row in relevant if row.at == at] for at in sorted({row.at for row in relevant})]


def _serving(item: list[Row], rules: Rules) -> Row:
    return next((row for row in item if any(step(row) for step in rules.steps)), item[0])


def _earliest(inside: Sequence[list[Row]], rules: Rules) -> list[int]:
    """For each step that can be reached, the earliest place at which it can; every way through the rows is tried."""
    best: dict[int, int] = {}

    def go(step: int, at: int) -> None:
        best[step] = min(at, best.get(step, at))
        if step + 1 == len(rules.steps):
            return
        for after in range(at + 1, len(inside)):
            between = [inside[place][0] for place in range(at + 1, after)]
            if rules.order == "strict" and between:
                return
            if rules.order == "strict_repeats_ok" and not all(rules.steps[step](row) for row in between):
                return
            row = inside[after][0]
            if rules.steps[step + 1](row) and (row.at > inside[at][0].at or not rules.later):
                go(step + 1, after)

    go(0, 0)
    return [best[step] for step in range(len(best))]


def _done_in_any_order(inside: Sequence[list[Row]], rules: Rules) -> list[int]:
    """The places at which one step more can be served, each by an item of its own."""
    found: list[int] = []
    for place in range(len(inside)):
        if _most(inside[: place + 1], rules.steps) > len(found):
            found.append(place)
    return found


def _most(items: Sequence[list[Row]], steps: Sequence[Where]) -> int:
    """How many of the steps different items can serve: each step takes one of them or none, all ways tried."""
    if not steps or not items:
        return 0
    ways = [_most(items, steps[1:])]
    for place, item in enumerate(items):
        if any(steps[0](row) for row in item):
            ways.append(1 + _most([*items[:place], *items[place + 1 :]], steps[1:]))
    return max(ways)


def _is_void(
    following: Sequence[list[Row]], found: list[int], inside: Sequence[list[Row]], one: tuple[Where, int, int], rules: Rules
) -> bool:
    event, after, before = one
    if len(found) < after:
        return False
    for place in range(found[after - 1] + 1, len(following)):
        at = following[place][0].at
        if not any(event(row) for row in following[place]) or (rules.later and at <= inside[found[after - 1]][0].at):
            continue
        if len(found) < before:
            return place < len(inside)
        return place < found[before - 1] and not (rules.later and at >= inside[found[before - 1]][0].at)
    return False


class Members:
    """To which members of the dimensions rows and attempts belong."""

    def __init__(self, ask: Ask, block: Mapping[str, Any], rules: Rules, done: Sequence[Row]) -> None:
        self.ask, self.attribution = ask, block.get("attribution", "first_touch")
        entry = rules.steps if rules.order == "any" else rules.steps[max(self._step(), 1) - 1 :][:1]
        entered = [row for row in done if row.at < ask.until and any(step(row) for step in entry)]
        self.top = sequences.largest(ask, block, entered)

    def _step(self) -> int:
        words = str(self.attribution).replace(":", "").strip("{}' ").replace("'", "").split()
        return int(words[1]) if words[0] == "step" else 0

    def of_row(self, row: Row) -> tuple[str, ...]:
        """The members that a row stands for."""
        return self._listed(common.member_of(row, self.ask))

    def _listed(self, member: tuple[str, ...]) -> tuple[str, ...]:
        return member if self.top is None or member in self.top else ("Other",) * len(member)

    def of_attempt(self, attempt: Attempt) -> tuple[str, ...]:
        """The first (or last) row of a step that says anything decides, or the row of a step."""
        step = self._step()
        if step:
            return self.of_row(attempt.rows[step - 1]) if len(attempt.rows) >= step else self._listed(("(none)",) * len(self.ask.by))
        order = reversed(attempt.rows) if self.attribution == "last_touch" else attempt.rows
        return self.of_row(next((row for row in order if any(row[dim] not in (None, "") for dim in self.ask.by)), attempt.rows[0]))


def _loaded(ask: Ask, definition: Mapping[str, Any], span: Span) -> tuple[bool, bool]:
    """Whether anything of a span is loaded, and whether the windows of those who entered in it are over."""
    block, (begun, end) = definition["funnel"], common.loaded(ask, definition)
    if end is None or span.since >= end or (begun is not None and begun >= span.until):
        return False, False
    closes = span.until + stretch(block.get("within", "14 days"))
    return True, end >= (max(min(closes, ask.until), span.until) if block.get("inside_range") else closes)


def _all(ask: Ask, told: Sequence[tuple[tuple[str, ...], int, Attempt]]) -> list[tuple[str, ...]]:
    return sorted({member for member, _, _ in told}) if ask.by else [()]


def _steps(ask: Ask, definition: Mapping[str, Any], told: Any, spans: list[Span]) -> list[dict[str, Any]]:
    found = []
    complete = _loaded(ask, definition, spans[0])[1]
    for member in _all(ask, told):
        mine = [attempt for whose, _, attempt in told if whose == member]
        before = start = len(mine)
        for number, step in enumerate(definition["funnel"]["steps"], 1):
            reached = [attempt for attempt in mine if len(attempt.rows) >= number]
            seconds = [_between(attempt, number - 1, number) for attempt in reached] if number > 1 else []
            found.append(
                {
                    **dict(zip(ask.by, member, strict=True)),
                    "step": number,
                    "name": next(iter(step)),
                    "entered": len(reached),
                    "from_start": len(reached) / start if start else None,
                    "from_previous": len(reached) / before if before and number > 1 else None,
                    "average_seconds": statistics.mean(seconds) if seconds else None,
                    "median_seconds": statistics.median(seconds) if seconds else None,
                    "complete": complete,
                }
            )
            before = len(reached)
    return found


def _between(attempt: Attempt, first: int, last: int) -> float:
    return (attempt.rows[last - 1].at - attempt.rows[first - 1].at).total_seconds()


def _section(block: Mapping[str, Any]) -> tuple[int, int]:
    return block.get("from_step", 1), block.get("to_step", len(block["steps"]))


def _trend(ask: Ask, definition: Mapping[str, Any], told: Any, spans: list[Span]) -> list[dict[str, Any]]:
    first, last = _section(definition["funnel"])
    found = []
    for number, span in enumerate(spans):
        loaded, closed = _loaded(ask, definition, span)
        for member in _all(ask, told):
            depths = [len(attempt.rows) for whose, at, attempt in told if whose == member and at == number]
            entered, converted = sum(depth >= first for depth in depths), sum(depth >= last for depth in depths)
            row = {"period": label(span, ask), **dict(zip(ask.by, member, strict=True))}
            row |= {"entered": entered if loaded else None, "converted": converted if loaded else None}
            row["value"] = converted / entered if closed and entered else None
            row["complete"] = closed and span.since == span.first and span.until == span.last
            found.append(row)
    return found


def _times(ask: Ask, definition: Mapping[str, Any], told: Any, spans: list[Span]) -> list[dict[str, Any]]:
    first, last = _section(definition["funnel"])
    found = []
    complete = _loaded(ask, definition, spans[0])[1]
    for member in _all(ask, told):
        seconds = [_between(attempt, first, last) for whose, _, attempt in told if whose == member and len(attempt.rows) >= last]
        if not seconds:
            continue
        bins = definition["funnel"].get("bins", "auto")
        if bins == "auto":
            bins = next(number for number in range(1, 1000) if number**3 >= len(seconds))
        low = math.floor(min(seconds))
        width = math.ceil((math.ceil(max(seconds)) - low) / bins) or 60
        for edge in range(low, low + width * bins + 1, width):
            value = sum(edge <= one < edge + width for one in seconds)
            row = {**dict(zip(ask.by, member, strict=True)), "from_seconds": edge, "to_seconds": edge + width, "value": value}
            found.append({**row, "complete": complete})
    return found
