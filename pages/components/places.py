"""Going from one page to another with the reader's filters kept."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

import streamlit as st

#: The pages of the navigation: name in the URL, title, icon.
_known: list[tuple[str, str, str]] = []


def register(modules: Iterable[ModuleType]) -> None:
    """Tells which pages there are, in their order; those that only others open are left out."""
    shown = (module for module in modules if not getattr(module, "HIDDEN", False))
    _known[:] = [(name(module), module.TITLE, module.ICON) for module in shown]


def known() -> list[tuple[str, str, str]]:
    """The pages of the navigation: name in the URL, title (to be translated), icon."""
    return list(_known)


def name(module: ModuleType) -> str:
    """What a page is called in the URL."""
    return module.__name__.rsplit(".", 1)[-1]


def go(page: str, **asked: str) -> None:
    """Opens a page by its name in the URL, such as `account`, with what it is asked; ends the run."""
    st.switch_page(_page(page), query_params=asked)


def link(page: str, label: str, *, icon: str | None = None, **asked: str) -> None:
    """A link to a page by its name in the URL, with what it is asked."""
    st.page_link(_page(page), label=label, icon=icon, query_params=asked or None)


def _page(page: str) -> Any:
    return st.Page(_nothing, title=page, url_path=page)


def _nothing() -> None:
    """Stands for a page that app.py draws: pages are told apart by their names alone."""
