"""What a tile, a list and a headline say of a small company whose numbers can be counted by hand."""

from dataclasses import replace
from datetime import date

import pytest

import metrics
from data import journal, workspace
from data.errors import Problem
from pages.components import board as boards
from pages.components import changes, charts, i18n, pacing, present, reach
from pages.components.board import Board
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company

#: Two weeks of tickets, 5 to 11 and 12 to 18 January 2026; loaded until Saturday the 17th at noon.
TICKETS = (
    [("2026-01-06", "a1", 30)] * 20 + [("2026-01-07", "a2", 60)] * 10 + [("2026-01-13", "a1", 30)] * 30 + [("2026-01-14", "a2", 60)] * 6
)


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    company = Company(
        tables={
            "account": [
                {"account_id": "a1", "name": "Alder", "plan": "pro", "created_at": "2025-01-01"},
                {"account_id": "a2", "name": "Birch", "plan": "basic", "created_at": "2025-01-01"},
            ],
            "ticket": [
                {"ticket_id": f"t{number}", "account_id": account, "created_at": f"{day}T09:00", "first_response_minutes": minutes}
                for number, (day, account, minutes) in enumerate(TICKETS)
            ],
            "release": [{"release_id": "r1", "name": "Fast search", "released_at": "2026-01-14T08:00"}],
        },
        loaded_until="2026-01-17T12:00",
        loaded_since="2025-01-01",
        metrics={
            "first_answer": {
                "label": "First answer", "median": "first_response_minutes", "in": "tickets", "format": "duration", "good": "down",
                "targets": {"2026": 29},
            },
            "all_tickets": {"label": "All tickets", "count": "*", "in": "tickets", "good": "down", "targets": {"2026": 1000}},
        },
    )  # fmt: skip
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("tiny"))))


@pytest.fixture
def board(layer):
    with i18n.use("en"):
        sources = boards.reach(layer, 1)
        yield Board(layer, Filters(date(2026, 1, 12), date(2026, 1, 19), "7d"), 1, sources, layer.metrics)


def test_a_tile_compares_like_for_like_and_judges_the_change(board):
    card = present.card(board, "all_tickets")

    assert (card.value, card.was) == ("36", "30")
    assert (card.delta, card.direction, card.tone) == ("20.0%", "up", "bad")


def test_a_count_is_held_against_the_part_of_the_year_that_is_over(board):
    card = present.card(board, "all_tickets")

    # 66 tickets since 1 January; of 1,000 at most in the year, 1,000 × 16.5 / 365 = 45 are due at noon of the 17th
    assert (card.target, card.due, card.pace) == ("1,000", "by 31 Dec", "66 so far, 21 behind")
    assert (card.status, card.word) == ("risk", "")
    assert card.aim is None


def test_a_level_is_held_against_its_target(board):
    card = present.card(board, "first_answer")

    assert (card.value, card.target, card.status) == ("30m", "29m", "risk")


def test_an_unfinished_range_says_how_far_it_is_loaded(board):
    card = present.card(board, "all_tickets")
    week = replace(board, filters=replace(board.filters, grain="week"))

    assert card.progress == "6 of 7 days"
    assert (card.age, card.late) == ("data to 17 Jan 2026", True)
    assert charts.over_time(week, "all_tickets").periods[-1].progress == "week to date, 6 of 7 days"
    assert charts.over_time(week, "all_tickets").unfinished == 1


def test_a_metric_that_cannot_be_computed_says_why_on_its_tile(board):
    card = present.card(board.narrowed(members={"account.colour": ("red",)}), "all_tickets")

    assert 'unknown column "account.colour"' in card.problem
    assert card.label == "All tickets"


def test_an_unknown_metric_is_a_problem_on_its_tile_only(board):
    assert "there is no metric" in present.card(board, "nonsense").problem


def test_filters_narrow_every_number(board):
    assert present.card(board.narrowed(members={"account.plan": ("basic",)}), "all_tickets").value == "6"


def test_a_list_is_ranked_and_its_bars_are_shares_of_the_largest(board):
    rows = present.ranked(board, "all_tickets", "account.name")

    assert [(row.label, row.value, row.share, row.delta, row.tone) for row in rows] == [
        ("Alder", "30", 1.0, "10", "bad"),
        ("Birch", "6", 0.2, "4", "good"),
    ]


def test_a_chart_has_its_comparison_and_its_releases(board):
    chart = charts.over_time(board, "all_tickets", kind="bar")

    assert [series.role for series in chart.series] == ["current", "previous"]
    assert chart.series[0].values[1:3] == (30.0, 6.0)
    assert chart.series[1].values[1:3] == (20.0, 10.0)
    assert [(mark.index, mark.label) for mark in chart.marks] == [(2, "Fast search")]


def test_the_parts_of_a_chart_are_the_members_largest_first(board):
    chart = charts.parts(board, "all_tickets", "account.name", kind="stacked")

    assert [series.member for series in chart.series] == ["Alder", "Birch"]
    assert [sum(filter(None, series.values)) for series in chart.series] == [30.0, 6.0]


def test_the_headline_names_the_change_and_where_it_comes_from(board):
    (found,) = changes.changes(board, ["all_tickets"])

    assert changes.headline([found]) == "<b>All tickets rose to 36, up 20.0%.</b> Most of it in pro (+10)."


def test_a_headline_is_no_place_for_markup(board):
    (found,) = changes.changes(board, ["all_tickets"])

    assert "<img>" not in changes.headline([replace(found, label="<img>")])


def test_the_headline_speaks_french(board):
    with i18n.use("fr"):
        (found,) = changes.changes(board, ["all_tickets"])
        assert changes.headline([found]).startswith("<b>All tickets : en hausse à 36 (+20,0")


def test_what_was_asked_before_is_answered_from_memory(board, monkeypatch):
    present.card(board, "all_tickets")
    monkeypatch.setattr(type(board.layer), "query", lambda *_a, **_k: pytest.fail("asked again"))

    assert present.card(board, "all_tickets").value == "36"


def test_a_result_that_ends_with_its_range_is_not_late(board):
    assert reach.late(board.total("all_tickets"))
    whole = board.narrowed(until=date(2026, 1, 17))
    assert reach.progress(whole, whole.total("all_tickets")) == ""
    assert reach.age(whole, whole.total("all_tickets")) == "data to 17 Jan 2026"


def test_what_people_noted_at_a_day_stands_on_the_charts_that_it_is_about(board, tmp_path):
    book = journal.open_journal(tmp_path)
    book.annotations.add(date(2026, 1, 14), "Mailing")
    book.annotations.add(date(2026, 1, 15), "Only of answers", metric="first_answer")
    book.annotations.add(date(2026, 3, 1), "Later")
    chart = charts.over_time(replace(board, notes=tuple(book.annotations.all())), "all_tickets")

    assert [(chart.periods[mark.index].key, mark.label) for mark in chart.marks] == [
        ("2026-01-14", "Fast search"),
        ("2026-01-14", "✎ Mailing"),
    ]
    assert len(charts.over_time(replace(board, notes=tuple(book.annotations.all())), "first_answer").marks) == 3


def test_a_target_that_was_set_goes_before_the_defined_one(board):
    known = boards.aimed(board.known, {"first_answer": {"2026-01": 45.0}, "gone": {"2026": 1.0}})

    assert pacing.aim(board, known["first_answer"]) == 45.0
    assert known["first_answer"].targets == {"2026": 29, "2026-01": 45.0}
    assert boards.aimed(board.known, {"first_answer": {"2026-01": 45.0}, "gone": {"2026": 1.0}}) is known
    assert boards.aimed(board.known, {}) is board.known


def test_what_is_remembered_is_of_the_same_filters_language_notes_and_definitions(board):
    renamed = replace(board.known["all_tickets"], label="Tickets of all")
    told = [
        charts.over_time(one, "all_tickets", kind="bar")
        for one in (
            board,
            board.narrowed(members={"account.plan": ("pro",)}),
            board.narrowed(segment="Alder alone", accounts=("a1",)),
            replace(board, notes=(journal.Annotation(id="n1", day=date(2026, 1, 13), text="A campaign", metric=None),)),
            replace(board, known={**board.known, "all_tickets": renamed}),
            board,
        )
    ]

    assert [sum(value or 0 for value in chart.series[0].values) for chart in told] == [36, 30, 30, 36, 36, 36]
    assert ["✎ A campaign" in [mark.label for mark in chart.marks] for chart in told] == [False, False, False, True, False, False]
    assert [chart.title for chart in told] == ["All tickets"] * 4 + ["Tickets of all", "All tickets"]
    with i18n.use("fr"):
        assert charts.over_time(board, "all_tickets", kind="bar").series[0].name == "Cette période"
        assert present.card(board.narrowed(), "all_tickets").due == "d’ici au 31 déc."


def test_what_was_made_once_is_not_made_again_within_a_minute(board, monkeypatch):
    monkeypatch.setattr(boards.time, "time", lambda: 1_800_000_000.0)
    assert present.card(board, "all_tickets") is present.card(board.narrowed(), "all_tickets")


def test_a_problem_is_no_answer_to_remember(board, monkeypatch):
    monkeypatch.setattr(boards.time, "time", lambda: 1_800_000_060.0)
    asked, answered = board.narrowed(since=date(2026, 1, 11)), Board.total

    def refused(*_args, **_options):
        raise Problem("the disk is full")

    monkeypatch.setattr(Board, "total", refused)
    assert "the disk is full" in present.card(asked, "all_tickets").problem
    monkeypatch.setattr(Board, "total", answered)
    assert (present.card(asked, "all_tickets").problem, present.card(asked, "all_tickets").value) == ("", "36")
