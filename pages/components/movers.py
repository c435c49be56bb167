"""What changed most, the strongest first, each with the part of the customers that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pages.components import report
from pages.components.drawing import drawing
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
    above: str,
    on_pick: Callable[[str], None],
    on_why: Callable[[str], None],
) -> None:
    """Draws the changes under the HTML of their heading; a click on one calls `on_pick(its id)`, one on its "Why?" `on_why(its id)`."""

    report.listed(title, (_("Metric"), _("Change"), _("In words")), [(one.label, one.delta, one.why) for one in moves], numbers=(1,))
    told = [asdict(move) | {"spoken": f"{move.label}: {move.delta}. {move.why}"} for move in moves]
    data = {"title": title, "moves": told, "why": _("Why?")}
    _movers(key=key, data=data, above=above, picked=on_pick, why=on_why)


_movers = drawing("movers", '<div class="board"><ol></ol></div>')
