"""Alerts: what should tell us, and did it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from data import channels as known_channels
from data.channels import Channel
from data.errors import Problem
from data.journal import Alert, Check, Journal
from data.journal.alerts import RUNS
from metrics.insight.alerts import ACCOUNT
from metrics.insight.alerts import rule as alert_rule
from metrics.insight.alerts import watch as alert_watch
from metrics.insight.alerts.rule import Broken, Rule
from pages.components import alert_editor, alert_tables, places, states
from pages.components import format as fmt
from pages.components.alert_editor import NEW
from pages.components.board import Board
from pages.components.choice import choice
from pages.components.i18n import N_, _, ngettext
from pages.components.section import plain_card
from pages.components.states import notice

TITLE = N_("Alerts")
QUESTION = N_("What should tell us, and did it?")
ICON = ":material/notifications:"
#: No filter bar: a rule says itself what it looks at.
FILTERED = False

#: How many of the alerts that were kept are looked at.
_MOST = 1000
#: How far back the sentence at the top looks.
_LATELY = timedelta(days=30)


def show(board: Board) -> None:
    """Draws the page."""
    book = board.book
    if book is None:
        notice(_("Alerts are kept in the journal"), _("The message at the top of the page says why it is out of reach."))
        return
    rules, broken = alert_rule.read_all(board.layer.workspace)
    channels = _channels(board)
    checks, fired, quiet, messages = book.alerts.checks(), book.alerts.fired(most=_MOST), book.alerts.snoozes(), book.alerts.deliveries()
    _lead(rules, broken, checks, fired)
    if rules or broken:
        _alive(board, book, checks)
        with plain_card(key="rules", title=_("Rules")):
            alert_tables.rules(board, rules, broken, checks, fired, quiet)
    names = [*rules, *(one.name for one in broken if one.name not in rules and "/" not in one.name), NEW]
    labels = {name: rule.label for name, rule in rules.items()}
    with plain_card(key="fired", title=_("What fired")):
        named = _named(fired)
        alert_tables.history(board, named or fired, labels, messages)
        for one in named:
            _onward(board, one)
    with plain_card(key="channels", title=_("Channels"), subtitle=_("Whom alerts can tell. Addresses are secrets and are shown nowhere.")):
        alert_tables.channels(board, book, channels, messages)
    opened = _opened(names, labels)
    if opened in rules:
        hits = [one.id for one in fired if one.rule == opened and one.acknowledged_at is None]
        alert_editor.snoozing(board, book, opened, quiet, hits)
    alert_editor.show(board, book, opened, rules, broken)


def _opened(names: Sequence[str], labels: Mapping[str, str]) -> str:
    """The rule that is written, or NEW; where there is none yet nothing has to be chosen."""
    if len(names) == 1:
        return names[0]
    with st.container(key="opened", horizontal=True, vertical_alignment="bottom", gap="small"):
        return choice(_("Rule"), names, key="rule", word=lambda one: _("New rule") if one == NEW else labels.get(one, one), width=420)


def _channels(board: Board) -> Mapping[str, Channel]:
    """The channels; a file of them that is wrong is told in its place."""
    try:
        return known_channels.read(board.layer.workspace)
    except Problem as problem:
        states.problem(problem)
        return {}


def _lead(rules: Mapping[str, Rule], broken: Sequence[Broken], checks: Mapping[str, Check], fired: Sequence[Alert]) -> None:
    """How many rules watch, how often they fired lately, how many cannot run."""
    count = len(rules) + len(broken)
    watch = ngettext("<b>{count} rule</b> watches.", "<b>{count} rules</b> watch.", count).format(count=count)
    since = (datetime.now(UTC) - _LATELY).date().isoformat()
    lately = len([one for one in fired if one.state == "fired" and one.period >= since])
    told = ngettext("<b>{count} alert</b> in 30 days.", "<b>{count} alerts</b> in 30 days.", lately)
    stuck = len([name for name in rules if name in checks and checks[name].code]) + len(broken)
    cannot = ngettext("<b>{count}</b> cannot run.", "<b>{count}</b> cannot run.", stuck).format(count=stuck) if stuck else ""
    told = told.format(count=fmt.full(lately, "integer"))
    st.html(f'<section class="tv-lead"><p>{watch} {told} {cannot}</p></section>')


def _alive(board: Board, book: Journal, checks: Mapping[str, Check]) -> None:
    """Says when alerts have not run for longer than they should: silence is no good news then."""
    silent = alert_watch.silence(book)
    if silent is None:
        return
    last = checks.get(RUNS)
    said = _("Alerts never ran here.")
    if last is not None:
        said = _("Alerts have not run since {moment}.").format(moment=fmt.clock(last.ran_at, board.zone))
    mend = _("Nobody is told of anything meanwhile. Let the app run, or a worker: python -m connectors work")
    st.html(f'<section class="tv-state late" role="alert"><p>{escape(said)} {escape(mend)}</p></section>')


def _named(fired: Sequence[Alert]) -> list[Alert]:
    """The alert that a link in a message names; none where no link does."""
    rule, member, period = (st.query_params.get(key) for key in ("rule", "member", "fired"))
    return [one for one in fired if (one.rule, one.period, one.member) == (rule, period, member or "")]


def _onward(board: Board, one: Alert) -> None:
    """From an alert to what it is about, and back to all of them."""
    with st.container(key="onward", horizontal=True, gap="small"):
        if one.facts["by"] == ACCOUNT:
            places.link("account", _("Open the account"), icon=":material/arrow_forward:", id=one.member)
        if board.has(one.facts["metric"]):
            places.link("catalogue", _("Look at the metric"), icon=":material/arrow_forward:", metric=one.facts["metric"])
        places.link("alerts", _("All alerts"), icon=":material/notifications:", rule=one.rule)
