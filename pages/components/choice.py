"""A choice between a few things, which stands in the URL by its own name, whatever the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st


def choice(label: str, options: Sequence[str], *, key: str, word: Callable[[str], str]) -> str:
    """Draws the choice and gives what is chosen, the first of the options unless told otherwise; a single one needs no choosing."""
    if len(options) == 1:
        return options[0]
    if (linked := st.query_params.get(key)) in options:  # a choice is written there before the page runs: what differs is a link
        st.session_state[key] = linked

    def remember() -> None:
        chosen = st.session_state[key]
        if chosen == options[0]:
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = chosen

    return str(st.selectbox(label, options, format_func=word, key=key, on_change=remember, width=240))
