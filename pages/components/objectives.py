"""What key figures serve: the company's objectives by their names, or the headings that definitions give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metrics.load import is_own
from metrics.made_of import is_shaped
from pages.components import present
from pages.components.board import Board
from pages.components.cards import Card
from pages.components.i18n import _, translated

#: How many cards Overview has room for, how many of an objective it shows at least, and how many objectives beside those named.
ROOM, LEAST, COLUMNS = 8, 2, 4


@dataclass(frozen=True)
class Group:
    """An objective and the metrics that serve it; `named` are those that the company itself put under it."""

    title: str
    names: tuple[str, ...]
    named: frozenset[str] = frozenset()


def grouped(board: Board, names: Sequence[str]) -> list[Group]:
    """These metrics, and whatever else the company put under an objective, by what they serve.

    What the company named comes first; built-in headings fill the columns that are left.
    """
    objectives = board.objectives
    own = [one.name for one in board.known.values() if one.objective and is_own(one.file) and not is_shaped(one)]
    known = [name for name in dict.fromkeys((*names, *own)) if board.has(name)]
    titles: dict[str, list[str]] = {}
    for name in known:
        titles.setdefault(_title(board.metric(name).objective, objectives), []).append(name)
    found = [Group(title, tuple(members), frozenset(members) & frozenset(own)) for title, members in titles.items()]
    named = [group for group in found if group.named]
    others = [group for group in found if not group.named]
    return named + others[: max(COLUMNS - len(named), 0)]


def foremost(groups: Sequence[Group]) -> list[str]:
    """The metrics that have a card if each of them has something to show."""
    return [name for group in groups for place, name in enumerate(_ordered(group)) if name in group.named or place < _most(groups)]


def shown(board: Board, groups: Sequence[Group]) -> list[tuple[str, list[Card]]]:
    """The cards of each group that have something to show: all that the company named, others as far as there is room."""
    found = [(group.title, _cards(board, group, _most(groups))) for group in groups]
    return [(title, cards) for title, cards in found if cards] or [
        (group.title, [present.card(board, _ordered(group)[0])]) for group in groups
    ]


def _cards(board: Board, group: Group, most: int) -> list[Card]:
    found: list[Card] = []
    for name in _ordered(group):
        if name in group.named or len(found) < most:
            card = present.card(board, name)
            found += [] if card.silent else [card]
    return found


def _ordered(group: Group) -> list[str]:
    return sorted(group.names, key=lambda name: name not in group.named)


def _most(groups: Sequence[Group]) -> int:
    return max(LEAST, ROOM // max(len(groups), 1))


def _title(objective: str | None, objectives: Mapping[str, str]) -> str:
    """An objective is named by its id or its name; any other heading stands for itself."""
    if not objective:
        return _("Other figures")
    return objectives.get(objective) or translated(objective)
