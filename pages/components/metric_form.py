"""The form of a metric: what is counted, of what, which ones, how often, in which time, and what it is called. No SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from metrics import columns, conditions
from metrics.definition import FORMATS, GOOD, INCLUDE
from metrics.facts import facts
from metrics.recipe import Recipe, identifier, usual_format
from pages.components import metric_aims
from pages.components import metric_conditions as which
from pages.components import metric_words as words
from pages.components.board import Board
from pages.components.explain import GOOD as DIRECTIONS
from pages.components.i18n import N_, _

#: Stretches that the form offers; `period` is the period that the reader looks at, whatever its length.
WITHIN = {
    "period": N_("In the period that is looked at: a day, a week, a month"),
    "1 day": N_("In a day: the last one of the period"),
    "7 days": N_("In a week: the last 7 days of the period"),
    "28 days": N_("In four weeks: the last 28 days of the period"),
    "other": N_("In another stretch of days"),
}
_FORMATS = {
    "integer": N_("Whole number"),
    "decimal": N_("Number with decimals"),
    "percent": N_("Percent"),
    "money": N_("Money"),
    "duration": N_("Duration (from minutes)"),
}
_EACH = {"": N_("Over all rows"), "person": N_("For each person first"), "account": N_("For each account first")}
_INCLUDE = {"test": N_("Accounts marked as test"), "internal": N_("Our own people")}
#: What the reader typed is kept under keys that begin so; one of them missing means that the form was not drawn in the last run.
_FIRST = "form-what"


def is_filled() -> bool:
    """Whether the fields hold what was typed before, or must be filled."""
    return _FIRST in st.session_state


def forget() -> None:
    """Lets the fields be filled anew."""
    st.session_state.pop(_FIRST, None)


def load(board: Board, recipe: Recipe) -> None:
    """Fills the fields from a definition."""
    bounds = {key: test[key] for test in recipe.tests if len(test) == 1 for key in test if key in metric_aims.BOUNDS}
    within = recipe.over_last or "period"
    meaning = sentence(board, recipe)
    fields: dict[str, Any] = {
        "what": words.what(recipe), "fact": recipe.fact or "events", "column": recipe.of, "above": recipe.of, "below": recipe.to,
        "share": 100 * recipe.at if recipe.at is not None else 90.0, "at_least": recipe.at_least or 1,
        "within": within if within in WITHIN else "other", "days": max(words.days(within), 1), "each": recipe.per or "",
        "time": recipe.time or "", "include": list(recipe.include), "label": recipe.label or "",
        "description": "" if recipe.description == meaning else recipe.description or "",
        "good": recipe.good, "owner": recipe.owner, "format": recipe.format or "", "synonyms": list(recipe.synonyms),
        "targets": ", ".join(f"{period}: {aim}" for period, aim in recipe.targets.items()),
        "floor": bounds.get("not_below"), "ceiling": bounds.get("not_above"),
    }  # fmt: skip
    for field, value in fields.items():
        st.session_state[f"form-{field}"] = value
    which.load(recipe.where)


def draw(board: Board, saved: Recipe) -> Recipe:
    """Draws the form and gives what it says; `saved` is where it began, and keeps what the form has no field for."""
    told = _counted(board, saved)
    told = (
        _bounded(told, saved)
        if told.verb != "ratio"
        else replace(told, where=None, at_least=None, over_last=None, per=None, time=None, include=())
    )
    return _called(board, told, saved)


def sentence(board: Board, told: Recipe) -> str:
    """What a definition counts, in plain words."""
    above, below = (board.label(one) if board.has(one) else one for one in (told.of, told.to or ""))
    return words.sentence(told, conditions.read(told.where), above, below)


def _counted(board: Board, saved: Recipe) -> Recipe:
    """What is counted, of what, and which ones."""
    what = st.selectbox(_("What do you count?"), list(words.WHAT), format_func=words.what_word, key=_FIRST)
    verb, column = words.WHAT[what]
    if verb == "ratio":
        above, below = _parts(board)
        return replace(saved, verb=verb, of=above, to=below, fact=None, at=None)
    fact = _one(_("Of what?"), [one for one in facts() if column in (None, "*") or column in facts()[one].columns], "fact", _rows)
    if column is None:
        column = _one(_("Which of its attributes?"), _measures(fact, verb), "column", words.column_word)
    at = st.number_input(_("Which share, in percent?"), 0.0, 100.0, step=5.0, key="form-share") / 100 if verb == "percentile" else None
    where = which.draw(board, fact)
    if conditions.read(where) == conditions.read(saved.where) is not None:
        where = saved.where  # the same, as it was written
    return replace(saved, verb=verb, of=column, fact=fact, to=None, at=at, where=where)


def _parts(board: Board) -> tuple[str, str]:
    names = list(board.known)
    above = _one(_("Which metric?"), names, "above", board.label)
    return above, _one(_("Divided by which?"), names, "below", board.label)


def _measures(fact: str, verb: str) -> list[str]:
    """The columns that a verb can be about: numbers, or anything where different values are counted."""
    known = columns.names(facts()[fact])
    return known if verb == "count_distinct" else [one for one in known if columns.sort_of(fact, one) == "number"] or known


def _bounded(told: Recipe, saved: Recipe) -> Recipe:
    """How often, and in which time."""
    fact = facts()[told.fact or ""]
    at_least = None
    if told.verb == "count_distinct" or saved.at_least:
        at_least = int(st.number_input(_("At least how many times?"), min_value=1, step=1, key="form-at_least"))
    over_last = None if told.verb == "snapshot" else _within(saved)
    with st.expander(_("More: another moment, each person or account first, who is left out")):
        time = _one(_("Counted at which moment?"), ["", *fact.times[1:]], "time", lambda one: words.column_word(one or fact.time))
        per = (
            ""
            if told.verb in ("snapshot", "count_distinct") and not saved.per
            else _one(_("For each"), list(_EACH), "each", lambda one: _(_EACH[one]))
        )
        include = st.multiselect(
            _("Count these too"), INCLUDE, format_func=lambda one: _(_INCLUDE[one]), key="form-include", placeholder=_("Choose")
        )
    return replace(
        told,
        at_least=at_least if at_least and at_least > 1 else None,
        over_last=over_last,
        time=time or None,
        per=per or None,
        include=tuple(include),
    )


def _within(saved: Recipe) -> str | None:
    within = _one(_("In which time?"), list(WITHIN), "within", lambda one: _(WITHIN[one]))
    if within == "other":
        count = int(st.number_input(_("How many days?"), min_value=1, max_value=3650, step=1, key="form-days"))
        within = f"{count} day{'s' if count > 1 else ''}"
    if saved.over_last and words.days(within) == words.days(saved.over_last):
        return saved.over_last
    return None if within == "period" else within


def _called(board: Board, told: Recipe, saved: Recipe) -> Recipe:
    """What it is called, who keeps it, how it is written, what it aims at and must keep to."""
    label = st.text_input(_("What is it called?"), key="form-label", live=True, placeholder=_("Accounts that export often"))
    name = saved.name or identifier(label)
    st.caption(_("In files and links: {name}").format(name=name or "…"))
    meaning = sentence(board, told)
    description = st.text_area(
        _("What does it mean?"),
        key="form-description",
        placeholder=meaning,
        height=84,
        help=_("Empty: the sentence that the form adds up to."),
    )
    left, right = st.columns(2, gap="small")
    with left:
        good = st.selectbox(_("Which way is good?"), GOOD, index=None, format_func=lambda one: _(DIRECTIONS[one]), key="form-good")
    with right:
        owners = list(dict.fromkeys(filter(None, [*(one.owner for one in board.known.values()), st.session_state.get("form-owner")])))
        owner = st.selectbox(
            _("Who keeps it?"), owners, index=None, key="form-owner", accept_new_options=True, placeholder=_("Choose or type"),
        )  # fmt: skip
    synonyms, drawn = _numbers(told)
    return replace(
        told,
        name=name,
        label=label or None,
        description=" ".join((description or meaning).split()),
        good=good,
        owner=owner,
        format=drawn,
        synonyms=synonyms,
        targets=metric_aims.targets(saved),
        tests=metric_aims.tests(told, saved),
    )


def _numbers(told: Recipe) -> tuple[tuple[str, ...], str | None]:
    with st.expander(_("How it is written, and what else it is called")):
        usual = _("As usual: {format}").format(format=_(_FORMATS[usual_format(told.verb)]))
        drawn = _one(_("Format"), ["", *FORMATS], "format", lambda one: _(_FORMATS[one]) if one else usual)
        key = "form-synonyms"
        said = st.multiselect(
            _("Also called"), st.session_state.get(key) or [], key=key, accept_new_options=True, placeholder=_("Type a word"),
        )  # fmt: skip
    return tuple(said), drawn or None


def _rows(fact: str) -> str:
    return words.capital(words.rows_word(fact))


def _one(label: str, options: Sequence[str], field: str, word: Any) -> str:
    """A choice whose options may follow from another: what is not among them any more gives way to the first."""
    key = f"form-{field}"
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    return str(st.selectbox(label, options, format_func=word, key=key))
