"""Editor: add or change a metric by form or YAML, see at once what it gives, save it with a reason, go back."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from data.errors import Problem
from metrics import blocks, editing, load, recipe
from metrics.recipe import Recipe
from metrics.validate import Finding
from pages.components import lint_list, metric_form, metric_preview, metric_save
from pages.components.board import Board
from pages.components.choice import choice, toggle
from pages.components.i18n import N_, _, translated
from pages.components.metric_save import OPENED
from pages.components.states import guarded, notice
from pages.components.yaml_text import yaml_text

TITLE = N_("Editor")
QUESTION = N_("What should be counted, and what would it give?")
ICON = ":material/edit_note:"
FILTERED = False

NEW = "new"
#: What a new metric is called until it has a label.
UNNAMED = "new_metric"
_TEXT, _SOURCE, _VERSION, _WAY = "editor_text", "editor_source", "editor_version", "editor_way"
_WAYS = {"form": N_("Form"), "yaml": N_("YAML")}


def show(board: Board) -> None:
    """Draws the page."""
    asked = st.query_params.get("edit", NEW)
    if asked != NEW and not board.has(asked):
        notice(_("There is no metric {name}").format(name=asked), _("The Catalogue lists those that there are. Below you can add one."))
    with st.container(key="opened", horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", gap="small"):
        opened = choice(
            _("Metric"), [NEW, *sorted(board.known, key=board.label)], key="edit", word=lambda one: _word(board, one), width=420
        )
        _begin(board, opened)
        told = _recipe(st.session_state[_TEXT])
        way = toggle(_("Edit as"), list(_WAYS), key="as", word=lambda one: _(_WAYS[one])) if told else "yaml"
    left, right = st.columns([1.1, 1], gap="small")
    with left, st.container(key="card-edit", gap="small"), guarded():
        _edited(board, opened, way, told)
    text = st.session_state[_TEXT]
    found, above = _lint(board, opened, text)
    with left:
        lint_list.show(found, above)
    right_text = not any(one.level == "error" for one in found)
    with right:
        if right_text:
            metric_preview.show(board, editing.only_name(text), text, _meaning(board, text))
        else:
            notice(_("No preview yet"), _("It comes by itself once nothing is wrong any more."))
    _kept(board, opened, text, right=right_text)


def _word(board: Board, name: str) -> str:
    return _("New metric") if name == NEW else board.label(name)


def _begin(board: Board, opened: str) -> None:
    """Reads what is opened, unless it is what is being edited."""
    if st.session_state.get(OPENED) == opened and _TEXT in st.session_state:
        return
    st.session_state[OPENED] = opened
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    st.session_state[_SOURCE] = _source(board, opened)
    st.session_state[_TEXT] = st.session_state[_SOURCE] or blocks.written(UNNAMED, recipe.keys(Recipe(name=UNNAMED)))
    metric_form.forget()


def _source(board: Board, opened: str) -> str:
    return "" if opened == NEW else editing.source(board.layer.workspace, board.metric(opened))


def _edited(board: Board, opened: str, way: str, told: Recipe | None) -> None:
    """Lets the definition be edited, one way or the other; it is kept while the reader looks at other pages."""
    before = st.session_state[_TEXT]
    if told is None:
        st.caption(_("This definition says more than the form can, or not yet enough: it is edited as YAML."))
    if st.session_state.get(_WAY) != way:
        st.session_state[_WAY] = way
        st.session_state[_VERSION] += 1
        metric_form.forget()
    st.session_state[_TEXT] = _by_form(board, opened, before, told) if way == "form" and told else _by_hand(board, opened, before)


def _recipe(text: str) -> Recipe | None:
    """What the form can say of a definition; None for one that it cannot, or that is wrong."""
    try:
        return recipe.of(load.over({}, text)[editing.only_name(text)])
    except Problem:
        return None


def _meaning(board: Board, text: str) -> str:
    """What is counted, in plain words: of what the form knows its sentence, else what the definition says of itself."""
    if told := _recipe(text):
        return metric_form.sentence(board, told)
    return translated(load.over({}, text)[editing.only_name(text)].description or "")


def _by_form(board: Board, opened: str, before: str, told: Recipe) -> str:
    if not metric_form.is_filled():
        metric_form.load(board, told)
    made = metric_form.draw(board, told if opened != NEW else replace(told, name=""))
    if opened != NEW:
        return blocks.revised(before, opened, recipe.keys(made))
    return blocks.written(made.name or UNNAMED, recipe.keys(made))


def _by_hand(board: Board, opened: str, before: str) -> str:
    """The text itself; what is wrong is marked at its line while it is typed."""
    version = str(st.session_state[_VERSION])
    key = f"yaml-{version}"
    typed = str((st.session_state.get(key) or {}).get("text", before))
    marks = [(one.problem.line, one.level) for one in reversed(_lint(board, opened, typed)[0]) if one.problem.line]
    return yaml_text(_("The definition, as it stands in its file"), before, key=key, version=version, marks=marks)


def _lint(board: Board, opened: str, text: str) -> tuple[list[Finding], int]:
    """What is wrong with the definition, and how many lines of its file stand above it."""
    found, above = editing.lint(board.layer.workspace, text, board.layer.metrics, None if opened == NEW else opened)
    if opened == NEW and (problem := metric_save.taken(board, _name(text))):
        found.insert(0, Finding("error", problem))
    return found, above


def _name(text: str) -> str:
    """What a text calls its metric; nothing where it does not say."""
    try:
        return editing.only_name(text)
    except Problem:
        return ""


def _kept(board: Board, opened: str, text: str, *, right: bool) -> None:
    """Saving, and what was saved before."""
    if _source(board, opened) != st.session_state[_SOURCE]:
        notice(
            _("Changed meanwhile"),
            _("Somebody else saved another version of this definition. Open it anew to see it; what you typed is then gone."),
        )
        st.button(_("Open it anew"), key="anew", icon=":material/refresh:", on_click=lambda: st.session_state.pop(OPENED, None))
        right = False
    if text == st.session_state[_SOURCE]:
        missing = _("Nothing has changed.")
    elif _name(text) == UNNAMED:
        missing = _("Say first what it is called.")
    else:
        missing = "" if right else _("It can be saved once nothing is wrong any more.")
    metric_save.show(board, text, missing)
    if opened != NEW:
        metric_save.history(board, opened)
