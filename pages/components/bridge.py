"""The MRR bridge: opening, what moved it, closing, as bars that hang on each other. A step opens what is behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from metrics.bridge import CLOSING, OPENING, REST, Bridge, bridge
from pages.components import format as fmt
from pages.components import present, report
from pages.components.board import Board
from pages.components.drawing import drawing
from pages.components.i18n import N_, _

LEVEL = "mrr"
#: The metrics that move it, in the order of the bridge.
MOVES = {
    "mrr_new": N_("New"),
    "mrr_expansion": N_("Expansion"),
    "mrr_reactivation": N_("Reactivation"),
    "mrr_contraction": N_("Contraction"),
    "mrr_churn": N_("Churn"),
}
_ENDS = {OPENING: N_("Opening"), CLOSING: N_("Closing"), REST: N_("Changed their kind of customer")}


@dataclass(frozen=True)
class Bar:
    """One row, its texts written out; `begins` and `ends` are shares (0 to 1) of the axis, `tone` is total, gain, loss or rest."""

    id: str
    label: str
    value: str
    begins: float
    ends: float
    tone: str
    spoken: str


def found(board: Board) -> Bridge | None:
    """The bridge over the reader's range, in the reader's filters; None where MRR is not known at its end."""
    since = board.filters.since
    closing = present.value(board, LEVEL)
    before = board.ask(LEVEL, since=since - timedelta(days=1), until=since).rows
    opening = present.number(before[0][LEVEL]) if before else None
    moves = {name: present.value(board, name) or 0.0 for name in MOVES if board.has(name)}
    return None if closing is None else bridge(opening or 0.0, moves, closing)


def bars(board: Board, told: Bridge) -> list[Bar]:
    """The rows of the bridge."""
    start, width = _axis(told)
    return [_bar(board, step.kind, step.amount, start, width, step.begins, step.ends) for step in told.steps]


def draw(rows: list[Bar], *, key: str, title: str, on_pick: Callable[[str], None]) -> None:
    """Draws the rows; a click on one calls `on_pick(its metric)` before the page runs again."""

    report.listed(title, (_("Step"), _("Amount")), [(row.label, row.value) for row in rows], numbers=(1,))
    data = {"title": title, "rows": [asdict(row) for row in rows]}
    _bridge(key=key, data=data, picked=on_pick)


def said(board: Board, told: Bridge) -> str:
    """Whether it closes, and where the axis begins when that is not at zero, in words."""
    if told.closes:
        closes = _("Opening and movements make the closing, to the cent.")
    else:
        rest = fmt.full(told.rest, "money", board.currency)
        closes = _("{rest} belongs to accounts that changed their plan, segment or region, by which you filter.").format(rest=rest)
    start, _width = _axis(told)
    if start <= 0:
        return closes
    cut = _("The bars begin at {value}, so that movements can be seen.").format(value=fmt.full(start, "money", board.currency))
    return f"{closes} {cut}"


def _axis(told: Bridge) -> tuple[float, float]:
    """Where the axis begins, above zero where movements would be too small to be seen, and how far it reaches."""
    levels = [end for step in told.steps for end in ((step.ends,) if step.kind in (OPENING, CLOSING) else (step.begins, step.ends))]
    low, high = min(levels), max(levels)
    room = (high - low) or abs(high) or 1.0
    start = max(0.0, low - room * 0.6) if low >= 0 else low
    return start, (high - start) or 1.0


def _bar(board: Board, kind: str, amount: float, start: float, width: float, begins: float, ends: float) -> Bar:
    total = kind in (OPENING, CLOSING)
    label = _(_ENDS.get(kind) or MOVES[kind])
    value = fmt.full(amount, "money", board.currency) if total else fmt.change(amount, "money", board.currency)
    tone = "total" if total else "rest" if kind == REST else "gain" if amount >= 0 else "loss"
    edges = sorted(((start if total else begins), ends))
    left, right = ((edge - start) / width for edge in edges)
    return Bar("" if kind == REST else LEVEL if total else kind, label, value, left, right, tone, f"{label}: {value}")


_bridge = drawing("bridge", '<div class="bridge"><ol></ol></div>')
