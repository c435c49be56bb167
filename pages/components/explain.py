"""How is this computed: definition, SQL, what it is made of, where the rows come from and how old they are, what was left out; and why
it moved, in a tab of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from metrics.definition import Metric
from metrics.explain import Explanation
from metrics.made_of import is_shaped
from metrics.related import confusable, used_by
from metrics.sql import Bound
from pages.components import format as fmt
from pages.components import places, signal_chart, trust, why
from pages.components.aims import aims
from pages.components.board import Board
from pages.components.drawer import Ask
from pages.components.i18n import N_, _, translated
from pages.components.states import guarded
from pages.components.table import Column, table

GOOD = {"up": N_("Higher is better"), "down": N_("Lower is better"), "neutral": N_("Neither up nor down is better")}
_LISTED = 5
_LEFT_OUT = {
    "deleted": N_("deleted rows"),
    "test": N_("rows of test accounts"),
    "internal": N_("rows of people of our own"),
}


def body(board: Board, wish: Ask) -> None:
    """The drawer's content for one metric: how it is computed, and why it moved, each asked when it is opened."""
    metric = board.metric(wish.metric)
    st.html(
        f'<div class="tv-title"><h2>{escape(board.label(wish.metric))}{trust.mark(board, wish.metric)}</h2>'
        f"<p>{escape(translated(metric.description or ''))}</p></div>"
    )
    if is_shaped(metric):
        _how(board, wish)
        return
    names = {"how": _("How is this computed?"), "why": _("Why did it move?")}
    how, moved = st.tabs(list(names.values()), default=names[wish.tab], on_change="rerun", key="drawer_tab")
    with how:
        if how.open:
            _how(board, wish)
    with moved:
        if moved.open:
            why.body(board, wish)


def _how(board: Board, wish: Ask) -> None:
    with guarded():
        since, until = wish.since or board.filters.since, wish.until or board.filters.until
        told = board.layer.explain(
            wish.metric,
            since=since,
            until=until,
            where=board.narrowing(dict(wish.members)),
            accounts=board.filters.accounts,
            compare=board.filters.compare,
        )
        metric = board.metric(wish.metric)
        _failing(board, wish.metric)
        signal_chart.section(board, wish.metric)
        _facts(board, metric, told)
        aims(board, metric)
        st.subheader(_("Definition"))
        st.code(told.definition, language="yaml", wrap_lines=True)
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            st.caption(f"{metric.file}:{metric.line}", width="content")
            places.link("editor", _("Edit"), icon=":material/edit:", edit=wish.metric)
        _changes(board, metric)
        st.subheader(_("SQL"))
        st.code(told.sql, language="sql", wrap_lines=True)
        if told.parameters:
            st.caption(
                _("Bound values: {values}").format(
                    values=" · ".join(f"{name} = {_bound(value)}" for name, value in told.parameters.items())
                )
            )
        _sources(board, told)


def _bound(value: Bound) -> str:
    """A bound value in a line; of many accounts the first ones."""
    if isinstance(value, str):
        return value
    more = f" … ({len(value)})" if len(value) > _LISTED else ""
    return ", ".join(value[:_LISTED]) + more


def _failing(board: Board, name: str) -> None:
    """What the tests of the definition found wrong, test by test."""
    failed = [(test, found) for test, _ended, found in trust.results(board, board.metric(name)) if found]
    if failed:
        said = "".join(f"<p><code>{escape(test)}</code> {escape(trust.summed(found))}</p>" for test, found in failed)
        title = _("This number does not keep what its definition promises")
        st.html(f'<section class="tv-state problem" role="alert"><h3>{escape(title)}</h3>{said}</section>')


def _facts(board: Board, metric: Metric, told: Explanation) -> None:
    left_out = [f"{fmt.full(count, 'integer')} {_(_LEFT_OUT.get(kind, kind))}" for kind, count in told.left_out.items() if count]
    made_of = [f"{name} ← {table}" for name, table in told.lineage.items()]
    rows = {
        _("Name"): metric.name,
        _("Owner"): metric.owner or fmt.NOTHING,
        _("Direction"): _(GOOD[metric.good]),
        _("Also called"): ", ".join(metric.synonyms) or fmt.NOTHING,
        _("Range"): fmt.span(board.filters.since, board.last_day),
        _("Made of"): ", ".join(made_of),
        _("Used by"): _names(board, used_by(metric.name, board.known)) or fmt.NOTHING,
        _("Not to be confused with"): _names(board, confusable(metric.name, board.known)) or fmt.NOTHING,
        _("Shown on"): ", ".join(_(title) for title in places.showing(metric.name)) or fmt.NOTHING,
        _("Can be split by"): ", ".join(board.dimensions(metric.name)) or fmt.NOTHING,
        _("Targets"): " · ".join(f"{when}: {_target(board, metric, aim)}" for when, aim in metric.targets.items()) or _("none"),
        _("Tests"): " · ".join(f"{test} ({ended})" for test, ended, _found in trust.results(board, metric)) or _("none"),
        _("Left out"): ", ".join(left_out) or _("nothing"),
        _("Generation"): str(board.generation),
    }
    if told.readings:
        rows[_("Reading")] = " ".join(map(translated, told.readings.values()))
    st.html(f'<dl class="tv-facts">{"".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in rows.items())}</dl>')


def _names(board: Board, names: Sequence[str]) -> str:
    return ", ".join(board.label(name) for name in names)


def _changes(board: Board, metric: Metric) -> None:
    """Who changed the definition here, when and why; the Editor brings an earlier one back."""
    changed = board.book.definitions.history(metric.name) if board.book else []
    if changed:
        st.subheader(_("Changes"))
        columns = [Column(_("Day")), Column(_("By")), Column(_("Reason"))]
        rows = [[fmt.day(one.written_at.astimezone(board.zone).date()), one.author, one.reason] for one in changed]
        table(columns, rows, title=_("Changes"))


def _target(board: Board, metric: Metric, aim: float) -> str:
    return fmt.short(aim, metric.format, board.currency)


def _sources(board: Board, told: Explanation) -> None:
    st.subheader(_("Where the rows come from"))
    table = {
        _("Source"): [source.name for source in told.sources],
        _("Table"): [source.table for source in told.sources],
        _("Rows"): [source.rows for source in told.sources],
        _("Loaded until"): [fmt.until(source.loaded_until, board.zone) if source.loaded_until else fmt.NOTHING for source in told.sources],
    }
    st.dataframe(table, hide_index=True, alt=_("The sources of this metric"))
