"""What is said of releases of a company in which it is known what they did: one lifted the use of those who took to it."""

import json
import random
from datetime import date, timedelta

import pytest

import metrics
from data import workspace
from data.errors import Problem
from data.journal import Annotation
from metrics.__main__ import main
from metrics.insight.impact import by_hand, corrected, find, impact
from metrics.insight.impact.effects import Estimate
from metrics.insight.impact.outcomes import Outcome, Verdict
from metrics.insight.review import review
from metrics.insight.review.model import Review
from metrics.insight.review.templates import shelf
from tests import warehouse
from tests.company import Company

#: The first week, and the Monday on which `maps` was released; accounts with an even number took to it and then did twice as much.
FIRST, DAY, WEEKS = date(2025, 2, 3), date(2025, 9, 1), 44
ACCOUNTS = 32


def events():
    dice, found = random.Random(4), []
    for number in range(ACCOUNTS):
        adopter, level = number % 2 == 0, 3
        for week in range(WEEKS):
            day = FIRST + timedelta(weeks=week)
            many = (level + dice.randint(-1, 1)) * (2 if adopter and day >= DAY else 1)
            found += [event(number, day + timedelta(days=each % 5), "search", len(found)) for each in range(many)]
            if adopter and day >= DAY:
                found.append(event(number, day + timedelta(days=2), "maps", len(found)))
    return found


def event(number, day, feature, key):
    return {"event_id": f"e{key}", "occurred_at": f"{day}T10:00", "account_id": f"a{number}", "feature_id": feature, "event_name": feature}


def company(**changed):
    accounts = [
        {"account_id": f"a{number}", "name": f"Account {number}", "segment": "smb" if number < 16 else "large", "plan": "pro",
         "created_at": "2024-06-01"}
        for number in range(ACCOUNTS)
    ]  # fmt: skip
    young = {"account_id": "new", "name": "New", "segment": "smb", "plan": "pro", "created_at": "2025-08-01"}
    tables = {
        "account": [*accounts, young],
        "event": [*events(), event("x", DAY, "search", "x") | {"account_id": "new"}],
        "feature": [
            {"feature_id": "maps", "name": "Maps", "released_at": "2025-09-01"},
            {"feature_id": "search", "name": "Search", "released_at": "2024-01-01"},
        ],
        "release": [
            {"release_id": "r1", "name": "Maps", "released_at": "2025-09-01", "feature_ids": "maps"},
            {"release_id": "r2", "name": "Small fixes", "released_at": "2025-09-10"},
            {"release_id": "r3", "name": "Late", "released_at": "2025-11-26", "feature_ids": "maps"},
            {"release_id": "r4", "name": "To come", "planned_at": "2026-01-10", "feature_ids": "maps"},
        ],
        "subscription_period": [],
        "ticket": [],
    }
    return Company(tables=tables, loaded_since="2025-01-01", loaded_until="2025-12-08", **changed)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    schedule = {"default": {"timezone": "UTC", "mon": [["09:00", "17:00"]], "holidays": [date(2025, 9, 15)]}}
    return warehouse.build(company(schedules=schedule), tmp_path_factory.mktemp("impact"))


@pytest.fixture(scope="module")
def layer(root):
    return metrics.open(workspace.load(root))


@pytest.fixture(scope="module")
def maps(layer):
    return impact(layer, "r1", notes=[Annotation(day=date(2025, 9, 20), text="A fair")])


def outcome(found, metric):
    return next(one for one in found.outcomes if one.metric == metric)


def test_a_release_that_doubled_the_use_of_its_adopters_is_said_to_be_consistent_with_it(maps):
    found = outcome(maps, "meaningful_events")

    # Twice as much as before, and one event of the new feature a week beside three of the old one: 133 % more.
    assert found.verdict.code == "consistent_with"
    assert found.estimate.low <= 4 / 3 <= found.estimate.high
    assert found.estimate.value == pytest.approx(4 / 3, abs=0.2)
    assert found.corrected < 0.001
    assert (found.adopters, found.others) == (16, 16)
    assert found.pretrend > 0.05


def test_the_event_study_lies_at_zero_before_and_above_it_after(maps):
    weeks = {week.place: week for week in outcome(maps, "meaningful_events").weeks}

    assert sorted(weeks) == list(range(-26, 12))
    assert weeks[0].day == DAY
    assert all(abs(weeks[place].found.value) < 0.3 for place in range(-26, 0))
    assert all(weeks[place].found.low > 0 for place in range(12))


def test_who_adopted_who_did_not_and_who_is_too_new(maps):
    assert {one.account_id for one in maps.adopters} == {f"a{number}" for number in range(0, ACCOUNTS, 2)}
    assert {one.account_id for one in maps.others} == {f"a{number}" for number in range(1, ACCOUNTS, 2)}
    assert (maps.eligible, maps.reached) == (ACCOUNTS + 1, 16)
    assert dict(maps.out) == {"inactive": 0, "young": 1}


def test_a_new_feature_has_no_before_and_what_is_not_loaded_says_so(maps):
    assert outcome(maps, "feature_events").verdict == Verdict("cannot_tell", "new_feature")
    assert outcome(maps, "tickets_created").verdict.code == "cannot_tell"
    assert outcome(maps, "tickets_created").verdict.reason in ("too_few_events", "not_loaded")


def test_activity_that_did_not_change_is_no_effect_and_tells_what_it_could_have_seen(maps):
    found = outcome(maps, "active_accounts")

    assert found.verdict.code == "no_detectable_effect"
    assert abs(found.estimate.value) < 0.01


def test_what_else_happened_is_listed(maps):
    told = {(one.kind, one.day, one.name) for one in maps.happenings}

    assert ("release", date(2025, 9, 10), "Small fixes") in told
    assert ("same_feature", date(2025, 11, 26), "Late") not in told
    assert ("annotation", date(2025, 9, 20), "A fair") in told
    assert ("holiday", date(2025, 9, 15), "") in told


def test_a_release_without_a_feature_gets_no_credit_for_what_another_one_did(layer):
    found = outcome(impact(layer, "Small fixes"), "meaningful_events")

    assert found.design == "before_after"
    assert found.verdict.reason in ("coinciding", "placebo", "too_noisy", "")
    assert found.verdict.code != "consistent_with"


def test_it_is_too_early_until_four_weeks_after_those_in_which_a_release_is_taken_up(layer):
    found = outcome(impact(layer, "r3"), "meaningful_events")

    assert found.verdict == Verdict("cannot_tell", "too_early", date(2025, 12, 1) + timedelta(weeks=8))


def test_the_review_of_a_launch_says_so_too_and_keeps_it(layer, maps):
    template = shelf(layer.workspace, layer.metrics).named("launch")
    then = review(layer, template, release="maps", week_ending=date(2025, 9, 30))
    frozen = Review.from_json(then.to_json())
    (told,) = [part.effects for part in frozen.sections if part.kind == "impact"]
    uses = next(one for one in told.outcomes if one.metric == "meaningful_events")

    assert (uses.verdict, uses.area, uses.scale) == ("consistent_with", "adoption", "ratio")
    assert uses.low <= 4 / 3 <= uses.high
    assert [(one.metric, one.verdict) for one in told.outcomes] == [(one.metric, one.verdict.code) for one in maps.outcomes]
    assert frozen == then


def test_the_review_of_a_young_launch_says_from_when_it_can_be_told(layer):
    made = review(layer, shelf(layer.workspace, layer.metrics).named("launch"), release="Late")
    (told,) = [part.effects for part in made.sections if part.kind == "impact"]
    activity = next(one for one in told.outcomes if one.metric == "active_accounts")

    # Out on a Wednesday: from the Monday after, four weeks in which it is taken up and four that count.
    assert (activity.verdict, activity.reason, activity.day) == ("cannot_tell", "too_early", date(2025, 12, 1) + timedelta(weeks=8))
    assert {one.value for one in told.outcomes} == {None}


def test_a_release_is_found_by_id_or_name_or_made_by_hand(layer):
    assert find(layer, "maps") == find(layer, "r1")
    with pytest.raises(Problem, match="Did you mean Maps"):
        find(layer, "Mapps")
    with pytest.raises(Problem, match="has not been shipped"):
        impact(layer, "r4")
    with pytest.raises(Problem, match='unknown feature "mapps"'):
        by_hand(layer, DAY, ["mapps"])
    mine = impact(layer, by_hand(layer, DAY, ["maps"]), outcomes=["meaningful_events"])
    assert mine.outcomes[0].estimate == impact(layer, "r1").outcomes[2].estimate


def test_another_release_of_the_same_feature_takes_the_effect_from_this_one(layer):
    # Made by hand for the day on which a source tells of another release of the same feature.
    found = impact(layer, by_hand(layer, DAY, ["maps"]), outcomes=["meaningful_events"]).outcomes[0]

    assert found.verdict == Verdict("cannot_tell", "coinciding", DAY, "Maps")
    assert found.estimate.p < 0.001


def test_a_day_that_is_still_to_come_is_refused(layer):
    with pytest.raises(Problem, match="is still to come"):
        by_hand(layer, date.today() + timedelta(days=3), ["maps"])


def test_an_outcome_or_a_window_that_does_not_exist_is_refused(layer):
    with pytest.raises(Problem, match="unknown metric"):
        impact(layer, "r1", outcomes=["meaningful_event"])
    with pytest.raises(Problem, match="window of 2 weeks"):
        impact(layer, "r1", window=2)


def test_ten_outcomes_need_a_p_ten_times_smaller():
    def one(p):
        return Outcome("adoption", "m", "before_after", Verdict("no_detectable_effect"), estimate=Estimate(0.1, 0.05, 30, 0.01, 0.2, p))

    alone = corrected([one(0.02)])
    among = corrected([one(0.02), *(one(0.5) for _ in range(9))])

    assert (alone[0].corrected, alone[0].verdict.code) == (0.02, "consistent_with")
    assert (among[0].corrected, among[0].verdict.code) == (pytest.approx(0.2), "no_detectable_effect")


def test_the_command_line_tells_the_same_as_json_and_in_words(root, monkeypatch, capsys):
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(root))

    assert main(["impact", "r1", "--outcome", "meaningful_events", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcomes"][0]["verdict"] == {"code": "consistent_with", "reason": None, "day": None, "name": None}
    assert told["reach"]["reached"] == 16
    assert len(told["outcomes"][0]["weeks"]) == 38

    assert main(["impact", "r1", "--outcome", "meaningful_events"]) == 0
    assert "consistent with +1" in capsys.readouterr().out
    assert main(["impact"]) == 0
    assert "Small fixes" in capsys.readouterr().out
    assert main(["impact", "nothing"]) == 2
    assert "unknown release" in capsys.readouterr().err


def test_a_plain_table_gives_both_textbook_estimators(tmp_path, capsys):
    table = tmp_path / "stores.csv"
    table.write_text("unit,treated,before,after\na,1,10,12\nb,1,14,15\nc,1,,20\nd,0,8,7\ne,0,9,9\nf,0,11,\n", encoding="utf-8")

    assert main(["impact", "--values", str(table), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    # Means: treated (10 + 14) / 2 to (12 + 15 + 20) / 3, control (8 + 9 + 11) / 3 to (7 + 9) / 2; changes 2, 1 against −1, 0.
    assert told["waves"]["value"] == pytest.approx((47 / 3 - 12) - (8 - 28 / 3))
    assert told["units"]["value"] == pytest.approx(1.5 - -0.5)
    assert told["units"]["se"] == pytest.approx((0.25 + 0.25) ** 0.5)

    table.write_text("unit,treated,before,after\na,yes,10,12\n", encoding="utf-8")
    assert main(["impact", "--values", str(table)]) == 2
    assert "stores.csv:2" in capsys.readouterr().err
