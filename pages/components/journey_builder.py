"""Putting a journey together by choosing events and properties, and keeping it as a metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from metrics import blocks, editing, journey_recipe, recipe
from metrics.conditions import Condition
from metrics.editing import Edit
from metrics.journey_recipe import ENTITIES, MODES, ORDERS, WINDOWS, Step
from pages.components import board as boards
from pages.components import drafts, metric_save, saved
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.choice import choice
from pages.components.i18n import N_, _, ngettext
from pages.components.states import notice

#: What stands among the defined ones for one that is put together here.
NEW = "new"
_ANY = "any_use"
_WORDS = {
    _ANY: N_("anything meaningful"),
    "after": N_("what follows it"),
    "before": N_("what leads to it"),
    "person": N_("People"),
    "account": N_("Accounts"),
    "ordered": N_("In this order, others may come in between"),
    "strict": N_("In this order, nothing in between"),
    "any": N_("In any order"),
    "recurring": N_("Each time it is done"),
    "first_time": N_("The first time in the range"),
    "first_ever": N_("The first time ever"),
}


def funnel(board: Board) -> tuple[Board, str] | None:
    """The fields of a funnel; gives the board that knows it and its name, None until it has two steps."""
    events = _events(board)
    with st.container(key="build-funnel", gap="small"):
        names = _several(_("Steps, in their order"), events, key="steps")
        with st.container(horizontal=True, gap="small"):
            steps = [_step(board, name, key=f"step{place}") for place, name in enumerate(names, start=1)]
        with st.container(horizontal=True, gap="small"):
            within = choice(_("Window"), WINDOWS, key="within", word=_window)
            order = choice(_("Order"), ORDERS, key="order", word=lambda one: _(_WORDS[one]), width=340)
            entity = choice(_("Who"), ENTITIES, key="entity", word=lambda one: _(_WORDS[one]))
        without = _several(_("Not, if this comes in between"), [one for one in events if one not in names], key="without")
        if len(steps) < 2:
            said = _("Each step is an event; who did them one after the other within the window has converted.")
            notice(_("Choose two events or more"), said)
            return None
        keys = journey_recipe.funnel(steps, within=within, order=order, entity=entity, without=without)
        return _made(board, "new_funnel", keys, _("Funnel: {steps}").format(steps=" → ".join(names)), key="funnel")


def retention(board: Board) -> tuple[Board, str] | None:
    """The fields of a retention; gives the board that knows it and its name, None until a start is chosen."""
    events = _events(board)
    with st.container(key="build-retention", gap="small"):
        with st.container(horizontal=True, gap="small"):
            start = _one(_("It begins with"), events, key="start")
            back = choice(_("Who comes back does"), [_ANY, *events], key="back", word=lambda one: _(_WORDS[one]) if one in _WORDS else one)
            mode = choice(_("Counted from"), MODES, key="mode", word=lambda one: _(_WORDS[one]))
            entity = choice(_("Who"), ENTITIES, key="who", word=lambda one: _(_WORDS[one]))
        if start is None:
            notice(_("Choose an event"), _("Retention begins with an event, and counts who does something again in the periods after it."))
            return None
        first = _step(board, start, key="start1")
        keys = journey_recipe.retention(first, None if back == _ANY else Step(back), entity=entity, mode=mode)
        return _made(board, "new_retention", keys, _("Retention after {event}").format(event=start), key="retention")


def paths(board: Board) -> tuple[Board, str] | None:
    """The fields of paths; gives the board that knows them and their name, None until an event is chosen."""
    with st.container(key="build-paths", horizontal=True, gap="small"):
        event = _one(_("Event"), _events(board), key="around")
        side = choice(
            _("Look at"),
            ("after", "before"),
            key="side",
            word=lambda one: _(_WORDS[one]),
        )
    if event is None:
        notice(_("Choose an event"), _("Paths show what people do within 30 minutes after it, or before."))
        return None
    keys = journey_recipe.paths(Step(event), to=side == "before", within="30 minutes")
    said = _("What follows {event}") if side == "after" else _("What leads to {event}")
    return _made(board, "new_paths", keys, said.format(event=event), key="paths")


def _events(board: Board) -> list[str]:
    return list(boards.values(board.layer, board.generation, "events", "event"))


def _several(label: str, options: Sequence[str], *, key: str) -> list[str]:
    return st.multiselect(label, options, key=key, bind="query-params", placeholder=_("Choose"), select_all=False)


def _one(label: str, options: Sequence[str], *, key: str) -> str | None:
    return st.selectbox(label, options, index=None, key=key, bind="query-params", placeholder=_("Choose"), width=240)


def _step(board: Board, event: str, *, key: str) -> Step:
    """An event with the property that narrows it, where one is chosen."""
    found = boards.attributes(board.layer, board.generation, event)
    if not found:
        return Step(event)
    asked = _("Property of {event}").format(event=event)
    chosen_before = st.session_state.get(f"{key}v") or []
    with st.popover(" · ".join([event, *chosen_before]), icon=":material/tune:", key=f"narrow-{key}"):
        column = st.selectbox(asked, found, index=None, key=f"{key}p", bind="query-params", placeholder=_("Any"))
        if column is None:
            return Step(event)
        counts = boards.values(board.layer, board.generation, "events", column)
        chosen = st.multiselect(_("Values"), list(counts), key=f"{key}v", bind="query-params", placeholder=_("Choose"), select_all=False)
        most = " · ".join(f"{value} {fmt.full(count, 'integer')}" for value, count in list(counts.items())[:6])
        st.caption(_("In twelve months: {values}").format(values=most))
    return Step(event, (Condition(column, "is", tuple(chosen)),) if chosen else ())


def _window(within: str) -> str:
    count, unit = within.split(" ")
    if unit == "hours":
        return ngettext("Within {count} hour", "Within {count} hours", int(count)).format(count=count)
    return ngettext("Within {count} day", "Within {count} days", int(count)).format(count=count)


def _made(board: Board, name: str, keys: Mapping[str, Any], label: str, *, key: str) -> tuple[Board, str]:
    _save(board, keys, label, key=key)
    return drafts.drafted(board, name, {"label": label, **keys}), name


def _save(board: Board, keys: Mapping[str, Any], label: str, *, key: str) -> None:
    """The button that keeps it as a metric, under the name that is given or proposed."""
    book = board.book
    if book is None:
        return

    def write() -> Edit:
        said, by = str(st.session_state[f"label-{key}"] or label), str(st.session_state[f"by-{key}"])
        name = recipe.identifier(said)
        if problem := metric_save.taken(board, name):
            raise problem
        told = {"label": said, "description": label, "owner": by, **keys}
        made = editing.edit(board.layer.workspace, name, blocks.written(name, told), board.layer.metrics)
        editing.save(board.layer.workspace, made, book.definitions, author=by, reason=_("Put together on Journeys"))
        return made

    def save() -> None:
        if made := saved.kept(write):
            st.session_state[key] = st.query_params[key] = made.name
            st.toast(_("It is a metric now: {name} in {file}.").format(name=made.name, file=made.file), icon=":material/check:")

    with st.popover(_("Save as metric"), icon=":material/bookmark_add:", key=f"keep-{key}"), st.form(f"form-{key}", border=False):
        st.text_input(_("Name"), key=f"label-{key}", placeholder=label)
        st.text_input(_("Your name"), key=f"by-{key}", value=saved.author())
        st.form_submit_button(_("Save"), on_click=save)


#: What puts a journey of each kind together.
BUILD = {"funnel": funnel, "retention": retention, "paths": paths}
