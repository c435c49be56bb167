"""All accounts side by side: found by name, in an order, and taken away as CSV."""

import csv
import io
from datetime import date

import pytest

import metrics
from data import workspace
from pages.components import board as boards
from pages.components import customers, export, i18n
from pages.components.board import Board
from pages.components.customers import Customer
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company

FOUND = [
    Customer("a1", "Élan", owner="Ines", values={"mrr": 10.0}, marks=("use_falls",), urgency=-1),
    Customer("a2", "birch", values={"mrr": None}),
    Customer("a3", "Cedar", values={"mrr": 30.0, "mrr_change": -1.0}, marks=("pays_idle", "many_tickets"), urgency=0),
    Customer("a4", "Cedar"),
]


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    company = Company(
        tables={
            "account": [
                {"account_id": "a1", "name": "=Cedar()", "plan": "pro", "created_at": "2025-01-01"},
                {"account_id": "a2", "name": "=Cedar()", "plan": "basic", "created_at": "2025-01-01"},
            ],
            "event": [
                {"event_id": f"e{day}", "occurred_at": f"2026-01-{day:02}", "person_id": "p1", "account_id": "a1"} for day in range(5, 15)
            ],
            "subscription_period": [
                {"account_id": "a1", "subscription_id": "s1", "mrr": 100, "valid_from": "2025-01-01"},
                {"account_id": "a2", "subscription_id": "s2", "mrr": 50, "valid_from": "2025-01-01"},
            ],
        },
        loaded_until="2026-01-26",
        loaded_since="2025-01-01",
    )
    layer = metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("customers"))))
    with i18n.use("en"):
        yield Board(layer, Filters(date(2026, 1, 12), date(2026, 1, 26)), 1, boards.reach(layer, 1), layer.metrics)


def ids(found):
    return [one.id for one in found]


def test_those_without_a_value_come_last_whichever_way():
    assert ids(customers.ordered(FOUND, "mrr", falling=True)) == ["a3", "a1", "a2", "a4"]
    assert ids(customers.ordered(FOUND, "mrr", falling=False)) == ["a1", "a3", "a2", "a4"]


def test_names_are_ordered_and_found_without_accents_and_capitals():
    assert ids(customers.ordered(FOUND, "name", falling=False)) == ["a2", "a3", "a4", "a1"]
    assert ids(customers.chosen(FOUND, "ELAN ines", "")) == ["a1"]


def test_the_most_urgent_marks_come_first_and_one_can_be_shown_alone():
    assert ids(customers.ordered(FOUND, "marks", falling=True))[:2] == ["a3", "a1"]
    assert ids(customers.chosen(FOUND, "", "many_tickets")) == ["a3"]


def test_accounts_of_one_name_are_two_accounts_with_their_own_numbers(board):
    found = {one.id: one for one in customers.customers(board)}

    assert sorted(found) == ["a1", "a2"]
    assert (found["a1"].values["mrr"], found["a1"].values["meaningful_events"], found["a1"].marks) == (100.0, 3.0, ())
    assert (found["a2"].values["mrr"], found["a2"].marks) == (50.0, ("pays_idle",))


def test_a_filter_leaves_accounts_out_and_marks_stay_those_among_all(board):
    narrowed = board.narrowed(members={"account.plan": ("basic",)})

    assert [(one.id, one.marks) for one in customers.customers(narrowed)] == [("a2", ("pays_idle",))]


def test_the_csv_has_full_figures_and_no_formula(board):
    told = customers.sheet(board, customers.ordered(customers.customers(board), "mrr", falling=True))
    written = export.csv(told.frame).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(written))

    assert (first["account_id"], first["name"], first["mrr"]) == ("a1", "'=Cedar()", "100.0")
    assert (second["disagreement"], second["meaningful_events"]) == ("Pays, idle", "0.0")
