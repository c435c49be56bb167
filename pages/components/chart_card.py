"""A card with a chart: its heading and legend, the chart, and beside it the same in words and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from html import escape
from typing import Any, Literal

import pandas as pd
import streamlit as st

from metrics.made_of import is_shaped
from pages.components import charts, plot, present, report, trust
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.cards import Card
from pages.components.chart_model import Chart
from pages.components.chart_table import swatch
from pages.components.drawer import Ask, ask
from pages.components.export import Sheet, downloads, file_name
from pages.components.export_facts import facts, source
from pages.components.i18n import N_, _
from pages.components.states import nothing

_ARROW = {"up": "↑", "down": "↓", "flat": "→"}
_MENU = {"explain": N_("How is this computed?"), "why": N_("Why did it move?"), "rows": N_("Rows behind this")}


def chart_card(
    board: Board,
    chart: Chart,
    *,
    key: str,
    subtitle: str = "",
    height: int | str = 300,
    head: Card | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draws a chart in a card. A click on a mark opens what is behind it; `head` puts a tile's number over the chart.

    `on_pick` is called with the place on the axis instead, where that is no time.
    """
    with st.container(key=f"card-{key}", gap="small", height="stretch"):
        top = f'<div class="tv-top tv-cornered">{_title(chart, subtitle, head, trust.mark(board, chart.metric))}{_legend(chart)}</div>'
        if chart.empty:
            nothing(top)
            menu(board, chart.metric, key=key)
            return

        def picked(place: int, series: int | None) -> None:
            if on_pick:
                on_pick(place)
            else:
                _drill(board, chart, place, series)

        report.note(report.Drawn(chart, subtitle))
        plot.draw(chart, key=key, height=height, above=top, on_pick=picked)
        menu(board, chart.metric, key=key)
        _beside_chart(board, chart, key, subtitle)


def menu(board: Board, metric: str, *, key: str) -> None:
    """The menu of a card, in its corner: how its number is computed, and the rows behind it; none where the metric is not defined."""
    if not board.has(metric):
        return

    def chosen() -> None:
        what = st.session_state[f"menu-{key}"]
        tab: Literal["how", "why"] = "why" if what == "why" else "how"
        ask(Ask("rows" if what == "rows" else "explain", metric, board.filters.since, board.filters.until, board.within, tab=tab))

    st.menu_button(
        _("Actions"),
        [what for what in _MENU if what != "why" or not is_shaped(board.metric(metric))],
        format_func=lambda what: _(_MENU[what]),
        icon=":material/more_horiz:",
        type="tertiary",
        key=f"menu-{key}",
        on_click=chosen,
    )


def _drill(board: Board, chart: Chart, place: int, series: int | None) -> None:
    """Opens the rows of a mark: its period, and its member where a part was clicked."""
    if not board.has(chart.metric):
        return
    if chart.across:
        ask(Ask("rows", chart.metric, board.filters.since, board.filters.until))
        return
    period = chart.periods[place]
    since = board.day(period.key)
    metric = chart.metric
    members: tuple[tuple[str, str], ...] = ()
    if series is not None and series < len(chart.series) and (member := chart.series[series].member):
        metric, members = (metric, ((chart.dimension, member),)) if chart.dimension else (member, ())
    ask(Ask("rows", metric, since, min(board.after(since, chart.grain), board.filters.until), (*board.within, *members), period.long))


def _title(chart: Chart, subtitle: str, head: Card | None, mark: str) -> str:
    said = f"<h2>{escape(chart.title)}{mark}</h2>" + (f"<p>{escape(subtitle)}</p>" if subtitle else "")
    if head and not head.problem:
        chip = f'<span class="tv-chip {head.tone}">{_ARROW[head.direction]} {escape(head.delta)}</span>' if head.delta else ""
        was = escape(_("from {value}").format(value=head.was)) if head.was else ""
        said += f'<div class="row"><strong>{escape(head.value)}</strong>{chip}<span>{was}</span></div>'
    return f'<div class="tv-title">{said}</div>'


def _legend(chart: Chart) -> str:
    """What each line and colour means; a single plain line needs none."""
    as_line = chart.kind in ("line", "area")
    items = [
        f'<li><i class="{"tv-line" if as_line or series.role in ("previous", "total") else "tv-dot"} {swatch(chart, place)}"></i>'
        f"{escape(series.name)}</li>"
        for place, series in enumerate(chart.series)
    ]
    if chart.target is not None:
        said = _("Target {target}").format(target=chart.text(chart.target))
        items.append(f'<li><i class="tv-line tv-target"></i>{escape(said)}</li>')
    if chart.unfinished and chart.periods[-1].progress:
        items.append(f'<li><i class="tv-line tv-unfinished"></i>{escape(chart.periods[-1].progress)}</li>')
    return f'<ul class="tv-legend">{"".join(items)}</ul>' if len(items) > 1 else ""


def beside(
    board: Board,
    table: pd.DataFrame,
    said: str,
    *,
    title: str,
    key: str,
    file: str,
    names: Sequence[str] = (),
    formats: Mapping[str, str] | None = None,
    picture: Callable[[str, str], bytes] | None = None,
    ranged: bool = True,
) -> None:
    """A table in words and as a table, which can be taken away as files; closed until it is asked for.

    `file` is what the files are called: the metric, where it is one; else `names` are the metrics of the table. `formats` tells by
    column how numbers are written. `picture` draws what the table is of, given the range and the source in words. One that is not
    `ranged` has days of its own.
    """
    drawn = partial(picture, _range(board), source(board)) if picture else None

    def made() -> Sheet:
        told = facts(board, title, names or (file,), said, ranged=ranged)
        return Sheet(title, table, told, formats or {}, board.currency, board.zone)

    _beside(lambda: table, said, title, key, lambda: downloads(file_name(board, file), made, key=key, picture=drawn))


def beside_members(board: Board, name: str, by: Sequence[str], *, title: str, key: str) -> None:
    """The same of a list or a heat table: every member, also those for which the card has no room."""
    label, said = board.label(name), _("By {dimension}").format(dimension=" × ".join(by))
    numbers = {name: label}
    if board.filters.compare and len(by) == 1:
        numbers[f"{name}_compared"] = charts.before_name(board)

    @cache  # asked while the page runs: whoever takes it away later does so in a thread that knows no reader
    def table() -> pd.DataFrame:
        frame = board.total(name, by=by, compare=len(by) == 1).frame[[*by, *numbers]]
        return frame.assign(**{one: frame[one].map(present.member) for one in by}).rename(columns=numbers)

    def made() -> Sheet:
        formats = dict.fromkeys(numbers.values(), board.metric(name).format)
        return Sheet(title, table(), facts(board, title, (name,), said, by=tuple(by)), formats, board.currency, board.zone)

    file = file_name(board, "_by_".join((name, *(one.split(".")[-1] for one in by))))
    _beside(table, f"{label} · {said}", title, key, lambda: downloads(file, made, key=key))


def _beside_chart(board: Board, chart: Chart, key: str, subtitle: str) -> None:
    """The same of a chart, whose picture can be taken away as well."""
    name = file_name(board, chart.metric or key)

    def picture() -> bytes:
        from pages.components.export_png import png  # matplotlib takes a while to import

        return png(chart, subtitle=" · ".join(part for part in (subtitle, _range(board)) if part), source=source(board))

    def buttons() -> None:
        downloads(name, lambda: chart_sheet(board, chart), key=key, picture=picture)

    _beside(chart.table, chart.alt, chart.title, key, buttons)


def chart_sheet(board: Board, chart: Chart) -> Sheet:
    """A chart's numbers as a table to take away: its periods also as dates, its numbers in the format of its metric."""
    frame, starts = chart.table(), chart.starts()
    if starts is not None:
        frame.insert(1, _("First day"), starts)
    numbers = [series.name for series in chart.series] + [_("Target")]
    asked: dict[str, Any] = {"grain": chart.grain, "since": board.day(chart.periods[0].key)} if starts else {}
    if chart.dimension:
        asked["by"] = (chart.dimension,)
    members = () if chart.dimension else tuple(series.member for series in chart.series if series.member)
    told = facts(board, chart.title, members or (chart.metric,), chart.alt, **asked)
    return Sheet(chart.title, frame, told, dict.fromkeys(numbers, chart.format), chart.currency, board.zone)


def _range(board: Board) -> str:
    return fmt.span(board.filters.since, board.last_day)


def _beside(table: Callable[[], pd.DataFrame], said: str, title: str, key: str, buttons: Callable[[], None]) -> None:
    with st.expander(_("In words and as a table"), key=f"beside-{key}", on_change="rerun") as opened:
        if opened.open:
            st.caption(said)
            st.dataframe(table(), hide_index=True, height=260, alt=title)
            buttons()
