"""How sure a recommendation is: by what it is drawn from, how far beyond its threshold, and what speaks against it. No more than that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEVELS = ("low", "medium", "high")
#: Twice the least number that a playbook asks for, and a fifth beyond its threshold, are enough to be sure of either.
_ENOUGH, _BEYOND = 2.0, 0.2


@dataclass(frozen=True)
class Confidence:
    """A level and what it comes from: each part from 0 to 1, of which the weakest decides.

    `n` was seen where `needed` is the least; `margin` is how far the condition is beyond its threshold, as a share; of `checks`
    on what would speak against it, `quiet` did not and `unknown` could not be told.
    """

    n: float
    needed: int
    margin: float
    checks: int
    quiet: int
    unknown: int

    @property
    def parts(self) -> dict[str, float]:
        """The parts by name; two thirds of each makes it sure."""
        size = min(1.0, self.n / self.needed / _ENOUGH * 2 / 3)
        beyond = max(0.0, min(1.0, self.margin / _BEYOND * 2 / 3))
        against = (self.quiet + self.unknown / 2) / self.checks if self.checks else 0.5
        return {"n": size, "margin": beyond, "checks": against}

    @property
    def level(self) -> str:
        """Low, medium or high: by thirds of the weakest part."""
        # A third of a third's rounding must not decide.
        return LEVELS[min(2, int(min(self.parts.values()) * 3 + 1e-9))]

    @property
    def weakest(self) -> str:
        """The part that decides: n, margin or checks."""
        return min(self.parts, key=lambda name: self.parts[name])

    @classmethod
    def of(cls, n: float, needed: int, margin: float, against: Sequence[bool | None]) -> Confidence:
        """From what the checks gave: True speaks against it, None cannot be told."""
        return cls(n, needed, margin, len(against), against.count(False), against.count(None))
