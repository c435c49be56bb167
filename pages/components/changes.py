"""What changed most: the changes of a page's metrics, weighed against each other, each with the customers it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from data.errors import Problem
from metrics import Result
from pages.components import format as fmt
from pages.components import present, trust
from pages.components.board import Board, remembered
from pages.components.i18n import _
from pages.components.movers import Move

#: Where a change is looked for, in this order; those without members are passed over.
_PLACES = ("account.segment", "account.plan", "account.region")
#: A count below this says little: from 2 to 4 is not a doubling worth a headline.
_SMALLEST_BASE = 20
_PARTS_ADD_UP = ("count", "sum", "snapshot")


@dataclass(frozen=True)
class Change:
    """How one metric moved over the range. `weight` is the relative change; `where` says in which customers it shows most.

    `failing` is the mark (HTML) of a metric whose tests fail.
    """

    metric: str
    label: str
    value: str
    delta: str
    was: str
    direction: str
    tone: str
    weight: float
    where: str = ""
    failing: str = ""


def changes(board: Board, names: Sequence[str], most: int = 5) -> list[Change]:
    """The `most` heaviest changes of these metrics, each with where it shows; without those that did not move or cannot be computed."""
    found = []
    for name in names:
        try:
            if board.has(name) and (one := _change(board, name)):
                found.append(one)
        except Problem:
            continue  # its tile tells why
    heaviest = sorted(found, key=lambda one: -one.weight)[:most]
    return [replace(one, where=_where(board, one.metric, one.direction)) for one in heaviest]


def moves(found: Sequence[Change]) -> list[Move]:
    """The changes as rows of the list."""
    heaviest = max((one.weight for one in found), default=0.0) or 1.0
    signs = {"up": "+", "down": fmt.MINUS, "flat": ""}
    return [
        Move(
            id=one.metric,
            label=one.label,
            delta=signs[one.direction] + one.delta,
            tone=one.tone,
            strength=min(one.weight / heaviest, 1.0),
            tag=trust.word() if one.failing else "",
            why=_("Now {value}, was {was}.").format(value=one.value, was=one.was) + (f" {one.where}" if one.where else ""),
        )
        for one in found
    ]


def headline(found: Sequence[Change]) -> str:
    """One or two sentences as HTML: the best and the worst of the changes, each with its claim in bold."""
    best = next((one for one in found if one.tone == "good"), None)
    worst = next((one for one in found if one.tone == "bad"), None)
    told = [one for one in (best, worst) if one] or list(found[:1])
    return " ".join(_sentence(one) for one in told) or escape(_("Nothing moved in this range."))


def _sentence(one: Change) -> str:
    said = _("{label} rose to {value}, up {delta}") if one.direction == "up" else _("{label} fell to {value}, down {delta}")
    claim = said.format(label=one.label, value=one.value, delta=one.delta)
    return f"<b>{escape(claim)}.</b>{one.failing} {escape(one.where)}".strip()


@remembered
def _change(board: Board, name: str) -> Change | None:
    metric = board.metric(name)
    total = board.total(name)
    row = total.rows[0] if total.rows else {}
    now, was = present.number(row.get(name)), present.number(row.get(f"{name}_compared"))
    delta, direction, tone = present.change(board, metric, now, was)
    if now is None or not was or direction == "flat" or (metric.format == "integer" and max(abs(was), abs(now)) < _SMALLEST_BASE):
        return None
    return Change(
        metric=name,
        label=board.label(name),
        value=fmt.short(now, metric.format, board.currency),
        delta=delta,
        was=fmt.short(was, metric.format, board.currency),
        direction=direction,
        tone=tone,
        weight=abs(now - was) / abs(was),
        failing=trust.mark(board, name),
    )


@remembered
def _where(board: Board, name: str, direction: str) -> str:
    """The member of the first useful dimension that moved most in the same direction, in words."""
    known = board.dimensions(name)
    for dimension in _PLACES:
        if dimension in known and not board.filters.members.get(dimension):
            result = board.total(name, by=(dimension,))
            if len(result.rows) > 1:
                return _most(board, name, result, dimension, direction)
    return ""


def _most(board: Board, name: str, result: Result, dimension: str, direction: str) -> str:
    sign = 1 if direction == "up" else -1
    moved = [(sign * change, row) for row in result.rows if (change := present.number(row.get(f"{name}_change"))) is not None]
    size, row = max(moved, key=lambda one: one[0], default=(0.0, {}))
    if size <= 0:
        return ""
    metric = board.metric(name)
    now, was = present.number(row[name]), present.number(row[f"{name}_compared"])
    member = present.member(row[dimension])
    if metric.kind in _PARTS_ADD_UP:
        part = fmt.change(sign * size, metric.format, board.currency)
        return _("Most of it in {member} ({part}).").format(member=member, part=part)
    return _("Most in {member}: {was} before, {now} now.").format(
        member=member, was=fmt.short(was, metric.format, board.currency), now=fmt.short(now, metric.format, board.currency)
    )
