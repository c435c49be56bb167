"""Actions: what should we do next, why, and what came of it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

import pandas as pd
import streamlit as st

from metrics.insight.actions.standing import OPEN, Standing
from pages.components import deciding, outcomes, playbook_editor, plays, recommended, section
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.chart_card import beside
from pages.components.choice import choice, toggle
from pages.components.entries import Entry, entries
from pages.components.i18n import N_, _, ngettext
from pages.components.section import plainly
from pages.components.states import guarded, notice

TITLE = N_("Actions")
QUESTION = N_("What should we do next, why, and what came of it?")
ICON = ":material/task_alt:"
#: Recommendations are drawn from all that is loaded, up to its last whole day: there is nothing to filter.
FILTERED, SHARED = False, True

ALL = "all"
VIEWS = {"recommendations": N_("Recommendations"), "outcomes": N_("What came of it"), "playbooks": N_("Playbooks")}
#: The states that a reader can look at; what somebody has taken up is one of them.
SHOWN = {OPEN: N_("To decide"), "taken": N_("Taken up"), "snoozed": N_("Snoozed"), "rejected": N_("Rejected"), ALL: N_("All")}
_TAKEN = ("accepted", "assigned", "done")


def show(board: Board) -> None:
    """Draws the page."""
    opened = st.query_params.get("action")
    if opened:
        _one(board, opened)
        return
    with st.container(key="chooser", horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", gap="small"):
        view = toggle(_("Look at"), list(VIEWS), key="view", word=lambda one: _(VIEWS[one]))
        if view == "recommendations":
            with st.container(horizontal=True, width="content", vertical_alignment="bottom", gap="small"):
                team = choice(_("Team"), [ALL, *plays.TEAMS], key="team", word=_team, width=200)
                state = choice(_("State"), list(SHOWN), key="state", word=lambda one: _(SHOWN[one]), width=160)
    with guarded():
        if view == "recommendations":
            _list(board, team, state)
        elif view == "outcomes":
            outcomes.show(board)
        else:
            playbook_editor.show(board)


def _team(name: str) -> str:
    return _("All teams") if name == ALL else _(plays.TEAMS[name])


def _list(board: Board, team: str, state: str) -> None:
    """The recommendations that the reader asked for, those worth most first."""
    known = plays.standings(board)
    section.lead(_sentence(board, known), [])
    shown = [one for one in known if _is_asked(one, team, state)]
    with st.container(key="card-recommendations", gap="small"):
        title = ngettext("{count} recommendation", "{count} recommendations", len(shown)).format(count=fmt.full(len(shown), "integer"))
        below = _("Those worth most come first. Each rests on a playbook, and says what speaks against it.")
        st.html(plainly(title, below))
        if not shown:
            _nothing(known)
            return
        entries([_entry(board, one) for one in shown], key="recommendations", title=title, on_pick=_open)
        table = pd.DataFrame([_row(board, one) for one in shown])
        beside(
            board, table, title, title=title, key="recommendations", file="actions", names=("mrr",), formats={"MRR": "money"}, ranged=False
        )
    _unloaded(board)


def _is_asked(one: Standing, team: str, state: str) -> bool:
    wanted = _TAKEN if state == "taken" else (state,)
    return team in (ALL, one.action.team) and (state == ALL or one.state in wanted)


def _sentence(board: Board, known: Sequence[Standing]) -> str:
    """How much there is to decide, and what is worth most."""
    counts = Counter(one.state for one in known)
    waiting = [one for one in known if one.state == OPEN]
    if not waiting:
        return escape(_("Nothing waits for a decision."))
    said = ngettext("{count} recommendation waits for a decision.", "{count} recommendations wait for a decision.", counts[OPEN])
    figure, below = plays.prize(board, waiting[0].action)
    most = _("Worth most: {what}, {figure} {below}.").format(what="{what}", figure=figure, below=below)
    told = escape(said.format(count=fmt.full(counts[OPEN], "integer"))), escape(most)
    return f"<b>{told[0]}</b> {told[1].replace('{what}', f'<b>{escape(plays.subject(waiting[0].action))}</b>')}"


def _entry(board: Board, one: Standing) -> Entry:
    action = one.action
    figure, below = plays.prize(board, action)
    facts = [
        _(plays.TEAMS[action.team]),
        *([action.owner] if action.owner != action.team else []),
        _(plays.LEVELS[action.confidence.level]),
    ]
    speaking = sum(check.speaks is True for check in action.against)
    facts += (
        [ngettext("{count} check speaks against it", "{count} checks speak against it", speaking).format(count=speaking)]
        if speaking
        else []
    )
    facts += [_(deciding.STATES[one.state])] if one.state != OPEN else [_("Decided before, and still so")] if one.again else []
    return Entry(
        action.id, plays.subject(action), plays.said(board, action, action.playbook.action), tuple(facts), value=figure, note=below
    )


def _row(board: Board, one: Standing) -> dict[str, str | float | None]:
    """A recommendation as a row of the table to take away."""
    action = one.action
    return {
        _("Recommendation"): plays.subject(action),
        _("What to do"): plays.said(board, action, action.playbook.action),
        _("Team"): _(plays.TEAMS[action.team]),
        _("Owner"): plays.owner(action),
        _("State"): _(deciding.STATES[one.state]),
        _("Accounts"): action.prize.accounts,
        "MRR": action.prize.money,
        _("Worth"): _(plays.PRIZES[action.prize.kind]) if action.prize.money is not None else plays.worth(board, action),
        _("Confidence"): _(plays.LEVELS[action.confidence.level]),
        _("Speaks against it"): " ".join(plays.said(board, action, each.says) for each in action.against if each.speaks),
        _("As of"): plays.day(action),
        "id": action.id,
    }


def _open(key: str) -> None:
    st.query_params["action"] = key


def _nothing(known: Sequence[Standing]) -> None:
    if known:
        notice(_("Nothing here"), _("Choose another team or state to see the others."))
    else:
        notice(_("Nothing to recommend"), _("No playbook finds anything in what is loaded. Playbooks lists what is looked for."))


def _unloaded(board: Board) -> None:
    names = [plays.words(plays.known(board)[name].label) for name in plays.found(board).unloaded]
    if names:
        said = ngettext(
            "{count} playbook looks at what is not loaded here: {names}.", "{count} playbooks look at what is not loaded here: {names}.",
            len(names),
        )  # fmt: skip
        st.caption(said.format(count=len(names), names=", ".join(names)))


def _one(board: Board, key: str) -> None:
    """The recommendation that a link names."""
    st.button(_("All recommendations"), icon=":material/arrow_back:", type="tertiary", key="way-back", on_click=_close)
    known = {one.action.id: one for one in plays.standings(board)}
    if key not in known:
        notice(
            _("This is recommended no longer"),
            _("The numbers have changed since. What was decided about it is kept under What came of it."),
        )
        return
    with guarded():
        recommended.show(board, known[key])
        recommended.related(known[key].action, known)
        deciding.show(board, known[key])


def _close() -> None:
    st.query_params.pop("action", None)
