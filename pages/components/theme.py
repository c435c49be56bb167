"""The look: the style sheet for what Streamlit's own theme (.streamlit/config.toml) does not reach."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

import streamlit as st

from pages.components.asset import asset, shared_script

#: Heights in tiles.css: a tile, the gap between two, a tile as a line on a phone.
_TILE, _GAP, _LINE = 161, 12, 111
#: Of groups: a heading, a compact tile, the gap below each.
_TITLE, _COMPACT, _NEAR = 30, 117, 10
#: In tree.css: a node, the same as a line.
_NODE, _NODE_LINE = 42, 46
#: What a key may count, and how far.
Lines = Literal["table", "entries", "short", "roster"]
_LETTERS, _MOST = "abcdef", 24
#: Up to these widths of the window there are two columns, and one.
_NARROW, _PHONE = 1154, 548


def inject() -> None:
    """Tells the drawers, which hang outside of the page, whether the reader sees it light or dark."""
    st.html(f"<style>.stDialog{{color-scheme:{st.context.theme.type or 'normal'}}}</style>")


def mark_group(place: int) -> None:
    """Marks the group of the navigation that the open page belongs to."""
    group = f"[data-testid=stTopNav] > :nth-child({place + 1}) [data-testid=stTopNavSection]"
    st.html(f"<style>{group}{{background:var(--tv-accent-soft)}}{group} p{{font-weight:600}}</style>")


def room_of_groups(sizes: Sequence[int], columns: int, key: str) -> str:
    """The key of a container that keeps the room of groups of so many compact tiles free: in columns, in two, in one."""

    def tiles(across: int) -> tuple[int, int]:
        rows = [sizes[place : place + across] for place in range(0, len(sizes), across)]
        return len(rows), sum(map(max, rows))

    return _counted("groups", (*tiles(columns), *tiles(2), len(sizes), sum(sizes)), key)


def room_of_tree(leaves: int, size: int, key: str) -> str:
    """The key of a container that keeps the room of a tree free: its leaves beside each other, or all of it as a list."""
    return _counted("tree", (leaves, size), key)


def room_of_lines(kind: Lines, count: int, key: str) -> str:
    """The key of a container that keeps the room of so many lines free: of a table, of a list of metrics, of the list of accounts."""
    return _counted(f"{kind}-room", (count,), key)


def _counted(kind: str, counts: Sequence[int], key: str) -> str:
    """A key that tells the style sheet how many things there will be: groups-a1-b2-…-key."""
    return "-".join([kind, *(f"{letter}{min(count, _MOST)}" for letter, count in zip(_LETTERS, counts, strict=False)), key])


@cache
def sheet() -> str:
    """The whole style sheet. The server links it in the page's head (serving.py), so that it is there before anything is drawn."""
    rooms = (_room(columns, count) for columns in (2, 3, 4) for count in range(1, 13))
    files = map(asset, ("page.css", "plot.css", "table.css", "account.css", "print_page.css"))
    return "".join((*files, _parts(), *rooms, _counts()))


def script() -> str:
    """The scripts of the components, and what has to be mended in the page itself."""
    return shared_script() + asset("page.js")


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
    return f"{room}{{min-height:{high(columns)}px}}{_at(_NARROW, room, f'{high(2)}px')}{_at(_PHONE, room, f'{count * _LINE + 1}px')}"


def _counts() -> str:
    """What `_counted` tells, as numbers to reckon with; then the heights of groups and trees."""
    told = (f'[class*="-{letter}{count}-"]{{--{letter}:{count}}}' for letter in _LETTERS for count in range(1, _MOST + 1))
    between = _TITLE - _NEAR + _GAP

    def high(rows: str, tiles: str) -> str:
        return f"calc(var(--{rows})*{between}px + var(--{tiles})*{_COMPACT + _NEAR}px - {_GAP}px)"

    groups, tree, table, entries, short, roster = (
        f'[class*="st-key-{kind}-"]' for kind in ("groups", "tree", "table-room", "entries-room", "short-room", "roster-room")
    )
    rules = {
        groups: (high("a", "b"), high("c", "d"), f"calc(var(--e)*{_TITLE}px + var(--f)*{_LINE}px)"),
        tree: (f"calc(var(--a)*{_NODE}px)", *[f"calc(var(--b)*{_NODE_LINE}px)"] * 2),
        table: (*["calc(var(--a)*36px + 29px)"] * 2, "calc(var(--a)*125px)"),
        entries: ("calc(var(--a)*54px)", "calc(var(--a)*92px)", "calc(var(--a)*105px)"),
        short: ("calc(var(--a)*66px)",) * 3,
        roster: ("calc(var(--a)*47px + 36px)",) * 3,
    }
    heights = (
        f"{room}{{min-height:{wide}}}{_at(_NARROW, room, narrow)}{_at(_PHONE, room, phone)}"
        for room, (wide, narrow, phone) in rules.items()
    )
    return "".join((*told, *heights))


def _at(width: int, room: str, height: str) -> str:
    return f"@media (max-width:{width}px){{{room}{{min-height:{height}}}}}"
