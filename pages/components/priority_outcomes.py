"""What was chosen, and whether the estimates were right: each beside what the same metric shows once it has shipped."""

from __future__ import annotations

import streamlit as st

from metrics.insight.priorities import realised
from metrics.insight.priorities.frameworks import Framework
from metrics.insight.priorities.realised import DAYS, LEAST, Judged, Outcome, Pair
from pages.components import format as fmt
from pages.components import priority_state as state
from pages.components.board import Board
from pages.components.i18n import _, ngettext
from pages.components.priority_words import label, spoken
from pages.components.section import plain_card
from pages.components.states import notice
from pages.components.table import Cell, Column, table


def card(board: Board, framework: Framework) -> None:
    """Draws the card."""
    below = _("Scores are kept as they were when somebody chose; {days} days after it shipped the same metrics are looked at again")
    with plain_card(key="outcomes", title=_("What was chosen, and were we right?"), subtitle=below.format(days=DAYS)):
        chosen = state.journal(board).priorities.chosen()
        if not chosen:
            notice(_("Nothing is chosen yet"), _("Open a candidate in the table and choose it: its score is kept from then on."))
            return
        found = realised.judged(board.layer, framework, chosen, board.filters.until)
        st.html(f'<p class="tv-kept">{words(framework, found)}</p>')
        columns = [
            Column(_("Candidate")),
            Column(_("Score then"), number=True),
            Column(_("Shipped")),
            Column(_("Estimated, then realised")),
        ]
        table(columns, [_line(board, framework, one) for one in found.outcomes], title=_("What was chosen, and were we right?"))


def words(framework: Framework, found: Judged) -> str:
    """How well the estimates ranked, or how many more are needed to say so."""
    field = spoken(framework.fields[found.field].label) if found.field else ""
    if found.correlation is not None:
        said = _(
            "{field}: over {n} candidates the estimates ranked what came "
            "with a Spearman correlation of {value} (1 is the same order, 0 none)."
        )
        return said.format(field=field, n=found.n, value=fmt.full(found.correlation))
    told = ngettext("{n} choice can be judged so far.", "{n} choices can be judged so far.", found.n).format(n=found.n)
    return f"{told} " + _("From {least} on it is said how well estimates ranked.").format(least=LEAST)


def _line(board: Board, framework: Framework, one: Outcome) -> list[Cell | str]:
    who = _("{who}, {day}").format(who=one.by, day=fmt.day(one.chosen_on))
    place = _("place {rank}").format(rank=one.rank) if one.rank else ""
    return [Cell(one.name, who), Cell(fmt.full(one.score), place), _shipped(one), _pairs(board, framework, one.pairs)]


def _shipped(one: Outcome) -> Cell:
    if one.shipped_on is None:
        return Cell(_("not yet"))
    known = _("judged by {day}").format(day=fmt.day(one.known_from)) if one.known_from else ""
    return Cell(fmt.day(one.shipped_on), known)


def _pairs(board: Board, framework: Framework, pairs: tuple[Pair, ...]) -> str:
    said = []
    for pair in pairs:
        kind = board.metric(pair.metric).format if board.has(pair.metric) else framework.fields[pair.field].format
        numbers = (fmt.short(number, kind, board.currency) for number in (pair.estimated, pair.realised))
        said.append(f"{label(framework.fields[pair.field])}: {' → '.join(numbers)}")
    return " · ".join(said)
