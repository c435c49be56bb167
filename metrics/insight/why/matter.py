"""What is to be explained, and what the layer is asked about it: the one place where an explanation meets the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from metrics.columns import NOTHING
from metrics.insight.why.natures import Nature, counted, nature, scattered
from metrics.insight.why.spans import Span
from metrics.kinds import KINDS
from metrics.layer import Layer
from metrics.made_of import leaves

#: Where an account stands in facts that have any.
ACCOUNT = "account_id"
#: What accounts are told apart by.
ATTRIBUTES = ("account.segment", "account.plan", "account.region", "account.industry")
#: So many accounts are looked at one by one, to see whether a part moved as a whole; more take too long.
MOST_CLUSTERS = 4000
#: Fewer accounts than this do not tell; days do, then.
_FEWEST_ACCOUNTS = 5


@dataclass(frozen=True)
class Matter:
    """What is to be explained: a metric between two spans, of the accounts that the reader chose."""

    layer: Layer
    name: str
    now: Span
    then: Span
    where: str | None = None
    accounts: tuple[str, ...] | None = None

    @cached_property
    def nature(self) -> Nature:
        """How the metric divides."""
        return nature(self.name, self.layer.metrics)

    @cached_property
    def full(self) -> Layer:
        """The layer with the metrics that the nature needs beside those of the catalogue."""
        metric = self.layer.metrics[self.name]
        unsaved = {**self.nature.unsaved, **counted(metric), **(scattered(metric) if self.nature.sort == "own" else {})}
        return self.layer.over(unsaved) if unsaved else self.layer

    @cached_property
    def dimensions(self) -> list[str]:
        """What the metric can be split by."""
        return self.layer.dimensions(self.name)

    @cached_property
    def values(self) -> tuple[float | None, float | None]:
        """The metric then and now."""
        return self.value(self.name, self.then), self.value(self.name, self.now)

    def value(self, name: str, span: Span) -> float | None:
        """Any metric over a span."""
        rows = self.ask((name,), span)
        return number(rows[0][name]) if rows else None

    def ask(
        self, names: Sequence[str], span: Span, by: Sequence[str] = (), where: str | None = None, grain: str | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """The rows of a query in the reader's accounts and conditions; `where` narrows further."""
        condition = " AND ".join(f"({one})" for one in (self.where, where) if one) or None
        options: dict[str, Any] = {"by": tuple(by), "where": condition, "accounts": self.accounts, "grain": grain}
        return self.full.query(*names, since=span.since, until=span.until, **options).rows

    @cached_property
    def clusters_by(self) -> str | None:
        """What a part is divided into to see whether it moved as a whole: accounts, else days; None where neither can be."""
        if ACCOUNT in self.dimensions and self.layer.metrics[self.name].kind not in ("retained",):
            accounts = [row for row in self.ask((self.counts[0],), self.now, (ACCOUNT,)) if row[ACCOUNT] != NOTHING]
            if _FEWEST_ACCOUNTS <= len(accounts) <= MOST_CLUSTERS:
                return ACCOUNT
        return None if self.nature.weight or self.of_the_end or self.nature.sort == "distinct" else "period"

    @property
    def counts(self) -> tuple[str, ...]:
        """The metrics whose values make a member: of a ratio what is above and below its line."""
        if self.nature.sort != "ratio":
            return (self.name,)
        return (self.nature.above, self.nature.below) if self.nature.above else (self.nature.of or self.name,)

    @cached_property
    def profile(self) -> tuple[str, ...]:
        """The attributes of accounts that are asked for together, where members add up: one query then serves them all."""
        together = self.nature.sort == "additive" and self.clusters_by == ACCOUNT
        return tuple(one for one in ATTRIBUTES if one in self.dimensions) if together else ()

    @cached_property
    def of_the_end(self) -> bool:
        """Whether it looks at the end of a span, however long that is."""
        return any(KINDS[one.kind].leaf(one.spec).is_of_the_end for one in leaves((self.name,), self.layer.metrics).values())


def number(value: Any) -> float | None:
    """A value as a float; None for what is unknown."""
    return None if value is None else float(value)
