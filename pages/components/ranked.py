"""A ranked list: the largest members of something, each with its number, change and small curve. A row opens what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components import report
from pages.components.asset import component
from pages.components.i18n import _

#: The height of a row in ranked.css.
ROW = 45


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


def ranked(rows: Sequence[Row], *, key: str, title: str, on_pick: Callable[[str], None] | None = None) -> None:
    """Draws the list; a click on a row calls `on_pick(its id)` before the page runs again."""

    def picked() -> None:
        chosen = st.session_state[key].get("picked")
        if chosen and on_pick:
            on_pick(str(chosen))

    arrows = {"up": "↑ ", "down": "↓ ", "flat": ""}
    told = [(row.label, row.value, arrows[row.direction] + row.delta if row.delta else "", row.note) for row in rows]
    report.listed(title, (_("Name"), _("Value"), _("Change"), ""), told, numbers=(1, 2))
    data = {"title": title, "rows": [vars(row) | {"spoken": spoken(row)} for row in rows]}
    _ranked(key=key, data=data, height=max(len(rows), 1) * ROW, on_picked_change=picked)


_ranked = component("ranked", '<div class="list"><ol></ol></div>')
