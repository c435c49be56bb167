"""The tables of alerts: rules and how they fare, what fired, the channels and their messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from data.channels import FILE, Channel
from data.journal import Alert, Check, Delivery, Journal, Snooze
from metrics.insight.alerts import digest
from metrics.insight.alerts.rule import Broken, Rule
from metrics.insight.alerts.speech import Speech
from pages.components import alert_words, saved
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.choice import choice
from pages.components.i18n import LANGUAGES, _
from pages.components.relay import relayed
from pages.components.states import notice
from pages.components.table import Cell, Column, table

#: How much of the past is listed.
_SHOWN = 20


def rules(
    board: Board,
    known: Mapping[str, Rule],
    broken: Sequence[Broken],
    checks: Mapping[str, Check],
    fired: Sequence[Alert],
    quiet: Sequence[Snooze],
) -> None:
    """Draws what watches: each rule, its state, when it was judged and when it fired last, and whom it tells."""
    columns = [Column(name) for name in (_("Rule"), _("State"), _("Judged until"), _("Last fired"), _("Tells"))]
    last = {one.rule: one for one in reversed(fired) if one.state == "fired"}
    rows: list[list[Cell | str]] = []
    for name, rule in known.items():
        check, hit = checks.get(name), last.get(name)
        until = fmt.period(datetime.fromisoformat(check.reached).date(), rule.grain, long=True) if check and check.reached else fmt.NOTHING
        rows.append(
            [
                Cell(rule.label, alert_words.watched(board, rule)),
                _state(board, check, _snoozed(quiet, name)),
                Cell(until, fmt.clock(check.ran_at, board.zone) if check else ""),
                Cell(alert_words.when(hit.facts), alert_words.whom(hit.facts)) if hit else fmt.NOTHING,
                Cell(", ".join(rule.tell), _("Owner: {name}").format(name=rule.owner) if rule.owner else _("No owner")),
            ]
        )
    for one in broken:
        state = Cell(alert_words.trouble("file"), relayed(str(one.problem)), "bad")
        rows.append([Cell(one.name, one.problem.file or ""), state, fmt.NOTHING, fmt.NOTHING, ", ".join(one.tell)])
    table(columns, rows, title=_("Rules"))


def _state(board: Board, check: Check | None, quiet: Snooze | None) -> Cell:
    """How a rule fares: a word with its tone, and why."""
    if check is None:
        return Cell(_("Not run yet"), _("It runs with the next look of the worker."), "warn")
    if check.code:
        return Cell(alert_words.trouble(check.code), relayed(check.said), "bad")
    if quiet:
        return Cell(_("Snoozed"), _("until {moment}").format(moment=fmt.clock(quiet.until, board.zone)), "warn")
    return Cell(_("Watches"), tone="good")


def _snoozed(quiet: Sequence[Snooze], name: str) -> Snooze | None:
    return next((one for one in quiet if one.rule == name and one.member is None), None)


def history(board: Board, found: Sequence[Alert], labels: Mapping[str, str], deliveries: Sequence[Delivery]) -> None:
    """Draws what fired, the newest first: whom it is about, what it was, whether it was told and seen."""
    if not found:
        notice(_("Nothing fired yet"), _("What fires is listed here, with what was told to whom. Try a rule on the last year below."))
        return
    columns = [Column(name) for name in (_("When"), _("About"), _("What"), _("Told"), _("Seen"))]
    rows: list[list[Cell | str]] = [
        [
            Cell(alert_words.when(one.facts), labels.get(one.rule, one.rule)),
            alert_words.whom(one.facts),
            Cell(alert_words.what(board, one.facts), alert_words.cases(one.facts)),
            _told(board, one, deliveries),
            Cell(one.acknowledged_by or fmt.NOTHING, fmt.clock(one.acknowledged_at, board.zone) if one.acknowledged_at else ""),
        ]
        for one in found[:_SHOWN]
    ]
    table(columns, rows, title=_("What fired"))


def _told(board: Board, one: Alert, deliveries: Sequence[Delivery]) -> Cell:
    """How the messages about an alert fare, the worst of them."""
    if one.state == "quiet":
        return Cell(_("Kept quiet"), _("It was snoozed."), "warn")
    about = [message for message in deliveries if one.id in message.alerts]
    if one.waiting or not about:
        return Cell(_("Waits for its digest"), ", ".join(one.waiting), "warn")
    worst = min(about, key=lambda message: ("failed", "waiting", "sending", "sent").index(message.state))
    tone, word = alert_words.DELIVERED[worst.state]
    return Cell(_(word), relayed(worst.error or "") or (fmt.clock(worst.sent_at, board.zone) if worst.sent_at else worst.channel), tone)


def channels(board: Board, book: Journal, known: Mapping[str, Channel], deliveries: Sequence[Delivery]) -> None:
    """Draws the channels: whether their address is set, when their digests go out, what came of the last message; and sends a test."""
    if not known:
        said = _("Write into {file} the name of a channel and, below it, its url as a variable such as {variable}.")
        said = said.format(file=FILE, variable="${OPS_URL}")
        notice(_("There is no channel yet"), said)
        return
    columns = [Column(name) for name in (_("Channel"), _("Address"), _("Digest at"), _("Last message"))]
    last = {one.channel: one for one in reversed(deliveries)}
    rows = [_channel(board, one, last.get(name)) for name, one in known.items()]
    table(columns, rows, title=_("Channels"))
    with st.container(key="channel-test", horizontal=True, vertical_alignment="bottom", gap="small"):
        name = choice(_("Channel"), list(known), key="channel", word=str)
        st.button(
            _("Send a test to {channel}").format(channel=name),
            icon=":material/send:",
            key="send_test",
            on_click=_ask,
            args=(board, book, known[name]),
        )


def _channel(board: Board, one: Channel, last: Delivery | None) -> list[Cell | str]:
    there = Cell(f"${{{one.variable}}}", _("is set"), "good") if one.is_set else Cell(f"${{{one.variable}}}", _("is not set here"), "warn")
    spoken = Cell(one.name, LANGUAGES[one.language])
    if last is None:
        return [spoken, there, f"{one.digest_at:%H:%M}", fmt.NOTHING]
    tone, word = alert_words.DELIVERED[last.state]
    when = fmt.clock(last.sent_at or last.written_at, board.zone)
    about = f"{_(alert_words.KINDS[last.kind])} · {_(word)}"
    return [spoken, there, f"{one.digest_at:%H:%M}", Cell(about, relayed(last.error or "") or when, tone)]


def _ask(board: Board, book: Journal, one: Channel) -> None:
    """Asks the worker for a test message; asking again while one waits does nothing."""
    message = digest.test(board.layer.workspace.company.name, one.name, Speech(one.language))
    saved.kept(lambda: book.alerts.test(one.name, message.to_dict(), author=saved.author()))
