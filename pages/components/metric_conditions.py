"""Which rows count: conditions chosen by column, comparison and values that exist in the data, each with how often it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from data.errors import Problem
from metrics import columns, conditions
from metrics.conditions import COMPARISONS, OF_NUMBERS, WITHOUT, Condition, Conditions
from metrics.facts import facts
from metrics.recipe import number as plain
from pages.components import format as fmt
from pages.components import metric_words as words
from pages.components.board import Board
from pages.components.i18n import N_, _

_IDS, _MATCH, WRITTEN = "which_ids", "which_match", "which_written"
_MATCHES = {"all": N_("All of them hold"), "any": N_("Any of them holds")}


def load(where: str | None) -> None:
    """Fills the fields from a condition; one that cannot be chosen is shown as it is written."""
    chosen = conditions.read(where)
    told = chosen.each if chosen is not None else ()
    st.session_state[WRITTEN] = where if chosen is None else None
    st.session_state[_IDS] = list(range(len(told)))
    st.session_state[_MATCH] = "any" if chosen is not None and chosen.any_of else "all"
    for place, one in enumerate(told):
        st.session_state[f"which-{place}-column"] = one.column
        st.session_state[f"which-{place}-is"] = one.comparison
        st.session_state[_values_key(place, one.column, one.comparison)] = _shown(one)


def draw(board: Board, fact: str) -> str | None:
    """Draws the fields, and gives the `where` that they amount to; None where every row counts."""
    if (written := st.session_state.get(WRITTEN)) is not None:
        text = st.text_input(_("Which ones? (a condition that is written, not chosen)"), value=written, key="which-text", live=True)
        return text or None
    ids: list[int] = st.session_state[_IDS]
    asked = _("Which ones?")
    with st.container(key="which-title"):
        st.html(f'<p class="tv-ask">{asked}</p>')
    if not ids:
        st.caption(_("All of them count. Add a condition to narrow them down."))
    if len(ids) > 1:
        st.selectbox(_("How conditions work together"), list(_MATCHES), format_func=lambda one: _(_MATCHES[one]), key=_MATCH)
    each = tuple(_condition(board, fact, one) for one in ids)
    st.button(_("Add a condition"), icon=":material/add:", key="which-add", on_click=_add)
    return conditions.written(Conditions(each, st.session_state.get(_MATCH) == "any"))


def _add() -> None:
    ids: list[int] = st.session_state[_IDS]
    ids.append(max(ids, default=-1) + 1)


def _condition(board: Board, fact: str, place: int) -> Condition:
    known = columns.names(facts()[fact])
    with st.container(key=f"which-{place}", horizontal=True, vertical_alignment="bottom", gap="small"):
        column = _column(place, known)
        comparison = _comparison(place, fact, column)
        values = _values(board, place, fact, column, comparison) if column else ()
        st.button(
            _("Remove"), icon=":material/close:", type="tertiary", key=f"which-{place}-out", help=_("Remove"), on_click=_remove(place)
        )
    return Condition(column, comparison, values)


def _remove(place: int) -> Callable[[], None]:
    def gone() -> None:
        st.session_state[_IDS].remove(place)

    return gone


def _column(place: int, known: list[str]) -> str:
    key = f"which-{place}-column"
    chosen = st.session_state.get(key)
    options = known if chosen is None or chosen in known else [chosen, *known]
    picked = st.selectbox(
        _("Attribute"), options, index=None, format_func=words.column_word, key=key, width=150, accept_new_options=True,
        placeholder=_("Choose"),
    )  # fmt: skip
    return str(picked or "")


def _comparison(place: int, fact: str, column: str) -> str:
    key = f"which-{place}-is"
    try:
        options = COMPARISONS[columns.sort_of(fact, column) if column else "text"]
    except Problem:
        options = COMPARISONS[None]  # the lint says that there is no such column
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    return str(st.selectbox(_("Comparison"), options, format_func=words.comparison_word, key=key, width=125))


def _values(board: Board, place: int, fact: str, column: str, comparison: str) -> tuple[str, ...]:
    if comparison in WITHOUT:
        return ()
    key = _values_key(place, column, comparison)
    if comparison in OF_NUMBERS:
        number = st.number_input(_("Value"), value=None, key=key, format="%g", width=140, placeholder=_("a number"))
        return () if number is None else (str(plain(number)),)
    if comparison in ("contains", "starts_with"):
        return tuple(filter(None, [st.text_input(_("Value"), key=key, width=190)]))
    counts = _existing(board, fact, column)
    options = list(dict.fromkeys([*counts, *(st.session_state.get(key) or ())]))
    return tuple(
        st.multiselect(
            _("Values"),
            options,
            key=key,
            format_func=lambda one: _counted(one, counts),
            accept_new_options=True,
            width="stretch",
            placeholder=_("Choose or type"),
            select_all=False,
        )
    )


def _counted(value: str, counts: Mapping[str, int]) -> str:
    return f"{value} · {fmt.full(counts[value], 'integer')}" if value in counts else value


def _existing(board: Board, fact: str, column: str) -> dict[str, int]:
    """The values of a column with their counts; none where they cannot be told, and any may be typed."""
    try:
        return board.layer.values(fact, column)
    except Problem:
        return {}


def _values_key(place: int, column: str, comparison: str) -> str:
    kind = "number" if comparison in OF_NUMBERS else "part" if comparison in ("contains", "starts_with") else "values"
    return f"which-{place}-{kind}-{column}"


def _shown(one: Condition) -> Any:
    """The values of a condition as its field holds them."""
    if one.comparison in OF_NUMBERS:
        return float(one.values[0])
    if one.comparison in ("contains", "starts_with"):
        return one.values[0]
    return list(one.values)
