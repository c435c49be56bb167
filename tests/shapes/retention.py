"""Retention by hand: who started in which period, who came back in which, and the triangle of both."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from tests.evaluator_calendar import Ask, Span, Where, label
from tests.evaluator_rows import Row
from tests.shapes import common
from tests.shapes.common import Member


def rows(ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where]) -> list[dict[str, Any]]:
    """`cohort, offset, size, retained, value, complete`, for each cohort up to the period in which loading ends."""
    return _Triangle(ask, definition, expressions).rows()


class _Triangle:
    def __init__(self, ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where]) -> None:
        self.ask, self.definition, self.block, self.expressions = ask, definition, definition["retention"], expressions
        self.cohorts = common.whole(ask)
        self.width = self.block.get("periods")
        self.shown = common.whole(ask, self.width - 1 if self.width else 0)
        end = common.loaded_end(ask, definition)
        self.begun = sum(end is not None and span.since < end for span in self.shown)
        self.closed = [common.covers(ask, definition, span) for span in self.shown]
        self.started = self._rows(self.block.get("start"))
        self.named = common.gathered(ask, self.block, self.started)
        self.starts = self._starts()
        self.returns = self._returns()

    def _rows(self, condition: Any) -> list[Row]:
        found = common.rows(self.ask, self.definition, self.expressions, condition, until=self.shown[-1].last)
        return [row for row in found if common.entity_of(row, self.block) is not None]

    def _place(self, row: Row, spans: list[Span]) -> int | None:
        return next((place for place, span in enumerate(spans) if span.since <= row.at < span.until), None)

    def _starts(self) -> set[tuple[int, Any, Member]]:
        """(cohort, entity, its member as it is)."""
        firsts: dict[Any, tuple[Any, Member]] = {}
        found = set()
        for row in self.started:
            entity, member = common.entity_of(row, self.block), common.member_of(row, self.ask)
            place = self._place(row, self.cohorts)
            if place is not None and self.block.get("mode", "recurring") == "recurring":
                found.add((place, entity, member))
            if entity not in firsts or (row.at, member) < (firsts[entity][0].at, firsts[entity][1]):
                firsts[entity] = (row, member)
        if self.block.get("mode", "recurring") == "recurring":
            return found
        return {
            (place, entity, member)
            for entity, (row, member) in firsts.items()
            if (place := self._place(row, self.cohorts)) is not None and self._is_first_ever(row, entity)
        }

    def _is_first_ever(self, row: Row, entity: Any) -> bool:
        """Whether nobody saw an event of that name, matching or not, from this entity before."""
        if self.block["mode"] != "first_ever":
            return True
        names = re.findall(r"event = '(\w+)'", self.block.get("start") or "")
        own = [one for one in self._rows(None) if common.entity_of(one, self.block) == entity]
        return not any(one.at < row.at and (not names or one["event"] in names) for one in own)

    def _returns(self) -> dict[tuple[Any, Member], set[int]]:
        """The periods in which an entity came back often enough, with any member or with the same as at its start."""
        counts: Counter[tuple[Any, Member, int]] = Counter()
        for row in self._rows(self.block.get("return")):
            place = self._place(row, self.shown)
            if place is not None:
                member = common.member_of(row, self.ask) if self.block.get("same_on_return") else ()
                counts[common.entity_of(row, self.block), member, place] += 1
        found: dict[tuple[Any, Member], set[int]] = defaultdict(set)
        for (entity, member, place), count in counts.items():
            if count >= self.block.get("at_least", 1):
                found[entity, member].add(place)
        return found

    def _retained(self, cohort: int, offset: int, name: Member) -> int:
        came = set()
        for place, entity, member in self.starts:
            if place != cohort or self.named[member] != name:
                continue
            back = self.returns[entity, member if self.block.get("same_on_return") else ()]
            last = cohort + self.width - 1 if self.width else len(self.shown)
            later = self.block.get("counting") == "on_or_after"
            wanted = range(cohort + offset, last + 1) if later else [cohort + offset]
            if offset == 0 or any(one in back for one in wanted):
                came.add(entity)
        return len(came)

    def rows(self) -> list[dict[str, Any]]:
        names = sorted({self.named[member] for _, _, member in self.starts}) if self.ask.by else [()]
        found = []
        for name in names:
            for cohort in range(len(self.cohorts)):
                last = min(self.begun, cohort + self.width if self.width else len(self.shown))
                retained = [self._retained(cohort, offset, name) for offset in range(last - cohort)]
                found += [self._row(cohort, offset, name, retained) for offset in range(last - cohort)]
        return found

    def _row(self, cohort: int, offset: int, name: Member, retained: list[int]) -> dict[str, Any]:
        closed = self.closed[cohort + offset]
        of = retained[max(offset - 1, 0)] if self.block.get("base") == "previous" else retained[0]
        span = self.cohorts[cohort]
        end = cohort + offset
        if self.block.get("counting") == "on_or_after":
            end = cohort + self.width - 1 if self.width else len(self.shown) - 1
        return {
            **dict(zip(self.ask.by, name, strict=True)),
            "cohort": label(span, self.ask),
            "offset": offset,
            "size": retained[0],
            "retained": retained[offset],
            "value": retained[offset] / of if closed and of else None,
            "complete": self.closed[cohort] and closed and self.closed[end] and span.since == span.first,
        }
