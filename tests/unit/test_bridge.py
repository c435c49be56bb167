"""A bridge closes to the cent, or says what it cannot explain."""

from datetime import date

import pytest

import metrics
from data import workspace
from metrics.bridge import bridge
from pages.components import board as boards
from pages.components import bridge as drawn
from pages.components import i18n
from pages.components.board import Board
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company


def test_opening_and_movements_make_the_closing():
    found = bridge(100.0, {"new": 30.1, "churn": -20.05}, 110.05)

    assert found.closes
    assert [(step.kind, step.begins, step.ends) for step in found.steps] == [
        ("opening", 0.0, 100.0),
        ("new", 100.0, pytest.approx(130.1)),
        ("churn", pytest.approx(130.1), pytest.approx(110.05)),
        ("closing", 0.0, 110.05),
    ]


def test_what_no_movement_explains_is_a_step_of_its_own():
    found = bridge(100.0, {"new": 30.0}, 125.0)

    assert not found.closes
    assert [(step.kind, step.amount) for step in found.steps] == [("opening", 100.0), ("new", 30.0), ("rest", -5.0), ("closing", 125.0)]


def test_a_cent_is_told_and_less_is_noise():
    assert not bridge(0.0, {"new": 0.1}, 0.11).closes
    assert bridge(0.1, {"new": 0.2}, 0.3).closes


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    """a1 pays 100, then 150; a2 begins at 50; a3 pays 30 and leaves; a4 pays 70 and grows into another segment."""
    paid = [
        ("a1", 100, "2025-11-01", "2026-01-12"),
        ("a1", 150, "2026-01-12", None),
        ("a2", 50, "2026-01-10", None),
        ("a3", 30, "2025-11-01", "2026-01-20"),
        ("a4", 70, "2025-11-01", None),
    ]
    company = Company(
        tables={
            "account": [{"account_id": f"a{n}", "name": f"A{n}", "segment": "big" if n == 4 else "small"} for n in range(1, 5)],
            "account_history": [
                {"account_id": "a4", "segment": "small", "valid_from": "2025-01-01", "valid_to": "2026-01-15"},
                {"account_id": "a4", "segment": "big", "valid_from": "2026-01-15"},
            ],
            "subscription_period": [
                {"subscription_id": account, "account_id": account, "mrr": mrr, "valid_from": begins, "valid_to": ends}
                for account, mrr, begins, ends in paid
            ],
        },
        loaded_until="2026-02-01T00:00",
        loaded_since="2025-11-01",
    )
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("tiny"))))


def board_of(layer, **members):
    filters = Filters(date(2026, 1, 1), date(2026, 2, 1), "28d", members={f"account.{name}": (one,) for name, one in members.items()})
    return Board(layer, filters, 1, boards.reach(layer, 1), layer.metrics)


def test_the_bridge_of_a_company_closes(layer):
    with i18n.use("en"):
        board = board_of(layer)
        told = drawn.found(board)

        assert {bar.label: bar.value for bar in drawn.bars(board, told)} == {
            "Opening": "€200", "New": "+€50", "Expansion": "+€50", "Reactivation": "€0", "Contraction": "€0", "Churn": "−€30",
            "Closing": "€270",
        }  # fmt: skip
        assert drawn.said(board, told).startswith("Opening and movements make the closing, to the cent.")


def test_who_changes_the_segment_that_is_looked_at_is_told_apart(layer):
    with i18n.use("en"):
        board = board_of(layer, segment="small")
        told = drawn.found(board)

        assert (told.steps[0].amount, told.steps[-1].amount, told.rest) == (200.0, 200.0, -70.0)
        assert "−€70 belongs to accounts that changed" in drawn.said(board, told)


def test_bars_hang_on_each_other(layer):
    with i18n.use("en"):
        bars = {bar.id or bar.label: bar for bar in drawn.bars(board_of(layer), drawn.found(board_of(layer)))}

    assert bars["mrr_new"].ends == bars["mrr_expansion"].begins
    assert bars["mrr_churn"].tone == "loss"
    assert max(bar.ends for bar in bars.values()) == 1.0
