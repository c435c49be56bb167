"""The people, tickets, deals and movements of one account as tables of texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from metrics.accounts import Deal, Happening, Person, Ticket
from pages.components import format as fmt
from pages.components import timeline
from pages.components.board import Board
from pages.components.i18n import _
from pages.components.table import Cell, Column

Made = tuple[list[Column], list[list[Cell | str]]]


def people(found: Sequence[Person]) -> Made:
    """Who uses the product, how often, since when."""
    columns = [
        Column(_("Person")),
        Column(_("Role")),
        Column(_("Events in 28 days"), number=True),
        Column(_("Last use")),
        Column(_("Since")),
    ]
    return columns, [
        [one.person_id, one.role or "", fmt.full(one.uses, "integer"), _day(one.last_used_on) or _("never"), _day(one.first_seen_on)]
        for one in found
    ]


def tickets(found: Sequence[Ticket]) -> Made:
    """What was asked, and whether it was answered."""
    columns = [Column(_("Ticket")), Column(_("Priority")), Column(_("Opened")), Column(_("Resolved"))]
    return columns, [
        [
            Cell(one.subject or one.ticket_id, note=" · ".join(part for part in (one.ticket_id, one.feature) if part)),
            one.priority or "",
            _day(one.opened_on),
            _day(one.resolved_on) if one.resolved_on else Cell(_("waits"), tone="warn"),
        ]
        for one in found
    ]


def deals(board: Board, found: Sequence[Deal]) -> Made:
    """What is being sold, what was won and lost."""
    columns = [Column(_("Deal")), Column(_("Amount"), number=True), Column(_("Stage")), Column(_("Created")), Column(_("Closed"))]
    return columns, [
        [
            Cell(one.name or one.opportunity_id, note=one.type or ""),
            fmt.full(one.amount, "money", board.currency),
            Cell(one.stage or "", tone="" if one.is_won is None else "good" if one.is_won else "bad"),
            _day(one.created_on),
            _day(one.closed_on) or _("open"),
        ]
        for one in found
    ]


def movements(board: Board, found: Sequence[Happening]) -> Made:
    """Each change of what it pays."""
    columns = [Column(_("Movement")), Column(_("MRR"), number=True), Column(_("Day"))]
    return columns, [[timeline.words(board, one), fmt.change(one.amount, "money", board.currency), _day(one.day)] for one in found]


def _day(value: date | None) -> str:
    return fmt.day(value) if value else ""
