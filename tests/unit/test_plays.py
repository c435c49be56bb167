"""A recommendation in a reader's words: its numbers as the language writes them, its worth, why it is as sure as it is, as a letter."""

from datetime import UTC, date, datetime, timedelta

import pytest

from data.journal import Decision
from metrics import load
from metrics.insight.actions import standing
from pages.components import board as boards
from pages.components import deciding, i18n, plays
from pages.components.board import Board
from pages.components.filters import Filters
from tests.planted import UNTIL, ago
from tests.troubles import PLANTED


@pytest.fixture(scope="module")
def board(health):
    with health.planted(*PLANTED["use_falls"][0], *PLANTED["never_tried_by_eligible"][0]) as layer:
        yield Board(layer, Filters(ago(28), UNTIL), 1, boards.reach(layer, 1), load.catalogue())


def found(board, name):
    return next(one for one in plays.found(board).actions if one.playbook.name == name)


def test_words_and_numbers_are_those_of_the_readers_language(board):
    action = found(board, "use_falls")
    with i18n.use("en"):
        assert plays.said(board, action, action.playbook.action).endswith(
            "They had 8 meaningful events in four weeks, 36 in the four before."
        )
        assert plays.prize(board, action) == ("€100", "of MRR at risk · 1 account")
    with i18n.use("fr"):
        assert plays.said(board, action, action.playbook.action).startswith("Appelez ces comptes (1), ceux qui paient le plus d’abord.")
        assert plays.prize(board, action)[1] == "de MRR en jeu · 1 compte"


def test_two_members_are_named_apart(board):
    action = found(board, "never_tried_by_eligible")
    with i18n.use("en"):
        assert plays.subject(action) == "A segment may use a feature and never tried it · Alerts · large"
        assert plays.said(board, action, action.playbook.action).startswith(
            "Show Alerts to the accounts of large that may use it and never tried it (12)"
        )


def test_a_letter_says_what_to_do_why_and_what_is_expected(board):
    with i18n.use("en"):
        title, body = plays.letter(board, found(board, "use_falls"))

    assert title == "Paying accounts use the product less"
    assert "€100 of MRR at risk · 1 account · Medium confidence." in body
    assert "- Meaningful events (6 Apr – 3 May 2026 · of these accounts): 36" in body.replace("\u2009", " ").replace("\u202f", " ")
    assert "Meaningful events: +30 % within 42 days." in body


def decision(state, days=0, until=None):
    return Decision(action="use_falls", playbook="use_falls", state=state, author="ana", until=until,
                    written_at=datetime(2026, 6, 1, tzinfo=UTC) - timedelta(days=days))  # fmt: skip


@pytest.mark.parametrize(
    ("decided", "state", "again"),
    [
        (None, "open", False),
        (decision("accepted"), "accepted", False),
        (decision("done", days=41), "done", False),
        (decision("done", days=42), "open", True),
        (decision("snoozed", until=date(2026, 6, 2)), "snoozed", False),
        (decision("snoozed", until=date(2026, 6, 1)), "open", False),
        (decision("rejected", days=400), "rejected", False),
    ],
)
def test_what_was_decided_holds_as_long_as_it_should(board, decided, state, again):
    action = found(board, "use_falls")
    (stands,) = standing.standings([action], {"use_falls": decided} if decided else {}, date(2026, 6, 1))

    assert (stands.state, stands.again) == (state, again)
    assert set(deciding.STATES) == set(standing.STATES)
