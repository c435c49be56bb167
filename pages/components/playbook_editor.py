"""Writing a playbook: YAML that is checked while it is typed, what it would find now and would have found, saved with a reason."""

from __future__ import annotations

from html import escape

import streamlit as st

from data.errors import Problem
from metrics.insight import actions
from metrics.insight.actions import playbook_edits, playbooks
from metrics.insight.actions.playbook import Playbook
from metrics.validate import Finding
from pages.components import format as fmt
from pages.components import lint_list, metric_save, places, plays, section
from pages.components.board import Board
from pages.components.choice import choice
from pages.components.entries import Entry, entries
from pages.components.i18n import _, ngettext
from pages.components.metric_save import OPENED, Shelf
from pages.components.states import guarded, notice
from pages.components.table import Cell, Column, table
from pages.components.yaml_text import yaml_text

NEW = "new"
_LIST = "list"
_TEXT, _SOURCE, _VERSION = "playbook_text", "playbook_source", "playbook_version"
_BEGUN = """\
my_playbook:
  label: What it is called
  description: When it speaks up, in a sentence.
  team: customer success            # product, design, engineering, sales, marketing, customer success, support
  accounts:                         # which accounts it is about; leave it out, and say each: feature_id, for another subject
    numbers:
      pays: mrr
      uses: meaningful_events       # over the last 28 days; {metric: …, over: 91 days, ago: 28 days} says another stretch
      before: {metric: meaningful_events, ago: 28 days}
    when: pays > 0 and before >= 20 and uses < 0.7 * before
  numbers:
    all_uses: {metric: meaningful_events, of: all}
    all_before: {metric: meaningful_events, of: all, ago: 28 days}
  worth: {accounts: 3, mrr_share: 0.01}
  prize: {kind: at risk}
  action: Call the {accounts} accounts. They used it {uses} times in four weeks, {before} times in the four before.
  expect: {metric: meaningful_events, change: +20 %, within: 42 days}
  against:
    - {when: all_uses < 0.8 * all_before, says: "Use falls as a whole ({all_uses} events, {all_before} before)."}
"""


def _shelf() -> Shelf:
    """Where playbooks lie."""
    return Shelf(
        folder="playbooks",
        key="playbook",
        of=_name,
        edit=lambda board, name, block: playbook_edits.edit(board.layer.workspace, name, block, plays.known(board), board.layer.metrics),
        built_in=lambda: {name for path, shown in playbooks.files() for name in playbooks.names(path, shown)},
        seen=lambda name: places.link("actions", _("See what it finds"), icon=":material/arrow_forward:", view="playbooks", playbook=name),
    )


def show(board: Board) -> None:
    """Draws the list of playbooks, or the one that is opened."""
    known = plays.known(board)
    with st.container(key="opened", horizontal=True, vertical_alignment="bottom", gap="small"):
        opened = choice(_("Playbook"), [_LIST, NEW, *known], key="playbook", word=lambda one: _word(board, one), width=420)
    if opened == _LIST:
        metric_save.said(_shelf())
        _list(board)
        return
    _begin(board, opened)
    left, right = st.columns([1.1, 1], gap="small")
    with left, st.container(key="card-edit", gap="small"), guarded():
        text = _edited(board, opened)
    found = _lint(board, opened, text)
    with left:
        lint_list.show(found)
    fine = not any(one.level == "error" for one in found)
    with right:
        if fine:
            _preview(board, playbook_edits.only(text, board.layer.metrics))
        else:
            notice(_("No preview yet"), _("It comes by itself once nothing is wrong any more."))
    missing = "" if fine else _("It can be saved once nothing is wrong any more.")
    shelf = _shelf()
    metric_save.show(board, text, _("Nothing has changed.") if text == st.session_state[_SOURCE] else missing, shelf)
    if opened != NEW:
        metric_save.history(board, opened, shelf)


def _word(board: Board, name: str) -> str:
    known = plays.known(board)
    return _("All playbooks") if name == _LIST else _("New playbook") if name == NEW else plays.words(known[name].label)


def _list(board: Board) -> None:
    """Every playbook by team, with how much it finds now."""
    known, found = plays.known(board), plays.found(board)
    for team, word in plays.TEAMS.items():
        mine = [one for one in known.values() if one.team == team]
        if mine:
            with section.plain_card(key=f"team-{team.replace(' ', '-')}", title=_(word)):
                told = [_entry(one, sum(action.playbook.name == one.name for action in found.actions), found.unloaded) for one in mine]
                entries(told, key=f"playbooks-{team.replace(' ', '-')}", title=_(word), on_pick=_open)


def _entry(one: Playbook, count: int, unloaded: tuple[str, ...]) -> Entry:
    said = ngettext("{count} recommendation", "{count} recommendations", count).format(count=count)
    problem = _("nothing is loaded for it") if one.name in unloaded else ""
    facts = (one.name, _("yours") if playbooks.is_own(one.file) else _("built in"))
    return Entry(
        one.name, plays.words(one.label), plays.words(one.description), facts, value=fmt.full(count, "integer"), note=said, problem=problem
    )


def _open(name: str) -> None:
    st.query_params["playbook"] = name


def _begin(board: Board, opened: str) -> None:
    """Reads what is opened, unless it is what is being edited."""
    mark = f"playbook:{opened}"
    if st.session_state.get(OPENED) == mark and _TEXT in st.session_state:
        return
    st.session_state[OPENED] = mark
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    st.session_state[_SOURCE] = "" if opened == NEW else playbook_edits.source(board.layer.workspace, plays.known(board)[opened])
    st.session_state[_TEXT] = st.session_state[_SOURCE] or _BEGUN


def _edited(board: Board, opened: str) -> str:
    version = str(st.session_state[_VERSION])
    key, before = f"playbook-yaml-{version}", st.session_state[_TEXT]
    typed = str((st.session_state.get(key) or {}).get("text", before))
    marks = [(one.problem.line, one.level) for one in reversed(_lint(board, opened, typed)) if one.problem.line]
    st.session_state[_TEXT] = yaml_text(_("The playbook, as it stands in its file"), before, key=key, version=version, marks=marks)
    return str(st.session_state[_TEXT])


def _lint(board: Board, opened: str, text: str) -> list[Finding]:
    found = playbook_edits.lint(text, board.layer.metrics, None if opened == NEW else opened)
    if opened == NEW and _named(text) in plays.known(board):
        said = _("there is a playbook {name} already").format(name=_named(text))
        found.insert(
            0, Finding("error", Problem(said, playbook_edits.OWN, 1, remedy=_("Call yours otherwise, or open that one to change it.")))
        )
    return found


def _named(text: str) -> str:
    try:
        return _name(text)
    except Problem:
        return ""


def _name(text: str) -> str:
    """What a text calls its playbook. Raises Problem for none, or several."""
    return playbook_edits.name_of(text)


def _preview(board: Board, one: Playbook) -> None:
    """What it names now, and at how many of the last ends of months it would have spoken up."""
    with section.plain_card(key="preview", title=_("What it would find now"), subtitle=plays.words(one.description)):
        found = actions.actions(board.layer, [one])
        if not found:
            notice(_("Nothing now"), _("Nothing that is loaded meets its conditions, or it is worth too little."))
        rows: list[list[Cell | str]] = [
            [Cell(plays.subject(each), plays.said(board, each, one.action)), " · ".join(plays.prize(board, each))] for each in found
        ]
        if rows:
            table([Column(_("Recommendation")), Column(_("Worth"))], rows, title=_("What it would find now"))
    with section.plain_card(key="tried", title=_("Tried on the past"), subtitle=_("At the end of each of the last months.")):
        _tried(board, one)


def _tried(board: Board, one: Playbook) -> None:
    tried = plays.tried(board, one)
    spoke = [each for each in tried if each.named or each.accounts]
    said = ngettext(
        "It would have spoken up at the end of {count} of {all} months.", "It would have spoken up at the end of {count} of {all} months.",
        len(spoke),
    )  # fmt: skip
    st.html(f'<p class="tv-ask" role="status">{escape(said.format(count=len(spoke), all=len(tried)))}</p>')
    rows = [
        [fmt.day(each.until), ", ".join(name for name in each.named if name) or _("yes"), fmt.full(each.accounts, "integer")]
        for each in spoke
    ]
    if rows:
        columns = [Column(_("Before")), Column(_("About")), Column(_("Accounts"), number=True)]
        table(columns, rows, title=_("Tried on the past"))
