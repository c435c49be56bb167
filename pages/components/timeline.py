"""What happened to an account, in words: a list from all sources, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from metrics.accounts import Happening
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.i18n import N_, _, ngettext

ALL = "all"
MOVEMENTS = ("mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churn", "mrr_reactivation")
#: The kinds of what happens, by the part of the business that tells of them.
AREAS: dict[str, tuple[str, ...]] = {
    "adoption": ("created", "churned", "plan", "people", "first_use"),
    "revenue": ("deal", "won", "lost", *MOVEMENTS),
    "support": ("ticket", "resolved"),
    "feedback": ("idea", "answer"),
}
_AREA = {ALL: N_("All"), "adoption": N_("Adoption"), "revenue": N_("Revenue"), "support": N_("Support"), "feedback": N_("Feedback")}
_WORDS = {
    "created": N_("Became a customer account"),
    "churned": N_("Left"),
    "plan": N_("Changed to plan {subject}"),
    "first_use": N_("Used {subject} for the first time"),
    "ticket": N_("Opened a ticket: {subject}"),
    "resolved": N_("Ticket resolved: {subject}"),
    "deal": N_("Deal created: {subject}, {money}"),
    "won": N_("Deal won: {subject}, {money}"),
    "lost": N_("Deal lost: {subject}, {money}"),
    "mrr_new": N_("Pays for the first time: {money} a month"),
    "mrr_expansion": N_("Pays {money} more a month"),
    "mrr_contraction": N_("Pays {money} less a month"),
    "mrr_churn": N_("Stopped paying {money} a month"),
    "mrr_reactivation": N_("Pays again: {money} a month"),
    "idea": N_("Gave feedback: {subject}"),
    "answer": N_("Answered {subject}: {score}"),
}
_TONES = {
    "good": ("created", "won", "mrr_new", "mrr_expansion", "mrr_reactivation"),
    "bad": ("churned", "lost", "mrr_churn", "mrr_contraction"),
    "open": ("ticket", "deal", "idea"),
}


def area_name(area: str) -> str:
    """The name of an area, or of all of them."""
    return _(_AREA[area])


def kinds(area: str) -> tuple[str, ...]:
    """The kinds of an area; none, which is all of them, for ALL."""
    return AREAS.get(area, ())


def words(board: Board, one: Happening) -> str:
    """What happened, in a sentence without its day."""
    amount = one.amount
    if one.kind == "people":
        return ngettext("{count} person joined", "{count} people joined", amount or 0).format(count=fmt.full(amount, "integer"))
    money = fmt.full(abs(amount), "money", board.currency) if amount is not None else _("no amount")
    return _(_WORDS[one.kind]).format(subject=one.subject or "", money=money, score=fmt.full(amount))


def draw(board: Board, found: Sequence[Happening]) -> None:
    """Draws the list; a day is said once for all that happened on it."""
    rows, before = [], None
    for one in found:
        day = fmt.day(one.day)
        said = f"<time>{escape(day)}</time>" if day != before else f'<time class="again">{escape(day)}</time>'
        tone = next((tone for tone, these in _TONES.items() if one.kind in these), "flat")
        rows.append(
            f'<li>{said}<i class="{tone}"></i><span>{escape(words(board, one))}<small>{escape(one.source or "")}</small></span></li>'
        )
        before = day
    st.html(f'<ol class="tv-times">{"".join(rows)}</ol>')
