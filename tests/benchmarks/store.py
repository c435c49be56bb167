"""Times of the store on a big company: python -m tests.benchmarks.store [--events 50000000]."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from data import derive, workspace
from data.reader import Reader
from data.store import Draft, Store

FEATURES = "features:\n" + "".join(f"  feature_{n}: {{events: [event_{n}], where: \"attrs.format <> 'preview'\"}}\n" for n in range(24))

EVENTS = """
INSERT INTO event (event_id, occurred_at, occurred_at_day, event_name, account_id, person_id, attrs, source, loaded_at)
SELECT
  'e' || n, moment, CAST(moment AS DATE), 'event_' || n % 40, 'account_' || hash(n) % 400, 'person_' || hash(n) % 6000,
  '{"format": "csv"}', 'benchmark', now()
FROM (SELECT n, TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds(n % 46000000) AS moment FROM range($first, $last) AS numbers(n))
"""

PERIODS = """
INSERT INTO subscription_period (
  account_id, subscription_id, plan, mrr, currency, valid_from, valid_from_day, valid_to, valid_to_day, status, source)
SELECT
  'account_' || n % 400, 's' || n, 'pro', 10 + n % 90, 'EUR', begins, CAST(begins AS DATE), ends, CAST(ends AS DATE), 'active', 'benchmark'
FROM (
  SELECT n, TIMESTAMPTZ '2023-01-01 00:00:00+00' + to_days(n % 900) AS begins, begins + to_days(30 + n % 400) AS ends
  FROM (SELECT CAST(range AS INTEGER) AS n FROM range(50000))
)
"""


def timed(call: Callable[[], object]) -> float:
    """How many milliseconds a call takes."""
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)


@contextmanager
def drafted(store: Store, times: dict[str, list[float]]) -> Iterator[Draft]:
    """A draft, with the time until it was there."""
    begun = time.perf_counter()
    with store.draft() as draft:
        times.setdefault("draft ready (copy and tables)", []).append(1000 * (time.perf_counter() - begun))
        times.setdefault("of that, the copy", []).append(1000 * draft.copy_seconds)
        yield draft


def measure(root: Path, events: int) -> None:
    """Builds a store of so many events and prints what its steps take."""
    (root / "sources.yml").write_text("company: {timezone: Europe/Paris, currency: EUR}\n", encoding="utf-8")
    (root / "features.yml").write_text(FEATURES, encoding="utf-8")
    found = workspace.load(root)
    store, reader = Store(root, found.company.timezone), Reader(root, found.company.timezone)
    times: dict[str, list[float]] = {}
    with store.draft() as draft:
        draft.connection.execute(EVENTS, {"first": 0, "last": events})
        draft.connection.execute(PERIODS)
        draft.connection.execute(
            "INSERT INTO account (account_id, source) SELECT 'account_' || n, 'benchmark' FROM range(400) AS numbers(n)"
        )
        times["derive after the first load"] = [timed(lambda: derive.run(draft.connection, found))]
        times["first publish"] = [timed(lambda: draft.publish(sources={}, audits=[]))]
    for number in range(3):
        with drafted(store, times) as draft:
            first = events + 100_000 * number
            draft.connection.execute(EVENTS, {"first": first, "last": first + 100_000})
            times.setdefault("derive after 100,000 more events", []).append(timed(lambda: derive.run(draft.connection, found)))
            times.setdefault("publish", []).append(timed(lambda: draft.publish(sources={}, audits=[])))
        times.setdefault("opening a new generation", []).append(timed(lambda: reader.open().__enter__()))
    times["opening the same generation"] = [timed(lambda: reader.open().__enter__()) for _ in range(200)]
    times["asking which generation is published"] = [timed(reader.generation) for _ in range(200)]
    with reader.open() as snapshot:
        year = "SELECT day, sum(mrr) FROM mrr_day WHERE day BETWEEN '2024-01-01' AND '2024-12-31' GROUP BY day"
        times["MRR on each day of a year, 50,000 periods"] = [timed(lambda: snapshot.cursor.execute(year).fetchall()) for _ in range(5)]
    size = store.layout.warehouse(store.current() or 0).stat().st_size
    print(f"{events:,} events, {size / 1e6:,.0f} MB")
    for what, each in times.items():
        print(f"{what:<45} {median(each):>10.2f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), parser.parse_args().events)
