"""Why did it move: between two periods, as waterfalls whose bars add up, and the dimensions that explain it best, each bar a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape

import pandas as pd
import streamlit as st

from data.errors import Problem
from metrics.insight.why import Why, spans
from metrics.insight.why import why as explained
from metrics.insight.why.breakdown import Breakdown
from metrics.insight.why.decompose import Decomposition
from metrics.insight.why.matter import ACCOUNT
from metrics.insight.why.parts import Step
from metrics.insight.why.spans import Span
from metrics.insight.why.waterfall import waterfall
from pages.components import bridge, why_words
from pages.components import format as fmt
from pages.components.board import Board, remembered
from pages.components.bridge import Bar
from pages.components.chart_card import beside
from pages.components.drawer import Ask, ask
from pages.components.i18n import _
from pages.components.ranked import Row, ranked
from pages.components.states import guarded, notice
from pages.components.table import Column, table

#: What the chosen dimension (of a metric) and the periods are called, in the session and the address.
BY, NOW, THEN = "why_by", "why_to", "why_from"
_SHOWN = "shown"
_LISTED = 6
#: Members that have a name of their own, by the column that holds it.
_NAMES = {ACCOUNT: "account.name", "feature_id": "feature.name"}


def body(board: Board, wish: Ask) -> None:
    """The tab's content for one metric: the periods to choose, then what is found for them."""
    with guarded():
        now, then = _periods(board, wish)
        if now.since <= then.since:
            notice(_("These periods cannot be compared"), _("Choose an earlier period to compare with."))
            return
        with st.spinner(_("Looking for what moved it…")):
            told = found(board, wish.metric, now, then, board.narrowing(dict(wish.members)))
        names = _names(board, told)
        said = f"<b>{escape(why_words.headline(board, told))}</b> {escape(why_words.beginning(board, told, names))}"
        st.html(f'<section class="tv-lead"><p>{said}</p></section>')
        _cautions(board, told, names)
        for step in told.steps[:2]:
            _step(board, told, step)
        _dimensions(board, told, names, wish)
        _drivers(board, told)


@remembered
def found(board: Board, name: str, now: Span, then: Span, where: str | None) -> Why:
    """The explanation, in the reader's filters; remembered like every other answer."""
    return explained(board.layer, name, now=now, then=then, where=where, accounts=board.filters.accounts)


def _periods(board: Board, wish: Ask) -> tuple[Span, Span]:
    """The two periods that the reader chose: by default what the page shows, and what that is compared with."""
    shown = Span(wish.since or board.filters.since, wish.until or board.filters.until)
    usual = spans.compared_with(shown, board.filters.compare or "previous", board.calendar)
    every = {f"{one.name}:{one.since}": one for one in spans.recent(board.filters.until, board.calendar)}
    left, right = st.columns(2)
    with left:
        now = _chosen(_("Why did it move in"), NOW, {_SHOWN: shown, **every})
    with right:
        then = _chosen(_("compared with"), THEN, {_SHOWN: usual, **every})
    return now, then


def _chosen(label: str, key: str, options: Mapping[str, Span]) -> Span:
    def said(choice: str) -> str:
        one = options[choice]
        return fmt.span(one.since, one.last_day) if choice == _SHOWN else fmt.period(one.since, one.name, long=True)

    return options[st.selectbox(label, list(options), format_func=said, key=key, bind="query-params")]


def _names(board: Board, told: Why) -> dict[str, str]:
    """What the ids among the members are called, where their rows say so."""
    names: dict[str, str] = {}
    for by, column in _NAMES.items():
        if any(one.by == (by,) for one in told.breakdowns) and column in board.dimensions(told.metric):
            try:
                rows = board.ask(told.metric, by=(by, column), since=told.then.since, until=told.now.until).rows
            except Problem:
                continue
            names |= {str(row[by]): str(row[column]) for row in rows}
    return names


def _cautions(board: Board, told: Why, names: Mapping[str, str]) -> None:
    said = [why_words.caution(one, names, board) for one in told.cautions]
    if said:
        listed = "".join(f"<p>{escape(one)}</p>" for one in dict.fromkeys(said))
        title = _("Read with care")
        st.html(f'<section class="tv-state late" role="note"><h3>{escape(title)}</h3>{listed}</section>')


def _step(board: Board, told: Why, step: Step) -> None:
    def picked(part: str) -> None:
        metric = step.metrics.get(part, told.metric)
        since = told.then.until if step.along == "movements" else told.now.since
        ask(Ask("rows", metric if board.has(metric) else told.metric, since, told.now.until))

    _waterfall(board, told, step.found, {}, title=why_words.along(step.along), key=f"why-{step.along}", on_pick=picked)


def _dimensions(board: Board, told: Why, names: Mapping[str, str], wish: Ask) -> None:
    """The ranking, and the waterfall of the dimension that is picked in it."""
    if not told.breakdowns:
        notice(_("Nothing to tell apart"), _("The rows of this number have no segment, plan, region or other kind that could explain it."))
        return
    st.subheader(_("What explains it best"))
    places = {"+".join(one.by): one for one in told.breakdowns[:_LISTED]}
    rows = [_row(board, told, one, key, names) for key, one in places.items()]
    ranked(rows, key="why-ranking", title=_("What explains it best"), on_pick=partial(_pick, told.metric))
    metric, by = st.session_state.get(BY, ("", ""))
    chosen = places.get(by if metric == told.metric else "", told.breakdowns[0])

    def picked(member: str) -> None:
        members = tuple(zip(chosen.by, chosen.members[member], strict=True)) if member in chosen.members else ()
        ask(Ask("rows", told.metric, told.now.since, told.now.until, (*wish.members, *members)))

    title = _("By {dimension}").format(dimension=why_words.dimension(chosen.by))
    if chosen.found.method == "own":
        _apart(board, told, chosen, names, title)
    else:
        _waterfall(board, told, chosen.found, names, title=title, key="why-dimension", on_pick=picked)


def _pick(metric: str, by: str) -> None:
    st.session_state[BY] = (metric, by)


def _row(board: Board, told: Why, one: Breakdown, key: str, names: Mapping[str, str]) -> Row:
    lead = one.lead
    member = why_words.part(lead.member, names, board) if lead else fmt.NOTHING
    return Row(key, why_words.dimension(one.by), member, share=told.strength(one), note=why_words.mark(one))


def _waterfall(
    board: Board,
    told: Why,
    found: Decomposition,
    names: Mapping[str, str],
    *,
    title: str,
    key: str,
    on_pick: Callable[[str], None],
) -> None:
    """Bars that hang on each other, from then to now, each a link to its rows; and beside them the same in words and as a table."""
    metric = board.metric(told.metric)
    drawn = waterfall(found, metric.format)
    rows = []
    for bar in drawn.bars:
        total = bar.kind in ("then", "now")
        label = _span(told.then if bar.kind == "then" else told.now) if total else why_words.part(bar.name, names, board)
        value = fmt.exact(bar.amount, metric.format, board.currency, signed=not total)
        tone = "total" if total else "rest" if bar.kind == "rest" or metric.good == "neutral" else _tone(bar.amount, metric.good)
        rows.append(Bar(bar.name if bar.kind == "part" else "", label, value, bar.left, bar.right, tone, f"{label}: {value}"))
    st.subheader(title)
    bridge.draw(rows, key=key, title=title, on_pick=on_pick)
    st.caption(_said(board, told, drawn.start))
    frame = _frame(board, found, names)

    def picture(_range: str, origin: str) -> bytes:
        from pages.components import export_drawn  # matplotlib takes a while to import

        return export_drawn.bridge(rows, f"{board.label(told.metric)}: {title}", _said(board, told, drawn.start), origin)

    beside(
        board,
        frame,
        " ".join(f"{row.spoken}." for row in rows),
        title=title,
        key=f"{key}-table",
        file=told.metric,
        formats=_formats(frame, metric.format),
        picture=picture,
    )


def _tone(amount: float, good: str) -> str:
    return "gain" if (amount >= 0) == (good == "up") else "loss"


def _said(board: Board, told: Why, start: float) -> str:
    said = _("The bars add up to the change, {change}.").format(
        change=fmt.exact(told.change, board.metric(told.metric).format, board.currency, signed=True)
    )
    if start > 0:
        cut = _("They begin at {value}, so that the parts can be seen.")
        said += " " + cut.format(value=fmt.full(start, board.metric(told.metric).format, board.currency))
    return said


def _frame(board: Board, found: Decomposition, names: Mapping[str, str]) -> pd.DataFrame:
    """The numbers of a decomposition: a row a member, a column an effect; rests are rows of their own."""
    rests = [(why_words.part(name, {}, board), rest) for name, rest in found.rests.items()]
    rows: list[dict[str, object]] = [
        {
            _("Part"): why_words.part(part.member, names, board),
            _("Then"): part.then,
            _("Now"): part.now,
            **{why_words.effect(name, board): part.effects.get(name) for name in found.effects},
            _("Contribution"): part.contribution,
        }
        for part in found.parts
    ]
    return pd.DataFrame(rows + [{_("Part"): name, _("Contribution"): rest} for name, rest in rests])


def _formats(frame: pd.DataFrame, kind: str) -> dict[str, str]:
    return {str(column): kind for column in frame.columns[1:]}


def _apart(board: Board, told: Why, found: Breakdown, names: Mapping[str, str], title: str) -> None:
    """What cannot be added up: each member by itself, with the number of its rows and the metric without it."""
    metric = board.metric(told.metric)
    st.subheader(title)
    columns = [Column(_("Part")), Column(_("Then"), True), Column(_("Now"), True), Column(_("Rows"), True), Column(_("Without it"), True)]
    rows: list[Sequence[str]] = []
    for part in found.found.parts[:12]:
        without = found.without.get(part.member, (None, None))
        rows.append(
            [
                why_words.part(part.member, names, board),
                fmt.full(part.then, metric.format, board.currency),
                fmt.full(part.now, metric.format, board.currency),
                f"{fmt.full(part.n_then, 'integer')} → {fmt.full(part.n_now, 'integer')}",
                " → ".join(fmt.full(value, metric.format, board.currency) for value in without),
            ]
        )
    table(columns, rows, title=title)


def _drivers(board: Board, told: Why) -> None:
    """The metrics that the definition names as drivers, beside; they are no part of the sum."""
    counted = {metric for step in told.steps for metric in step.metrics.values()}
    beside_it = [one for one in told.drivers if one.metric not in counted]
    if not beside_it:
        return
    st.subheader(_("What drives it, by its definition"))
    rows = []
    for one in beside_it:
        kind = board.metric(one.metric).format
        rows.append([board.label(one.metric), fmt.full(one.then, kind, board.currency), fmt.full(one.now, kind, board.currency)])
    table([Column(_("Metric")), Column(_("Then"), True), Column(_("Now"), True)], rows, title=_("What drives it, by its definition"))


def _span(span: Span) -> str:
    return fmt.span(span.since, span.last_day)
