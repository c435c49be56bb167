"""The rules by which accounts are marked, in words and with their thresholds; each leads to its accounts and to where it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from metrics.disagree import Weight
from metrics.insight.actions.playbook import Number, Playbook
from pages.components import format as fmt
from pages.components import places, plays
from pages.components.board import Board
from pages.components.i18n import _, ngettext
from pages.components.section import plainly


def rules(board: Board, known: Mapping[str, Playbook]) -> None:
    """Draws the card with the rules, those that concern the most MRR first."""
    plays.known(board)  # what is wrong with a playbook is told here
    weights = plays.weights(board)
    title, below = _("By which rules accounts are marked"), _("The thresholds are yours to change: a rule is a playbook, and a file.")
    with st.container(key="card-rules", gap="small"):
        st.html(plainly(title, below))
        for kind in (*weights, *(kind for kind in known if kind not in weights)):
            _rule(board, known[kind], weights.get(kind, Weight()))


def _rule(board: Board, one: Playbook, weight: Weight) -> None:
    if one.mark is None or one.accounts is None:
        return
    said = ngettext("{count} account", "{count} accounts", weight.accounts).format(count=fmt.full(weight.accounts, "integer"))
    head = f"{plays.words(one.mark.label)} · {said} · {fmt.full(weight.mrr, 'money', board.currency)}"
    with st.expander(head, key=f"rule-{one.name}"):
        st.html(f'<p class="tv-plain">{escape(plays.words(one.description))}</p>')
        facts = "".join(f"<dt>{escape(each.name)}</dt><dd>{escape(number(board, each))}</dd>" for each in one.accounts.numbers)
        condition = _("Marked when")
        st.html(f'<dl class="tv-facts"><dt>{escape(condition)}</dt><dd><code>{escape(one.accounts.when)}</code></dd>{facts}</dl>')
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            st.caption(f"{one.file}:{one.line}", width="content")
            with st.container(horizontal=True, width="content", gap="small"):
                if weight.accounts:
                    places.link("accounts", _("Its accounts"), icon=":material/filter_alt:", only=one.name)
                places.link("actions", _("Change the rule"), icon=":material/edit:", playbook=one.name, view="playbooks")


def number(board: Board, one: Number) -> str:
    """What a number of a playbook is, in words: the metric, over which stretch, of whom."""
    if one.formula is not None:
        told = f"{plays.words(one.label)}: {one.formula}" if one.label else one.formula
        return _("the middle of {what}").format(what=told) if one.of == "median" else told
    label = board.label(str(one.metric))
    span = _("over all the time that is loaded") if one.days is None else _days(one.days, one.ago)
    parts = [label, _("its slope over {weeks} weeks").format(weeks=one.trend) if one.trend else span]
    parts += [_("of all together")] if one.of == "all" else [_("the middle of all")] if one.of == "median" else []
    return ", ".join([*parts, *([_("where {condition}").format(condition=one.where)] if one.where else [])])


def _days(days: int, ago: int) -> str:
    said = ngettext("on the last day", "in {days} days", days).format(days=days)
    return said if not ago else _("{stretch}, {ago} days before").format(stretch=said, ago=ago)
