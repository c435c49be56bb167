"""Catalogue: what does each metric mean, how is it computed, who keeps it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from data.errors import Problem
from metrics import Result, handbook
from metrics.definition import Metric
from metrics.made_of import is_shaped
from pages.components import format as fmt
from pages.components import places, present, reach, trust
from pages.components.board import Board
from pages.components.drawer import Ask, ask, is_open
from pages.components.entries import Entry, entries
from pages.components.explain import GOOD
from pages.components.i18n import N_, _, ngettext, translated
from pages.components.relay import relayed
from pages.components.search import matching
from pages.components.section import plainly
from pages.components.states import guarded, notice

TITLE = N_("Catalogue")
QUESTION = N_("What does each metric mean, how is it computed, who keeps it?")
ICON = ":material/menu_book:"

#: The names of the built-in files of definitions; a company's own file is called by its name.
DOMAINS = {
    "adoption": N_("Adoption"),
    "cross_domain": N_("Cross-domain"),
    "delivery": N_("Delivery"),
    "sales": N_("Sales"),
    "support": N_("Support"),
}
ALL = "all"
_OPENED = "metric_opened"


def show(board: Board) -> None:
    """Draws the page."""
    _follow_link(board)
    known = list(board.layer.metrics.values())
    with st.container(key="search", horizontal=True, vertical_alignment="bottom", gap="small"):
        asked = st.text_input(
            _("Search"),
            key="q",
            placeholder=_("Name, meaning, synonym or owner"),
            icon=":material/search:",
            bind="query-params",
            label_visibility="collapsed",
        )
        domain = st.segmented_control(
            _("Domain"), [ALL, *domains(known)], default=ALL, required=True, format_func=domain_name, key="domain",
            label_visibility="collapsed", bind="query-params",
        )  # fmt: skip
        places.link("editor", _("New metric"), icon=":material/add:")
    found = [metric for metric in matching(known, asked or "") if domain in (ALL, domain_of(metric))]
    _taken_away(board)
    if not found:
        notice(_("No metric matches"), _("Try fewer letters, or another word for it: synonyms are searched too."))
    for name in domains(found):
        with guarded():
            _group(board, name, [metric for metric in found if domain_of(metric) == name])


def _taken_away(board: Board) -> None:
    """All of it as a document, for those who have no access here."""
    company = board.layer.workspace.company.name
    with st.container(key="taken", horizontal=True, gap="small"):
        for form, write, mime in (("HTML", handbook.html, "text/html"), ("Markdown", handbook.markdown, "text/markdown")):
            st.download_button(
                _("All of it as {form}").format(form=form),
                partial(_written, write, company, board.known),
                file_name=f"metrics.{'html' if form == 'HTML' else 'md'}",
                mime=mime,
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )


def _written(write: Callable[[str, Mapping[str, Metric]], str], company: str, known: Mapping[str, Metric]) -> bytes:
    return write(company, known).encode("utf-8")


def domains(known: Iterable[Metric]) -> list[str]:
    """The domains of these metrics, in the order of the files."""
    return list(dict.fromkeys(domain_of(metric) for metric in known))


def domain_of(metric: Metric) -> str:
    """The file of definitions that a metric stands in, without its folder and ending."""
    return Path(metric.file).stem


def domain_name(domain: str) -> str:
    """The name of a domain, or of all of them, in the reader's language."""
    return _("All") if domain == ALL else _(DOMAINS[domain]) if domain in DOMAINS else domain.replace("_", " ").capitalize()


def _group(board: Board, domain: str, found: Sequence[Metric]) -> None:
    with st.container(key=f"card-{domain}", gap="small"):
        count = ngettext("{count} metric", "{count} metrics", len(found)).format(count=len(found))
        st.html(plainly(domain_name(domain), count))
        numbers = [metric.name for metric in found if not is_shaped(metric)]
        totals, series = board.together(numbers), board.together(numbers, grain=board.filters.grain)
        told = [_entry(board, metric, totals.get(metric.name), series.get(metric.name)) for metric in found]
        entries(told, key=f"entries-{domain}", title=domain_name(domain), on_pick=lambda name: _open(board, name))


def _entry(board: Board, metric: Metric, total: Result | Problem | None, series: Result | Problem | None) -> Entry:
    facts = (metric.name, metric.owner or _("no owner"), _(GOOD[metric.good]))
    failing = trust.failing(board, metric.name)
    bare = Entry(metric.name, board.label(metric.name), translated(metric.description or ""), facts, failing=failing)
    if total is None or series is None:
        return replace(bare, note=_("a table"))
    if isinstance(total, Problem) or isinstance(series, Problem):
        return replace(bare, problem=next(relayed(one.message) for one in (total, series) if isinstance(one, Problem)))
    value = present.number(total.rows[0][metric.name]) if total.rows else None
    return replace(
        bare,
        value=fmt.short(value, metric.format, board.currency),
        note=reach.age(board, total) if reach.late(total) else "",
        spark=tuple(present.number(row[metric.name]) for row in series.rows),
        unfinished=reach.unfinished(series),
    )


def _open(board: Board, name: str) -> None:
    """Opens a metric and puts it into the URL, to be sent to a colleague."""
    st.query_params["metric"] = st.session_state[_OPENED] = name
    ask(Ask("explain", name, board.filters.since, board.filters.until))


def _follow_link(board: Board) -> None:
    """A link that names a metric opens it; once it is closed, the URL names it no longer."""
    linked, opened = st.query_params.get("metric"), st.session_state.get(_OPENED)
    if linked and linked != opened and board.has(linked):
        _open(board, linked)
    elif linked and not is_open():
        st.query_params.pop("metric")
        st.session_state.pop(_OPENED, None)
