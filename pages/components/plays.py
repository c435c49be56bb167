"""Playbooks on a page: which there are, what they find now, and their words with the numbers put in, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metrics import disagree
from metrics.insight import actions, playbooks
from metrics.insight.action import Action, Evidence
from metrics.insight.actions import Found
from metrics.insight.playbook import Number, Playbook
from metrics.insight.told import sentence
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.i18n import N_, translated
from pages.components.memory import Memory

TEAMS = {
    "product": N_("Product"),
    "design": N_("Design"),
    "engineering": N_("Engineering"),
    "sales": N_("Sales"),
    "marketing": N_("Marketing"),
    "customer success": N_("Customer success"),
    "support": N_("Support"),
}

_found = Memory(50)


def known(board: Board) -> Mapping[str, Playbook]:
    """Every playbook of the workspace. Raises Problem for a wrong one."""
    workspace, definitions = board.layer.workspace, board.layer.metrics
    return _found.recall((board.layer, _stamp(board)), definitions, lambda: playbooks.load(workspace, definitions))


def found(board: Board) -> Found:
    """What they come to on what is loaded, whatever the reader's filters let through; worked out once a generation."""
    key = ("found", board.layer, board.generation, _stamp(board))
    return _found.recall(key, board.layer.metrics, lambda: actions.found(board.layer, known(board).values()))


def marks(board: Board) -> disagree.Marks:
    """The accounts where the sources disagree, at the end of the reader's range."""
    key = ("marks", board.layer, board.generation, _stamp(board), board.filters.until)
    return _found.recall(key, board.layer.metrics, lambda: disagree.marks(board.layer, known(board).values(), board.filters.until))


def weights(board: Board) -> dict[str, disagree.Weight]:
    """How many accounts each rule marks, and what they pay; those that concern the most MRR first."""
    key = ("weights", board.layer, board.generation, _stamp(board), board.filters.until)
    return _found.recall(key, board.layer.metrics, lambda: disagree.weighed(board.layer, marks(board), board.filters.until))


def marking(board: Board) -> dict[str, Playbook]:
    """The playbooks that mark accounts, the most urgent first."""
    return {name: one for name, one in known(board).items() if one.mark is not None}


def _stamp(board: Board) -> tuple[Any, ...]:
    return tuple((str(path), path.stat().st_mtime) for path, _shown in playbooks.files(board.layer.workspace.playbooks))


def words(text: str) -> str:
    """What a built-in playbook says, in the reader's language."""
    return translated(text, "playbooks")


def said(board: Board, action: Action, text: str) -> str:
    """A text of the playbook with its numbers put in."""
    return sentence(action, words(text), lambda one: number(board, one))


def number(board: Board, one: Evidence) -> str:
    """A number as the reader's language writes it."""
    return fmt.full(one.value, one.format, board.currency)


def of_account(board: Board, one: Playbook, values: Mapping[str, float | None]) -> str:
    """What a playbook says of an account that it marks."""
    if one.mark is None or one.accounts is None:
        return ""
    shapes = {each.name: _shape(board, each) for each in one.accounts.numbers}
    told = {name: fmt.full(value, shapes[name], board.currency) for name, value in values.items()}
    return words(one.mark.says).format_map(told)


def _shape(board: Board, one: Number) -> str:
    return one.format or (board.metric(one.metric).format if one.metric else "decimal")
