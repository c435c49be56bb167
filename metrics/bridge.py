"""The bridge from one level to another: the opening, what moved it by kind, the closing; and whether that closes to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: A cent, less the noise of binary fractions.
_CENT = 0.0099
OPENING, CLOSING, REST = "opening", "closing", "rest"


@dataclass(frozen=True)
class Step:
    """One step of a bridge: it moves the level by `amount`, from `begins` to `ends`. The opening and the closing begin at 0."""

    kind: str
    amount: float
    begins: float
    ends: float


@dataclass(frozen=True)
class Bridge:
    """The steps in their order. `rest` is what no movement explains, such as accounts that changed the segment that is looked at."""

    steps: tuple[Step, ...]
    rest: float

    @property
    def closes(self) -> bool:
        """Whether opening and movements make the closing to the cent."""
        return abs(self.rest) < _CENT


def bridge(opening: float, movements: Mapping[str, float], closing: float) -> Bridge:
    """The bridge over movements by kind, losses below zero. What they leave unexplained is a step of its own, kind `rest`."""
    steps, level = [Step(OPENING, opening, 0.0, opening)], opening
    for kind, amount in movements.items():
        steps.append(Step(kind, amount, level, level + amount))
        level += amount
    rest = round(closing - level, 6)
    if abs(rest) >= _CENT:
        steps.append(Step(REST, rest, level, closing))
    return Bridge((*steps, Step(CLOSING, closing, 0.0, closing)), rest)
