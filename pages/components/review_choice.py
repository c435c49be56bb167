"""Which review is shown: the template and its days, chosen in the page or told by the URL."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from data.errors import Problem
from data.shelf import Shelf
from metrics.calendar import add_months
from metrics.insight import review
from metrics.insight.review import period as review_period
from metrics.insight.review import templates as review_templates
from metrics.insight.review.model import Review
from metrics.insight.review.templates import Template
from metrics.insight.review.weeks import last_whole_month
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.choice import choice
from pages.components.i18n import _, translated
from pages.components.memory import Memory, stamp

#: How many weeks, months and quarters one can go back to in the list; the URL may name earlier ones.
_BACK = {"week": 26, "month": 24, "quarter": 8}
_RELEASES = 30
_shelves, _made = Memory(8), Memory(60)


@dataclass(frozen=True)
class Chosen:
    """A template, and the days or the release that a review by it is about, as `metrics.insight.review` takes them."""

    template: Template
    week_ending: date | None = None
    month: str | None = None
    release: str | None = None


def shelf(board: Board) -> Shelf[Template]:
    """The templates of the workspace, read again when a file or a definition has changed."""
    known = board.layer.metrics
    return _shelves.recall(stamp(board.layer.workspace.reviews), known, lambda: review_templates.shelf(board.layer.workspace, known))


def chosen(board: Board, templates: Shelf[Template]) -> Chosen:
    """Draws the choices and gives what is chosen, the last whole week of the weekly review unless told otherwise."""
    names = sorted(templates.kept, key=lambda name: (name != "weekly", templates.kept[name].label))
    name = choice(_("Review"), names, key="template", word=lambda one: translated(templates.kept[one].label, "reviews"), width=260)
    template = templates.kept[name]
    if template.cadence == "release":
        found = [one.name for one in board.layer.releases(most=_RELEASES) if one.shipped is not None]
        usual = review_period.shipped_before(board.layer.releases(most=_RELEASES), None, review.last_loaded(board.layer)).name
        options = [usual, *(one for one in found if one != usual)]
        return Chosen(template, release=choice(_("Release"), options, key="release", word=str))
    if template.cadence == "week":
        ending = choice(_("Week ending"), _weeks(board), key="ending", word=lambda day: fmt.day(date.fromisoformat(day)))
        return Chosen(template, week_ending=date.fromisoformat(ending))
    word = _month if template.cadence == "month" else _quarter
    label = _("Month") if template.cadence == "month" else _("Quarter until")
    return Chosen(template, month=choice(label, _months(board, template.cadence), key=template.cadence, word=word))


def made(board: Board, asked: Chosen) -> Review:
    """The numbers of the review, asked once of the same generation, definitions and targets."""
    targets = board.book.targets.in_force() if board.book else {}
    key = (board.layer, board.generation, asked.template, asked.week_ending, asked.month, asked.release, repr(targets), board.notes)
    return _made.recall(
        key,
        board.layer.metrics,
        lambda: review.figures(
            board.layer,
            asked.template,
            week_ending=asked.week_ending,
            month=asked.month,
            release=asked.release,
            targets=targets,
            notes=board.notes,
        ),
        lambda found: found.generation == board.generation,
    )


def _weeks(board: Board) -> list[str]:
    """The company's last weeks, and the day that a link names, which may be any weekday."""
    loaded = review.last_loaded(board.layer)
    latest = review_period.latest_week(loaded, board.layer.workspace.company.week_start)
    found = [(latest - timedelta(weeks=ago)).isoformat() for ago in range(_BACK["week"])]
    named = st.query_params.get("ending", "")
    with suppress(ValueError):
        if named not in found and date.fromisoformat(named) <= loaded:
            return [*found, named]
    return found


def _months(board: Board, cadence: str) -> list[str]:
    """The last months, or the last months of quarters, that are wholly loaded; and one that a link names."""
    loaded, start = review.last_loaded(board.layer), board.layer.workspace.company.fiscal_year_start
    last = last_whole_month(loaded).last if cadence == "month" else review_period.latest_quarter(loaded, start)
    step = 1 if cadence == "month" else 3
    found = [f"{add_months(last.replace(day=1), -step * ago):%Y-%m}" for ago in range(_BACK[cadence])]
    named = st.query_params.get(cadence, "")
    with suppress(Problem):
        if named not in found and named and review_period.month_named(named).first <= loaded:
            return [*found, named]
    return found


def _month(text: str) -> str:
    return fmt.period(review_period.month_named(text).first, "month", long=True)


def _quarter(text: str) -> str:
    return fmt.day(review_period.month_named(text).last)


def address(of: Review) -> dict[str, str]:
    """The query that opens this review, live."""
    days = {"week": ("ending", of.last.isoformat()), "release": ("release", of.release)}
    key, value = days.get(of.cadence, (of.cadence, f"{of.last:%Y-%m}"))
    return {"template": of.template, key: value}
