"""What changed most, the strongest first, each with the part of the customers that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from pages.components import report
from pages.components.asset import component
from pages.components.i18n import _


@dataclass(frozen=True)
class Move:
    """One change, its texts written out. `strength` (0 to 1) is the length of its bar, `tone` its side: good right, bad left."""

    id: str
    label: str
    delta: str
    tone: str
    strength: float
    why: str = ""
    tag: str = ""


def movers(
    moves: Sequence[Move],
    *,
    key: str,
    title: str,
    on_pick: Callable[[str], None] | None = None,
    on_why: Callable[[str], None] | None = None,
) -> None:
    """Draws the changes; a click on one calls `on_pick(its id)` before the page runs again, and one on its "Why?" `on_why(its id)`."""

    def picked() -> None:
        chosen = st.session_state[key].get("picked")
        if chosen and on_pick:
            on_pick(str(chosen))

    def asked() -> None:
        chosen = st.session_state[key].get("why")
        if chosen and on_why:
            on_why(str(chosen))

    report.listed(title, (_("Metric"), _("Change"), _("In words")), [(one.label, one.delta, one.why) for one in moves], numbers=(1,))
    told = [asdict(move) | {"spoken": f"{move.label}: {move.delta}. {move.why}"} for move in moves]
    data = {"title": title, "moves": told, "why": _("Why?") if on_why else ""}
    _movers(key=key, data=data, on_picked_change=picked, on_why_change=asked)


_movers = component("movers", '<div class="board"><ol></ol></div>')
