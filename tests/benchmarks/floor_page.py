"""The hand-coded page that ours are held against: as many tiles, nodes, charts, bubbles, rows and points, constant numbers, no query.

Each period has numbers of its own, so that a page whose period is changed is redrawn whole, as ours is.

It has the controls of ours too, each by one call of Streamlit: what is measured is what our layers cost, not what a filter bar costs.
Served by floor.py like the app itself: the same server, middleware, theme and freezing of what is imported. `/overview_svg`,
`/overview_plotly`, `/adoption_svg`, `/adoption_plotly`.
"""

from __future__ import annotations

import gc
from contextlib import asynccontextmanager
from functools import partial
from math import cos, sin
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

import serving
from pages.components import theme

#: Points of a line by period: days, or weeks of a quarter.
POINTS = {"28D": 28, "90D": 14}
LOGO = "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='8'/></svg>"
#: How many pages stand in the navigation.
PAGES = 18
TILES, NODES, MOVES, BUBBLES, ROWS, TREND, CELLS, LINES = 8, 10, 5, 24, 13, 12, (17, 4), 6
COLOURS = ("#4A4FD9", "#A6ACBA", "#0FA08C", "#D9921E", "#CC5A83", "#8E5BD6")


def wave(number: int, points: int) -> list[float]:
    """Constant numbers that look like some."""
    return [round(200 + 20 * number + 30 * sin(place * 0.7 + number) + 9 * cos(place * 2.1), 2) for place in range(points)]


def polyline(values: list[float], width: float, height: float, colour: str, low: float, high: float) -> str:
    """A line within a box."""
    step = width / max(len(values) - 1, 1)
    points = " ".join(f"{place * step:.1f},{height - (value - low) / (high - low) * height:.1f}" for place, value in enumerate(values))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" vector-effect="non-scaling-stroke"/>'


def spark(values: list[float]) -> str:
    """A small curve."""
    low, high = min(values) - 1, max(values) + 1
    line = polyline(values, 100, 40, COLOURS[0], low, high)
    area = line.replace('fill="none"', 'fill="#4A4FD9" fill-opacity=".12"').replace('stroke-width="2"', 'stroke-width="0"')
    aim = '<line x1="0" x2="100" y1="20" y2="20" stroke="#C98512" stroke-dasharray="2 4"/>'
    return f'<svg viewBox="0 0 100 40" preserveAspectRatio="none" style="width:100%;height:40px">{area}{aim}{line}</svg>'


def html(text: str) -> None:
    """HTML with its SVG."""
    st.markdown(text, unsafe_allow_html=True)


def tiles(points: int) -> None:
    """Eight tiles: label, status, number, change, a line of text, a small curve with its area and target."""
    cells = "".join(
        f'<div style="border:1px solid #ddd;border-radius:12px;padding:12px"><div>Metric {number} <i>On target</i></div>'
        f'<b style="font-size:1.6rem">{wave(number, points)[-1]:,.1f}</b> <span>↑ {number}.4%</span><div>Target 210 · was 218</div>'
        f"{spark(wave(number, points))}</div>"
        for number in range(TILES)
    )
    html(f'<div style="display:grid;grid-template-columns:repeat(4,1fr);gap:12px">{cells}</div>')


def lines(count: int, points: int, engine: str, key: str) -> None:
    """A chart of lines with axes, a target and a tooltip or a title for each point."""
    series = [wave(number, points) for number in range(count)]
    if engine == "plotly":
        import plotly.graph_objects as go

        figure = go.Figure([go.Scatter(y=one, mode="lines", line={"color": COLOURS[n % 6]}) for n, one in enumerate(series)])
        figure.add_hline(y=210, line_dash="dot")
        figure.update_layout(height=320, margin={"l": 30, "r": 10, "t": 10, "b": 30}, showlegend=False, hovermode="x unified")
        st.plotly_chart(figure, key=key)
        return
    low, high = min(map(min, series)) - 5, max(map(max, series)) + 5
    rules = "".join(f'<line x1="0" x2="1000" y1="{y}" y2="{y}" stroke="#ddd"/><text x="0" y="{y}">{y}</text>' for y in range(0, 300, 60))
    names = "".join(f'<text x="{place * 1000 / points:.0f}" y="315">{place + 1} Nov</text>' for place in range(0, points, 2))
    drawn = "".join(polyline(one, 1000, 290, COLOURS[n % 6], low, high) for n, one in enumerate(series))
    html(f'<svg class="chart" viewBox="0 0 1000 320" style="width:100%;height:320px;font-size:12px">{rules}{names}{drawn}</svg>')


def bubbles(points: int, engine: str) -> None:
    """The matrix: a bubble a feature, each named."""
    places = [(5 + number * 4 - points / 7, 3 + (number * 7 + points) % 40, 9 + number) for number in range(BUBBLES)]
    if engine == "plotly":
        import plotly.graph_objects as go

        across, up, size = zip(*places, strict=True)
        named = [f"Feature {n}" for n in range(BUBBLES)]
        figure = go.Figure(go.Scatter(x=across, y=up, mode="markers+text", text=named, marker={"size": size}))
        figure.update_layout(height=420, margin={"l": 30, "r": 10, "t": 10, "b": 30})
        st.plotly_chart(figure, key="matrix")
        return
    drawn = "".join(
        f'<circle cx="{x * 9}" cy="{400 - y * 8}" r="{r / 2}" fill="#4A4FD9"/><text x="{x * 9 + 15}" y="{400 - y * 8}">Feature {n}</text>'
        for n, (x, y, r) in enumerate(places)
    )
    html(f'<svg class="chart" viewBox="0 0 1000 420" style="width:100%;height:420px;font-size:12px">{drawn}</svg>')


def listed(count: int, points: int, title: str, trend: int = 0) -> None:
    """A list: name, number, change, a bar and, with a trend, a small curve of as many points."""
    rows = "".join(
        f'<li style="display:grid;grid-template-columns:2fr 1fr 1fr 1fr;height:45px"><span>Row {number}</span><b>{number * points}</b>'
        f"<span>↑ {points / 10}%</span>"
        f'<span style="background:#4A4FD9;height:4px;width:{100 - number * 5 - points / 4}%"></span>'
        f"{spark(wave(number + points, trend)) if trend else ''}</li>"
        for number in range(count)
    )
    html(f'<h2 style="font-size:1rem">{title}</h2><ol style="list-style:none;padding:0">{rows}</ol>')


def tree(points: int) -> None:
    """The North Star and what drives it: label, number, change of each."""
    nodes = "".join(
        f'<li style="border:1px solid #ddd;border-radius:8px;padding:6px"><span>Driver {number}</span>'
        f" <b>{wave(number, points)[-1]:,.0f}</b>"
        f" <span>↓ {number}.8%</span> <i>◐</i></li>"
        for number in range(NODES)
    )
    html(f'<h2 style="font-size:1rem">The North Star</h2><ul style="list-style:none;padding:0;columns:3;height:280px">{nodes}</ul>')


def table(points: int) -> None:
    """A heat table."""
    rows, columns = CELLS

    def cell(row: int, column: int) -> str:
        return f"<td style=background:hsl(240,60%,{99 - points * column // 3}%)>{row * column + points}</td>"

    lines = (f"<tr><th>Feature {row}</th>{''.join(cell(row, column) for column in range(columns))}</tr>" for row in range(rows))
    html(f"<table>{''.join(lines)}</table>")


def chosen_of(label: str, options: list[str], *, key: str, default: str | None = None, **look: Any) -> str | None:
    """A choice whose state stands in the URL."""
    default = default or options[0]
    return st.segmented_control(label, options, default=default, required=True, key=key, bind="query-params", **look)


def head(name: str) -> int:
    """Title, question and the controls; gives the number of points of the period that is chosen."""
    st.button("Search", type="tertiary", shortcut="Mod+K")
    left, right = st.columns([1, 1])
    with left:
        html(f"<h1>{name}</h1><p>How is the product doing for the business?</p>")
    with right, st.container(horizontal=True):
        periods = ["7D", "28D", "90D", "12M", "Custom"]
        chosen = chosen_of("Period", periods, default="28D", key="period", label_visibility="collapsed")
        with st.popover("Filters"):
            for label in ("Segment", "Plan", "Region"):
                st.multiselect(label, ["one", "two", "three"], key=label.lower(), bind="query-params")
            chosen_of("Grain", ["Automatic", "Day", "Week", "Month", "Quarter"], key="grain")
            chosen_of("Compared with", ["Period before", "Year before", "None"], key="compare")
            st.button("Reset")
        st.button("Saved")
        with st.popover("Share"):
            st.download_button("This page as PDF", "")
    return POINTS[str(chosen)]


def foot() -> None:
    """Whose data it is, and who reads it."""
    with st.container(horizontal=True):
        html("<p>Company · generation 2 · Europe/Paris · EUR</p>")
        chosen_of("Home page for", ["Leadership", "Product", "Ops"], key="role")
        chosen_of("Language", ["EN", "FR"], key="lang")


def card(title: str) -> None:
    """The heading of a card with its menu."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        html(f'<h2 style="font-size:1rem">{title}</h2>')
        st.menu_button("Actions", ["explain", "rows"], key=title)


def beside(title: str) -> None:
    """Where the table of a card would open."""
    with st.expander("In words and as a table", key=f"beside {title}", on_change="rerun"):
        pass


def overview(engine: str) -> None:
    """As much as the Overview shows."""
    points = head("Overview")
    html("<p>First response fell to 1h 42m, down 23.3%. <b>Net new MRR fell to €3,927, down 69.8%.</b></p>")
    left, right = st.columns([1.8, 1])
    with left:
        tree(points)
    with right:
        card("Hero")
        lines(2, points, engine, "hero")
        beside("hero")
    tiles(points)
    listed(MOVES, points, "What changed most")
    foot()


def adoption(engine: str) -> None:
    """As much as Adoption shows."""
    points = head("Adoption")
    tiles(points)
    card("Hero")
    lines(2, points, engine, "hero")
    beside("hero")
    card("Adoption matrix")
    st.segmented_control("Bubbles", ["Accounts", "MRR"], default="Accounts", required=True)
    bubbles(points, engine)
    beside("matrix")
    left, right = st.columns(2)
    with left:
        card("Features by accounts")
        listed(ROWS, points, "", TREND)
        beside("features")
    with right:
        card("Who uses what")
        table(points)
        beside("who")
    card("Features over time")
    lines(LINES, points, engine, "over-time")
    beside("over time")
    foot()


@asynccontextmanager
async def lifespan(_app):
    """As in app.py: what is imported is hidden from the collection of garbage that follows each run."""
    import plotly.graph_objects  # noqa: F401

    gc.collect()
    gc.freeze()
    yield {}


app = st.App(
    Path(__file__),
    lifespan=lifespan,
    middleware=[
        Middleware(serving.SecurityHeaders),
        Middleware(serving.Compressed),
        Middleware(serving.Together),
        Middleware(serving.Dressed, sheet=theme.sheet, script=theme.script, languages=("en",)),
    ],
)

if get_script_run_ctx(suppress_warning=True) is not None:
    st.set_page_config(page_title="Floor", layout="wide")
    theme.inject(0)
    st.logo(LOGO)
    start = st.Page(partial(html, "Four pages"), title="Start", url_path="start", default=True)
    drawn = [
        st.Page(partial(draw, engine), title=f"{draw.__name__} {engine}", url_path=f"{draw.__name__}_{engine}")
        for draw in (overview, adoption)
        for engine in ("svg", "plotly")
    ]
    others = [
        st.Page(partial(html, "Another"), title=f"Page {number}", icon=":material/home:", url_path=f"page_{number}")
        for number in range(PAGES - len(drawn) - 1)
    ]
    groups = {"One": [start, *drawn], **{name: others[place::4] for place, name in enumerate(("Two", "Three", "Four", "Five"))}}
    st.navigation(groups, position="top").run()
