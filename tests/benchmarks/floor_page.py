"""The hand-coded page that ours are held against: as many tiles, charts, bubbles, rows and points, constant numbers, no query.

Served by floor.py like the app itself: the same server, middleware, theme and freezing of what is imported. `/overview_svg`,
`/overview_plotly`, `/adoption_svg`, `/adoption_plotly`.
"""

from __future__ import annotations

import gc
from contextlib import asynccontextmanager
from functools import partial
from math import cos, sin
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

import serving
from pages.components import theme

#: Points of a line by period: days, or weeks of a quarter.
POINTS = {"28D": 28, "90D": 14}
TILES, MOVES, BUBBLES, ROWS, TREND, CELLS, LINES = 8, 5, 24, 13, 12, (17, 4), 6
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
    line = polyline(values, 100, 40, COLOURS[0], min(values) - 1, max(values) + 1)
    return f'<svg viewBox="0 0 100 40" preserveAspectRatio="none" style="width:100%;height:40px">{line}</svg>'


def html(text: str) -> None:
    """HTML with its SVG."""
    st.markdown(text, unsafe_allow_html=True)


def tiles(points: int) -> None:
    """Eight tiles: label, number, change, a line of text, a small curve."""
    cells = "".join(
        f'<div style="border:1px solid #ddd;border-radius:12px;padding:12px"><div>Metric {number}</div>'
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


def bubbles(engine: str) -> None:
    """The matrix: a bubble a feature, each named."""
    places = [(5 + number * 4, 3 + (number * 7) % 40, 9 + number) for number in range(BUBBLES)]
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


def listed(count: int, points: int, title: str) -> None:
    """A list: name, number, change, a bar and, with points, a small curve."""
    rows = "".join(
        f'<li style="display:grid;grid-template-columns:2fr 1fr 1fr 1fr;height:45px"><span>Row {number}</span><b>{number * 17}</b>'
        f"<span>↑ 2.1%</span>"
        f'<span style="background:#4A4FD9;height:4px;width:{100 - number * 5}%"></span>{spark(wave(number, points)) if points else ""}</li>'
        for number in range(count)
    )
    html(f'<h2 style="font-size:1rem">{title}</h2><ol style="list-style:none;padding:0">{rows}</ol>')


def table() -> None:
    """A heat table."""
    rows, columns = CELLS
    cells = "".join(
        f"<tr><th>Feature {row}</th>{''.join(f'<td style=background:#eef>{row * column}</td>' for column in range(columns))}</tr>"
        for row in range(rows)
    )
    html(f"<table>{cells}</table>")


def head(name: str) -> int:
    """Title, question and the choice of the period; gives its number of points."""
    left, right = st.columns([2, 1])
    with left:
        html(f"<h1>{name}</h1><p>How is the product doing for the business?</p>")
    with right:
        chosen = st.segmented_control("Period", list(POINTS), default="28D", required=True, key="period", label_visibility="collapsed")
    return POINTS[str(chosen)]


def overview(engine: str) -> None:
    """As much as the Overview shows."""
    points = head("Overview")
    html("<p>First response fell to 1h 42m, down 23.3%. <b>Net new MRR fell to €3,927, down 69.8%.</b></p>")
    tiles(points)
    left, right = st.columns([2, 1])
    with left:
        lines(2, points, engine, "hero")
    with right:
        listed(MOVES, 0, "What changed most")


def adoption(engine: str) -> None:
    """As much as Adoption shows."""
    points = head("Adoption")
    tiles(points)
    lines(2, points, engine, "hero")
    bubbles(engine)
    left, right = st.columns(2)
    with left:
        listed(ROWS, TREND, "Features by accounts")
    with right:
        table()
    lines(LINES, points, engine, "over-time")


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
        Middleware(serving.Dressed, sheet=theme.sheet, languages=("en",)),
    ],
)

if get_script_run_ctx(suppress_warning=True) is not None:
    st.set_page_config(page_title="Floor", layout="wide")
    shown = [st.Page(partial(html, "Four pages"), title="Start", url_path="start", default=True)]
    shown += [
        st.Page(partial(draw, engine), title=f"{draw.__name__} {engine}", url_path=f"{draw.__name__}_{engine}")
        for draw in (overview, adoption)
        for engine in ("svg", "plotly")
    ]
    st.navigation(shown, position="top").run()
