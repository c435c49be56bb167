"""One recommendation: what to do, its evidence with the rows behind it, what speaks against it, what should come of it."""

from __future__ import annotations

from html import escape

import streamlit as st

from metrics.insight.actions.action import Action, Evidence
from metrics.insight.actions.standing import Standing
from metrics.made_of import is_shaped
from pages.components import places, plays, present, report, saved, section
from pages.components.board import Board
from pages.components.drawer import Ask, ask
from pages.components.entries import Entry, entries
from pages.components.filters import conditions
from pages.components.i18n import N_, _
from pages.components.states import guarded

_SPEAKS = {True: ("bad", N_("Speaks against it")), False: ("good", N_("Does not hold")), None: ("warn", N_("Cannot be told"))}
_LISTED = 8


def show(board: Board, standing: Standing) -> None:
    """Draws everything that is known of a recommendation, its decision aside."""
    action = standing.action
    with st.container(key="card-what", gap="small"):
        st.html(_head(board, action))
        if action.also:
            names = ", ".join(plays.subject(other) for other in action.also)
            st.caption(_("It stands for others of the same cause too: {names}.").format(names=names))
    left, right = st.columns([1.35, 1], gap="small")
    with left, section.plain_card(key="evidence", title=_("Evidence"), subtitle=_("Each number opens the rows behind it.")):
        _evidence(board, action)
    with right:
        with section.plain_card(
            key="against", title=_("What would speak against it"), subtitle=_("Looked for each time, and told either way.")
        ):
            st.html(_against(board, action))
        with section.plain_card(key="expected", title=_("What should come of it")):
            said = plays.expected(board, action) or _("The playbook does not say.")
            report.written(_("What should come of it"), "", [said])
            st.html(f'<p class="tv-plain">{escape(said)}</p>')
        if action.accounts:
            _accounts(board, action)


def _head(board: Board, action: Action) -> str:
    figure, below = plays.prize(board, action)
    level = action.confidence.level
    facts = [
        (_("Team"), _(plays.TEAMS[action.team])),
        (_("Owner"), plays.owner(action)),
        (_("Worth"), f"{figure} {below}"),
        (_("As of"), plays.day(action)),
    ]
    told = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value)
    sure = f'<span class="tv-mark {plays.TONES[level]}"></span>{escape(_(plays.LEVELS[level]))}'
    confidence = _("Confidence")
    about = plays.words(action.playbook.description)
    worth = " ".join(part for part in (plays.worth(board, action), plays.why(action)) if part)
    todo = plays.said(board, action, action.playbook.action)
    written = [f"{name}: {value}" for name, value in [*facts, (_("Confidence"), _(plays.LEVELS[level]))] if value]
    report.written(plays.subject(action), about, [todo, " · ".join(written), worth])
    return (
        f'<section class="tv-who"><h2>{escape(plays.subject(action))}</h2><p>{escape(about)}</p></section>'
        f'<p class="tv-meaning">{escape(todo)}</p>'
        f'<section class="tv-who"><dl>{told}<div><dt>{escape(confidence)}</dt><dd>{sure}</dd></div></dl></section>'
        f'<p class="tv-plain">{escape(worth)}</p>'
    )


def _evidence(board: Board, action: Action) -> None:
    shown = [one for one in action.evidence if one.of != "computed" or one.label]
    told = [Entry(one.name, plays.label(board, one), plays.stretch(one), value=plays.number(board, one)) for one in shown]
    by_name = {one.name: one for one in shown}
    entries(told, key="evidence", title=_("Evidence"), on_pick=lambda name: _open(board, action, by_name[name]))
    metrics = list(dict.fromkeys(one.metric for one in action.evidence if one.metric))
    with st.container(key="how", horizontal=True, gap="small"):
        st.caption(_("How it is computed:"), width="content")
        for name in metrics:
            st.button(board.label(name), key=f"how-{name}", type="tertiary", on_click=_explain, args=(action, name))


def _explain(action: Action, name: str) -> None:
    one = next(each for each in action.evidence if each.metric == name)
    ask(Ask("explain", name, one.since, one.until, one.members))


def _open(board: Board, action: Action, one: Evidence) -> None:
    """The rows behind a number: of its members, and of the accounts that the recommendation is about."""
    if one.metric is None:
        return
    narrowed = [f"({one.where})" if one.where else None]
    if one.of == "accounts" and action.accounts and "account_id" in board.dimensions(one.metric):
        narrowed.append(conditions({"account_id": action.accounts}))
    condition = " AND ".join(part for part in narrowed if part) or None
    what = "explain" if is_shaped(board.metric(one.metric)) or one.since is None else "rows"
    ask(Ask("explain" if what == "explain" else "rows", one.metric, one.since, one.until, one.members, condition=condition))


def _against(board: Board, action: Action) -> str:
    items = []
    report.note(report.Chapter(_("What would speak against it")))
    for one in action.against:
        tone, word = _SPEAKS[one.speaks]
        said = plays.said(board, action, one.says)
        report.note(report.Said(f"{_(word)}: {said}"))
        items.append(f'<li><span class="tv-mark {tone}"></span><b>{escape(_(word))}</b> {escape(said)}</li>')
    said = _("The playbook looks for nothing.")
    nothing = f'<p class="tv-plain">{escape(said)}</p>'
    return f'<ul class="tv-findings">{"".join(items)}</ul>' if items else nothing


def _accounts(board: Board, action: Action) -> None:
    """The accounts that pay most, and a way to keep all of them as a segment."""
    narrowed = board.narrowed(accounts=action.accounts, since=plays.last(action), until=action.until, comparison="none")
    with guarded():
        metric = "mrr" if board.has("mrr") else "all_accounts"
        title, below = _("The accounts"), _("Those that pay most; a row opens what is behind it.")
        section.ranked_card(narrowed, metric, "account.name", key="their-accounts", title=title, subtitle=below, top=_LISTED)
        saved.segment_box(board, lambda: action.accounts, key="action-accounts", origin=plays.subject(action))


def related(action: Action, known: dict[str, Standing]) -> None:
    """Links to other recommendations about the same."""
    others = [known[key].action for key in action.related if key in known]
    if not others:
        return
    with st.container(key="related", horizontal=True, gap="small", vertical_alignment="center"):
        name = ", ".join(present.member(part) for part in action.named)
        st.caption(_("Also about {name}:").format(name=name), width="content")
        for other in others:
            places.link("actions", plays.words(other.playbook.label), icon=":material/arrow_forward:", action=other.id)
