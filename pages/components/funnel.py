"""A funnel: its steps one under the other, how many came to each, how many did not. Those who did not can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from pages.components import report
from pages.components.asset import component
from pages.components.i18n import _

#: The height of a step in funnel.css.
STEP = 64


@dataclass(frozen=True)
class Step:
    """One step, its texts written out. `share` (0 to 1) is how many of the first step came here: `whole` as a text.

    `on` is the share of the step before, `took` the usual time since, `lost` how many of the step before did not come.
    """

    name: str
    count: str
    share: float
    whole: str = ""
    on: str = ""
    took: str = ""
    lost: str = ""
    spoken: str = ""


def funnel(steps: Sequence[Step], *, key: str, title: str, on_pick: Callable[[int], None] | None = None) -> None:
    """Draws the funnel; a click on a step that lost somebody calls `on_pick(its number, from 1)` before the page runs again."""

    def picked() -> None:
        chosen = st.session_state[key].get("picked")
        if chosen and on_pick:
            on_pick(int(chosen))

    told = [(step.name, step.count, step.whole, " · ".join(part for part in (step.on, step.took, step.lost) if part)) for step in steps]
    report.listed(title, (_("Step"), _("Entered"), _("Of the first step"), _("In words")), told, numbers=(1, 2))
    data = {"title": title, "steps": [asdict(step) for step in steps]}
    _funnel(key=key, data=data, height=len(steps) * STEP, on_picked_change=picked)


_funnel = component("funnel", '<div class="funnel"><ol></ol></div>')
