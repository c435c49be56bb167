"""A ranked list: the largest members of something, each with its number, change and small curve. A row opens what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.components import report
from pages.components.drawing import drawing
from pages.components.i18n import _


@dataclass(frozen=True)
class Row:
    """One row, its texts written out. `share` (0 to 1) is the length of its bar, `tone` judges its change (good, bad, flat)."""

    id: str
    label: str
    value: str
    share: float = 0.0
    delta: str = ""
    direction: str = "flat"
    tone: str = "flat"
    spark: tuple[float | None, ...] = ()
    note: str = ""


def spoken(row: Row) -> str:
    """The row in one sentence, for those who hear it."""
    ways = {"up": _("up {delta}"), "down": _("down {delta}"), "flat": _("unchanged")}
    said = [f"{row.label}: {row.value}", row.note, ways[row.direction].format(delta=row.delta) if row.delta else ""]
    return ", ".join(part for part in said if part)


def ranked(rows: Sequence[Row], *, key: str, title: str, on_pick: Callable[[str], None] | None = None, above: str = "") -> None:
    """Draws the list under the HTML of its heading; a click on a row calls `on_pick(its id)` before the page runs again."""

    def picked(member: str) -> None:
        if on_pick:
            on_pick(member)

    arrows = {"up": "↑ ", "down": "↓ ", "flat": ""}
    told = [(row.label, row.value, arrows[row.direction] + row.delta if row.delta else "", row.note) for row in rows]
    report.listed(title, (_("Name"), _("Value"), _("Change"), ""), told, numbers=(1, 2))
    data = {"title": title, "rows": [vars(row) | {"spoken": spoken(row)} for row in rows]}
    _ranked(key=key, data=data, above=above, picked=picked)


_ranked = drawing("ranked", '<div class="list"><ol></ol></div>')
