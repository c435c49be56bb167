"""A choice between a few things, which stands in the URL by its own name, whatever the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st


def choice(label: str, options: Sequence[str], *, key: str, word: Callable[[str], str], width: int = 240) -> str:
    """Draws the choice and gives what is chosen, the first of the options unless told otherwise; a single one needs no choosing."""
    if len(options) == 1:
        return options[0]
    return str(st.selectbox(label, options, format_func=word, key=key, on_change=_linked(options, key), width=width))


def toggle(label: str, options: Sequence[str], *, key: str, word: Callable[[str], str], disabled: bool = False) -> str:
    """The same as buttons beside each other."""
    remember = _linked(options, key)
    st.session_state.setdefault(key, options[0])
    return str(
        st.segmented_control(
            label, options, required=True, format_func=word, key=key, on_change=remember, label_visibility="collapsed", disabled=disabled
        )
    )


def _linked(options: Sequence[str], key: str) -> Callable[[], None]:
    """Takes over what a link says; gives what writes a choice into the URL."""
    if (linked := st.query_params.get(key)) in options:  # a choice is written there before the page runs: what differs is a link
        st.session_state[key] = linked
    elif st.session_state.get(key) not in options:  # what was chosen there before is no choice here
        st.session_state.pop(key, None)

    def remember() -> None:
        chosen = st.session_state[key]
        if chosen == options[0]:
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = chosen

    return remember
