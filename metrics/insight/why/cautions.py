"""What a reader must know before believing a decomposition, as codes with numbers: pages and the command line say the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from metrics.insight.why.decompose import OVERLAP, Decomposition, Part

#: A member that rests on fewer says little.
MINIMUM_N = 20
#: The codes that there are, the gravest first.
CODES = ("simpson", "not_additive", "overlap", "small_n", "unequal_days", "cut")


@dataclass(frozen=True)
class Caution:
    """One thing to be careful about. `members` are those concerned, `facts` the numbers that the sentence needs."""

    code: str
    members: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"code": self.code} | ({"members": list(self.members)} if self.members else {}) | self.facts


def of(found: Decomposition, minimum_n: int = MINIMUM_N) -> tuple[Caution, ...]:
    """What holds for a decomposition over members: a Simpson reversal, members of few rows, members that overlap."""
    told = [simpson(found), small(found, minimum_n)]
    if overlap := found.rests.get(OVERLAP):
        told.append(Caution("overlap", facts={"rest": overlap}))
    return tuple(one for one in told if one)


def simpson(found: Decomposition) -> Caution | None:
    """A reversal, after E. H. Simpson (1951): within the segments the rates moved one way, and the total the other.

    More than half of the segments that have a rate in both periods move against the total, and so does the effect of all rates
    together: it is the mix that moved the total. `all` tells that no segment moves with it.
    """
    if found.method != "mix_rate" or not found.change:
        return None
    sign = 1 if found.change > 0 else -1
    moved = [(part, part.now - part.then) for part in found.parts if part.then is not None and part.now is not None]
    against = [part for part, change in moved if sign * change < 0]
    if 2 * len(against) <= len(moved) or sign * found.effects["rate"] >= 0:
        return None
    return Caution("simpson", _names(against), {"all": len(against) == len(moved), "of": len(moved)})


def small(found: Decomposition, minimum_n: int = MINIMUM_N) -> Caution | None:
    """The members that rest on fewer than `minimum_n` rows in one of the periods, though they matter to the explanation."""
    largest = max((abs(part.contribution) for part in found.parts), default=0.0)
    few = [
        part
        for part in found.parts
        if part.n_then is not None
        and part.n_now is not None
        and min(part.n_then, part.n_now) < minimum_n
        and abs(part.contribution) >= 0.1 * largest > 0
    ]
    return Caution("small_n", _names(few), {"minimum": minimum_n}) if few else None


def _names(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(part.member for part in parts)
