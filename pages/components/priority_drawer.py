"""The drawer of a candidate: each value with where it comes from, a word of one's own over it, the choice, the history and the way back."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from data.journal import Journal, PriorityValue
from metrics.insight import priorities
from metrics.insight.priorities import Cell, Ranking, Row, candidates
from metrics.insight.priorities.asking import Told
from metrics.insight.priorities.fields import Field
from metrics.insight.priorities.frameworks import Framework
from pages.components import format as fmt
from pages.components import priority_state as state
from pages.components.board import Board
from pages.components.drawer import Ask, ask, close
from pages.components.i18n import _
from pages.components.priority_words import KINDS, label, note, source, spoken, value, way
from pages.components.saved import author, kept, who_writes
from pages.components.states import guarded, notice
from pages.components.table import Cell as TableCell
from pages.components.table import Column, table

#: Of whom the accounts stand behind a way to a value, where the metric itself cannot be split by what the value is of.
_BEHIND = {"mrr_of_askers": "accounts_with_ideas"}
_SAID = "priorities_said"
#: What has no rows of its own to show, only how it is computed.
_NO_ROWS = ("answers", "usual_work", "ticket_share", "adoption")


def body(board: Board, wish: Ask) -> None:
    """The drawer's content for one candidate, by the framework that the page shows; without one the form for a new candidate."""
    if st.session_state.pop(state.CHANGED, False):
        st.rerun()
    if st.session_state.pop(_SAID, False):
        saved = _("Saved.")
        st.html(f'<p class="tv-done" role="status">{escape(saved)}</p>')
    with guarded():
        if not wish.candidate:
            _add(board)
            return
        framework = state.chosen(board)
        ranking = state.ranking(board, framework) if framework else None
        row = ranking.row(wish.candidate) if ranking else None
        if ranking is None or row is None:
            notice(_("This candidate is gone"), _("It is not among those of this range any more. Close the drawer and look at the table."))
            return
        _head(ranking.framework, row)
        _values(board, ranking, row)
        st.subheader(_("Change a value"))
        who_writes()
        _change(board, ranking, row)
        _choice(board, row)
        _history(board, ranking.framework, row)


def _add(board: Board) -> None:
    """The form for a candidate that no source tells of."""
    book = state.journal(board)
    features = {one.id: one.name for one in state.pool(board).candidates if one.kind == "feature"}

    def add() -> None:
        name, feature = str(st.session_state["priority-name"]), st.session_state.get("priority-feature")
        made = kept(lambda: book.priorities.add(name, author=author(), feature_id=feature))
        if made is not None:
            st.session_state[state.CHANGED] = st.session_state[_SAID] = True
            ask(Ask("priority", "", candidate=candidates.written([made])[0].key))

    st.caption(_("Something that no source tells of yet. With a feature, the data of that feature fills its values."))
    who_writes()
    with st.form("priority-add", border=False, clear_on_submit=True):
        st.text_input(_("Name"), key="priority-name")
        st.selectbox(
            _("Feature"), list(features), index=None, format_func=lambda one: features[one], key="priority-feature",
            placeholder=_("None: its values are written by hand"),
        )  # fmt: skip
        st.form_submit_button(_("Add"), on_click=add, type="primary")


def _head(framework: Framework, row: Row) -> None:
    place = _("place {rank}").format(rank=row.rank) if row.rank else _("no score yet")
    facts = " · ".join([_(KINDS[row.candidate.kind]), spoken(framework.label), place])
    st.html(
        f'<div class="tv-title"><h2>{escape(row.candidate.name)}</h2><div class="row"><strong>{escape(fmt.full(row.score))}</strong>'
        f"{escape(facts)}</div><p><code>{escape(framework.formula.text)}</code></p></div>"
    )


def _values(board: Board, ranking: Ranking, row: Row) -> None:
    """Each field: its value, where it comes from in full, and the way to how that is computed."""
    for name, field in ranking.framework.fields.items():
        cell = row.cells[name]
        said = [note(board, cell)] if cell.said else []
        said += [source(board, cell.told)] if cell.told else [] if cell.said else [note(board, cell)]
        if cell.told and (cell.said or field.relative):
            said.append(_("the data says {value}").format(value=_raw(board, cell.told)))
        text, buttons = st.columns([4.2, 1], vertical_alignment="center", gap="small")
        head = f"{escape(label(field))}: {escape(value(board, field, cell.value))}"
        below = "".join(f"<small>{escape(one)}</small>" for one in (spoken(field.description), *said))
        text.html(f'<p class="tv-kept"><b>{head}</b>{below}</p>')
        if cell.told:
            with buttons:
                _behind(cell.told, name)


def _behind(told: Told, name: str) -> None:
    """The buttons that open how a prefilled value is computed, and the rows behind it."""
    members = tuple((dimension, chosen[0]) for dimension, chosen in told.members if len(chosen) == 1)
    metric = _BEHIND.get(told.way, told.metric)
    explain = Ask("explain", told.metric, told.since, told.until, members if metric == told.metric and told.way not in _NO_ROWS else ())
    with st.container(horizontal=True, width="content", gap="xsmall", wrap=False):
        st.button(_("How?"), key=f"how-{name}", help=_("How is this computed?"), on_click=ask, args=(explain,))
        if told.way not in _NO_ROWS and members:
            rows = Ask("rows", metric, told.since, told.until, members)
            st.button(_("Rows"), key=f"rows-{name}", help=_("Behind this number"), on_click=ask, args=(rows,))


def _change(board: Board, ranking: Ranking, row: Row) -> None:
    """The form that puts a value over the data's, with a reason; and gives a field back to the data."""
    book, fields = state.journal(board), ranking.framework.fields
    name = str(st.selectbox(_("Field"), list(fields), format_func=lambda one: label(fields[one]), key="priority-field"))
    field, cell = fields[name], row.cells[name]

    def save(number: float | None) -> Callable[[], None]:
        def write() -> None:
            asked = number if number is not None else float(st.session_state[f"priority-value-{name}"])
            _write(lambda: priorities.override(book, ranking, row.candidate.key, name, asked, author=author(), reason=_reason(name)))

        return write

    def back() -> None:
        _write(lambda: priorities.override(book, ranking, row.candidate.key, name, None, author=author(), reason=_reason(name)))

    with st.form(f"priority-form-{name}", border=False):
        _input(board, field, cell, name)
        st.text_input(_("Reason"), key=f"priority-reason-{name}", placeholder=_("Why this value, and not the data's"))
        with st.container(horizontal=True):
            st.form_submit_button(_("Save"), on_click=save(None), type="primary")
            if cell.said is not None:
                st.form_submit_button(_("Back to the data"), on_click=back)


def _input(board: Board, field: Field, cell: Cell, name: str) -> None:
    """A choice where the field has a scale, else a number."""
    key, said = f"priority-value-{name}", _("New value")
    if field.scale:
        options = sorted(field.scale)
        place = options.index(cell.value) if cell.value in options else 0
        st.selectbox(said, options, index=place, format_func=lambda one: value(board, field, one), key=key)
    else:
        help_ = _("A share: 0.25 is 25 %.") if field.format == "percent" else None
        st.number_input(said, value=cell.value, min_value=field.least or 0.0, max_value=field.most, key=key, help=help_)


def _choice(board: Board, row: Row) -> None:
    """Choosing a candidate freezes its scores; what somebody wrote down can be taken off the list."""
    book, one = state.journal(board), row.candidate
    is_chosen = any(choice.candidate == one.key for choice in book.priorities.chosen())

    def choose() -> None:
        # Scores are frozen over all accounts, whatever the reader narrowed the page to: so can what came of them be told.
        pool, known = state.pool(board, everyone=True), state.shelf(board).kept
        _write(lambda: priorities.choose(book, pool, known, one.key, author=author()))

    def unchoose() -> None:
        _write(lambda: book.priorities.unchoose(one.key, author=author()))

    def remove() -> None:
        book.priorities.remove(one.entry)
        close()
        st.session_state[state.CHANGED] = True

    with st.container(horizontal=True, vertical_alignment="center"):
        if is_chosen:
            st.button(_("Take the choice back"), icon=":material/remove_done:", key="priority-unchoose", on_click=unchoose)
        else:
            said = _("Keeps its score and values as they are now, to be held against what comes of it.")
            st.button(_("Choose it"), icon=":material/done_all:", key="priority-choose", help=said, on_click=choose)
        if one.entry:
            st.button(_("Take off the list"), icon=":material/delete:", key="priority-remove", on_click=remove)


def _history(board: Board, framework: Framework, row: Row) -> None:
    """Who set what, when, why, and what the data said then; the latest can be undone."""
    book = state.journal(board)
    written = [one for one in book.priorities.history(row.candidate.key) if one.framework == framework.name]
    if not written:
        return
    st.subheader(_("History"))
    columns = [Column(_("Day")), Column(_("By")), Column(_("Field")), Column(_("Value"), number=True), Column(_("Reason"))]
    table(columns, [_entry(board, framework, one) for one in written], title=_("History"))
    standing = [one for place, one in book.priorities.in_force().items() if place[:2] == (framework.name, row.candidate.key)]
    for one in standing:
        _undo(book, framework, one)


def _entry(board: Board, framework: Framework, one: PriorityValue) -> list[TableCell | str]:
    field = framework.fields.get(one.field)
    named, shown = (label(field), value(board, field, one.value)) if field else (one.field, fmt.full(one.value))
    undone = _("undone: {value}").format(value=shown if one.value is not None else _("the data's"))
    then: Any = (one.told or {}).get("value")
    kind = field.format if field else "decimal"
    said = "" if then is None else _("the data said {value}").format(value=fmt.full(then, kind, board.currency))
    day = fmt.clock(one.written_at, board.zone, dated=True)
    own = shown if one.value is not None else _("the data's")
    return [day, one.author, named, TableCell(undone if one.undoes else own, said), one.reason]


def _undo(book: Journal, framework: Framework, one: PriorityValue) -> None:
    def undo() -> None:
        _write(lambda: book.priorities.undo(one.id, author=author()))

    field = framework.fields.get(one.field)
    said = _("Undo {field}").format(field=label(field) if field else one.field)
    st.button(said, icon=":material/undo:", key=f"priority-undo-{one.field}", on_click=undo)


def _raw(board: Board, told: Told) -> str:
    kind = board.metric(told.metric).format if told.way not in ("adoption", "answers") else "decimal"
    return f"{fmt.full(told.value, kind, board.currency)} ({way(told)})"


def _reason(name: str) -> str:
    return str(st.session_state.get(f"priority-reason-{name}") or "")


def _write(write: Callable[[], object]) -> None:
    """Writes, and lets the page below follow; what is refused is told."""
    if kept(write) is not None:
        st.session_state[state.CHANGED] = st.session_state[_SAID] = True
