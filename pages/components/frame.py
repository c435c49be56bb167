"""The frame of every page: title, question, range and age of the data, filter bar, notices, foot, drawer; the page fills the middle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

import streamlit as st

import metrics
from data import workspace as workspaces
from data.errors import Problem
from data.journal import open_journal
from metrics import Layer
from pages.components import board as boards
from pages.components import (
    drawer,
    drawing,
    explain,
    filters,
    i18n,
    live,
    places,
    priority_drawer,
    report,
    roles,
    rows,
    saved,
    search,
    share,
    states,
    who,
)
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.export_facts import compared
from pages.components.i18n import LANGUAGES, _, browser_language
from pages.components.kept import kept
from pages.components.relay import relayed
from pages.components.report import Part

#: What the drawer shows for each thing that is asked.
BODIES = {
    "explain": explain.body, "rows": rows.body, "step": who.step, "cohort": who.cohort, "search": search.body, "saved": saved.body,
    "priority": priority_drawer.body,
}  # fmt: skip


@lru_cache(maxsize=8)
def _layer(root: Path, stamp: tuple[float, ...]) -> Layer:  # noqa: ARG001  (a changed file makes another layer)
    return metrics.open(workspaces.load(root))


def open_layer() -> Layer:
    """The metrics layer of the workspace; a new one when sources.yml or features.yml has changed. Raises Problem."""
    root = workspaces.folder()
    files = [root / name for name in ("sources.yml", "features.yml")]
    return _layer(root, tuple(file.stat().st_mtime if file.exists() else 0.0 for file in files))


def run(page: ModuleType, layer: Layer, generation: int, draw: Callable[[Board], None]) -> None:
    """Draws the frame of a page on the published generation, and in it the page: a module with TITLE, QUESTION and show(board).

    `FILTERED = False` in the module leaves the filter bar out, and `SHARED = True` lets such a page be taken away all the same;
    `PER_ACCOUNT = False` says that the filters of accounts do not hold.
    `draw` calls show(board) as the page that is open: the frame's own widgets belong to no page, so that what is chosen in them
    holds on all of them.
    """
    drawer.entered(page.__name__)
    places.entered(places.name(page))
    parts: list[Part] = []
    search.button()
    shown = _board(layer, generation)
    until, filtered = shown.loaded_until, getattr(page, "FILTERED", True)
    if until and filtered:
        shown = _filtered(page, shown, parts)
        states.late(shown.sources, shown.zone)
    else:
        _bare(page, shown, parts)
    if until is None and filtered:
        states.late(shown.sources, shown.zone)
        said = _("Nothing is loaded that a number could be made of. The Data page says what was refused, and why.")
        states.notice(_("No rows yet"), said)
    else:
        with states.guarded(), report.collecting(parts):
            draw(shown)
    foot(shown)
    drawer.show(shown, BODIES)


def before_data(page: ModuleType, layer: Layer, draw: Callable[[Board], None]) -> None:
    """The same for a page that needs no numbers (`BEFORE_DATA = True` in its module), while nothing is published yet."""
    places.entered(places.name(page))
    with st.container(key="bare-head"):
        st.html(_head(page, ""))
    with states.guarded():
        draw(_board(layer, None))


def _board(layer: Layer, published: int | None) -> Board:
    """The board before anybody has filtered it. A journal that cannot be opened is told of, and the numbers go on without it."""
    generation = published or 0
    sources = boards.reach(layer, generation) if published is not None else ()
    last = boards.last_day(boards.newest(sources) or datetime.now(UTC), layer)
    bare = Board(layer, filters.usual(last), generation, sources, layer.metrics)
    try:
        book = open_journal(layer.workspace.root)
        written = kept(book)
        return replace(bare, book=book, known=boards.aimed(bare.known, written.targets), notes=written.notes, segments=written.segments)
    except Problem as problem:
        states.notice(_("What people write cannot be kept now"), relayed(str(problem)))
        return bare


def _filtered(page: ModuleType, bare: Board, parts: list[Part]) -> Board:
    """The head of a page with its filter bar, and the board that follows from what is chosen."""
    with st.container(key="topbar", horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small"):
        head = st.container(key="head", width="content")
        with st.container(key="tools", horizontal=True, width="content", vertical_alignment="center", gap="xsmall", wrap=False):
            chosen = filters.bar(bare.last_day, lambda dimension: boards.members(bare.layer, bare.generation, dimension), bare.segments)
            whole = bool(chosen.members or chosen.segment) and not getattr(page, "PER_ACCOUNT", True)
            shown = replace(bare, filters=chosen)
            shown = shown.everyone() if whole else shown
            saved.button()
            share.menu(shown, places.name(page), _(page.TITLE), _(page.QUESTION), parts)
    with head:
        st.html(_head(page, _range(shown)))
    if whole:
        st.caption(_("What this page counts belongs to no account: the filters for segment, plan and region do not hold here."))
    return shown


def _bare(page: ModuleType, shown: Board, parts: list[Part]) -> None:
    """The head of a page without a filter bar."""
    if not getattr(page, "SHARED", False):
        with st.container(key="bare-head"):
            st.html(_head(page, ""))
        return
    with st.container(key="shared-head", horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small"):
        st.html(_head(page, ""), width="content")
        share.menu(shown, places.name(page), _(page.TITLE), _(page.QUESTION), parts, filtered=False)


def begin() -> None:
    """What every run starts with, before there are numbers: the reader's language, an ear for what is drawn."""
    i18n.begin()
    drawing.begin()


def end(layer: Layer | None, generation: int | None) -> None:
    """What every run ends with: the page follows what is published."""
    drawing.end()
    if layer is not None:
        live.watch(layer, generation)


def foot(shown: Board) -> None:
    """The last line: whose data this is, which generation, for whom, in which language."""
    company = shown.layer.workspace.company
    facts = (company.name, _("generation {number}").format(number=shown.generation), company.timezone, company.currency)
    told = "".join(f"<span>{escape(str(fact))}</span>" for fact in facts)
    with st.container(key="foot", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="tv-foot">{told}<span class="tv-for">{escape(roles.question())}</span></p>')
        roles.control()
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            default=browser_language(),
            required=True,
            format_func=str.upper,
            key="lang",
            label_visibility="collapsed",
            bind="query-params",
        )


def _head(page: Any, when: str) -> str:
    told = f'<p class="when">{when}</p>' if when else ""
    return f'<header class="tv-head"><h1>{escape(_(page.TITLE))}</h1><p>{escape(_(page.QUESTION))}</p>{told}</header>'


def _range(shown: Board) -> str:
    """What is shown, what it is compared with, how old it is."""
    chosen = shown.filters
    until = shown.loaded_until
    late = any(source.late for source in shown.sources)
    age = _("Data until {moment}").format(moment=fmt.until(until, shown.zone)) if until else ""
    on = [member for members in chosen.members.values() for member in members] + ([chosen.segment] if chosen.segment else [])
    narrowed = "".join(f'<span class="tv-on">{escape(member)}</span>' for member in on)
    span = escape(fmt.span(chosen.since, shown.last_day))
    return f'{narrowed}{span}<i></i>{escape(compared(shown))}<i></i><span class="tv-live{" late" if late else ""}">{escape(age)}</span>'
