"""What the page of journeys says of a small company whose people can be followed by hand."""

from datetime import date

import pytest

import metrics
from data import workspace
from pages.components import board as boards
from pages.components import i18n, shapes
from pages.components.board import Board
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company

#: (day and time, account, person, event); weeks begin on 5, 12, 19 and 26 January 2026.
EVENTS = [
    ("2026-01-05T09:00", "a1", "ana", "opened"),
    ("2026-01-05T09:04", "a1", "ana", "saved"),
    ("2026-01-05T10:00", "a1", "abe", "opened"),
    ("2026-01-06T09:00", "a2", "bea", "opened"),
    ("2026-01-06T09:10", "a2", "bea", "saved"),
    ("2026-01-13T09:00", "a1", "ana", "opened"),
    ("2026-01-14T09:00", "a3", "cem", "opened"),
    ("2026-01-20T09:00", "a1", "ana", "opened"),
    ("2026-01-20T09:30", "a3", "cem", "saved"),
]
PLANS = {"a1": "pro", "a2": "pro", "a3": "basic"}
ANY = "event is not null"
STEPS = [{"opened_it": "event = 'opened'"}, {"saved_it": "event = 'saved'"}]
KINDS = {
    "saving": {"funnel": {"steps": STEPS, "within": "1 days", "entity": "person"}, "format": "percent"},
    "coming_back": {"retention": {"start": ANY, "return": ANY, "entity": "account", "mode": "first_time"}, "format": "percent"},
    "life": {"lifecycle": {"event": ANY, "entity": "account"}},
    "sticky": {"label": "Days", "stickiness": {"event": ANY, "entity": "person"}},
    "next_up": {"paths": {"from": "event = 'opened'", "within": "1 days", "depth": 2, "top": 5}},
}
DEFINED = {name: {"in": "events", "good": "neutral", **block} for name, block in KINDS.items()}


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    company = Company(
        tables={
            "account": [
                {"account_id": name, "name": name.upper(), "plan": plan, "created_at": "2025-01-01"} for name, plan in PLANS.items()
            ],
            "person": [{"person_id": name, "account_id": "a1"} for name in ("ana", "abe", "bea", "cem")],
            "event": [
                {"event_id": f"e{number}", "occurred_at": at, "account_id": account, "person_id": person, "event_name": name}
                for number, (at, account, person, name) in enumerate(EVENTS)
            ],
        },
        loaded_until="2026-01-28T12:00",
        loaded_since="2025-01-01",
        metrics=DEFINED,
    )
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("tiny"))))


@pytest.fixture
def board(layer):
    with i18n.use("en"):
        sources = boards.reach(layer, 1)
        yield Board(layer, Filters(date(2026, 1, 5), date(2026, 1, 29), "28d"), 1, sources, layer.metrics)


def test_a_funnel_says_who_came_who_did_not_and_how_long_it_took(board):
    first, second = shapes.steps(board.ask("saving"))

    assert (first.name, first.count, first.share, first.lost) == ("Opened it", "4", 1.0, "")
    assert (second.name, second.count, second.whole, second.on) == ("Saved it", "2", "50.0%", "50.0% of the step before")
    assert (second.took, second.lost) == ("usually after 7m", "2 did not come")
    assert second.spoken == "Saved it: 2, 50.0%, 50.0% of the step before, usually after 7m, 2 did not come"


def test_a_funnel_by_plan_has_a_line_a_plan_and_a_column_a_step(board):
    lines, columns = shapes.by_member(board.ask("saving", by=("account.plan",)), "account.plan")

    assert [column.label for column in columns] == ["Opened it", "Saved it"]
    assert {line.label: (line.note, [cell.text for cell in line.cells]) for line in lines} == {
        "basic": ("1", ["100.0%", "0.0%"]),
        "pro": ("3", ["100.0%", "66.7%"]),
    }


def test_the_triangle_shows_shares_that_are_final_and_hatches_what_is_not(board):
    lines, columns = shapes.triangle(shapes.cohorts(board, "coming_back"))
    told = {line.label: (line.note, [cell.text for cell in line.cells]) for line in lines if line.note != "0"}

    assert told == {"5 Jan": ("2", ["100.0%", "50.0%", "50.0%", "…"]), "12 Jan": ("1", ["100.0%", "100.0%", "…"])}
    assert [column.label for column in columns[:2]] == ["W0", "W1"]
    young = next(line for line in lines if line.label == "12 Jan").cells[-1]
    assert (young.pale, young.told) == (True, "0 of 1 so far, not final")


def test_a_cohort_of_nobody_is_blank_not_zero(board):
    lines, _columns = shapes.triangle(shapes.cohorts(board, "coming_back"))

    assert {cell.text for line in lines if line.note == "0" for cell in line.cells} <= {"–", ""}


def test_the_curve_of_all_cohorts_leaves_out_who_is_too_young(board):
    chart = shapes.curve(board, shapes.cohorts(board, "coming_back"))

    assert dict(zip([period.short for period in chart.periods], chart.series[0].values, strict=True)) == {
        "W0": 1.0,
        "W1": pytest.approx(2 / 3),
        "W2": 0.5,
    }
    assert chart.periods[1].long == "1 week later, of 3"


def test_lifecycle_draws_who_went_quiet_downwards(board):
    chart = shapes.lifecycle(board, "life")
    last = [period.short for period in chart.periods].index("12 Jan")

    assert {series.name: series.values[last] for series in chart.series} == {"Returning": 1, "New": 1, "Back again": 0, "Gone quiet": -1}
    assert [series.role for series in chart.series] == ["gain", "gain", "gain", "loss"]


def test_stickiness_ends_with_the_most_days_that_anybody_was_active(board):
    chart = shapes.stickiness(board, "sticky")

    assert [period.long for period in chart.periods] == ["1 active day", "2 active days", "3 active days"]
    assert chart.series[0].values == (2, 1, 1)
    assert list(chart.table().columns) == ["Active days", "Days"]


def test_paths_are_named_as_people_say_it(board):
    found = shapes.bands(board.ask("next_up"))

    assert {(one.step, one.source, one.target): one.count for one in found} == {(1, "Opened", "Saved"): 2}


def test_the_company_s_own_definitions_come_first(board):
    assert shapes.of_kind(board, "funnel")[0] == "saving"
    assert "use_to_feature_funnel" in shapes.of_kind(board, "funnel")


def test_french_says_it_in_french(board):
    with i18n.use("fr"):
        step = shapes.steps(board.ask("saving"))[1]

    assert "en général après" in step.took
    assert step.lost == "2 perdus en route"
