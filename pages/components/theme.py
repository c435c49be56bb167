"""The look: one style sheet of tokens for what Streamlit's own theme (.streamlit/config.toml) does not reach."""

from __future__ import annotations

import streamlit as st

from pages.components.asset import asset


def inject() -> None:
    """Adds the style sheet to the page; takes no room."""
    shade = st.context.theme.type or "normal"
    st.html(f"<style>{asset('page.css')}{asset('table.css')}{_parts()}.stDialog{{color-scheme:{shade}}}</style>")


def _parts() -> str:
    """The colours of a whole's parts in legends and tooltips: those that the theme gives the charts."""
    light, dark = (st.get_option(f"theme.{shade}.chartCategoricalColors") or [] for shade in ("light", "dark"))
    return "".join(
        f".tv-part-{place}{{--tv-part:light-dark({pale},{deep})}}" for place, (pale, deep) in enumerate(zip(light, dark, strict=False))
    )
