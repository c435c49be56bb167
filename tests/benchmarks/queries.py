"""The layer against SQL written by hand, and the time to compile: python -m tests.benchmarks.queries [--rounds 15] [--workspace DIR].

On the demo company (500,000 events): in --workspace or TRANSVERSE_WORKSPACE, else made in a temporary folder. Both statements of a
question must give the same numbers; then they run in turn on one connection, and the ratio is the median of the pairs'. Exit 1
when a budget is missed: a query 1.1 times the hand-written one, a compilation 1 ms in the median.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from numbers import Number
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

import metrics
from connectors.sync import sync
from data import workspace as workspaces
from data.demo import write
from data.errors import Problem
from metrics.compile import Compiled, compile
from metrics.layer import Asked
from metrics.series import calendar
from tests.benchmarks.hand_written import QUESTIONS

BUDGET, COMPILE_MS = 1.1, 1.0


@contextmanager
def demo(told: str | None) -> Iterator[Path]:
    """The workspace that is told, or a demo company that goes afterwards."""
    if told:
        yield Path(told)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        write(root)
        sync(workspaces.load(root))
        yield root


def compilation(layer: metrics.Layer) -> dict[str, list[float]]:
    """Milliseconds to compile each metric at several grains, by kind: from the options of the query to the SQL."""
    known, found = layer.metrics, defaultdict(list)
    with layer.reader.open() as snapshot:
        loaded = layer.loaded(snapshot)
        for name, metric in known.items():
            for options in ({}, {"grain": "week"}, {"grain": "month", "compare": "previous"}, {"grain": "day", "since": "2026-01-01"}):
                asked = Asked(**options)

                def once(name: str = name, asked: Asked = asked) -> Compiled:
                    return compile(layer.request((name,), asked, known, loaded), known, loaded)

                try:
                    once()
                except Problem:  # such as a table that cannot be compared
                    continue
                found[metric.kind].append(median(1000 * seconds(once) for _ in range(5)))
    return found


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def span(layer: metrics.Layer, grain: str | None) -> tuple[str, str]:
    """A year of whole periods, which ends early enough that every window of the funnel has closed."""
    known = layer.metrics
    with layer.reader.open() as snapshot:
        request = layer.request(("active_users",), Asked(grain="month"), known, layer.loaded(snapshot))
    unit = "week" if grain == "week" else "month"
    until = request.calendar.floor(request.until - timedelta(days=15), unit)
    return request.calendar.step(until, unit, -52 if unit == "week" else -12).date().isoformat(), until.date().isoformat()


def same(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> bool:
    """Whether both gave the same rows."""
    return len(ours) == len(theirs) and all(_alike(*pair) for rows in zip(ours, theirs, strict=True) for pair in zip(*rows, strict=True))


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, Number) and isinstance(other, Number):
        return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def measured(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> tuple[float, float, float]:
    """The medians of both in milliseconds, and of the ratio of the pairs, which run in turn."""
    pairs = []
    for number in range(rounds + 1):
        first, second = (ours, theirs) if number % 2 else (theirs, ours)
        taken = {first: 1000 * seconds(first), second: 1000 * seconds(second)}
        pairs.append((taken[ours], taken[theirs]))
    pairs = pairs[1:]  # the first one warms up
    return median(one for one, _ in pairs), median(other for _, other in pairs), median(one / other for one, other in pairs)


def compare(layer: metrics.Layer, rounds: int, only: str) -> dict[str, float]:
    """The ratio of each question, printed as it is found. Raises AssertionError where the numbers differ."""
    found: dict[str, float] = {}
    print(f"{'':40} {'layer':>9} {'by hand':>9} {'ratio':>6}")
    for name, question in QUESTIONS.items():
        if only not in name:
            continue
        since, until = span(layer, question.ask.get("grain"))
        options = {key: value for key, value in question.ask.items() if key != "metrics"}
        unsaved = question.definitions or None
        mine = layer.compile(*question.ask["metrics"], since=since, until=until, definitions=unsaved, **options)
        told = {key: day for key, day in (("since", since), ("until", until)) if f"${key}" in question.sql}
        with layer.reader.open() as snapshot:
            ours, hand = (
                partial(rows, snapshot.cursor, sql, values) for sql, values in ((mine.sql, mine.parameters), (question.sql, told))
            )
            assert same(ours(), hand()), f"{name}: the layer and the query by hand differ"
            one, other, found[name] = measured(ours, hand, rounds)
        print(f"{name:40} {one:6.1f} ms {other:6.1f} ms {found[name]:6.2f}")
    return found


def counted(layer: metrics.Layer, rounds: int) -> None:
    """Two years of days as the layer writes them, beside the list of values that they would be."""
    days = [date(2025, 1, 1) + timedelta(days=place) for place in range(730)]
    values = ", ".join(f"('{day}')" for day in days)
    listed = f"SELECT CAST(day AS DATE) AS day FROM (VALUES {values}) AS told(day)"
    with layer.reader.open() as snapshot:
        ours, list_of_values = (partial(rows, snapshot.cursor, sql, {}) for sql in (calendar({"day": days}), listed))
        assert same(ours(), list_of_values())
        one, other, ratio = measured(ours, list_of_values, rounds)
    print(f"{'two years of days, counted and listed':40} {one:6.1f} ms {other:6.1f} ms {ratio:6.2f}")


def rows(cursor: duckdb.DuckDBPyConnection, sql: str, values: dict[str, str]) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    return cursor.execute(sql, values).fetchall()


def main() -> int:
    """Prints both tables; 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="pairs of each question (15)")
    parser.add_argument("--workspace", default=os.environ.get("TRANSVERSE_WORKSPACE"), help="a loaded demo company")
    parser.add_argument("--only", default="", help="questions whose name holds this")
    args = parser.parse_args()
    with demo(args.workspace) as root:
        layer = metrics.open(workspaces.load(root))
        by_kind = compilation(layer)
        print(f"{'compile, ms':40} {'requests':>9} {'median':>9} {'most':>6}")
        for kind, taken in sorted(by_kind.items()):
            print(f"{kind:40} {len(taken):9} {median(taken):9.2f} {max(taken):6.2f}")
        ratios = compare(layer, args.rounds, args.only)
        counted(layer, args.rounds)
    compiling = median(one for taken in by_kind.values() for one in taken)
    slow = [name for name, ratio in ratios.items() if ratio > BUDGET]
    said = (
        f"compile {compiling:.2f} ms (budget {COMPILE_MS:.0f}); queries at most {max(ratios.values()):.2f} times by hand (budget {BUDGET})"
    )
    print(said + (f"; missed by {', '.join(slow)}" if slow else ""))
    return 1 if slow or compiling > COMPILE_MS else 0


if __name__ == "__main__":
    sys.exit(main())
