"""What the page of a feature says of a small company whose accounts can be counted by hand."""

from datetime import date

import pytest

import metrics
from data import workspace
from metrics.journeys import time_to_adopt
from pages.components import adopting, i18n, matrix, release_effects
from pages.components import board as boards
from pages.components.board import Board
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company

PLANS = {"a1": "pro", "a2": "pro", "a3": "basic", "a4": "pro"}
#: (day, account, person, feature); "export" needs the plan pro, "import" none.
EVENTS = [
    ("2026-01-07", "a1", "ana", "export"),
    ("2026-01-08", "a1", "abe", "export"),
    ("2026-01-14", "a1", "ana", "export"),
    ("2026-01-09", "a2", "bea", "import"),
    ("2026-01-20", "a2", "bea", "import"),
    ("2026-01-12", "a3", "cem", "import"),
]


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    company = Company(
        tables={
            "account": [{"account_id": one, "name": one.upper(), "plan": plan, "created_at": "2026-01-05"} for one, plan in PLANS.items()],
            "person": [{"person_id": one} for one in ("ana", "abe", "bea", "cem")],
            "event": [
                {
                    "event_id": f"e{number}", "occurred_at": f"{day}T09:00", "account_id": account, "person_id": person,
                    "event_name": f"used_{feature}", "feature_id": feature, "is_meaningful": True,
                }
                for number, (day, account, person, feature) in enumerate(EVENTS)
            ],
            "feature": [
                {"feature_id": "export", "name": "Export", "eligible_plans": "pro", "released_at": "2025-06-01"},
                {"feature_id": "import", "name": "Import", "eligible_plans": None, "released_at": "2025-06-01"},
            ],
            "release": [
                {"release_id": "r1", "name": "Export 1", "feature_ids": "export", "released_at": "2026-01-05T12:00"},
                {"release_id": "r2", "name": "Export 2", "feature_ids": "import, export", "released_at": "2026-01-06T12:00"},
                {"release_id": "r3", "name": "Of another", "feature_ids": "import", "released_at": "2026-01-20T12:00"},
            ],
        },
        loaded_until="2026-02-02T00:00",
        loaded_since="2025-01-01",
    )  # fmt: skip
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("tiny"))))


@pytest.fixture
def board(layer):
    with i18n.use("en"):
        yield Board(layer, Filters(date(2026, 1, 5), date(2026, 2, 2), "28d"), 1, boards.reach(layer, 1), layer.metrics)


def test_features_are_named_the_most_used_first(board):
    assert list(adopting.features(board).items())[:2] == [("export", "Export"), ("import", "Import")]


def test_only_accounts_whose_plan_has_it_may_use_it(board):
    export = adopting.of(board, "export")
    may, does = adopting.reached(export, "eligible_accounts", "feature_adopters", "feature_adoption")

    assert (may.count, does.count, does.whole) == ("3", "1", "33.3%")
    assert (may.share, does.share) == (1.0, pytest.approx(1 / 3))


def test_a_feature_keeps_to_itself_in_whatever_is_opened_from_it(board):
    assert adopting.of(board, "export").within == (("feature_id", "export"),)


def test_adoption_is_told_before_and_after_each_release_of_the_feature(board):
    found = board.layer.releases(feature="export")
    told = release_effects.lines(adopting.of(board, "export"), found)

    # On 5 January nobody had used it yet; by 1 February, the last whole day, one of the three that may had.
    assert [(row[0].text, row[2], row[3].text, row[3].note, row[4].text) for row in told] == [
        ("Export 2", "0.0%", "33.3%", "after 27 of 28 days", "↑ 33.3 pts"),
        ("Export 1", "–", "33.3%", "", ""),
    ]


def test_two_features_stand_beside_each_other_under_their_names(board):
    both = {"Export": adopting.of(board, "export"), "Import": adopting.of(board, "import")}
    chart = adopting.over_time(both, "feature_events")

    assert [(series.name, series.role, sum(series.values)) for series in chart.series] == [("Export", "part", 3), ("Import", "part", 3)]
    assert adopting.over_time({"Export": both["Export"]}, "feature_events").kind == "bar"


def test_retention_of_two_features_has_a_line_for_each(board):
    both = {"Export": adopting.of(board, "export"), "Import": adopting.of(board, "import")}
    chart = adopting.retention(both, "feature_retention")

    assert {series.name: series.values[1] for series in chart.series} == {"Export": 0.5, "Import": 0.0}
    assert len({len(series.values) for series in chart.series}) == 1


def test_time_to_adopt_counts_from_the_creation_of_the_account(board):
    found = board.layer.query("t", since="2026-01-01", until="2026-02-02", definitions={"t": time_to_adopt("import")})

    assert [(row["elapsed_days"], row["adopted"], row["at_risk"]) for row in found.rows] == [(4, 1, 4), (7, 1, 3)]


def test_the_matrix_tells_broad_from_frequent_and_says_so_in_words(board):
    told = matrix.found(board, "feature_adopters")

    assert {place.name: (place.breadth, place.frequency, place.size, place.corner) for place in told.places} == {
        "Export": (pytest.approx(1 / 3), 3.0, 1.0, "habit_of_few"),
        "Import": (0.5, 1.5, 2.0, "now_and_then"),
    }
    assert "Split at the medians: 41.7% of the accounts that may use it, 2.25 events an account." in matrix.spoken(told)
    assert "Habit of few: few, often: Export." in matrix.spoken(told)
    assert matrix.table(board, told, "feature_adopters").shape == (2, 5)


def test_the_matrix_begins_at_one_event_and_ends_above_the_largest(board):
    drawn, _across, up = matrix.plane(board, matrix.found(board, "feature_adopters"), "feature_adopters")

    assert up.ticks == (1, 5)
    assert [one.name for one in drawn] == ["Import", "Export"]


def test_a_name_with_a_quote_is_a_name(board):
    assert board.layer.query("t", since="2026-01-01", until="2026-02-02", definitions={"t": time_to_adopt("O'Neil")}).rows == ()
