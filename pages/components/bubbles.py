"""Bubbles on a plane that is cut at the medians, each one named, pointed at and clicked: the adoption matrix, value against effort."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pages.components import format as fmt
from pages.components.i18n import _
from pages.components.plot import Pick, plot


@dataclass(frozen=True)
class Ruler:
    """An axis: what it says, the values on it that are named, the first and the last at its ends, and whether it is logarithmic."""

    label: str
    ticks: tuple[float, ...]
    names: tuple[str, ...]
    median: float | None = None
    median_name: str = ""
    log: bool = False

    @classmethod
    def of(cls, label: str, ticks: Sequence[float], kind: str, median: float | None, *, currency: str = "EUR", log: bool = False) -> Ruler:
        """A ruler whose numbers are written in the format of a metric."""
        said = _("Median {value}").format(value=fmt.short(median, kind, currency)) if median is not None else ""
        return cls(label, tuple(ticks), tuple(fmt.axis(ticks, kind, currency)), median, said, log)

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the beginning, 1 at the end."""
        low, high, here = (math.log10(one) if self.log else one for one in (self.ticks[0], self.ticks[-1], value))
        return round((here - low) / ((high - low) or 1.0), 5)

    def told(self) -> dict[str, Any]:
        """The ruler as plot.js gets it."""
        cut = [self.share(self.median), self.median_name] if self.median is not None else None
        return {
            "label": self.label,
            "ticks": [[self.share(at), name] for at, name in zip(self.ticks, self.names, strict=True)],
            "median": cut,
        }


@dataclass(frozen=True)
class Bubble:
    """A bubble at its values; `wide` is its diameter in pixels, `rows` and `note` are what its tooltip says."""

    name: str
    across: float
    up: float
    wide: float
    colour: str
    rows: tuple[tuple[str, str], ...]
    note: str = ""
    named: bool = True


def draw(shown: Sequence[Bubble], across: Ruler, up: Ruler, *, key: str, height: int, alt: str, above: str, on_pick: Pick) -> None:
    """Draws the plane under the HTML of its legend; a click on a bubble calls `on_pick(its index, None)` before the page runs again."""
    plot(told(shown, across, up, alt), key=key, height=height, above=above, on_pick=on_pick)


def told(shown: Sequence[Bubble], across: Ruler, up: Ruler, alt: str) -> dict[str, Any]:
    """The plane as plot.js gets it: plain JSON."""
    return {
        "kind": "bubbles",
        "said": alt,
        "room": {"left": 34 + 6.6 * max(map(len, up.names)), "right": 96, "top": 24, "bottom": 46},
        "across": across.told(),
        "up": up.told(),
        "dots": [[across.share(one.across), up.share(one.up), round(one.wide / 2, 1), one.colour, one.name, one.named] for one in shown],
        "tips": {
            "heads": [one.name for one in shown],
            "each": [[["", name, value] for name, value in one.rows] for one in shown],
            "notes": [one.note for one in shown],
        },
    }
