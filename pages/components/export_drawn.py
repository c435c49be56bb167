"""Draws on paper what the pages draw themselves: a heat table, a bridge of bars that hang on each other, flows from step to step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from pages.components.bridge import Bar
from pages.components.export_png import Room, fits, framed
from pages.components.flows import Band
from pages.components.heat import Heading, Line
from pages.components.theme import tokens

#: How many rows of a heat table and bars of a bridge a picture has room for; the first are drawn, as on the screen from the top.
ROWS = 26
#: The shares of the width that a node of a flow takes, and of the height that is left between two.
_NODE, _GAP = 0.012, 0.022


def heat(lines: Sequence[Line], columns: Sequence[Heading], title: str, subtitle: str, source: str) -> bytes:
    """The cells, each tinted by its number; those that are not final are hatched."""
    return framed(title, subtitle, source, lambda figure, room: _cells(figure, lines[:ROWS], columns, room))


def bridge(bars: Sequence[Bar], title: str, subtitle: str, source: str) -> bytes:
    """The bars one under the other, each from where the one before ended."""
    return framed(title, subtitle, source, lambda figure, room: _hung(figure, bars[:ROWS], room))


def flows(bands: Sequence[Band], title: str, subtitle: str, source: str) -> bytes:
    """What follows what, each band as thick as its number."""
    return framed(title, subtitle, source, lambda figure, room: _bands(figure, bands, room))


def _cells(figure: Figure, lines: Sequence[Line], columns: Sequence[Heading], room: Room) -> None:
    left, bottom, width, height = room
    names = 0.0105 * max(min(len(line.label) + len(line.note) + 3, 34) for line in lines)
    axes = _bare(figure, (left + names, bottom, width - names, height - 0.04), len(columns), len(lines))
    size = min(8.0, 190.0 / max(len(lines), 1), 6.5 * 14 / max(len(columns), 1))
    for place, column in enumerate(columns):
        axes.text(place + 0.5, -0.15, fits(column.label, 16), size=size, color=tokens()["ink-3"], ha="center", va="bottom")
    for row, line in enumerate(lines):
        axes.text(
            -0.12, row + 0.5, fits(f"{line.label}  {line.note}".strip(), 34), size=size, color=tokens()["ink"], ha="right", va="center"
        )
        for place, cell in enumerate(line.cells):
            if cell.share is not None:
                hatch, edge = ("////", "white") if cell.pale else (None, "none")
                tint = (tokens()["accent"], 0.06 + 0.54 * cell.share)
                axes.bar(place + 0.5, 0.9, 0.94, row + 0.05, facecolor=tint, linewidth=0, hatch=hatch, edgecolor=edge)
            axes.text(place + 0.5, row + 0.5, cell.text, size=size, color=tokens()["ink"], ha="center", va="center")


def _hung(figure: Figure, bars: Sequence[Bar], room: Room) -> None:
    left, bottom, width, height = room
    axes = _bare(figure, (left + 0.24, bottom, width - 0.40, height), 1, len(bars))
    colours = {"total": "ink-3", "gain": "good", "loss": "bad", "rest": "before"}
    for row, bar in enumerate(bars):
        low, high = sorted((bar.begins, bar.ends))
        axes.barh(row + 0.5, max(high - low, 0.002), 0.62, low, color=tokens()[colours[bar.tone]])
        axes.text(-0.02, row + 0.5, fits(bar.label, 34), size=8, color=tokens()["ink"], ha="right", va="center")
        axes.text(1.02, row + 0.5, bar.value, size=8, color=tokens()["ink"], va="center")
        if row + 1 < len(bars):
            shared = min(
                (bar.ends, bar.begins), key=lambda edge: min(abs(edge - other) for other in (bars[row + 1].begins, bars[row + 1].ends))
            )
            axes.plot([shared, shared], [row + 0.81, row + 1.19], color=tokens()["before"], linewidth=0.8)


def _bare(figure: Figure, room: Room, width: float, height: float) -> Axes:
    """A part of the figure without axes, from the top left."""
    axes = figure.add_axes(room)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    return axes


@dataclass
class _Node:
    """A thing at its place: how many came and went, where it is drawn, and how much of its sides bands have taken."""

    x: float
    rest: bool
    came: float = 0.0
    went: float = 0.0
    y: float = 0.0
    left: float = 0.0
    entered: float = 0.0

    @property
    def size(self) -> float:
        return max(self.came, self.went)


def _nodes(bands: Sequence[Band]) -> dict[tuple[int, str], _Node]:
    """The things at each place, the largest on top and what is gathered below; their heights and gaps fill the picture."""
    last = max(band.step for band in bands)
    room = 0.86 / last
    found: dict[tuple[int, str], _Node] = {}
    for band in bands:
        source = found.setdefault((band.step - 1, band.source), _Node((band.step - 1) * room, band.from_rest))
        target = found.setdefault((band.step, band.target), _Node(band.step * room, band.to_rest))
        source.went += band.count
        target.came += band.count
    levels: dict[int, list[_Node]] = defaultdict(list)
    for (level, _name), node in sorted(found.items(), key=lambda one: (one[1].rest, -one[1].size)):
        levels[level].append(node)
    scale = min((1 - _GAP * (len(column) - 1)) / sum(node.size for node in column) for column in levels.values())
    for node in found.values():
        node.came, node.went = node.came * scale, node.went * scale
    for column in levels.values():
        below = 0.0
        for node in column:
            node.y, below = below, below + node.size + _GAP
    return found


def _bands(figure: Figure, bands: Sequence[Band], room: Room) -> None:
    axes, nodes = _bare(figure, room, 1, 1), _nodes(bands)
    whole = {key: sum(band.count for band in bands if (band.step - 1, band.source) == key) for key in nodes}
    for band in sorted(bands, key=lambda one: (one.step, nodes[one.step, one.target].y)):
        source, target = nodes[band.step - 1, band.source], nodes[band.step, band.target]
        thick = source.went * band.count / whole[band.step - 1, band.source]
        _link(axes, source.x + _NODE, source.y + source.left, target.x, target.y + target.entered, thick, band.to_rest)
        source.left, target.entered = source.left + thick, target.entered + thick
    for (_level, name), node in nodes.items():
        axes.bar(node.x + _NODE / 2, node.size, _NODE, node.y, color=tokens()["ink-3" if node.rest else "accent"])
        if node.size > 0.022:
            axes.text(node.x + _NODE + 0.006, node.y + node.size / 2, fits(name, 24), size=7, color=tokens()["ink"], va="center")


def _link(axes: Axes, x0: float, y0: float, x1: float, y1: float, thick: float, rest: bool) -> None:
    """A band with its edges bent alike, from the right side of a node to the left side of the next."""
    bend = (x0 + x1) / 2
    points = [
        (x0, y0),
        (bend, y0),
        (bend, y1),
        (x1, y1),
        (x1, y1 + thick),
        (bend, y1 + thick),
        (bend, y0 + thick),
        (x0, y0 + thick),
        (x0, y0),
    ]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    colour = tokens()["before" if rest else "accent"]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=(colour, 0.28), linewidth=0))
