"""From a number back to where it comes from: metric, parts, facts, tables, and the sources that feed them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from data.errors import Problem
from metrics.facts import facts
from metrics.kinds import KINDS
from metrics.layer import Layer
from metrics.made_of import counting, time_of
from metrics.result import instant


@dataclass(frozen=True)
class Feed:
    """A source that fills a table, through a connector: the moment up to which it did, and how many rows it brought."""

    source: str
    connector: str | None
    table: str
    rows: int
    loaded_until: datetime | None


@dataclass(frozen=True)
class Part:
    """A metric that counts rows: of which fact, at which of its moments, in which table, and who fills that."""

    metric: str
    kind: str
    fact: str
    time: str
    table: str
    feeds: tuple[Feed, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        feeds = [asdict(feed) | {"loaded_until": instant(feed.loaded_until)} for feed in self.feeds]
        return asdict(self) | {"feeds": feeds}


def parts(layer: Layer, name: str) -> list[Part]:
    """The metrics that count rows for this one, each down to its sources."""
    feeds = list(_feeds(layer))
    found = []
    for leaf, metric in counting((name,), layer.metrics).items():
        fact = facts()[KINDS[metric.kind].leaf(metric.spec).fact]
        fed = tuple(feed for feed in feeds if feed.table in fact.fed_by)
        found.append(Part(leaf, metric.kind, fact.name, time_of(metric, fact), fact.table, fed))
    return found


def _feeds(layer: Layer) -> Iterator[Feed]:
    """What the published generation says of each source and table; nothing when nothing is published."""
    try:
        with layer.reader.open() as snapshot:
            told = "SELECT source, table_name, row_count, loaded_until FROM freshness ORDER BY source, table_name"
            rows = snapshot.cursor.execute(told).fetchall()
    except Problem:
        return
    for source, table, count, until in rows:
        block = layer.workspace.sources.get(source)
        yield Feed(source, block.get("connector") if isinstance(block, dict) else None, table, count or 0, until)
