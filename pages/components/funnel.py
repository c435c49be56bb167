"""A funnel: its steps one under the other, how many came to each, how many did not. Those who did not can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pages.components import report
from pages.components.drawing import drawing
from pages.components.i18n import _


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

    def picked(step: int) -> None:
        if on_pick:
            on_pick(step)

    told = [(step.name, step.count, step.whole, " · ".join(part for part in (step.on, step.took, step.lost) if part)) for step in steps]
    report.listed(title, (_("Step"), _("Entered"), _("Of the first step"), _("In words")), told, numbers=(1, 2))
    data = {"title": title, "steps": [asdict(step) for step in steps]}
    _funnel(key=key, data=data, picked=picked)


_funnel = drawing("funnel", '<div class="funnel"><ol></ol></div>')
