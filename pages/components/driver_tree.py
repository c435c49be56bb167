"""The North Star and what drives it, as a tree: each metric with its value, its change, and how far it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.errors import Problem
from metrics import drivers
from metrics.drivers import Branch
from pages.components import cards, present, reach, trust
from pages.components import format as fmt
from pages.components.board import Board, remembered
from pages.components.cards import Card
from pages.components.drawing import drawing
from pages.components.i18n import _
from pages.components.relay import relayed


@dataclass(frozen=True)
class Node:
    """A metric of the tree, its texts written out, and those that drive it."""

    card: Card
    inputs: tuple[Node, ...] = ()


def branch(board: Board) -> Branch:
    """The tree of this company's North Star. Raises Problem when there is none, or sources.yml names a wrong one."""
    root = drivers.north_star(board.layer.workspace, board.known)
    if root is None:
        raise Problem(_("no metric names what drives it"), remedy=_("Name the North Star in sources.yml: company: {north_star: METRIC}."))
    return drivers.tree(root, board.known)


def node(board: Board, branch: Branch) -> Node:
    """A branch with the numbers of the reader's range."""
    return Node(_told(board, branch.name), tuple(node(board, one) for one in branch.inputs))


def tree(root: Node, *, key: str, title: str, above: str, on_pick: Callable[[str], None]) -> None:
    """Draws the tree under the HTML of its heading; a click on a metric, or Enter on it, calls `on_pick(its name)`."""

    words = {"unfinished": _("Not finished"), "fails": trust.word()}
    _tree(key=key, data={"title": title, "root": _drawn(root), "words": words}, above=above, picked=on_pick)


def _told(board: Board, name: str) -> Card:
    """As much of a tile as a node shows: no curve, no target."""
    try:
        return _card(board, name)
    except Problem as problem:
        return Card(name, board.label(name), value=fmt.NOTHING, problem=relayed(str(problem)))


@remembered
def _card(board: Board, name: str) -> Card:
    metric, label, total = board.metric(name), board.label(name), board.total(name)
    row = total.rows[0] if total.rows else {}
    now, was = present.number(row.get(name)), present.number(row.get(f"{name}_compared"))
    said, direction, tone = present.change(board, metric, now, was)
    return Card(
        id=name,
        label=label,
        value=fmt.short(now, metric.format, board.currency),
        delta=said,
        direction=direction,
        tone=tone,
        progress=reach.progress(board, total),
        failing=trust.failing(board, name),
    )


def _drawn(node: Node) -> dict[str, Any]:
    card = node.card
    return {
        "id": card.id, "label": card.label, "value": card.value, "delta": card.delta, "direction": card.direction, "tone": card.tone,
        "progress": card.progress, "failing": card.failing, "problem": card.problem, "spoken": cards.spoken(card),
        "inputs": [_drawn(one) for one in node.inputs],
    }  # fmt: skip


_tree = drawing("tree", '<div class="room"><ul></ul></div>')
