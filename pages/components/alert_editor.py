"""One alert rule: written as YAML with its mistakes marked, tried on the last year, saved with a reason, snoozed, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from data.journal import Journal, Snooze
from metrics import editing
from metrics.insight import alerts
from metrics.insight.alerts import lint as alert_lint
from metrics.insight.alerts import run as alert_run
from metrics.insight.alerts.outcomes import Judged
from metrics.insight.alerts.rule import FOLDER, Broken, Rule
from pages.components import alert_words, lint_list, metric_save, saved
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.chart_model import Chart, Period, Series
from pages.components.i18n import N_, _, ngettext
from pages.components.metric_save import OPENED, Shelf
from pages.components.section import plain_card
from pages.components.states import guarded, notice
from pages.components.table import Cell, Column, table
from pages.components.yaml_text import yaml_text

NEW = "new"
#: What a new rule is called until it has a name of its own, and what it says.
UNNAMED = "new_rule"
TEMPLATE = f"""{UNNAMED}:
  label: More tickets than usual
  metric: tickets_created
  grain: week
  when: {{changes_by: 30%, at_least: 10, min_n: 20}}
  by: account.segment
  tell: [ops]
  cadence: daily
  owner: ops
"""
_TEXT, _SOURCE, _VERSION, _TRIED, _GONE = (f"alert_{name}" for name in ("text", "source", "version", "tried", "gone"))
_SNOOZES = {7: N_("1 week"), 14: N_("2 weeks"), 28: N_("4 weeks")}
_SHOWN = 6
#: Where rules lie. What was saved is still before the reader: there is nothing to lead to.
_SHELF = Shelf(
    folder=FOLDER,
    key="rule",
    of=alert_lint.name_of,
    edit=lambda board, name, block: alert_lint.edit(board.layer.workspace, name, block),
    built_in=set,
    seen=lambda _name: None,
)


def show(board: Board, book: Journal, opened: str, known: Mapping[str, Rule], broken: Sequence[Broken]) -> None:
    """Draws the rule that is opened, or a new one: text, what is wrong, what it would have found, saving, history."""
    file = _file(opened, known, broken)
    source = _begin(board, opened, file)
    left, right = st.columns([1, 1], gap="small")
    with left, st.container(key="card-edit", gap="small"), guarded():
        text = _typed(board, opened, file)
    rule, found = alert_lint.unsaved(board.layer, text, file, None if opened == NEW else opened)
    wrong = any(one.level == "error" for one in found)
    with left:
        lint_list.show(found, editing.lines_above(board.layer.workspace, file, opened))
    with right, guarded():
        # Whom it would tell does not matter to what it would find.
        if rule is None or any(one.level == "error" and one.problem.field != "tell" for one in found):
            notice(_("Not tried yet"), _("It is tried on the last year by itself once nothing is wrong any more."))
        else:
            _tried(board, book, rule, text)
    metric_save.show(board, text, _missing(rule, text, source, wrong=wrong), _SHELF)
    if opened != NEW:
        metric_save.history(board, opened, _SHELF)


def _file(opened: str, known: Mapping[str, Rule], broken: Sequence[Broken]) -> str:
    if opened in known:
        return known[opened].file
    return next((one.problem.file or alert_lint.OWN for one in broken if one.name == opened), alert_lint.OWN)


def _begin(board: Board, opened: str, file: str) -> str:
    """Reads what is opened, unless it is what is being edited; gives what its file says now."""
    source = "" if opened == NEW else editing.block_of(board.layer.workspace, file, opened)
    mark = f"alert:{opened}"
    if st.session_state.get(OPENED) != mark or _TEXT not in st.session_state:
        st.session_state[OPENED] = mark
        st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
        st.session_state[_SOURCE] = source
        st.session_state[_TEXT] = source or TEMPLATE
    return source


def _typed(board: Board, opened: str, file: str) -> str:
    """The text, its wrong lines marked while it is typed."""
    version = str(st.session_state[_VERSION])
    key = f"alert-{version}"
    typed = str((st.session_state.get(key) or {}).get("text", st.session_state[_TEXT]))
    found = alert_lint.unsaved(board.layer, typed, file, None if opened == NEW else opened)[1]
    marks = [(one.problem.line, one.level) for one in reversed(found) if one.problem.line]
    text = yaml_text(_("The rule, as it stands in its file"), st.session_state[_TEXT], key=key, version=version, marks=marks)
    st.session_state[_TEXT] = text
    return text


def _tried(board: Board, book: Journal, rule: Rule, text: str) -> None:
    """When the rule would have fired in the last twelve months: a sentence, a chart, and the last of it."""
    judged = _backtest(board, book, rule, text)
    if not judged.periods:
        return
    fired = Counter(one.case.period for one in judged.fired)
    grain = rule.grain
    periods = tuple(Period(day.isoformat(), fmt.period(day, grain), fmt.period(day, grain, long=True)) for day in judged.periods)
    counts = tuple(float(fired[day]) for day in judged.periods)
    times = ngettext("It would have fired {count} time", "It would have fired {count} times", len(judged.fired)).format(
        count=fmt.full(len(judged.fired), "integer")
    )
    told = _("{times}, in {some} of {all} periods.").format(times=times, some=len(fired), all=len(periods))
    chart = Chart(_("Tried on the last year"), "bar", periods, (Series(_("Alerts"), counts),), "integer", board.currency, grain)
    chart_card(board, chart, key="tried", subtitle=told, height=220)
    _last(board, judged)


def _last(board: Board, judged: Judged) -> None:
    rows: list[list[Cell | str]] = []
    for one in judged.fired[:_SHOWN]:
        facts = alert_run.facts(board.layer, judged.rule, one)
        rows.append([alert_words.when(facts), alert_words.whom(facts), Cell(alert_words.what(board, facts), alert_words.cases(facts))])
    if rows:
        with plain_card(key="tried-last", title=_("When it would have fired last")):
            table([Column(_("When")), Column(_("About")), Column(_("What"))], rows, title=_("When it would have fired last"))


def _backtest(board: Board, book: Journal, rule: Rule, text: str) -> Judged:
    """Remembered for the text and the generation: a click elsewhere does not try it again."""
    key = (text, board.generation)
    kept = st.session_state.get(_TRIED)
    if kept is None or kept[0] != key:
        kept = (key, alerts.backtest(board.layer, rule, book.targets.in_force().get(rule.metric)))
        st.session_state[_TRIED] = kept
    judged: Judged = kept[1]
    return judged


def _missing(rule: Rule | None, text: str, source: str, *, wrong: bool) -> str:
    """Why it cannot be saved yet; empty when it can."""
    if source != st.session_state[_SOURCE]:
        return _("Somebody else saved another version meanwhile. Open another rule and this one again to see it.")
    if text == source:
        return _("Nothing has changed.")
    if wrong or rule is None:
        return _("It can be saved once nothing is wrong any more.")
    return _("Say first what it is called.") if rule.name == UNNAMED else ""


def snoozing(board: Board, book: Journal, opened: str, quiet: Sequence[Snooze], hits: Sequence[str]) -> None:
    """Draws how a rule is silenced for a while, who silenced it until when, and marking what it found as seen."""
    with plain_card(key="snooze", title=_("Snooze"), subtitle=_("What is found meanwhile is kept below as quiet, and nobody is told.")):
        with st.container(key="snooze-bar", horizontal=True, vertical_alignment="bottom", gap="small"):
            days = int(st.selectbox(_("For"), list(_SNOOZES), format_func=lambda one: _(_SNOOZES[one]), key="snooze_days", width=150))
            st.text_input(_("Why?"), key="snooze_why", width=300)
            said = _("Snooze this rule")
            st.button(said, icon=":material/snooze:", key="snooze", on_click=_snooze, args=(book, opened, days))
            seen = _("Mark all as seen")
            st.button(seen, icon=":material/done_all:", key="seen", disabled=not hits, on_click=_seen, args=(book, hits))
        for one in (one for one in quiet if one.rule == opened):
            _line(board, book, one)
        if (gone := st.session_state.get(_GONE)) and gone[0] == opened:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                ended = _("The snooze has ended.")
                st.html(f'<p role="status">{ended}</p>', width="content")
                st.button(_("Undo"), icon=":material/undo:", key="snooze_undo", on_click=_undo, args=(book,))


def _line(board: Board, book: Journal, one: Snooze) -> None:
    until = _("until {moment}").format(moment=fmt.clock(one.until, board.zone))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(saved.told(until, one.reason, one.author), width="content")
        st.button(_("End it"), icon=":material/notifications_active:", key=f"end-{one.id}", on_click=_end, args=(book, one))


def _snooze(book: Journal, rule: str, days: int) -> None:
    until, why = datetime.now(UTC) + timedelta(days=days), str(st.session_state["snooze_why"])
    if saved.kept(lambda: book.alerts.snooze(rule, until, reason=why, author=saved.author())):
        st.session_state["snooze_why"] = ""


def _end(book: Journal, one: Snooze) -> None:
    book.alerts.remove(one.id)
    st.session_state[_GONE] = (one.rule, one.id)


def _undo(book: Journal) -> None:
    book.alerts.restore(st.session_state.pop(_GONE)[1])


def _seen(book: Journal, hits: Sequence[str]) -> None:
    saved.kept(lambda: book.alerts.acknowledge(hits, author=saved.author() or _("somebody")))
