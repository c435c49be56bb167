"""The app: what starts with it, how it is served, and which pages it has. `streamlit run app.py` starts everything."""

from __future__ import annotations

import gc
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

import launcher
import serving
import webhooks
from connectors import PUSHED_TO, offered
from data import workspace as workspaces
from data.errors import Problem
from pages import (
    account,
    accounts,
    actions,
    adoption,
    alerts,
    catalogue,
    connect,
    data,
    delivery,
    editor,
    feature,
    impact,
    journeys,
    overview,
    priorities,
    revenue,
    review,
    support,
)
from pages.components import deciding, first_run, frame, places, roles, states, theme
from pages.components.asset import asset
from pages.components.board import Board
from pages.components.i18n import LANGUAGES, N_, _

#: The navigation: pages by the question that they answer. The reader's role says which opens first; one with HIDDEN is opened from others.
PAGES: dict[str, tuple[ModuleType, ...]] = {
    N_("How are we doing?"): (overview, actions, review, revenue),
    N_("What is used?"): (adoption, feature, journeys),
    N_("Which customers?"): (accounts, account, support),
    N_("What ships?"): (delivery, impact, priorities),
    N_("Can I trust it?"): (catalogue, editor, data, alerts, connect),
}
connect.offer(cache(offered))
deciding.offer(lambda: PUSHED_TO)
places.register(module for group in PAGES.values() for module in group)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Starts the children; what is imported by now is hidden from the collection of garbage that follows each run."""
    children = launcher.of(workspaces.folder())
    children.start()
    gc.collect()
    gc.freeze()
    try:
        yield {}
    finally:
        children.stop()


# st.navigation says this too, but only after the first run: a link to /support must never run pages/support.py by itself.
PagesManager.uses_pages_directory = False

app = st.App(
    Path(__file__),
    lifespan=lifespan,
    routes=[Route("/healthz", serving.health(lambda: frame.open_layer().generation())), webhooks.route(workspaces.folder)],
    middleware=[
        Middleware(serving.SecurityHeaders),
        Middleware(serving.Compressed),
        Middleware(serving.Together),
        Middleware(serving.Dressed, sheet=theme.sheet, script=theme.script, languages=tuple(LANGUAGES)),
    ],
)


@cache
def _icon() -> str:
    """The icon as an address that holds it: a file would be read, and kept anew, in every run."""
    return f"data:image/svg+xml;base64,{b64encode(asset('icon.svg').encode()).decode()}"


def main() -> None:
    """One run of the script: the navigation, the frame, and in it the page that is open."""
    st.set_page_config(page_title="Transverse", page_icon=_icon(), layout="wide")
    frame.begin()
    st.logo(_icon())
    shown: list[Board] = []
    groups = _groups(roles.chosen(), shown)
    opened = st.navigation({_(title): [page for _module, page in group] for title, group in groups.items()}, position="top")
    place, module = next((place, one) for place, group in enumerate(groups.values()) for one, page in group if page is opened)
    theme.inject(place)
    _run(module, partial(_draw, opened, shown))


def _groups(role: str, shown: list[Board]) -> dict[str, list[tuple[ModuleType, Any]]]:
    """The pages of each group, in the order of the reader's role."""
    home = roles.home(role, PAGES)
    groups = {title: [(one, _page(one, shown, hidden=one is home)) for one in group] for title, group in roles.ordered(role, PAGES).items()}
    next(iter(groups.values())).insert(0, (home, _page(home, shown, first=True)))
    return groups


def _page(module: ModuleType, shown: list[Board], *, first: bool = False, hidden: bool = False) -> Any:
    """A page at an address of its own; the `first` one at that of the app. The reader's home has both: links name the page."""
    seen: Literal["visible", "hidden"] = "hidden" if hidden or getattr(module, "HIDDEN", False) else "visible"
    name = "home" if first else places.name(module)
    return st.Page(lambda: module.show(shown[0]), title=_(module.TITLE), icon=module.ICON, url_path=name, default=first, visibility=seen)


def _draw(opened: Any, shown: list[Board], board: Board) -> None:
    shown.append(board)
    opened.run()


def _run(module: ModuleType, draw: Callable[[Board], None]) -> None:
    layer = generation = None
    try:
        layer = frame.open_layer()
        generation = layer.generation()
        if generation is None and getattr(module, "BEFORE_DATA", False):
            frame.before_data(module, layer, draw)
        elif generation is None:
            first_run.show(launcher.of(layer.workspace.root), layer.workspace)
        else:
            frame.run(module, layer, generation, draw)
    except Problem as problem:
        states.problem(problem)
    frame.end(layer, generation)


if get_script_run_ctx(suppress_warning=True) is not None:
    main()
