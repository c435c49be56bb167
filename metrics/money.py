"""Amounts for which there is no rate: a number that would leave some of them out is refused, and says in which currencies they are.

Whether a generation holds any is known when it is made (a finding of `missing_rate`). Only then is each slice of a fact looked at:
the rows that its number counts, or may count where a condition is about the amount itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from data.errors import Problem
from data.workspace import Company
from metrics.columns import Rendered
from metrics.definition import Metric
from metrics.leaf import select
from metrics.slice import Slice
from metrics.sql import Bound, with_ctes

FLAG = "SELECT count(*) FROM finding WHERE name = 'missing_rate'"
Run = Callable[[str, Mapping[str, Bound]], list[tuple[Any, ...]]]


def check(pieces: Iterable[tuple[Metric, Slice]], company: Company, run: Run) -> None:
    """Raises Problem when rows that count have an amount, and no amount in the company's currency."""
    for metric, piece in pieces:
        asked = statement(piece)
        if asked and (found := [currency for (currency,) in run(*asked)]):
            told = f"{', '.join(found[:-1])} and {found[-1]}" if found[1:] else found[0]
            where = f"Add them to {company.rates}" if company.rates else "Name a file of rates under company.rates"
            raise Problem(
                f"{metric.name}: amounts in {told} have no rate to {company.currency}, so they cannot be added up",
                "sources.yml",
                remedy=f"{where}: day, currency, rate.",
            )


def statement(piece: Slice) -> tuple[str, dict[str, Bound]] | None:
    """The currencies of the unconverted amounts among the rows of a slice; None when it asks for no amount."""
    amounts = frozenset[str]().union(*(part.unconverted for part in piece.parts.values()))
    if not amounts:
        return None
    rows = select(replace(piece, running=False, request=piece.request.but(grain=None)), doubted)
    currency = f"upper(trim(coalesce({', '.join(sorted(amounts))})))"
    body = f"SELECT DISTINCT {currency} AS currency\n{rows.text}\n    AND {currency} IS NOT NULL\nORDER BY 1"
    return with_ctes(rows.ctes, body), rows.parameters


def doubted(part: Rendered) -> str:
    """A condition about an amount that is not known is neither true nor false: its row may count."""
    return f"coalesce({part.sql}, TRUE)" if part.unconverted else part.sql
