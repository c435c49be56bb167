"""The look: the style sheet for what Streamlit's own theme (.streamlit/config.toml) does not reach."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import streamlit as st

from pages.components.asset import asset

#: Heights in tiles.css: a tile, the gap between two, a tile as a line on a phone.
_TILE, _GAP, _LINE = 161, 12, 111
#: Of groups: a heading, a compact tile, the gap below each.
_TITLE, _COMPACT, _NEAR = 30, 117, 10
#: Up to these widths of the window there are two columns, and one.
_NARROW, _PHONE = 1154, 548


def inject() -> None:
    """Tells the drawers, which hang outside of the page, whether the reader sees it light or dark."""
    st.html(f"<style>.stDialog{{color-scheme:{st.context.theme.type or 'normal'}}}</style>")


def mark_group(place: int) -> None:
    """Marks the group of the navigation that the open page belongs to."""
    group = f"[data-testid=stTopNav] > :nth-child({place + 1}) [data-testid=stTopNavSection]"
    st.html(f"<style>{group}{{background:var(--tv-accent-soft)}}{group} p{{font-weight:600}}</style>")


def keep_room(key: str, wide: int, *, narrow: int | None = None, phone: int | None = None) -> None:
    """Keeps a height free in the container of this key until what belongs there is drawn, so that nothing jumps."""
    room = f".st-key-{key}"
    st.html(f"<style>{room}{{min-height:{wide}px}}{_at(_NARROW, room, narrow or wide)}{_at(_PHONE, room, phone or narrow or wide)}</style>")


def room_of_groups(sizes: Sequence[int], columns: int) -> dict[str, int]:
    """The heights that groups of so many compact tiles take: in columns, in two, in one."""

    def high(across: int) -> int:
        rows = [sizes[place : place + across] for place in range(0, len(sizes), across)]
        return sum(_TITLE + max(row) * (_COMPACT + _NEAR) - _NEAR + _GAP for row in rows) - _GAP

    return {"wide": high(columns), "narrow": high(2), "phone": sum(_TITLE + size * _LINE for size in sizes)}


@cache
def sheet() -> str:
    """The whole style sheet. The server links it in the page's head (serving.py), so that it is there before anything is drawn."""
    rooms = (_room(columns, count) for columns in (2, 3, 4) for count in range(1, 13))
    return asset("page.css") + asset("table.css") + asset("account.css") + _parts() + "".join(rooms)


def script() -> str:
    """What has to be mended in the page itself."""
    return asset("page.js")


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
    return f"{room}{{min-height:{high(columns)}px}}{_at(_NARROW, room, high(2))}{_at(_PHONE, room, count * _LINE + 1)}"


def _at(width: int, room: str, height: int) -> str:
    return f"@media (max-width:{width}px){{{room}{{min-height:{height}px}}}}"
