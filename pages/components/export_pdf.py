"""A page as a PDF: what its components wrote down (report.py), set on A4, with text that can be searched and copied."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC
from itertools import pairwise
from pathlib import Path

import matplotlib
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from pages.components import format as fmt
from pages.components import i18n
from pages.components.chart_model import Chart
from pages.components.export_png import plain
from pages.components.i18n import _, ngettext
from pages.components.report import Beside, Chapter, Drawn, Heading, Lead, Listed, Part, Said, Tile, Tiles
from pages.components.theme import tokens

#: Millimetres: the margin, the width between margins, a tile and the gap beside it, a chart.
MARGIN, WIDTH, TILE, GAP, CHART = 14.0, 182.0, 29.0, 3.0, 52.0
_INCH = 25.4
#: The height of a chart beside another one.
_SMALL = 34.0
#: How many periods stand beside each other in the table of a chart.
_BESIDE = 12
#: Lists that are longer say how many rows they have.
_COUNTED = 8
_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


class Paper(FPDF):
    """A4 with our type, and a foot on each sheet."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(format="A4")
        self.heading = heading
        self.add_font("Sans", "", _FONTS / "DejaVuSans.ttf")
        self.add_font("Sans", "B", _FONTS / "DejaVuSans-Bold.ttf")
        self.set_margin(MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(True, margin=MARGIN + 6)
        self.set_title(heading.title)
        self.set_creator("Transverse")
        if heading.made is not None:
            self.set_creation_date(heading.made.astimezone(UTC))
        self.set_lang(i18n.language())

    def footer(self) -> None:
        """Whose data this is, and the number of the sheet."""
        self.set_y(-MARGIN - 2)
        self.ink("ink-3", 7)
        self.cell(WIDTH - 30, 4, self.heading.foot)
        self.cell(30, 4, _("Page {number} of {count}").format(number=self.page_no(), count="{nb}"), align="R")

    def ink(self, token: str, size: float, bold: bool = False) -> None:
        """The type of what is written next."""
        self.set_font("Sans", "B" if bold else "", size)
        self.set_text_color(tokens()[token])

    def say(self, text: str, token: str, size: float, *, bold: bool = False, after: float = 1.0) -> None:
        """A paragraph as wide as the sheet."""
        if text:
            self.ink(token, size, bold)
            self.multi_cell(WIDTH, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
            self.ln(after)

    def keep(self, height: float) -> None:
        """Begins a new sheet where so much does not fit on this one."""
        if self.will_page_break(height):
            self.add_page()


def pdf(heading: Heading, parts: Sequence[Part]) -> bytes:
    """The report as bytes: the answer first, then what the page shows in its order."""
    paper = Paper(heading)
    paper.add_page()
    _head(paper)
    for part in sorted(parts, key=lambda part: not isinstance(part, Lead)):
        _set(paper, part)
    return bytes(paper.output())


def _set(paper: Paper, part: Part) -> None:
    if isinstance(part, Lead):
        paper.say(part.text, "ink", 10.5, after=0.5)
        paper.say(part.counts, "ink-2", 8, after=2)
    elif isinstance(part, Tiles):
        _tiles(paper, part.tiles)
    elif isinstance(part, Drawn):
        _chart(paper, part)
    elif isinstance(part, Beside):
        _beside(paper, part)
    elif isinstance(part, Chapter):
        _chapter(paper, part)
    elif isinstance(part, Said):
        paper.say(part.text, "ink-2", 8.5, after=1.5)
    else:
        _list(paper, part)


def _head(paper: Paper) -> None:
    heading = paper.heading
    paper.say(heading.title, "ink", 18, bold=True, after=0.5)
    paper.say(heading.question, "ink-2", 9.5, after=1)
    paper.say(
        "   ·   ".join(_("{name}: {value}").format(name=name, value=value).replace(" ", "\u00a0") for name, value in heading.facts),
        "ink-3",
        7.5,
        after=2,
    )
    paper.set_draw_color(tokens()["line"])
    paper.line(MARGIN, paper.get_y(), MARGIN + WIDTH, paper.get_y())
    paper.ln(3)


def _tiles(paper: Paper, tiles: Sequence[Tile]) -> None:
    """The key figures in a grid of four."""
    wide = (WIDTH - 3 * GAP) / 4
    for first in range(0, len(tiles), 4):
        paper.keep(TILE)
        top = paper.get_y()
        for place, tile in enumerate(tiles[first : first + 4]):
            _tile(paper, tile, MARGIN + place * (wide + GAP), top, wide)
        paper.set_xy(MARGIN, top + TILE + GAP)
    paper.ln(1)


def _tile(paper: Paper, tile: Tile, left: float, top: float, wide: float) -> None:
    paper.set_draw_color(tokens()["line"])
    paper.rect(left, top, wide, TILE, round_corners=True, corner_radius=1.5)
    paper.set_xy(left + 1.5, top + 1.5)
    paper.ink("ink-2", 7)
    paper.multi_cell(wide - 3, 3.2, tile.label, align="L", max_line_height=3.2)
    paper.set_xy(left + 1.5, top + 8.2)
    long = len(tile.value) > 14
    paper.ink("ink", 6.5 if long else 13, bold=not long)
    if long:
        paper.multi_cell(wide - 3, 3, tile.value, align="L")
        return
    paper.cell(paper.get_string_width(tile.value) + 2.5, 6, tile.value)
    paper.ink({"good": "good", "bad": "bad"}.get(tile.tone, "ink-2"), 7.5, bold=True)
    paper.cell(wide / 2, 6.6, tile.delta)
    paper.set_xy(left + 1.5, top + 14.6)
    paper.ink({"off": "bad", "risk": "warn"}.get(tile.status, "ink-3"), 5.8)
    paper.multi_cell(wide - 3, 2.6, tile.note, align="L")
    _spark(paper, tile, left + 2, top + TILE - 8, wide - 4, 6.5)


def _spark(paper: Paper, tile: Tile, left: float, top: float, wide: float, high: float) -> None:
    """The small curve; its unfinished end is dashed."""
    known = [value for value in tile.spark if value is not None]
    if len(known) < 2:
        return
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = wide / max(len(tile.spark) - 1, 1)
    points = [None if v is None else (left + n * step, top + high - (v - low) / span * high) for n, v in enumerate(tile.spark)]
    paper.set_draw_color(tokens()["accent"])
    paper.set_line_width(0.35)
    for place, (one, other) in enumerate(pairwise(points), start=1):
        if one and other:
            if place >= len(points) - tile.unfinished:
                paper.set_dash_pattern(dash=0.6, gap=0.6)
            paper.line(*one, *other)
    paper.set_dash_pattern()
    paper.set_line_width(0.2)


def _chart(paper: Paper, part: Drawn) -> None:
    """A chart with its title, in words, and its numbers."""
    chart = part.chart
    paper.keep(CHART + 32)
    paper.ln(2)
    paper.say(chart.title, "ink", 11, bold=True, after=0.3)
    paper.say(part.subtitle, "ink-3", 8, after=0.5)
    drawn = io.BytesIO(plain(chart, width=WIDTH / _INCH, height=CHART / _INCH))
    top = paper.get_y()
    paper.image(drawn, x=MARGIN, y=top, w=WIDTH, h=CHART, alt_text=chart.alt)
    paper.set_xy(MARGIN, top + CHART + 1)
    paper.say(chart.alt, "ink-2", 8, after=1)
    _numbers(paper, chart)


def _chapter(paper: Paper, part: Chapter) -> None:
    """A heading that keeps with what follows it."""
    paper.keep(_SMALL + 44)
    paper.ln(3)
    paper.say(part.title, "ink", 13, bold=True, after=0.3)
    paper.say(part.note, "ink-3", 8, after=0.5)


def _beside(paper: Paper, part: Beside) -> None:
    """Small charts in one row, each with its own title; the wider one has more periods."""
    paper.keep(_SMALL + 28)  # with the line of numbers that follows
    paper.ln(1.5)
    paper.say(part.title, "ink", 9.5, bold=True, after=0.2)
    paper.say(part.note, "ink-3", 7.5, after=0.2)
    _legend(paper, part.charts[0])
    top, left = paper.get_y(), MARGIN
    periods = sum(len(chart.periods) for chart in part.charts)
    room = WIDTH - GAP * (len(part.charts) - 1)
    for chart in part.charts:
        wide = room * (0.5 / len(part.charts) + 0.5 * len(chart.periods) / periods)
        drawn = io.BytesIO(plain(chart, width=wide / _INCH, height=_SMALL / _INCH, legend=False))
        paper.image(drawn, x=left, y=top, w=wide, h=_SMALL, alt_text=chart.alt)
        left += wide + GAP
    paper.set_xy(MARGIN, top + _SMALL + 0.5)


def _legend(paper: Paper, chart: Chart) -> None:
    """What the lines of charts beside each other mean, once, at the right edge of their title."""
    colours = tokens()
    items = [(one.name, {"previous": "before"}.get(one.role, "accent"), one.role == "previous") for one in chart.series]
    items += [(_("Target {target}").format(target=chart.text(chart.target)), "target", True)] if chart.target is not None else []
    y, x = paper.get_y(), MARGIN + WIDTH
    for name, token, dashed in reversed(items):
        paper.ink("ink-2", 6.5)
        x -= paper.get_string_width(name)
        paper.text(x, y - 0.6, name)
        paper.set_draw_color(colours[token])
        paper.set_line_width(0.5)
        paper.set_dash_pattern(dash=0.9 if dashed else 0, gap=0.7 if dashed else 0)
        paper.line(x - 6, y - 1.4, x - 1, y - 1.4)
        x -= 10
    paper.set_dash_pattern()
    paper.set_line_width(0.2)


def _numbers(paper: Paper, chart: Chart) -> None:
    """The chart's numbers: a row a series, its periods beside each other, in as many blocks as they need."""
    blocks = -(-len(chart.periods) // _BESIDE)
    size = -(-len(chart.periods) // blocks)
    for first in range(0, len(chart.periods), size):
        shown = chart.periods[first : first + size]
        head = [chart.across or _("Period"), *(period.short + ("" if period.complete else " *") for period in shown)]
        rows = [
            [series.name, *(fmt.short(value, chart.format, chart.currency) for value in series.values[first : first + size])]
            for series in chart.series
        ]
        widths = [32.0, *[(WIDTH - 32) / size] * len(shown)]
        _table(paper, head, rows, widths, range(1, len(head)), size=6)
        paper.ln(1.2)
    left = [period for period in chart.periods if not period.complete]
    if left:
        progress = left[-1].progress or _("not complete")
        paper.say(f"* {progress}", "ink-3", 6.5, after=1)


def _list(paper: Paper, part: Listed) -> None:
    paper.keep(12 + 4.6 * min(len(part.rows), 6))
    paper.ln(2)
    paper.say(part.title, "ink", 11, bold=True, after=0.5)
    paper.say(part.said, "ink-2", 8, after=1)
    longest = [max(len(name) / 2, *(min(len(row[place]), 60) for row in part.rows)) + 3 for place, name in enumerate(part.columns)]
    widths = [WIDTH * one / sum(longest) for one in longest]
    if len(part.columns) <= 3 and sum(longest) < 70:
        widths = [2.1 * one for one in longest]
    _table(paper, list(part.columns), [list(row) for row in part.rows], widths, part.numbers, size=7.5 if len(part.columns) < 7 else 6.5)
    if len(part.rows) > _COUNTED:
        count = ngettext("{total} row", "{total} rows", len(part.rows)).format(total=len(part.rows))
        paper.say(count, "ink-3", 6.5, after=1)


def _table(paper: Paper, head: list[str], rows: list[list[str]], widths: Sequence[float], flush: Sequence[int], *, size: float) -> None:
    """A table whose head is repeated on each sheet."""
    colours = tokens()
    paper.ink("ink", size)
    paper.set_draw_color(colours["line"])
    with paper.table(
        col_widths=tuple(widths),
        width=sum(widths),
        align="L",
        text_align=tuple("R" if place in flush else "L" for place in range(len(head))),
        line_height=size * 0.5,
        padding=(0.5, 1.2),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD", color=colours["ink-3"], size_pt=size),
    ) as made:
        for texts in (head, *rows):
            line = made.row()
            for text in texts:
                line.cell(text)
