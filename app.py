"""The app: what starts with it, how it is served, and which pages it has. `streamlit run app.py` starts everything."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
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
from data import workspace as workspaces
from data.errors import Problem
from pages import account, accounts, adoption, catalogue, data, delivery, editor, feature, journeys, overview, revenue, support
from pages.components import first_run, frame, places, states, theme
from pages.components.board import Board
from pages.components.i18n import LANGUAGES, _

ASSETS = Path(__file__).parent / "pages" / "components" / "assets"

#: The navigation: groups of pages, in their order. The first page is the one that opens; one with HIDDEN is opened from others.
PAGES: dict[str, tuple[ModuleType, ...]] = {
    "": (overview, adoption, feature, journeys, revenue, support, delivery, accounts, account, catalogue, editor, data),
}
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
    routes=[Route("/healthz", serving.health(lambda: frame.open_layer().generation()))],
    middleware=[
        Middleware(serving.SecurityHeaders),
        Middleware(serving.Compressed),
        Middleware(serving.Dressed, sheet=theme.sheet, languages=tuple(LANGUAGES)),
    ],
)


def main() -> None:
    """One run of the script: the navigation, the frame, and in it the page that is open."""
    icon = str(ASSETS / "icon.png")
    st.set_page_config(page_title="Transverse", page_icon=icon, layout="wide")
    frame.begin()
    st.logo(str(ASSETS / "icon.svg"))
    shown: list[Board] = []
    modules = [module for group in PAGES.values() for module in group]
    pages = {module: _page(module, shown) for module in modules}
    groups = {_(group): [pages[module] for module in members] for group, members in PAGES.items()}
    opened = st.navigation(groups, position="top")
    _run(next(module for module in modules if pages[module] is opened), partial(_draw, opened, shown))


def _page(module: ModuleType, shown: list[Board]) -> Any:
    name = places.name(module)
    seen: Literal["visible", "hidden"] = "hidden" if getattr(module, "HIDDEN", False) else "visible"
    return st.Page(
        lambda: module.show(shown[0]),
        title=_(module.TITLE), icon=module.ICON, url_path=name, default=module is overview, visibility=seen,
    )  # fmt: skip


def _draw(opened: Any, shown: list[Board], board: Board) -> None:
    shown.append(board)
    opened.run()


def _run(module: ModuleType, draw: Callable[[Board], None]) -> None:
    layer = generation = None
    try:
        layer = frame.open_layer()
        generation = layer.generation()
        if generation is None:
            first_run.show(launcher.of(layer.workspace.root), layer.workspace)
        else:
            frame.run(module, layer, generation, draw)
    except Problem as problem:
        states.problem(problem)
    frame.end(layer, generation)


if get_script_run_ctx(suppress_warning=True) is not None:
    main()
