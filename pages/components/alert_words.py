"""Alerts in the reader's words: what a rule watches, what it found, and how it fares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from metrics.insight.alerts.rule import Rule
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.i18n import N_, _

#: Why a rule cannot run, by its code.
TROUBLES = {
    "definition": N_("Its definition does not hold"),
    "data": N_("Nothing to judge"),
    "stale": N_("The data are too old"),
    "failing": N_("Tests of its metric fail"),
    "target": N_("No target for its period"),
    "channel": N_("A channel is missing"),
    "refused": N_("A channel refuses messages"),
    "file": N_("Its file is wrong"),
}
GRAINS = {"day": N_("each day"), "week": N_("each week"), "month": N_("each month"), "quarter": N_("each quarter")}
CADENCES = {"publish": N_("at once"), "daily": N_("in the daily digest"), "weekly": N_("in the weekly digest")}
#: What a message is about, and how it fares; tones put shape and colour to the word.
KINDS = {"publish": N_("Alerts"), "daily": N_("Daily digest"), "weekly": N_("Weekly digest"), "alarm": N_("Alarm"), "test": N_("Test")}
DELIVERED = {
    "waiting": ("warn", N_("Waits")), "sending": ("warn", N_("Is sent")), "sent": ("good", N_("Sent")), "failed": ("bad", N_("Not taken")),
}  # fmt: skip


def trouble(code: str) -> str:
    """Why a rule cannot run."""
    return _(TROUBLES[code])


def watched(board: Board, rule: Rule) -> str:
    """What a rule looks at, how often, and how soon it tells."""
    label = board.label(rule.metric) if board.has(rule.metric) else rule.metric
    return " · ".join((label, _(GRAINS[rule.grain]), _(CADENCES[rule.cadence])))


def number(board: Board, facts: Mapping[str, Any], key: str) -> str:
    """One of the numbers of an alert."""
    return fmt.full(facts[key], facts["format"], board.currency)


def what(board: Board, facts: Mapping[str, Any]) -> str:
    """What was found, without whom it is about: "45, up from 29"."""
    value, code = number(board, facts, "value"), facts["code"]
    if code == "above":
        return _("{value}, above {limit}").format(value=value, limit=number(board, facts, "limit"))
    if code == "below":
        return _("{value}, below {limit}").format(value=value, limit=number(board, facts, "limit"))
    before = number(board, facts, "before")
    if code == "signal":
        return _("{value}, a signal: {usual} was usual").format(value=value, usual=before)
    return (_("{value}, up from {before}") if code == "rose" else _("{value}, down from {before}")).format(value=value, before=before)


def whom(facts: Mapping[str, Any]) -> str:
    """Whom an alert is about."""
    return str(facts["label"]) or _("All accounts")


def when(facts: Mapping[str, Any]) -> str:
    """The period of an alert."""
    return fmt.period(date.fromisoformat(facts["period"]), facts["grain"], long=True)


def cases(facts: Mapping[str, Any]) -> str:
    """How many cases stand behind it."""
    return _("n = {count}").format(count=fmt.full(facts["n"], "integer")) if facts["n"] is not None else ""
