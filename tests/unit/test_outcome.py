"""What came of a recommendation: the number of the same members or accounts, before and after, and a verdict that claims no more."""

from datetime import timedelta

import pytest

from data.workspace import Workspace
from metrics import load
from metrics.insight import actions
from metrics.insight.actions import outcome, playbooks
from tests.planted import UNTIL, ago
from tests.troubles import PLANTED, added, lately, quiet

CATALOGUE = load.catalogue()


@pytest.fixture(scope="module")
def known():
    return playbooks.load(Workspace(playbooks.BUILT_IN / "none"), CATALOGUE)


def test_the_evidence_is_frozen_with_the_number_that_will_be_measured(health, known):
    """c06 did 8 things; 30 % more of those are expected."""
    with health.planted(*PLANTED["use_falls"][0]) as layer:
        (found,) = actions.actions(layer, [known["use_falls"]])
        told = outcome.frozen(layer, found)

    assert (told["accounts"], told["was"], told["expected"]) == (["c06"], 8, pytest.approx(8 * 1.3))
    assert {one["name"]: one["value"] for one in told["evidence"]}["before"] == 36


def test_the_number_after_is_that_of_the_same_accounts(health, known):
    """Decided four weeks ago, when c06 had done 8 things in four weeks: it did 10 since, and everybody else 36 each."""
    thinner = (
        quiet("account_id = 'c06'"),
        f"DELETE FROM event WHERE account_id = 'c06' AND occurred_at_day >= DATE '{ago(56)}'",
        added("event", 8, event_id="concat('old', i)", event_name="'used'", occurred_at=f"DATE '{ago(30)}' - CAST(i AS INTEGER)",
              person_id="'c06-a'", account_id="'c06'", is_meaningful="TRUE"),
        added("event", 10, event_id="concat('new', i)", event_name="'used'", occurred_at=lately(), person_id="'c06-a'",
              account_id="'c06'", is_meaningful="TRUE"),
        # Five weeks of full use a quarter ago would be most of what it moves by itself.
        f"DELETE FROM event WHERE account_id = 'c06' AND occurred_at_day < DATE '{ago(60)}'",
    )  # fmt: skip
    with health.planted(*thinner) as layer:
        told = {"expect": {"metric": "meaningful_events", "over_days": 28, "within_days": 42}, "members": {}, "accounts": ["c06"]}
        came = outcome.outcome(layer, {**told, "was": 8.0, "expected": 10.4}, ago(28), UNTIL)

    assert (came.now, came.until, came.due) == (10, UNTIL, ago(28) + timedelta(days=42))
    # 8, 0, 0, 0, 0, 0 before: one move of 8 in five.
    assert came.usual == pytest.approx(2.66 * 8 / 5)
    assert came.verdict == "as_usual"


def test_a_member_is_measured_by_its_own_rows(health):
    with health.planted(*PLANTED["tickets_on_one_feature"][0]) as layer:
        told = {
            "expect": {"metric": "feature_tickets", "over_days": 28, "within_days": 60},
            "members": {"feature_id": "import"},
            "accounts": ["c07"],
        }

        assert outcome.measured(layer, told, UNTIL) == 8 + 56
        assert outcome.measured(layer, told, ago(28)) == 8


def test_a_name_with_a_quote_is_a_name(health):
    with health.planted() as layer:
        told = {
            "expect": {"metric": "active_accounts", "over_days": 28, "within_days": 60},
            "members": {"account.region": "l'ouest"},
            "accounts": [],
        }

        assert outcome.measured(layer, told, UNTIL) == 0


def test_before_a_whole_stretch_has_passed_there_is_no_verdict(health):
    with health.planted() as layer:
        told = {"expect": {"metric": "active_accounts", "over_days": 28, "within_days": 60}, "members": {}, "accounts": []}
        early = outcome.outcome(layer, {**told, "was": 20.0, "expected": 22.0}, ago(27), UNTIL)
        late = outcome.outcome(layer, {**told, "was": 20.0, "expected": 22.0}, ago(28), UNTIL)

    assert (early.verdict, late.verdict) == ("too_early", "reached_as_usual")


def test_nothing_to_measure_is_no_outcome(health):
    with health.planted() as layer:
        assert outcome.outcome(layer, {"expect": None}, ago(28), UNTIL) is None


@pytest.mark.parametrize(
    ("was", "expected", "now", "usual", "verdict"),
    [
        (100, 130, 131, 10, "reached"),
        (100, 130, 130, 40, "reached_as_usual"),
        (100, 130, 115, 10, "partly"),
        (100, 130, 105, 10, "as_usual"),
        (100, 130, 110, 10, "as_usual"),
        (100, 130, 80, 10, "opposite"),
        (100, 70, 60, 10, "reached"),
        (100, 70, 85, None, "partly"),
        (100, 70, 100, None, "as_usual"),
        (100, 70, 120, None, "opposite"),
        (0, 0, 5, None, "unknown"),
        (None, None, 5, None, "unknown"),
        (100, 130, None, 5, "unknown"),
    ],
)
def test_the_verdict_says_what_a_before_and_after_can_say(was, expected, now, usual, verdict):
    assert outcome.judged(was, expected, now, usual) == verdict
    assert verdict in outcome.VERDICTS
