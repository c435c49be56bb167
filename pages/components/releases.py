"""Releases one by one: what is to come, what was shipped, and whether it was on time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from metrics.releases import Release
from pages.components import format as fmt
from pages.components import places, section
from pages.components.board import Board
from pages.components.i18n import _, ngettext
from pages.components.states import guarded, notice
from pages.components.table import Cell, Column, Rows, table

#: The metric that the card's menu explains.
METRIC = "on_time_share"


def releases_card(board: Board, *, key: str, title: str, subtitle: str = "", most: int = 10) -> None:
    """A card with the releases still to come and the newest ones that were shipped, each against its plan."""
    with section.card(board, METRIC, key=key, title=title, subtitle=subtitle), guarded():
        found = board.layer.releases(until=board.filters.until, most=most)
        if not found:
            notice(
                _("No releases"),
                _("Load a table of releases, with the days for which they were planned, to see whether they come on time."),
            )
            return
        table(columns(), lines(found), title=title)


def columns() -> tuple[Column, ...]:
    """The names of the columns."""
    return Column(_("Release")), Column(_("Planned for")), Column(_("Shipped")), Column(_("Against the plan"))


def lines(found: Sequence[Release]) -> Rows:
    """A row of texts for each release."""
    return [(_name(one), _day(one.planned), _day(one.shipped) or _("To come"), held(one)) for one in found]


def _name(one: Release) -> Cell:
    """What a release is called; one that was shipped leads to its effects."""
    return Cell(one.name, one.kind or "", href=places.address("impact", release=one.release_id) if one.shipped else "")


def held(one: Release) -> Cell:
    """How a release stands against its plan, with its tone."""
    if one.days_late is not None:
        if one.days_late > 0:
            return Cell(ngettext("{days} day late", "{days} days late", one.days_late).format(days=one.days_late), tone="warn")
        early = -one.days_late
        said = ngettext("{days} day early", "{days} days early", early).format(days=early) if early else _("On time")
        return Cell(said, tone="good")
    if one.days_left is None:
        return Cell(_("No day planned"))
    if one.days_left < 0:
        over = -one.days_left
        return Cell(ngettext("{days} day overdue", "{days} days overdue", over).format(days=over), tone="bad")
    if not one.days_left:
        return Cell(_("Due today"))
    return Cell(ngettext("In {days} day", "In {days} days", one.days_left).format(days=one.days_left))


def _day(day: date | None) -> str:
    return fmt.day(day) if day else ""
