"""What Delivery says of a company whose work and releases can be counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

import metrics
from data import workspace
from metrics import Layer
from metrics.releases import Effect, Release, effect
from pages.components import board as boards
from pages.components import chart_table, histogram, i18n, plot, releases
from pages.components.board import Board
from pages.components.chart_model import Chart
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company
from tests.waiting import PATIENCE

#: Days from start to end of what was finished in January 2026: one piece took a quarter of a year.
DAYS = [1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 90]
RELEASES = [
    {"release_id": "r1", "name": "One", "kind": "major", "planned_at": "2025-12-10", "released_at": "2025-12-10"},
    {"release_id": "r2", "name": "Two", "planned_at": "2026-01-12", "released_at": "2026-01-14T08:00"},
    {"release_id": "r3", "name": "Three", "planned_at": "2026-01-20", "released_at": "2026-01-19", "feature_ids": "maps , search"},
    {"release_id": "r4", "name": "Unplanned", "released_at": "2026-01-21", "feature_ids": "search"},
    {"release_id": "r5", "name": "Overdue", "planned_at": "2026-01-28"},
    {"release_id": "r6", "name": "Next", "planned_at": "2026-02-10"},
    {"release_id": "r7", "name": "Gone", "planned_at": "2026-02-11", "deleted_at": "2026-01-20"},
    {"release_id": "r8", "name": "Some day"},
]


def work(number: int, days: int) -> dict[str, str]:
    ended, aim = date(2026, 1, 30), "o1" if number % 3 else "o2"
    started = date.fromordinal(ended.toordinal() - days)
    told = {"created_at": "2025-06-01", "started_at": f"{started}T09:00", "completed_at": f"{ended}T09:00", "state_type": "completed"}
    return {"work_item_id": f"w{number}", "objective_id": aim, "team": "Core", "kind": "bug" if number % 2 else "feature", **told}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    company = Company(
        tables={
            "work_item": [work(number, days) for number, days in enumerate(DAYS)],
            "objective": [{"objective_id": "o1", "name": "Grow"}, {"objective_id": "o2", "name": "Keep"}],
            "project": [],
            "release": RELEASES,
        },
        loaded_until="2026-02-01",
        loaded_since="2025-01-01",
    )
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("delivery"))))


@pytest.fixture
def board(layer: Layer) -> Iterator[Board]:
    with i18n.use("en"):
        yield Board(layer, Filters(date(2026, 1, 1), date(2026, 2, 1)), 1, boards.reach(layer, 1), layer.metrics)


def spread(board: Board, values: str = "{value} days") -> Chart:
    return histogram.model(board, board.distribution("cycle_time"), title="How long", values=values, counted="Pieces of work")


def test_cycle_time_is_told_with_what_half_85_and_95_in_100_stay_within(board: Board) -> None:
    assert spread(board).alt == "How long: 15 in all. Half within 4 days, 85 in 100 within 7.9 days, 95 in 100 within 33.3 days."


def test_each_bar_says_which_days_it_stands_for(board: Board) -> None:
    chart = spread(board)
    first, last = chart.periods[0], chart.periods[-1]

    assert (first.short, first.long) == ("0–5", "0 to 5 days")
    assert (last.short, last.long) == ("80+", "80 days or more")
    assert chart.series[0].values[0] == sum(days < 5 for days in DAYS)
    assert sum(value or 0 for value in chart.series[0].values) == len(DAYS)


def test_the_marks_that_fall_into_one_bar_share_it(board: Board) -> None:
    assert [(mark.index, mark.label) for mark in spread(board).marks] == [(0, "Median"), (1, "85%"), (6, "95%")]


def test_every_mark_is_a_line_and_named_where_there_is_room(board: Board) -> None:
    chart = spread(board)
    few = replace(chart, periods=chart.periods[:7], series=tuple(replace(one, values=one.values[:7]) for one in chart.series))
    drawn = plot.told(few)

    assert [(place, name) for place, name, _side in drawn["releases"]] == [(0, "Median"), (1, ""), (6, "95%")]
    assert [shape["kind"] for shape in drawn["shapes"]] == ["bars"]
    assert chart_table.as_bar(few, few.series[0])


def test_the_table_beside_it_names_its_bars_after_the_metric(board: Board) -> None:
    assert list(spread(board).table().columns) == ["Cycle time", "Pieces of work"]


def test_nothing_finished_is_an_empty_chart(board: Board) -> None:
    chart = spread(board.narrowed(since=date(2025, 2, 1), until=date(2025, 3, 1)))

    assert chart.empty
    assert chart.marks == ()


def test_releases_stand_from_what_is_to_come_to_what_is_long_shipped(layer: Layer) -> None:
    found = [(one.name, one.days_left, one.days_late) for one in layer.releases(until="2026-02-01")]

    assert found == [
        ("Next", 9, None),
        ("Overdue", -4, None),
        ("Unplanned", None, None),
        ("Three", None, -1),
        ("Two", None, 2),
        ("One", None, 0),
    ]
    assert [one.name for one in layer.releases(until="2026-01-20", most=1)] == ["Overdue", "Three"]


def test_the_releases_of_a_feature_are_those_that_name_it(layer: Layer) -> None:
    assert [one.name for one in layer.releases(feature="search")] == ["Unplanned", "Three"]
    assert [one.name for one in layer.releases(feature="maps")] == ["Three"]
    assert layer.releases(feature="map") == ()


def test_what_followed_a_release_is_judged_once_all_days_lie_after_it() -> None:
    values = {date(2026, 1, day): float(day) for day in range(1, 32)}

    assert effect(values, date(2026, 1, 3), date(2026, 1, 31), 28) == Effect(2.0, 30.0, 28)
    assert effect(values, date(2026, 1, 4), date(2026, 1, 31), 28) == Effect(3.0, 31.0, 28)
    assert effect(values, date(2026, 1, 10), date(2026, 1, 31), 28) == Effect(9.0, 31.0, 22)
    assert effect(values, date(2026, 1, 31), date(2026, 1, 31), 28) == Effect(30.0, 31.0, 1)
    assert effect(values, date(2026, 2, 1), date(2026, 1, 31), 28) == Effect(31.0, None, 0)
    assert effect(values, date(2020, 1, 1), date(2026, 1, 31), 28) == Effect(None, None, 28)


@pytest.mark.parametrize(
    ("left", "late", "said", "tone"),
    [
        (None, 0, "On time", "good"),
        (None, 1, "1 day late", "warn"),
        (None, -3, "3 days early", "good"),
        (9, None, "In 9 days", ""),
        (0, None, "Due today", ""),
        (-4, None, "4 days overdue", "bad"),
        (None, None, "No day planned", ""),
    ],
)
def test_a_release_is_held_against_its_plan(left: int | None, late: int | None, said: str, tone: str) -> None:
    with i18n.use("en"):
        cell = releases.held(Release("R", None, None, None, left, late))

    assert (cell.text, cell.tone) == (said, tone)


def test_work_is_told_apart_by_the_names_of_its_objectives(board: Board) -> None:
    found = {row["objective.name"]: row["work_completed"] for row in board.total("work_completed", by=("objective.name",)).rows}

    assert found == {"Grow": 10, "Keep": 5}


def page(root: str) -> None:  # its source is run by itself, so it imports what it needs
    from datetime import date
    from pathlib import Path

    import metrics
    from data import workspace
    from pages import delivery
    from pages.components import board as boards
    from pages.components import i18n
    from pages.components.board import Board
    from pages.components.filters import Filters

    i18n.begin()
    layer = metrics.open(workspace.load(Path(root)))
    delivery.show(Board(layer, Filters(date(2026, 1, 1), date(2026, 2, 1)), 1, boards.reach(layer, 1), layer.metrics))


def test_the_page_is_whole(layer: Layer) -> None:
    shown = AppTest.from_function(page, kwargs={"root": str(layer.workspace.root)}).run(timeout=PATIENCE)
    said = "".join(one.proto.body for one in shown.get("html"))

    assert not shown.exception
    assert "could not be drawn" not in said
    assert "cannot be computed" not in said
    assert "How long work takes" in said
    assert "Half within 4 days, 85 in 100 within 7.9 days, 95 in 100 within 33.3 days" in said
    assert "Work completed by objective" in said
    assert "4 days overdue" in said


def test_a_company_without_delivery_data_reads_why_there_is_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    company = Company({"account": [{"account_id": "a1", "name": "Alder", "created_at": "2026-01-01"}]}, "2026-02-01")
    root = warehouse.build(company, tmp_path_factory.mktemp("none"))
    shown = AppTest.from_function(page, kwargs={"root": str(root)}).run(timeout=PATIENCE)
    said = "".join(one.proto.body for one in shown.get("html"))

    assert not shown.exception
    assert "could not be drawn" not in said
    assert "Nothing to show" in said
    assert "Load a table of releases" in said
