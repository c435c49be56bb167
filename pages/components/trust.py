"""Whether a number may be believed: the tests that its definition carries, and the mark of one that fails them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from metrics.definition import Metric
from metrics.promises import shown
from pages.components.board import Board
from pages.components.i18n import _, ngettext
from pages.components.relay import relayed

#: How many of the months that break a promise are named.
_SHOWN = 3


def word() -> str:
    """The word of the mark; its shape and its colour say the same."""
    return _("Test fails")


def failing(board: Board, name: str) -> str:
    """What the tests of a metric found wrong, in one line; empty when they hold, or were not run."""
    return summed(board.failures(name)) if board.has(name) else ""


def summed(found: Sequence[str]) -> str:
    """The latest of what was found (the months come in order), and how much more there is."""
    said = [relayed(one) for one in reversed(found[-_SHOWN:])]
    more = len(found) - len(said)
    return " · ".join([*said, ngettext("and {count} more", "and {count} more", more).format(count=more)] if more else said)


def mark(board: Board, name: str) -> str:
    """The mark as HTML, for headings; empty for a metric whose tests hold."""
    found = failing(board, name)
    return f'<span class="tv-fails" title="{escape(found)}">{escape(word())}</span>' if found else ""


def results(board: Board, metric: Metric) -> list[tuple[str, str, list[str]]]:
    """Each test of a definition as written, a word for how it ended, and what it found wrong."""
    verdict = board.verdict(metric.name)
    if verdict is None or not verdict.outcomes:
        return [(shown(test), _("not run yet"), []) for test in metric.tests]
    return [(one.test, word() if one.failures else _("holds"), list(one.failures)) for one in verdict.outcomes]
