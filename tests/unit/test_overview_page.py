"""What Overview puts under which objective, what it says first, and how many questions it asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

import metrics
from data import workspace
from metrics import Layer
from metrics.drivers import Branch
from pages.components import board as boards
from pages.components import driver_tree, i18n, objectives, pacing, present, summary
from pages.components.board import Board
from pages.components.cards import Card
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company

TICKETS = {"count": "*", "in": "tickets", "good": "down"}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    company = Company(
        tables={
            "ticket": [{"ticket_id": f"t{day}", "account_id": "a1", "created_at": f"2026-01-{day:02}T09:00"} for day in range(1, 31)],
            "account": [{"account_id": "a1"}],
            "objective": [{"objective_id": "o1", "name": "Fewer questions"}],
        },
        loaded_until="2026-01-31",
        loaded_since="2025-01-01",
        metrics={
            "by_id": TICKETS | {"objective": "o1", "targets": {"2026-01": 62}},
            "by_name": TICKETS | {"objective": "Fewer questions", "where": "priority is null"},
            "by_word": TICKETS | {"objective": "Peace of mind", "where": "channel is null"},
            "without": TICKETS | {"where": "reopens is null", "drivers": ["by_id"]},
        },
    )
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("aims"))))


@pytest.fixture
def board(layer: Layer) -> Iterator[Board]:
    with i18n.use("en"):
        yield Board(layer, Filters(date(2026, 1, 24), date(2026, 1, 31), "7d"), 1, boards.reach(layer, 1), layer.metrics)


def test_metrics_stand_under_the_objective_that_they_name_by_id_name_or_any_word(board: Board) -> None:
    found = objectives.grouped(board, ("tickets_created", "without", "mrr"))

    assert [(group.title, group.names) for group in found] == [
        ("Fewer questions", ("by_id", "by_name")),
        ("Peace of mind", ("by_word",)),
        ("Customers who are helped", ("tickets_created",)),
        ("Other figures", ("without",)),
    ]


def test_built_in_headings_speak_the_readers_language(board: Board) -> None:
    with i18n.use("fr"):
        assert "Des clients bien aidés" in [group.title for group in objectives.grouped(board, ("tickets_created",))]


def test_what_has_nothing_to_show_makes_room(board: Board) -> None:
    groups = objectives.grouped(board, ("mrr", "arpa", "tickets_created", "accounts_with_tickets"))
    shown = {title: [card.id for card in cards] for title, cards in objectives.shown(board, groups)}

    assert shown["Fewer questions"] == ["by_id", "by_name"]
    assert "Revenue that lasts" not in shown


def test_a_count_says_how_much_came_together_and_what_was_due(board: Board) -> None:
    card = present.card(board, "by_id")

    # 30 tickets in 30 of 31 days; of 62 at most, 60 are due: 30 fewer than allowed
    assert (card.value, card.target, card.due, card.pace, card.word) == ("7", "62", "by 31 Jan", "30 so far, on pace", "On pace")
    assert present.card(board.narrowed(members={"account.plan": ("pro",)}), "by_id").target == ""


def test_a_node_shows_the_value_its_change_and_its_inputs(board: Board) -> None:
    node = driver_tree.node(board, Branch("without", (Branch("by_id"),)))

    assert (node.card.value, node.card.delta, node.card.direction) == ("7", "0", "flat")
    assert [one.card.id for one in node.inputs] == ["by_id"]


def test_many_metrics_are_asked_for_at_once(layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    query = Layer.query
    monkeypatch.setattr(Layer, "query", lambda self, *names, **more: asked.append(names) or query(self, *names, **more))
    names = ["by_id", "by_name", "by_word", "without"]
    # the 28th, which no other test looks at
    board = Board(layer, Filters(date(2026, 1, 28), date(2026, 1, 29)), 1, boards.reach(layer, 1), layer.metrics)
    board.look_ahead(names)
    board.look_ahead(names, grain="day")
    pacing.look_ahead(board, names)
    board.look_ahead_signals(names)
    cards = [present.card(board, name) for name in names]

    assert [card.value for card in cards] == ["1", "1", "1", "1"]
    assert asked == [tuple(names), tuple(names), ("by_id",), tuple(names)]


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ([], ""),
        ([Card("a", "A", "1", status="on"), Card("b", "B", "2")], "<b>All targets (1) are on track.</b> Nothing needs attention."),
        (
            [Card("a", "A", status="on"), Card("b", "B", status="on"), Card("c", "<C>", "3", status="risk", pace="1 behind")],
            "<b>Mostly on track: 2 of 3 targets.</b> Close to it: &lt;C&gt; (1 behind).",
        ),
        (
            [Card("a", "A", "5", status="off"), Card("b", "B", status="off", pace="2 behind"), Card("c", "C", status="on")],
            "<b>Behind on 2 of 3 targets.</b> Needs attention: <b>A (5) and B (2 behind)</b>.",
        ),
    ],
)
def test_the_first_sentence_says_whether_things_go_well_and_names_what_needs_attention(cards: list[Card], said: str) -> None:
    with i18n.use("en"):
        assert summary.told(cards) == said
