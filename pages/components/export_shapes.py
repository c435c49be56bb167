"""Draws on paper what has a shape of its own: bubbles on a plane (the adoption matrix, value against effort), a funnel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from metrics.matrix import Matrix
from pages.components import format as fmt
from pages.components import matrix as shown
from pages.components.export_png import DOTS, SIZE, Room, fits, framed
from pages.components.funnel import Step
from pages.components.i18n import _
from pages.components.theme import tokens


@dataclass(frozen=True)
class Axis:
    """An axis of a picture of bubbles: what it says, the format of its numbers, its ends, and whether it is logarithmic."""

    label: str
    format: str
    ends: tuple[float, float]
    log: bool = False


def matrix(told: Matrix, title: str, subtitle: str, source: str) -> bytes:
    """The features on breadth and frequency, cut at the medians, each with its name."""
    most = max(place.breadth for place in told.places) * 1.1
    across = Axis(_("Breadth: share of the accounts that may use it"), "percent", (0.0, most))
    up = Axis(_("Frequency: events an account"), "number", shown.ends(told), log=True)
    corners = {corner: (_(word), shown.COLOURS[corner]) for corner, word in shown.CORNERS.items()}
    return plane(told, corners, (across, up), title, subtitle, source)


def plane(
    told: Matrix,
    corners: Mapping[str, tuple[str, str]],
    axes: tuple[Axis, Axis],
    title: str,
    subtitle: str,
    source: str,
    currency: str = "EUR",
) -> bytes:
    """Bubbles across and up, cut at the medians into corners (their words and colours), each with its name."""

    def draw(figure: Figure, room: Room) -> None:
        _bubbles(figure, told, corners, axes, room, currency)

    return framed(title, subtitle, source, draw)


def funnel(steps: Sequence[Step], title: str, subtitle: str, source: str) -> bytes:
    """The steps one under the other: how many came, which share of the first, and what is told of the step before."""
    return framed(title, subtitle, source, lambda figure, room: _bars(figure, steps, room))


def _bubbles(
    figure: Figure, told: Matrix, corners: Mapping[str, tuple[str, str]], ruled: tuple[Axis, Axis], room: Room, currency: str
) -> None:
    left, bottom, width, height = room
    axes, ink = figure.add_axes((left + 0.065, bottom + 0.075, width - 0.085, height - 0.13)), tokens()["ink-3"]
    largest = max(place.size for place in told.places) or 1.0
    axes.scatter(
        [place.breadth for place in told.places],
        [place.frequency for place in told.places],
        s=[20 + 620 * place.size / largest for place in told.places],
        c=[corners[place.corner][1] for place in told.places],
        alpha=0.75,
        linewidths=0,
        zorder=3,
        clip_on=False,
    )
    _ruled(axes, *ruled, currency)
    _named(axes, told)
    for draw, at in ((axes.axvline, told.breadth), (axes.axhline, told.frequency)):
        draw(at or 0.0, color=ink, linewidth=0.8, linestyle=(0, (4, 4)), zorder=2)
    handles = [Line2D([], [], color=colour, marker="o", linestyle="", label=word) for word, colour in corners.values()]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(left, bottom + height), ncols=4, frameon=False,
        fontsize=7, handlelength=1.0, handletextpad=0.3, columnspacing=1.2, borderpad=0,
    )  # fmt: skip


def _ruled(axes: Axes, across: Axis, up: Axis, currency: str) -> None:
    """The two axes with their numbers as the reader writes them."""
    ink = tokens()["ink-3"]
    axes.set_xlim(*across.ends)
    axes.set_ylim(*up.ends)
    for one, ruler, scaled, label in (
        (across, axes.xaxis, axes.set_xscale, axes.set_xlabel),
        (up, axes.yaxis, axes.set_yscale, axes.set_ylabel),
    ):
        if one.log:
            scaled("log")
            ruler.set_minor_locator(LogLocator(subs=(2, 5)))
            ruler.set_minor_formatter(_written(one, currency))
        ruler.set_major_formatter(_written(one, currency))
        label(one.label, size=7.5, color=ink)
    axes.tick_params(length=0, labelsize=7.5, labelcolor=ink, which="both")
    axes.spines[:].set_visible(False)
    axes.grid(color=tokens()["line"], linewidth=0.6)


def _written(axis: Axis, currency: str) -> Callable[[float, float], str]:
    return lambda value, _place: fmt.axis([value], axis.format, currency)[0] if axis.format != "number" else fmt.full(value)


def _named(axes: Axes, told: Matrix) -> None:
    """The name beside its bubble: on the right, on the left, below or above it, where no other name stands; the largest choose first."""
    taken: list[tuple[float, float, float, float]] = []
    for place in told.places:
        across, up = axes.transData.transform((place.breadth, place.frequency))
        name = fits(place.name, 30)
        long, high = 11.0 * len(name), 20.0
        for to, side, down in (("left", 25, 0), ("right", -25, 0), ("center", 0, -26), ("center", 0, 26)):
            start = across + side - {"left": 0.0, "right": long, "center": long / 2}[to]
            box = (start, start + long, up + down - high / 2, up + down + high / 2)
            inside = box[0] > 0 and box[1] < SIZE[0] * DOTS
            if inside and not any(box[0] < one[1] and one[0] < box[1] and box[2] < one[3] and one[2] < box[3] for one in taken):
                taken.append(box)
                axes.annotate(
                    name, (place.breadth, place.frequency), (across + side, up + down), textcoords="figure pixels",
                    ha=to, va="center", size=6.5, color=tokens()["ink"], zorder=4,
                )  # fmt: skip
                break


def _bars(figure: Figure, steps: Sequence[Step], room: Room) -> None:
    axes, ink = figure.add_axes(room), tokens()["ink-3"]
    axes.set_xlim(0, 1)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.set_axis_off()
    axes.barh(range(len(steps)), [1.0] * len(steps), 0.34, color=tokens()["accent-soft"], zorder=1)
    axes.barh(range(len(steps)), [step.share for step in steps], 0.34, color=tokens()["accent"], zorder=2)
    for place, step in enumerate(steps):
        axes.text(0, place - 0.24, step.name, size=9, weight="bold", color=tokens()["ink"], va="bottom")
        axes.text(1, place - 0.24, f"{step.count} · {step.whole}", size=9, color=tokens()["ink"], va="bottom", ha="right")
        below = " · ".join(part for part in (step.on, step.took, step.lost) if part)
        axes.text(0, place + 0.22, below, size=7, color=ink, va="top")
