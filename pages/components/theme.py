"""The look: the style sheet for what Streamlit's own theme (.streamlit/config.toml) does not reach."""

from __future__ import annotations

import re
from functools import cache

import streamlit as st

from pages.components.asset import asset

#: Heights in tiles.css: a tile, the gap between two, a tile as a line on a phone.
_TILE, _GAP, _LINE = 161, 12, 111


def inject() -> None:
    """Tells the drawers, which hang outside of the page, whether the reader sees it light or dark."""
    st.html(f"<style>.stDialog{{color-scheme:{st.context.theme.type or 'normal'}}}</style>")


@cache
def sheet() -> str:
    """The whole style sheet. The server links it in the page's head (serving.py), so that it is there before anything is drawn."""
    rooms = (_room(columns, count) for columns in (2, 3, 4) for count in range(1, 13))
    return asset("page.css") + asset("table.css") + asset("account.css") + asset("print_page.css") + _parts() + "".join(rooms)


@cache
def tokens() -> dict[str, str]:
    """The colours of the light theme by name, for what is drawn on paper: those of page.css, and `part-0`, … for the parts of a whole."""
    found = dict(re.findall(r"--tv-([a-z0-9-]+): light-dark\((#\w+),", asset("page.css")))
    parts = st.get_option("theme.light.chartCategoricalColors") or [found["accent"]]
    return found | {f"part-{place}": colour for place, colour in enumerate(parts)}


def _parts() -> str:
    """The colours of a whole's parts in legends and tooltips: those that the theme gives the charts."""
    light, dark = (st.get_option(f"theme.{shade}.chartCategoricalColors") or [] for shade in ("light", "dark"))
    pairs = enumerate(zip(light, dark, strict=False))
    return "".join(f".tv-part-{place}{{--tv-part:light-dark({pale},{deep})}}" for place, (pale, deep) in pairs)


def _room(columns: int, count: int) -> str:
    """The height that tiles will take at each width, kept free until they are drawn."""

    def high(across: int) -> int:
        return -(-count // across) * (_TILE + _GAP) - _GAP

    room = f'[class*="st-key-room-{columns}-{count}-"]'
    narrow = f"@media (max-width:1154px){{{room}{{min-height:{high(2)}px}}}}"
    phone = f"@media (max-width:548px){{{room}{{min-height:{count * _LINE + 1}px}}}}"
    return f"{room}{{min-height:{high(columns)}px}}{narrow}{phone}"
