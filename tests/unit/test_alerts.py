"""What an alert rule finds: in whole periods only, with enough cases behind, in the direction that matters; tried on history."""

from collections import Counter
from datetime import date, timedelta

import pytest

from metrics.insight import alerts
from metrics.insight.alerts import cases
from metrics.insight.alerts import rule as alert_rule
from metrics.insight.alerts.outcomes import Case, Found, outcome, rested
from metrics.insight.alerts.rule import Condition
from tests.alerting import OLD, desk, tables, week

CHANGE = Condition("change", share=0.25, floor=20, min_n=30)
UP = frozenset(("up",))
#: Tickets a week: one account of each segment swings, the others stand still; the last week is not loaded whole.
COUNTS = {
    "e1": [40, 60, 60, 30, 90, 90, 45, 90, 90, 20],
    "e2": [10, 12, 10, 40, 10, 11, 10, 12, 10, 3],
    "s1": [20, 20, 26, 20, 20, 0, 20, 20, 45, 9],
    "s2": [5, 5, 5, 5, 5, 5, 5, 5, 5, 1],
}


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    metrics = {"reply": {"average": "first_response_minutes", "in": "tickets", "good": "down"},
               "share": {"ratio": "big", "to": "tickets_created", "format": "percent", "good": "down"},
               "big": {"count": "*", "in": "tickets", "where": "account_id = 'e1'", "good": "down"}}  # fmt: skip
    # Loaded to the Wednesday of the tenth week: that week is not over.
    return desk(tmp_path_factory.mktemp("desk"), COUNTS, until=(week(9) + timedelta(days=2)).isoformat(), metrics=metrics)


def rule(told):
    return next(iter(alert_rule.parse(f"one:\n  tell: ops\n  {OLD}\n" + "".join(f"  {line}\n" for line in told), "x.yml").values()))


def fired(judged):
    return [(one.case.period, one.case.label, one.code, one.case.value, one.case.before) for one in judged.fired]


@pytest.mark.parametrize(
    ("value", "before", "n", "code"),
    [
        (125, 100, 125, "rose"),  # exactly a quarter more
        (124.9, 100, 125, "slight"),
        (75, 100, 100, "other_way"),
        (20, 0, 30, "rose"),  # from nothing any change is large, and the floor decides
        (19, 0, 30, "slight"),
        (60, 30, 29, "few"),
        (60, 30, 30, "rose"),
        (0, 0, 99, "slight"),
        (None, 30, 99, "unknown"),
        (30, None, 99, "unknown"),
        (60, 30, None, "few"),
        (-75, -100, 99, "rose"),  # less of a loss: the change is held against the size of what was
    ],
)
def test_a_change_needs_its_share_its_floor_and_enough_cases(value, before, n, code):
    assert outcome(Case(week(0), "", "", value, before, n), CHANGE, UP) == code


@pytest.mark.parametrize(
    ("kind", "value", "code"), [("above", 5.1, "above"), ("above", 5, "slight"), ("below", 4.9, "below"), ("below", 5, "slight")]
)
def test_a_limit_itself_does_not_fire(kind, value, code):
    assert outcome(Case(week(0), "", "", value, None, 99, 5.0), Condition(kind, limit=5.0), UP) == code


def test_a_member_that_fired_rests():
    hits = [
        Found(Case(week(place), who, who, 9.0, 1.0, 99.0), "rose") for place in range(5) for who in ("a", "b") if (place, who) != (0, "b")
    ]
    kept = rested(hits, timedelta(weeks=2))

    assert Counter(one.case.member for one in kept) == {"a": 3, "b": 2}
    assert [one.case.period for one in kept if one.case.member == "b"] == [week(1), week(3)]
    assert [one.case.period for one in rested(hits, timedelta(weeks=2), {"a": week(0), "b": week(4)}) if one.case.member == "a"] == [
        week(0), week(2), week(4),
    ]  # fmt: skip


def test_only_the_last_whole_period_is_judged(layer):
    judged = alerts.judge(layer, rule(["metric: tickets_created", "when: {changes_by: 5%, at_least: 1, min_n: 1}", "direction: both"]))

    assert judged.trouble is None
    assert judged.periods == (week(8),)
    assert fired(judged) == [(week(8), "", "rose", 150.0, 127.0)]


def test_periods_that_were_missed_are_caught_up_with(layer):
    one = rule(["metric: tickets_created", "when: {above: 1}"])

    assert alerts.judge(layer, one, reached=week(6)).periods == (week(7), week(8))
    assert alerts.judge(layer, one, reached=week(2)).periods == (week(7), week(8))  # no storm after a long silence
    assert alerts.judge(layer, one, reached=week(8)).periods == (week(8),)  # again: late rows may have come


def test_each_member_is_judged_in_the_bad_direction(layer):
    told = ["metric: tickets_created", "when: {changes_by: 25%, at_least: 10, min_n: 20}", "by: account.segment"]

    assert fired(alerts.judge(layer, rule(told))) == [(week(8), "smb", "rose", 50.0, 25.0)]
    assert fired(alerts.judge(layer, rule([*told, "direction: better"]))) == []


def test_an_account_is_named(layer):
    judged = alerts.judge(layer, rule(["metric: tickets_created", "when: {above: 40, min_n: 1}", "by: account_id"]))

    assert [(one.case.member, one.case.label) for one in judged.fired] == [("e1", "E1"), ("s1", "S1")]


@pytest.mark.parametrize(
    ("told", "share", "floor", "least"),
    [(["changes_by: 25%, at_least: 15, min_n: 30"], 0.25, 15, 30), (["changes_by: 1%, at_least: 1, min_n: 1"], 0.01, 1, 1)],
)
@pytest.mark.parametrize("by", ["account.segment", "account_id", None])
def test_history_says_what_a_plain_calculation_says(layer, told, share, floor, least, by):
    """Counted from the rows themselves: tickets by the Monday of their week, held against the week before."""
    key = {"account.segment": lambda account: {"e": "enterprise", "s": "smb"}[account[0]], "account_id": str, None: lambda _: ""}[by]
    sums = Counter()
    for ticket in tables(COUNTS)["ticket"]:
        day = date.fromisoformat(ticket["created_at"][:10])
        sums[key(ticket["account_id"]), day - timedelta(days=day.weekday())] += 1
    expected = set()
    for member in {who for who, _week in sums}:
        for place in range(1, 9):
            now, was = sums[member, week(place)], sums[member, week(place - 1)]
            if max(now, was) >= least and now - was >= floor and (now - was) >= share * was:
                expected.add((week(place), member, now, was))

    tried = alerts.backtest(layer, rule(["metric: tickets_created", f"when: {{{told[0]}}}", *([f"by: {by}"] if by else [])]))

    assert {(one.case.period, one.case.member, one.case.value, one.case.before) for one in tried.fired} == expected
    assert expected
    assert tried.periods[-1] == week(8)


def test_history_and_a_run_agree(layer):
    one = rule(["metric: tickets_created", "when: {changes_by: 25%, at_least: 10, min_n: 20}", "by: account.segment"])
    last = [hit for hit in fired(alerts.backtest(layer, one)) if hit[0] == week(8)]

    assert last == fired(alerts.judge(layer, one))


def test_what_rests_is_left_out_of_history(layer):
    one = ["metric: tickets_created", "when: {above: 30, min_n: 1}", "by: account_id"]
    every, some = (alerts.backtest(layer, rule([*one, *more])) for more in ([], ["snooze: 3 weeks"]))

    assert [period for period, label, *_ in sorted(fired(every)) if label == "E1"] == [week(place) for place in (0, 1, 2, 4, 5, 6, 7, 8)]
    assert [period for period, label, *_ in sorted(fired(some)) if label == "E1"] == [week(place) for place in (0, 4, 7)]


def test_a_mean_needs_cases_on_both_sides(layer):
    """s1 has no ticket in one week: of a mean nothing can be said, of a number everything."""
    mean = alerts.backtest(
        layer, rule(["metric: reply", "when: {changes_by: 1%, at_least: 0.1, min_n: 20}", "by: account_id", "direction: both"])
    )
    told = {(one.case.member, one.case.period): (one.code, one.case.n) for one in mean.found}

    assert told["s1", week(4)] == ("slight", 20.0)
    assert told["s1", week(2)] == ("rose", 20.0)
    assert told["s1", week(5)][0] == "unknown"
    assert told["e2", week(3)] == ("few", 10.0)


def test_the_cases_of_a_share_are_those_below_the_line(layer):
    known = layer.metrics

    assert list(cases.behind(known["share"], known)) == ["tickets_created"]
    judged = alerts.judge(layer, rule(["metric: share", "when: {above: 50%, min_n: 150}"]))
    assert [(one.case.n, one.case.value) for one in judged.fired] == [(150.0, 0.6)]
    assert alerts.judge(layer, rule(["metric: share", "when: {above: 50%, min_n: 151}"])).found[0].code == "few"


def test_a_target_is_of_its_period(layer):
    below = rule(["metric: reply", "when: {above: target, min_n: 1}"])
    total = rule(["metric: tickets_created", "when: {above: target}"])

    assert alerts.judge(layer, below, {"2026": 20.0}).fired[0].case.limit == 20.0
    assert alerts.judge(layer, below).trouble.code == "target"
    assert alerts.judge(layer, total, {"2026-Q1": 100.0}).trouble.code == "target"  # a quarter's number says nothing of a week
    assert alerts.judge(layer, total, {"2026-Q1": 100.0, "2026-W10": 140.0}).fired[0].case.limit == 140.0


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        (["metric: gone", "when: {above: 1}"], "definition", 'unknown metric "gone"'),
        (["metric: tickets_created", "when: {above: 1}", "where: nothing = 3"], "definition", "nothing"),
        (["metric: tickets_created", "when: {above: 1}", "by: account.nothing"], "definition", "nothing"),
        (["metric: mrr_bridge", "when: {above: 1}"], "definition", "several numbers"),
        (["metric: mrr", "when: {above: 1}"], "data", "nothing is loaded"),
        (["metric: tickets_created", "grain: quarter", "when: {above: 1}"], "data", "no whole period"),
    ],
)
def test_what_cannot_be_judged_is_trouble_and_never_silence(layer, told, code, said):
    trouble = alerts.judge(layer, rule(told)).trouble

    assert (trouble.code, said in trouble.said) == (code, True)


def test_stale_data_do_not_fire(layer):
    one = alert_rule.parse("one: {metric: tickets_created, when: {above: 1}, tell: ops, stale_after: 2 days}", "x.yml")["one"]
    judged = alerts.judge(layer, one)

    assert (judged.trouble.code, judged.fired) == ("stale", ())
    assert "2026-03-11" in judged.trouble.said


def test_a_signal_is_told_once_in_the_first_period_that_shows_it(tmp_path):
    """Sixty ordinary weeks, then a level that is higher by more than half and stays: one alert, at the change."""
    ordinary = [20, 23, 18, 21, 17, 22, 19, 24, 16, 20, 22, 18] * 5
    layer = desk(tmp_path, {"e1": [*ordinary, *(count + 12 for count in ordinary[:8])]}, until=week(68).isoformat())
    one = rule(["metric: tickets_created", "when: {signal: true}"])
    tried = alerts.backtest(layer, one)

    assert [(hit.case.period, hit.code) for hit in tried.fired] == [(week(60), "signal")]
    assert tried.fired[0].case.value == 32.0
    assert 18 <= tried.fired[0].case.before <= 22
    assert alerts.judge(layer, one).fired == ()  # it is a signal still, and was told
    assert alerts.backtest(layer, rule(["metric: tickets_created", "when: {signal: true}", "direction: better"])).fired == ()
