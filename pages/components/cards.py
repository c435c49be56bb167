"""KPI tiles: the numbers of a page at a glance. A tile can be picked (it drives the chart), explained, and opened to its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components import report, trust
from pages.components.drawing import drawing
from pages.components.i18n import _


@dataclass(frozen=True)
class Card:
    """One tile, all its texts written out. `tone` judges the change (good, bad, flat), `status` the target (on, risk, off).

    `word` says the status where it is about the way to the target (`due`), `pace` how far ahead or behind it is.
    `spark` are the values of the small curve, its last `unfinished` ones drawn dashed; `aim` is the target's height in it.
    `problem` says in place of a number why there is none, `failing` what the tests of its definition found wrong with it.
    `signal` says whether its last period is a signal or usual, `news` whether that is good or bad (empty: no signal), `reason` why.
    """

    id: str
    label: str
    value: str = ""
    delta: str = ""
    direction: str = "flat"
    tone: str = "flat"
    was: str = ""
    target: str = ""
    due: str = ""
    status: str = ""
    word: str = ""
    pace: str = ""
    spark: tuple[float | None, ...] = ()
    unfinished: int = 0
    aim: float | None = None
    progress: str = ""
    age: str = ""
    late: bool = False
    help: str = ""
    problem: str = ""
    failing: str = ""
    signal: str = ""
    news: str = ""
    reason: str = ""

    @property
    def silent(self) -> bool:
        """Whether there is nothing at all to show: no number, now or before, and no reason why."""
        return not self.problem and not self.was and all(value is None for value in self.spark)


def status_words() -> dict[str, str]:
    """The word for each status; shape and colour say the same."""
    return {"on": _("On target"), "risk": _("At risk"), "off": _("Off target")}


def spoken(card: Card) -> str:
    """The tile in one sentence, for those who hear it."""
    if card.problem:
        return f"{card.label}: {card.problem}"
    said = [f"{card.label}: {card.value}"]
    if card.delta:
        ways = {"up": _("up {delta}"), "down": _("down {delta}"), "flat": _("unchanged")}
        said.append(ways[card.direction].format(delta=card.delta))
    if card.status:
        said.append(card.word or status_words()[card.status])
    if card.pace:
        said.append(card.pace)
    if card.signal:
        said.append(card.signal)
    if card.progress:
        said.append(card.progress)
    if card.failing:
        said.append(trust.word())
    return ", ".join(said)


def tiles(cards: Sequence[Card], *, key: str, columns: int = 4, on_ask: Callable[[str, str], None]) -> str:
    """Draws the tiles and gives the id of the picked one; the pick stands in the URL under `key`.

    `on_ask(id, what)` is called when a tile is asked for its `explain` or its `rows`.
    """
    return _drawn([("", cards)], key, columns, on_ask)


def grouped_tiles(groups: Sequence[tuple[str, Sequence[Card]]], *, key: str, columns: int = 4, on_ask: Callable[[str, str], None]) -> str:
    """The same in compact tiles, which stand in groups under their titles."""
    return _drawn(groups, key, min(columns, len(groups)), on_ask)


def picked_of(cards: Sequence[Card], *, key: str) -> Card:
    """The tile that is picked in a board of tiles, the first one unless told otherwise."""
    picked = st.query_params.get(key)
    return next((card for card in cards if card.id == picked), cards[0])


def _drawn(groups: Sequence[tuple[str, Sequence[Card]]], key: str, columns: int, on_ask: Callable[[str, str], None]) -> str:
    shown = [card for _title, cards in groups for card in cards]
    report.note(report.Tiles(tuple(_noted(card) for card in shown)))
    known, selected = [card.id for card in shown], picked_of(shown, key=key).id

    def remember(chosen: str) -> None:
        if chosen == known[0]:
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = chosen

    def asked(wish: dict[str, str]) -> None:
        on_ask(wish["id"], wish["what"])

    told = [{"title": title, "tiles": [_told(card) for card in cards]} for title, cards in groups]
    data = {"groups": told, "selected": selected, "columns": columns, "words": _words()}
    _tiles(key=key, data=data, selected=remember, asked=asked)
    return selected


def _told(card: Card) -> dict[str, Any]:
    return vars(card) | {"spoken": spoken(card), "status_word": card.word or status_words().get(card.status, "")}


def _noted(card: Card) -> report.Tile:
    """The tile as it stands in a report."""
    status = card.word or status_words().get(card.status, "")
    target = _("Target {target}").format(target=card.target) if card.target else ""
    was = _("from {value}").format(value=card.was) if card.was else ""
    note = " · ".join(part for part in (target, status, was, card.signal, card.progress, trust.word() if card.failing else "") if part)
    ways = {"up": f"↑ {card.delta}", "down": f"↓ {card.delta}", "flat": _("unchanged")}
    return report.Tile(
        label=card.label,
        value=card.value or card.problem,
        delta=ways[card.direction] if card.delta else "",
        tone=card.tone,
        note=note,
        status=card.status,
        spark=card.spark,
        unfinished=card.unfinished,
    )


def _words() -> dict[str, str]:
    return {
        "board": _("Key figures"),
        "target": _("Target"),
        "was": _("was"),
        "explain": _("How is this computed?"),
        "rows": _("Rows behind this"),
        "problem": _("Cannot be computed"),
        "fails": trust.word(),
    }


_FADE = (
    '<svg class="shared" aria-hidden="true"><defs><linearGradient id="fade" x1="0" y1="0" x2="0" y2="1">'
    '<stop offset="0" stop-color="var(--tv-accent)" stop-opacity=".16"/><stop offset="1" stop-color="var(--tv-accent)" stop-opacity="0"/>'
    "</linearGradient></defs></svg>"
)
_tiles = drawing("tiles", f'<div class="board">{_FADE}<div class="grid" role="group"></div></div>')
