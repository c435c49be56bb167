"""An open page follows what is published: it looks every two seconds, and draws itself anew when the generation has changed."""

from __future__ import annotations

import streamlit as st

from metrics import Layer
from pages.components import drawer


def watch(layer: Layer, generation: int | None) -> None:
    """Runs the page again, with its filters and its place, once another generation than this one is published."""

    @st.fragment(run_every=2)
    def look() -> None:
        if layer.generation() != generation and not drawer.is_open():
            st.rerun()

    look()
