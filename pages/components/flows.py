"""Flows from step to step (a Sankey diagram): how many went from what to what. The engine of the charts has none, so it is drawn here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pages.components import report
from pages.components.drawing import drawing
from pages.components.i18n import _

HEIGHT = 400


@dataclass(frozen=True)
class Band:
    """So many went from one thing to the next; `step` counts from 1, `text` says the number.

    `from_rest` and `to_rest` tell that this end gathers many small things.
    """

    step: int
    source: str
    target: str
    count: int
    text: str
    from_rest: bool = False
    to_rest: bool = False


def flows(found: Sequence[Band], *, key: str, title: str, said: str) -> None:
    """Draws the flows; `said` is the picture in words, for those who do not see it."""
    told = [(str(one.step), one.source, one.target, one.text) for one in found]
    report.listed(title, (_("Step"), _("From"), _("To"), _("How many")), told, numbers=(3,), said=said)
    _flows(key=key, data={"title": title, "said": said, "height": HEIGHT, "flows": [asdict(one) for one in found]})


_flows = drawing("flows", '<div class="wrap" tabindex="0" role="img"><svg aria-hidden="true"></svg></div>')
