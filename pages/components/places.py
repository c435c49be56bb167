"""Going from one page to another with the reader's filters kept."""

from __future__ import annotations

import streamlit as st


def go(page: str, **asked: str) -> None:
    """Opens a page by its name in the URL, such as `account`, with what it is asked; ends the run."""
    st.switch_page(st.Page(_nothing, title=page, url_path=page), query_params=asked)


def link(page: str, label: str, *, icon: str | None = None, **asked: str) -> None:
    """A link to a page by its name in the URL, with what it is asked."""
    st.page_link(st.Page(_nothing, title=page, url_path=page), label=label, icon=icon, query_params=asked or None)


def _nothing() -> None:
    """Stands for a page that app.py draws: pages are told apart by their names alone."""
