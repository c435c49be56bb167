"""The answer of Overview in three sentences: whether things go well, what needs attention, where the North Star stands."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from babel.lists import format_list

from pages.components import i18n
from pages.components.cards import Card
from pages.components.i18n import _

_MOVED = {"up": "{value}, ↑ {delta}", "down": "{value}, ↓ {delta}", "flat": "{value}"}


def told(shown: Sequence[Card], star: Card | None) -> str:
    """The sentences as HTML; empty where no card has a target."""
    judged = [card for card in shown if card.status]
    if not judged:
        return ""
    off, risk = ([card for card in judged if card.status == status] for status in ("off", "risk"))
    return " ".join(part for part in (_verdict(judged), _attention(off, risk), _star(star)) if part)


def _verdict(judged: Sequence[Card]) -> str:
    well, every = sum(card.status == "on" for card in judged), len(judged)
    if well == every:
        said = _("All is on track: {every} of {every} targets.")
    elif 2 * well >= every:
        said = _("Mostly on track: {well} of {every} targets.")
    else:
        said = _("Off track: only {well} of {every} targets are kept.")
    return f"<b>{escape(said.format(well=well, every=every))}</b>"


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


def _star(star: Card | None) -> str:
    if star is None or star.problem or not star.value:
        return ""
    moved = _MOVED[star.direction].format(value=star.value, delta=star.delta)
    return escape(_("The North Star, {label}, stands at {moved}.").format(label=star.label, moved=moved))
