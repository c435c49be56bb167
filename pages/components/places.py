"""Going from one page to another with the reader's filters kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import streamlit as st

#: The metrics that the tiles of each page show, by its title.
_tiles: dict[str, tuple[str, ...]] = {}
#: The pages of the navigation: name in the URL, title, icon.
_known: list[tuple[str, str, str]] = []
_OPENED, _NEXT = "opened_page", "next_page"


def register(modules: Iterable[ModuleType]) -> None:
    """Tells which pages there are, in their order; those that only others open are left out."""
    listed = list(modules)
    _known[:] = [(name(module), module.TITLE, module.ICON) for module in listed if not getattr(module, "HIDDEN", False)]
    _tiles.update({module.TITLE: getattr(module, "TILES", ()) for module in listed})


def known() -> list[tuple[str, str, str]]:
    """The pages of the navigation: name in the URL, title (to be translated), icon."""
    return list(_known)


def showing(metric: str) -> list[str]:
    """The titles (to be translated) of the pages that have a tile for a metric."""
    return [title for title, tiles in _tiles.items() if metric in tiles]


def opened() -> str:
    """The name in the URL of the page that is drawn."""
    return str(st.session_state[_OPENED])


def entered(page: str) -> None:
    """Says which page is drawn."""
    st.session_state[_OPENED] = page


def name(module: ModuleType) -> str:
    """What a page is called in the URL."""
    return module.__name__.rsplit(".", 1)[-1]


def go(page: str, **asked: str) -> None:
    """Opens a page by its name in the URL, such as `account`, with what it is asked; ends the run."""
    st.switch_page(_page(page), query_params=asked)


def then(page: str, asked: Mapping[str, list[str]]) -> None:
    """Opens a page in the run that follows; for callbacks, which cannot go anywhere themselves."""
    st.session_state[_NEXT] = (page, dict(asked))


def follow() -> None:
    """Goes where a callback wanted to."""
    if wanted := st.session_state.pop(_NEXT, None):
        page, asked = wanted
        st.switch_page(_page(page), query_params=asked)


def link(page: str, label: str, *, icon: str | None = None, **asked: str) -> None:
    """A link to a page by its name in the URL, with what it is asked."""
    st.page_link(_page(page), label=label, icon=icon, query_params=asked or None)


def address(page: str, **asked: str) -> str:
    """The address of a page with what it is asked, for links in HTML; what stands in the URL now, such as filters, is carried on."""
    return f"{page}?{urlencode({**st.query_params.to_dict(), **asked})}"


def _page(page: str) -> Any:
    return st.Page(_nothing, title=page, url_path=page)


def _nothing() -> None:
    """Stands for a page that app.py draws: pages are told apart by their names alone."""
