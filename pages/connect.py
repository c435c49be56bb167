"""Connect: which tools feed this workspace, and how is another one added?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st

from data import workspace as workspaces
from data.journal import Journal
from pages.components import loading, saved
from pages.components.board import Board
from pages.components.choice import choice
from pages.components.i18n import N_, _, translated
from pages.components.section import plain_card
from pages.components.states import notice

TITLE = N_("Connect")
QUESTION = N_("Which tools feed this workspace, and how is another one added?")
ICON = ":material/cable:"
#: No filter bar: nothing here is counted. It can be opened while nothing is published yet.
FILTERED, BEFORE_DATA = False, True

#: Names, summaries and templates of the connectors; `app.py` says where they are to be had, since pages know no connector.
_offered: Callable[[], Sequence[Mapping[str, str]]] = tuple


def offer(found: Callable[[], Sequence[Mapping[str, str]]]) -> None:
    """Says which tools can be connected: each with `name`, `summary` and `template`. Asked for when the page is opened first."""
    global _offered
    _offered = found


def show(board: Board) -> None:
    """Draws the page."""
    book = board.book
    if book is None:
        notice(_("Nothing can be connected now"), _("The message at the top of the page says why."))
        return
    tools = {one["name"]: one for one in _offered()}
    with plain_card(key="connect-choose", title=_("1. Choose a tool, and name the source")):
        tool = choice(_("Tool"), list(tools), key="tool", word=lambda one: translated(tools[one]["summary"], "connectors"), width=520)
        name = st.text_input(_("Name of the source"), value=tool, key=f"name-{tool}", max_chars=40, width=320).strip()
    with plain_card(
        key="connect-block",
        title=_("2. Say what to load"),
        subtitle=_("This becomes a block of sources.yml. Lines that begin with # are choices."),
    ):
        block = _block(board, tools[tool], name)
    with plain_card(key="connect-add", title=_("3. Add it, test it, load it")):
        _add(board, book, name, block)


def _block(board: Board, tool: Mapping[str, str], name: str) -> str:
    there = board.layer.workspace.sources.get(name)
    if there is not None:
        notice(_("This source is there already"), _("It stands in sources.yml. Choose another name to add one more."))
        return ""
    text = tool["template"].format(name=name)
    written = st.text_area(
        _("Block of sources.yml"), value=text, height=340, key=f"block-{tool['name']}-{name}", label_visibility="collapsed"
    )
    _secrets(written)
    return written


def _secrets(block: str) -> None:
    """Whether each secret that the block names is set; its value is shown nowhere."""
    items = []
    for one in workspaces.variables("\n".join(line.partition("#")[0] for line in block.splitlines())):
        there = workspaces.is_set(one)
        said = _("is set") if there else _("is missing: set it in the environment or in .streamlit/secrets.toml")
        items.append(f'<li><span class="tv-mark {"good" if there else "warn"}"></span><code>{escape(one)}</code> {escape(said)}</li>')
    if items:
        st.html(f'<ul class="tv-findings">{"".join(items)}</ul>')


def _add(board: Board, book: Journal, name: str, block: str) -> None:
    if not workspaces.NEW_SOURCE.fullmatch(name):
        notice(_("This is no name for a source"), _("Use small letters, figures, _ and -, such as crm."))
        return
    job = book.jobs.latest(f"connect:{name}")
    if block:
        arguments = {"name": name, "block": block}

        def ask() -> None:
            saved.kept(lambda: book.jobs.request("connect", arguments, key=f"connect:{name}", author=saved.author()))

        busy = bool(job and job.open)
        st.button(_("Add to sources.yml"), icon=":material/add:", key="connect_add", disabled=busy, on_click=ask)
    if job is not None and (job.open or job.error or not block):
        loading.followed(board, book, job)
    if not block:
        loading.of_source(board, book, name)
