"""KPI tiles: the numbers of a page at a glance. A tile can be picked (it drives the chart), explained, and opened to its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from pages.components import report, trust
from pages.components.asset import asset
from pages.components.i18n import _


@dataclass(frozen=True)
class Card:
    """One tile, all its texts written out. `tone` judges the change (good, bad, flat), `status` the target (on, risk, off).

    `spark` are the values of the small curve, its last `unfinished` ones drawn dashed; `aim` is the target's height in it.
    `problem` says in place of a number why there is none, `failing` what the tests of its definition found wrong with it.
    """

    id: str
    label: str
    value: str = ""
    delta: str = ""
    direction: str = "flat"
    tone: str = "flat"
    was: str = ""
    target: str = ""
    status: str = ""
    spark: tuple[float | None, ...] = ()
    unfinished: int = 0
    aim: float | None = None
    progress: str = ""
    age: str = ""
    late: bool = False
    help: str = ""
    problem: str = ""
    failing: str = ""

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
        said.append(status_words()[card.status])
    if card.progress:
        said.append(card.progress)
    if card.failing:
        said.append(trust.word())
    return ", ".join(said)


def tiles(cards: Sequence[Card], *, key: str, columns: int = 4, on_ask: Callable[[str, str], None] | None = None) -> str:
    """Draws the tiles and gives the id of the picked one; the pick stands in the URL under `key`.

    `on_ask(id, what)` is called when a tile is asked for its `explain` or its `rows`.
    """
    report.note(report.Tiles(tuple(_noted(card) for card in cards)))
    known = [card.id for card in cards]
    picked = st.session_state.get(key, {}).get("selected") or st.query_params.get(key)
    selected = picked if picked in known else known[0]

    def remember() -> None:
        chosen = st.session_state[key]["selected"]
        if chosen == known[0]:
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = chosen

    def asked() -> None:
        wish = st.session_state[key].get("asked")
        if wish and on_ask:
            on_ask(str(wish["id"]), str(wish["what"]))

    data = {"tiles": [_told(card) for card in cards], "selected": selected, "columns": columns, "words": _words()}
    with st.container(key=f"room-{columns}-{len(cards)}-{key}"):
        shown = _tiles(key=key, data=data, default={"selected": selected}, on_selected_change=remember, on_asked_change=asked)
    chosen = shown.selected
    return chosen if chosen in known else selected


def _told(card: Card) -> dict[str, Any]:
    return asdict(card) | {"spoken": spoken(card), "status_word": status_words().get(card.status, "")}


def _noted(card: Card) -> report.Tile:
    """The tile as it stands in a report."""
    status = status_words().get(card.status, "")
    target = _("Target {target}").format(target=card.target) if card.target else ""
    was = _("from {value}").format(value=card.was) if card.was else ""
    note = " · ".join(part for part in (target, status, was, card.progress, trust.word() if card.failing else "") if part)
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


_tiles = st.components.v2.component(
    "transverse_tiles",
    html='<div class="board"><div class="grid" role="group"></div></div>',
    css=asset("tiles.css"),
    js=asset("tiles.js"),
)
