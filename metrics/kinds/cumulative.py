"""`cumulative: METRIC`: the metric measured from the start of the range to the end of each period.

Counts and sums run up; a distinct count is of all that was seen since the start, not a running sum; a ratio or a formula is
made of its parts so measured; what looks at the end of a period (a snapshot, the last seven days) stays what it is.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass

from data.yaml_file import Mapping
from metrics.definition import text

KEYS = ()
RUNNING = True


@dataclass(frozen=True)
class Cumulative:
    """The metric that runs up."""

    of: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The metric, as a part of this one."""
        return (self.of,)


def read(verb: str, block: Mapping, name: str) -> Cumulative:
    """Reads the name; the layer checks that it exists."""
    return Cumulative(text(block, verb, name))


def format_of(verb: str) -> str:
    """A plain number unless the definition says otherwise."""
    del verb
    return "decimal"


def combine(spec: Cumulative, parts: AnyMapping[str, str]) -> str:
    """The value itself: its leaves are measured from the start of the range."""
    return parts[spec.of]
