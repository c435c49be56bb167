"""A review on the page: each section as its kind asks, to the point for a meeting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import escape

import pandas as pd
import streamlit as st

from metrics.insight.review import model as review_model
from metrics.insight.review.model import Number, Review, Section
from pages.components import format as fmt
from pages.components import plot, review_charts, review_desk, review_effects, review_parts
from pages.components import review_words as words
from pages.components.board import Board
from pages.components.chart_card import beside, menu
from pages.components.chart_model import Chart
from pages.components.i18n import _, translated
from pages.components.relay import relayed
from pages.components.states import guarded
from pages.components.table import Cell, Column, table

_HIGH = 140


@dataclass(frozen=True)
class Shown:
    """A review on a page. `frozen` is the id under which it is kept; nothing then leads to what is computed otherwise now."""

    board: Board
    review: Review
    frozen: str = ""

    @property
    def within(self) -> Board:
        """The board over the days of the review, for what is looked at behind a number."""
        return self.board.everyone().narrowed(since=self.review.first, until=self.review.last + timedelta(days=1))


def draw(shown: Shown) -> None:
    """Draws every section in its order."""
    for place, section in enumerate(shown.review.sections):
        with guarded():
            _section(shown, section, place)


def _section(shown: Shown, section: Section, place: int) -> None:
    drawn = _DRAWN.get(section.kind)
    if drawn is None and not (section.text or section.comments or section.kind == "comments"):
        return
    with st.container(key=f"part-{place}-{section.kind}", gap="small"):
        _title(shown, section, place)
        if section.text:
            st.html(f'<p class="tv-plain">{escape(translated(section.text, "reviews"))}</p>')
        if drawn:
            drawn(shown, section, place)
        review_desk.said(shown.review, [one for one in section.comments if not one.metric])


def _title(shown: Shown, section: Section, place: int) -> None:
    """The heading, whose section it is, and a place to comment."""
    owner = _("Owner: {name}").format(name=section.owner) if section.owner else ""
    title = words.section_title(section)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False, gap="small"):
        st.html(f'<div class="tv-part"><h2>{escape(title)}</h2>{f"<span>{escape(owner)}</span>" if owner else ""}</div>')
        if section.kind != "actions":
            name = "" if section.kind == "comments" else section.title
            review_desk.comment(shown.board, shown.review, key=f"section-{place}", about=title, section=name)


def _link(shown: Shown, number: Number) -> str:
    """Where a number is shown with its days: nowhere for a frozen one, whose metric may be another now."""
    return "" if shown.frozen else f"./catalogue?{number.link}"


def _exceptions(shown: Shown, section: Section, _place: int) -> None:
    if not section.exceptions:
        told = _("Nothing left its usual course.")
        st.html(f'<p class="tv-plain"><span class="tv-mark good"></span>{escape(told)}</p>')
        return
    columns = (Column(_("Metric")), Column(_("What is unusual")))
    rows = [
        (Cell(words.label(one.number), tone=one.tone, href=_link(shown, one.number)), words.rule(shown.review, one))
        for one in section.exceptions
    ]
    with st.container(key="card-exceptions"):
        table(columns, rows, title=words.section_title(section))


def _numbers(shown: Shown, section: Section, place: int) -> None:
    if not section.numbers:
        return
    names, _rows = review_parts.number_table(shown.review, ())
    columns = [Column(name, number=0 < at < len(names) - 2) for at, name in enumerate(names)]
    with st.container(key=f"card-numbers-{place}"):
        table(columns, [_row(shown, one) for one in section.numbers], title=words.section_title(section))


def _row(shown: Shown, one: Number) -> list[Cell]:
    _names, ((label, value, before, moved, year, yoy, aim, status),) = review_parts.number_table(shown.review, (one,))
    tone, yearly = (words.change(shown.review, one, *pair)[1] for pair in ((one.change, one.difference), (one.yoy, one.yoy_difference)))
    judged = {"flat": ""}
    return [
        Cell(label, href=_link(shown, one)),
        Cell(value),
        Cell(before),
        Cell(moved, tone=judged.get(tone, tone)),
        Cell(year),
        Cell(yoy, tone=judged.get(yearly, yearly)),
        Cell(aim, tone=judged.get(words.aim(shown.review, one)[2], words.aim(shown.review, one)[2])),
        Cell(status, tone="bad" if one.problem else judged.get(words.status(one)[1], words.status(one)[1])),
    ]


def _six_twelve(shown: Shown, section: Section, place: int) -> None:
    for chart in section.charts:
        with st.container(key=f"card-612-{place}-{chart.number.metric}", gap="small"), guarded():
            _chart(shown, section, chart, f"{place}-{chart.number.metric}")


def _chart(shown: Shown, section: Section, chart: review_model.Chart, key: str) -> None:
    number, review = chart.number, shown.review
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", wrap=False, gap="small"):
        weeks, months = review_charts.weeks(review, chart), review_charts.months(review, chart)
        st.html(f'<div class="tv-top">{_head(review, number)}{_legend(months)}</div>')
        review_desk.comment(shown.board, review, key=key, about=words.label(number), section=section.title, metric=number.metric)
        if not shown.frozen:
            menu(shown.within, number.metric, key=f"612-{key}")
    if number.problem:
        st.html(f'<p class="tv-plain">{escape(relayed(number.problem))}</p>')
        return
    left, right = st.columns([1, 1.36], gap="small")
    for column, one, span in ((left, weeks, "weeks"), (right, months, "months")):
        with column:
            plot.draw(one, key=f"{span}-{key}", height=_HIGH)
    columns, row = review_parts.to_date(review, chart)
    title = _("{metric} to date").format(metric=words.label(number))
    table([Column(name, number=True) for name in columns], [row], title=title, close=True)
    if not shown.frozen:
        said = f"{weeks.alt} {months.alt}"
        file = f"{number.metric}_{review.last.isoformat()}"
        beside(shown.within, _both(weeks, months), said, title=words.label(number), key=f"612-{key}", file=file, names=(number.metric,))
    review_desk.said(review, [one for one in section.comments if one.metric == number.metric])


def _head(review: Review, number: Number) -> str:
    _target, word, tone = words.aim(review, number)
    status, doubt = words.status(number)
    marks = "".join(f'<i class="tv-word {kind}">{escape(said)}</i>' for said, kind in ((word, tone), (status, doubt)) if said)
    told = review_parts.standing(review, number).split(" · ")
    shown = " · ".join(part for part in told if part not in (word, status))
    return f'<div class="tv-title"><h2>{escape(words.label(number))}</h2><p>{escape(shown)}{marks}</p></div>'


def _legend(chart: Chart) -> str:
    items = [f'<li><i class="tv-line tv-{series.role}"></i>{escape(series.name)}</li>' for series in chart.series]
    if chart.target is not None:
        said = _("Target {target}").format(target=chart.text(chart.target))
        items.append(f'<li><i class="tv-line tv-target"></i>{escape(said)}</li>')
    return f'<ul class="tv-legend">{"".join(items)}</ul>'


def _both(weeks: Chart, months: Chart) -> pd.DataFrame:
    """The numbers of both charts in one table."""
    return pd.concat([weeks.table(), months.table()], ignore_index=True)


def _drivers(shown: Shown, section: Section, _place: int) -> None:
    if not section.drivers:
        st.html(f'<p class="tv-plain">{escape(words.unmoved(section))}</p>')
        return
    columns = [Column(name, number=place == 1) for place, name in enumerate(review_parts.driver_columns())]
    rows = [
        (Cell(words.label(one.number), href=_link(shown, one.number)), *map(Cell, words.moved(shown.review, one)))
        for one in section.drivers
    ]
    with st.container(key="card-drivers"):
        table(columns, rows, title=words.section_title(section))


def _releases(shown: Shown, section: Section, _place: int) -> None:
    del shown
    if not section.releases:
        told = _("Nothing was released or planned for these days.")
        st.html(f'<p class="tv-plain">{escape(told)}</p>')
        return
    columns = [Column(name) for name in (_("Release"), _("Kind"), _("Planned"), _("Shipped"), _("Against the plan"))]
    with st.container(key="card-releases"):
        rows = [[Cell(text or fmt.NOTHING) for text in review_parts.release_line(one)] for one in section.releases]
        table(columns, rows, title=words.section_title(section))


def _impact(shown: Shown, section: Section, _place: int) -> None:
    found = section.effects
    if found is None:
        return
    columns = [Column(name, number=at > 1) for at, name in enumerate(review_effects.columns())]
    with st.container(key="card-impact", gap="small"):
        st.html(f'<p class="tv-plain">{escape(review_effects.judged_by(shown.review, found))}</p>')
        rows = []
        for one in found.outcomes:
            name, said, *figures = review_effects.line(shown.review, one)
            rows.append([Cell(name), Cell(said, tone=review_effects.tone(one)), *(Cell(text) for text in figures)])
        table(columns, rows, title=words.section_title(section))


def _actions(shown: Shown, section: Section, _place: int) -> None:
    with st.container(key="card-actions", gap="small"):
        review_desk.actions(shown.board, shown.review, section, frozen=bool(shown.frozen))


_DRAWN: dict[str, Callable[[Shown, Section, int], None]] = {
    "exceptions": _exceptions,
    "numbers": _numbers,
    "six_twelve": _six_twelve,
    "drivers": _drivers,
    "releases": _releases,
    "impact": _impact,
    "actions": _actions,
}
