"""The look: the style sheet for what Streamlit's own theme (.streamlit/config.toml) does not reach."""

from __future__ import annotations

import re
from functools import cache

import streamlit as st

from pages.components.asset import asset, shared_script


def inject(place: int) -> None:
    """Marks the group of the navigation (from 0) that the open page is in; tells drawers, which hang outside of it, light or dark."""
    group = f"[data-testid=stTopNav] > :nth-child({place + 1}) [data-testid=stTopNavSection]"
    marked = f"{group}{{background:var(--tv-accent-soft)}}{group} p{{font-weight:600}}"
    st.html(f"<style>.stDialog{{color-scheme:{st.context.theme.type or 'normal'}}}{marked}</style>")


@cache
def sheet() -> str:
    """The whole style sheet. The server links it in the page's head (serving.py), so that it is there before anything is drawn."""
    files = map(asset, ("page.css", "plot.css", "table.css", "account.css", "print_page.css"))
    return "".join((*files, _parts()))


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
