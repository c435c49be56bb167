"""Draws on paper what has a shape of its own: the adoption matrix, a funnel."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from metrics.matrix import Matrix
from pages.components import format as fmt
from pages.components import matrix as shown
from pages.components.export_png import Room, framed
from pages.components.funnel import Step
from pages.components.i18n import _
from pages.components.theme import tokens


def matrix(told: Matrix, title: str, subtitle: str, source: str) -> bytes:
    """The bubbles on breadth and frequency, cut at the medians, each with its name."""
    return framed(title, subtitle, source, lambda figure, room: _bubbles(figure, told, room))


def funnel(steps: Sequence[Step], title: str, subtitle: str, source: str) -> bytes:
    """The steps one under the other: how many came, which share of the first, and what is told of the step before."""
    return framed(title, subtitle, source, lambda figure, room: _bars(figure, steps, room))


def _bubbles(figure: Figure, told: Matrix, room: Room) -> None:
    left, bottom, width, height = room
    axes, ink = figure.add_axes((left + 0.055, bottom + 0.075, width - 0.075, height - 0.13)), tokens()["ink-3"]
    largest = max(place.size for place in told.places) or 1.0
    axes.scatter(
        [place.breadth for place in told.places],
        [place.frequency for place in told.places],
        s=[20 + 620 * place.size / largest for place in told.places],
        c=[shown.COLOURS[place.corner] for place in told.places],
        alpha=0.75,
        linewidths=0,
        zorder=3,
        clip_on=False,
    )
    axes.set_yscale("log")
    axes.set_ylim(*shown.ends(told))
    axes.set_xlim(0, max(place.breadth for place in told.places) * 1.1)
    _named(axes, told)
    axes.xaxis.set_major_formatter(lambda value, _place: fmt.axis([value], "percent")[0])
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    for formatted in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        formatted(lambda value, _place: fmt.full(value))
    axes.set_xlabel(_("Breadth: share of the accounts that may use it"), size=7.5, color=ink)
    axes.set_ylabel(_("Frequency: events an account"), size=7.5, color=ink)
    axes.tick_params(length=0, labelsize=7.5, labelcolor=ink, which="both")
    axes.spines[:].set_visible(False)
    axes.grid(color=tokens()["line"], linewidth=0.6)
    for draw, at in ((axes.axvline, told.breadth), (axes.axhline, told.frequency)):
        draw(at or 0.0, color=ink, linewidth=0.8, linestyle=(0, (4, 4)), zorder=2)
    handles = [
        Line2D([], [], color=shown.COLOURS[corner], marker="o", linestyle="", label=_(word)) for corner, word in shown.CORNERS.items()
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(left, bottom + height), ncols=4, frameon=False,
        fontsize=7, handlelength=1.0, handletextpad=0.3, columnspacing=1.2, borderpad=0,
    )  # fmt: skip


def _named(axes: Axes, told: Matrix) -> None:
    """The name beside its bubble: on the right, on the left, below or above it, where no other name stands; the largest choose first."""
    taken: list[tuple[float, float, float, float]] = []
    for place in told.places:
        across, up = axes.transData.transform((place.breadth, place.frequency))
        long, high = 11.0 * len(place.name), 20.0
        for to, side, down in (("left", 25, 0), ("right", -25, 0), ("center", 0, -26), ("center", 0, 26)):
            start = across + side - {"left": 0.0, "right": long, "center": long / 2}[to]
            box = (start, start + long, up + down - high / 2, up + down + high / 2)
            if not any(box[0] < one[1] and one[0] < box[1] and box[2] < one[3] and one[2] < box[3] for one in taken):
                taken.append(box)
                axes.annotate(
                    place.name, (place.breadth, place.frequency), (across + side, up + down), textcoords="figure pixels",
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
