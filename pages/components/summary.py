"""The answer of Overview in two sentences: whether things go well, and what needs attention."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from babel.lists import format_list

from pages.components import i18n
from pages.components.cards import Card
from pages.components.i18n import _


def told(shown: Sequence[Card]) -> str:
    """The sentences as HTML; empty where no card has a target."""
    judged = [card for card in shown if card.status]
    if not judged:
        return ""
    off, risk = ([card for card in judged if card.status == status] for status in ("off", "risk"))
    return f"{_verdict(judged)} {_attention(off, risk)}"


def _verdict(judged: Sequence[Card]) -> str:
    well, every = sum(card.status == "on" for card in judged), len(judged)
    if well == every:
        said = _("All targets ({every}) are on track.")
    elif 2 * well > every:
        said = _("Mostly on track: {well} of {every} targets.")
    else:
        said = _("Behind on {behind} of {every} targets.")
    return f"<b>{escape(said.format(well=well, behind=every - well, every=every))}</b>"


def _attention(off: Sequence[Card], risk: Sequence[Card]) -> str:
    parts = []
    if off:
        parts.append(escape(_("Needs attention:")) + f" <b>{_listed(off)}</b>.")
    if risk:
        parts.append(escape(_("Close to it:")) + f" {_listed(risk)}.")
    return " ".join(parts) or escape(_("Nothing needs attention."))


def _listed(cards: Sequence[Card]) -> str:
    named = [f"{card.label} ({card.pace})" if card.pace else f"{card.label} ({card.value})" for card in cards]
    return escape(format_list(named, locale=i18n.locale()))
