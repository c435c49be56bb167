"""What Impact says and draws of outcomes that are made by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

import metrics
from data import workspace
from metrics.insight.impact import Impact
from metrics.insight.impact.effects import Estimate
from metrics.insight.impact.outcomes import Outcome, Verdict, Week
from metrics.insight.impact.placebo import Placebo
from metrics.insight.impact.surroundings import Happening
from metrics.releases import Release
from pages.components import effect_charts, effect_words, i18n
from pages.components.board import Board
from pages.components.filters import Filters

DAY = date(2026, 3, 9)


def estimate(value, low, high, p=0.001):
    return Estimate(value, 0.01, 30, low, high, p)


FOUND = Outcome(
    "adoption", "feature_events", "before_after", Verdict("consistent_with"), of_features=True, estimate=estimate(0.031, 0.012, 0.05),
    corrected=0.003, detectable=0.02,
    weeks=(Week(-1, DAY - timedelta(weeks=1), 100.0, None), Week(0, DAY, 110.0, estimate(104.0, 101.0, 107.0))),
)  # fmt: skip
NONE = Outcome(
    "support", "tickets_created", "difference_in_differences", Verdict("no_detectable_effect"), estimate=estimate(-0.02, -0.1, 0.07, 0.6),
    corrected=1.0, detectable=0.18, pretrend=0.4, apart=0.8, matched=0.1, effective=21.4, adopters=30, others=50,
    placebos=(Placebo(4, estimate(0.01, -0.1, 0.1, 0.9)),),
    weeks=(Week(-1, DAY - timedelta(weeks=1), None, estimate(0.01, -0.1, 0.1)), Week(0, DAY, None, estimate(-0.02, -0.1, 0.07))),
)  # fmt: skip
EARLY = Outcome("revenue", "mrr", "difference_in_differences", Verdict("cannot_tell", "too_early", date(2026, 6, 1)))


@pytest.fixture
def board(tmp_path):
    layer = metrics.open(workspace.load(tmp_path))
    with i18n.use("en"):
        yield Board(layer, Filters(DAY, DAY + timedelta(days=7)), 0, (), layer.metrics)


def told(*outcomes):
    release = Release("Maps <2>", None, None, DAY, None, None, "r1", "maps")
    return Impact(release, DAY, 8, DAY, DAY, 1, outcomes, (), eligible=80, reached=30, out=(("inactive", 3), ("young", 0)))


def test_the_verdict_says_no_more_than_the_design_supports(board):
    said = effect_words.sentence(board, told(FOUND, NONE, EARLY))

    assert said == (
        "<b>Maps &lt;2&gt;</b>, 9 Mar 2026: consistent with <b>+3.1%</b> Use of its features (95 % interval +1.2% to +5.0%); "
        "no detectable effect on Tickets; cannot tell for MRR."
    )


def test_a_card_shows_no_number_of_which_nothing_can_be_said(board):
    doubted = replace(FOUND, verdict=Verdict("cannot_tell", "placebo"))

    cards = [effect_words.tile(board, one) for one in (FOUND, NONE, EARLY, doubted)]

    assert [card.value for card in cards] == ["+3.1%", "−2.0%", "–", "–"]
    assert [card.status for card in cards] == ["on", "", "risk", "risk"]
    assert cards[1].progress == "No detectable effect; could see 18.0%"
    assert cards[2].progress == "too early until 1 Jun 2026"


def test_an_effect_against_what_is_good_is_shown_as_bad(board):
    more_tickets = replace(NONE, verdict=Verdict("consistent_with"), estimate=estimate(0.3, 0.1, 0.5))

    assert effect_words.tile(board, more_tickets).status == "off"


def test_the_checks_tell_what_speaks_against_a_design(board):
    fine = effect_words.checks(board, NONE)
    apart = effect_words.checks(board, replace(NONE, pretrend=0.01, matched=0.9))

    assert [passed for passed, _said in fine] == [True, True, True, True]
    assert [passed for passed, _said in apart] == [False, True, False, True]
    assert "p 0.4" in fine[0][1]


def test_the_event_study_is_drawn_by_weeks_from_the_release(board):
    chart = effect_charts.chart(board, NONE)

    assert [one.short for one in chart.periods] == ["−1", "0"]
    assert [one.values for one in chart.series] == [(0.01, -0.02), (-0.1, -0.1), (0.1, 0.07)]
    assert [mark.index for mark in chart.marks] == [1]
    assert chart.format == "percent"
    assert chart.alt == "Tickets: −2.0% after the release, 95 % interval −10.0% to +7.0%."


def test_a_series_is_drawn_with_what_was_expected_of_it(board):
    chart = effect_charts.chart(board, FOUND)

    assert [one.values for one in chart.series] == [(100.0, 110.0), (None, 104.0), (None, 101.0), (None, 107.0)]
    assert [one.key for one in chart.periods] == ["2026-03-02", "2026-03-09"]
    assert chart.metric == ""  # the rows of the metric are of all features


def test_who_is_left_out_and_what_else_happened_is_told_in_words(board):
    assert effect_words.reached(told()) == (
        "30 of the 80 accounts that may use it did within four weeks. 3 are left out: they did nothing at all in these four weeks."
    )
    assert effect_words.happened(Happening("plan_changes", DAY, count=4)) == (
        "9 Mar 2026", "Changes of plan", "4 accounts changed their plan since",
    )  # fmt: skip
