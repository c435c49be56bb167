"""`ratio: A, to: B`: a ratio of two metrics, each computed over all of the slice; never a mean of ratios."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass

from data.yaml_file import Mapping
from metrics.definition import text

KEYS = ("to",)
_ZERO_WHEN_NONE = re.compile(r"coalesce\(([^() ]+), 0\)")


@dataclass(frozen=True)
class Ratio:
    """The metric above the line and the one below it."""

    of: str
    to: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Both metrics."""
        return (self.of, self.to)


def read(verb: str, block: Mapping, name: str) -> Ratio:
    """Reads the two names; the layer checks that they exist."""
    return Ratio(text(block, verb, name), text(block, "to", name))


def format_of(verb: str) -> str:
    """A ratio is a plain number unless its definition says percent."""
    del verb
    return "decimal"


def combine(spec: Ratio, parts: AnyMapping[str, str]) -> str:
    """SQL over the parts' values; nothing divided by nothing is unknown."""
    zero_when_none = _ZERO_WHEN_NONE.fullmatch(parts[spec.to])
    by = zero_when_none[1] if zero_when_none else parts[spec.to]  # by zero or by nothing, it is unknown
    return f"CAST({parts[spec.of]} AS DOUBLE) / nullif({by}, 0)"
