"""Paths by hand: each entity's events after its first start (or before its last end), written out one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.evaluator_calendar import Ask, Where
from tests.evaluator_rows import Row
from tests.shapes import common, sequences
from tests.shapes.funnel import stretch


def rows(ask: Ask, definition: Mapping[str, Any], expressions: Mapping[str, Where]) -> list[dict[str, Any]]:
    """`step, from, to, value` for every edge that somebody passed."""
    block = definition["paths"]
    key = "from" if "from" in block else "to"
    named = expressions[block[key]] if block[key] in expressions else lambda row: row["event"] == block[key]
    by_session = block.get("within") == "session"
    reach = timedelta(days=1) if by_session else stretch(block.get("within", "30 minutes"))
    whose = {"entity": "session_id"} if by_session else block
    done = sequences.rows(ask, definition, expressions, ask.until + reach)
    paths: dict[tuple[str, ...], list[list[str]]] = {}
    starts: list[Row] = []
    for own in sequences.apart(done, whose):
        order = own if key == "from" else own[::-1]
        start = next((place for place, row in enumerate(order) if ask.since <= row.at < ask.until and named(row)), None)
        starts += [row for row in own if ask.since <= row.at < ask.until and named(row)]
        if start is not None:
            near = [row for row in order[start:] if abs(row.at - order[start].at) <= reach]
            paths.setdefault(common.member_of(order[start], ask), []).append(_names(near)[: block.get("depth", 5) + 1])
    top = sequences.largest(ask, whose, starts)
    gathered: dict[tuple[str, ...], list[list[str]]] = {}
    for member, found in paths.items():
        gathered.setdefault(member if top is None or member in top else ("Other",) * len(member), []).extend(found)
    _, end = common.loaded(ask, definition)
    complete = end is not None and end >= ask.until + (reach if key == "from" else timedelta())
    told = []
    for member, found in gathered.items():
        for (step, one, other), value in _edges(found, block.get("top")).items():
            edge = {"from": one, "to": other} if key == "from" else {"from": other, "to": one}
            told.append({**dict(zip(ask.by, member, strict=True)), "step": step, **edge, "value": value, "complete": complete})
    return told


def _names(path: Sequence[Row]) -> list[str]:
    """The events of a path; the same one several times in a row is one."""
    found: list[str] = []
    for row in path:
        if not found or row["event"] != found[-1]:
            found.append(row["event"])
    return found


def _edges(paths: list[list[str]], top: int | None) -> Counter[tuple[int, str, str]]:
    """How many paths go from one event to another at each step; at each level the rarer events are Other."""
    called: dict[tuple[int, str], str] = {}
    for level in range(1, max(map(len, paths))):
        seen = Counter(path[level] for path in paths if len(path) > level)
        order = sorted(seen, key=lambda event: (-seen[event], event))
        called |= {(level, event): event if top is None or place < top else "Other" for place, event in enumerate(order)}
    found: Counter[tuple[int, str, str]] = Counter()
    for path in paths:
        names = [called.get((level, event), event) for level, event in enumerate(path)]
        found.update((level, names[level - 1], names[level]) for level in range(1, len(names)))
    return found
