"""Connect: which tools feed this workspace, and how is another one added?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape

import streamlit as st

from data import workspace as workspaces
from data.errors import Problem
from data.journal import Journal
from pages.components import loading, saved
from pages.components.board import Board
from pages.components.choice import choice
from pages.components.i18n import N_, _
from pages.components.states import guarded, notice

TITLE = N_("Connect")
QUESTION = N_("Which tools feed this workspace, and how is another one added?")
ICON = ":material/cable:"
#: No filter bar: nothing here is counted.
FILTERED = False

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


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
    with _card("connect-choose", _("1. Choose a tool, and name the source")), guarded():
        tool = choice(_("Tool"), list(tools), key="tool", word=lambda one: tools[one]["summary"], width=520)
        name = st.text_input(_("Name of the source"), value=tool, key=f"name-{tool}", max_chars=40, width=320).strip()
    with _card("connect-block", _("2. Say what to load"), _("This becomes a block of sources.yml. Lines that begin with # are choices.")):
        block = _block(board, tools[tool], name)
    with _card("connect-add", _("3. Add it, test it, load it")), guarded():
        _add(board, book, name, block)


@contextmanager
def _card(key: str, title: str, subtitle: str = "") -> Iterator[None]:
    with st.container(key=f"card-{key}", gap="small"):
        st.html(f'<div class="tv-title"><h2>{escape(title)}</h2>{f"<p>{escape(subtitle)}</p>" if subtitle else ""}</div>')
        yield


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
    named = dict.fromkeys(_SECRET.findall("\n".join(line.partition("#")[0] for line in block.splitlines())))
    items = []
    for one in named:
        there = _is_set(one)
        said = _("is set") if there else _("is missing: set it in the environment or in .streamlit/secrets.toml")
        items.append(f'<li><span class="tv-mark {"good" if there else "warn"}"></span><code>{escape(one)}</code> {escape(said)}</li>')
    if items:
        st.html(f'<ul class="tv-findings">{"".join(items)}</ul>')


def _is_set(name: str) -> bool:
    try:
        workspaces.expand(f"${{{name}}}")
    except Problem:
        return False
    return True


def _add(board: Board, book: Journal, name: str, block: str) -> None:
    if not _NAME.fullmatch(name):
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
