"""Priorities in words: kinds of candidates, where a value comes from, who put another over it."""

from __future__ import annotations

from datetime import timedelta

from metrics.insight.priorities import Cell, Row
from metrics.insight.priorities.asking import Told
from metrics.insight.priorities.fields import Field
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.i18n import N_, NN_, _, ngettext, translated

#: What a candidate is, by its kind; and what several of them are called in the choice.
KINDS = {
    "feature": N_("Feature"),
    "idea": N_("Idea"),
    "project": N_("Project"),
    "objective": N_("Objective"),
    "recommendation": N_("Recommendation"),
    "hand": N_("By hand"),
}
#: How the data came to a value, short enough for a table; `n` is what it rests on.
_WAYS = {
    "eligible_accounts": NN_("{n} account may use it", "{n} accounts may use it"),
    "feature_adopters": NN_("{n} account uses it", "{n} accounts use it"),
    "eligible_users": NN_("{n} person may use it", "{n} people may use it"),
    "feature_adopting_users": NN_("{n} person uses it", "{n} people use it"),
    "mrr_of_eligible": NN_("{n} account may use it", "{n} accounts may use it"),
    "mrr_of_askers": NN_("{n} account asked", "{n} accounts asked"),
    "ideas_created": NN_("{n} idea", "{n} ideas"),
    "accounts_with_ideas": NN_("{n} account asked", "{n} accounts asked"),
    "feature_tickets": NN_("{n} ticket", "{n} tickets"),
    "ticket_share": NN_("of {n} ticket", "of {n} tickets"),
    "adoption": NN_("of {n} account", "of {n} accounts"),
    "answers": NN_("{n} answer, 12 months", "{n} answers, 12 months"),
    "open_work": NN_("{n} open piece of work", "{n} open pieces of work"),
    "usual_work": NN_("usual of {n} project", "usual of {n} projects"),
}


def spoken(text: str) -> str:
    """What a built-in framework says, in the reader's language; a company's own words stay."""
    return translated(text, "priorities")


def way(told: Told) -> str:
    """How the data came to a value: "366 accounts may use it"."""
    n = told.n or 0
    return ngettext(*_WAYS[told.way], n).format(n=fmt.full(n, "integer"))


def source(board: Board, told: Told) -> str:
    """Where a value comes from, in full: the metric, the days, what it rests on, how far that is loaded."""
    parts = [board.label(told.metric), fmt.span(told.since, told.until - timedelta(days=1)), way(told)]
    if told.as_of:
        parts.append(_("loaded until {moment}").format(moment=fmt.until(told.as_of, board.zone)))
    return " · ".join(parts)


def value(board: Board, field: Field, number: float | None) -> str:
    """A value of a field, with the word that its scale has for it."""
    if number is None:
        return fmt.NOTHING
    said = fmt.short(number, field.format, board.currency)
    word = field.scale.get(number, "")
    return f"{said} · {spoken(word)}" if word else said


def note(board: Board, cell: Cell) -> str:
    """Where the value of a cell comes from, in a few words."""
    if cell.said is not None:
        day = fmt.day(cell.said.written_at.astimezone(board.zone).date(), year=False)
        return _("{who}, {day}: {reason}").format(who=cell.said.author, day=day, reason=cell.said.reason)
    if cell.told is not None:
        return way(cell.told)
    return _("assumed") if cell.origin == "assumed" else _("not known")


def label(field: Field) -> str:
    """The name of a field with its unit."""
    unit = spoken(field.unit)
    return f"{spoken(field.label)} ({unit})" if unit else spoken(field.label)


def missing(row: Row, fields: tuple[Field, ...]) -> list[str]:
    """The names of the fields without which there is no score."""
    return [spoken(field.label) for field in fields if row.cells[field.name].value is None]
