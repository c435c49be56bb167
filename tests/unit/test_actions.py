"""Recommendations: their numbers against sums done by hand on the planted company, their order, who stands for whom."""

import random
from datetime import date

import pytest

from data.workspace import Workspace
from metrics import load
from metrics.insight import actions
from metrics.insight.actions import asking, playbooks
from metrics.insight.actions.confidence import Confidence
from metrics.insight.actions.told import plain, sentence, to_dict
from tests.planted import UNTIL, ago
from tests.troubles import PLANTED, quiet, tickets

CATALOGUE = load.catalogue()


@pytest.fixture(scope="module")
def known():
    return playbooks.load(Workspace(playbooks.BUILT_IN / "none"), CATALOGUE)


@pytest.fixture(scope="module")
def troubled(health):
    """A company with four troubles in it."""
    with health.planted(
        quiet("account_id = 'c06'", keep=8),
        quiet("account_id = 'c04'"),
        *PLANTED["tickets_on_one_feature"][0],
        *PLANTED["ideas_of_the_revenue"][0],
    ) as layer:
        yield layer


def one(layer, known, name):
    (found,) = actions.actions(layer, [known[name]])
    return found


def test_the_evidence_of_accounts_is_what_can_be_counted_by_hand(troubled, known):
    """c06 did 8 things, where three people did three things a week for four weeks; it pays 100."""
    found = one(troubled, known, "use_falls")
    values = {name: each.value for name, each in found.values.items()}

    assert found.accounts == ("c06",)
    assert (values["uses"], values["before"], values["pays"], values["accounts"], values["money"]) == (8, 3 * 3 * 4, 100, 1, 100)
    assert (found.prize.accounts, found.prize.money, found.prize.kind) == (1, 100, "at risk")
    assert found.values["before"].since == ago(56)
    assert found.values["before"].until == ago(28)
    assert sentence(found, found.playbook.action, plain).endswith("They had 8 meaningful events in four weeks, 36 in the four before.")


def test_the_margin_and_the_confidence_follow_from_these_numbers(troubled, known):
    """8 lies below half of 36 by (18 - 8) / 18; the customer pays, and 36 is far above 20: (36 - 20) / 36 is the least."""
    sure = one(troubled, known, "use_falls").confidence

    assert sure.margin == pytest.approx((36 - 20) / 36)
    assert (sure.n, sure.needed, sure.checks, sure.quiet) == (1, 1, 2, 2)
    assert (sure.level, sure.weakest) == ("medium", "n")


def test_the_evidence_of_a_member_names_it_and_the_whole(troubled, known):
    """56 tickets about the import beside the 8 that came anyway, of 24 that are usual; adopted by a third of all pairs."""
    found = one(troubled, known, "tickets_on_one_feature")
    values = {name: each.value for name, each in found.values.items()}

    assert (found.members, found.named, found.owner) == ((("feature_id", "import"),), ("Import",), "ines")
    assert (values["tickets"], values["all_tickets"], values["before"]) == (8 + 56, 24 + 56, 8)
    assert values["share"] == pytest.approx(64 / 80)
    assert values["used"] == pytest.approx(1 / 3, abs=0.02)
    assert found.values["tickets"].members == (("feature_id", "import"),)
    assert found.values["all_tickets"].members == ()
    assert [check.speaks for check in found.against] == [False, False]


def test_the_accounts_of_a_member_are_those_that_pay_most_first(troubled, known):
    """Eight customers gave an idea about alerts that waits; each pays 100 of the company's 2,400."""
    found = one(troubled, known, "ideas_of_the_revenue")

    assert found.id == "ideas_of_the_revenue:alerts"
    assert found.accounts == tuple(f"c{place:02}" for place in range(2, 24, 3))
    assert found.prize.money == 800


def test_worth_is_ranked_by_money_then_accounts_and_does_not_depend_on_the_order_of_playbooks(troubled, known):
    every = list(known.values())
    first = actions.actions(troubled, every)
    random.Random(7).shuffle(every)

    assert [to_dict(each) for each in actions.actions(troubled, every)] == [to_dict(each) for each in first]
    order = [(-(each.prize.money or 0), -(each.prize.accounts or 0), each.id) for each in first]
    assert order == sorted(order)


def test_as_of_an_earlier_day_only_what_was_known_then_counts(troubled, known):
    assert actions.actions(troubled, [known["use_falls"]], ago(28)) == []
    assert actions.actions(troubled, [known["use_falls"]], date(2027, 1, 1))[0].until == UNTIL


def test_one_cause_is_told_once(health, known):
    """All 24 export events of 20 customers end: adopters fall, and the feature is dropped; that is one thing."""
    with health.planted(*(text.replace("import", "export") for text in PLANTED["tried_and_dropped"][0])) as layer:
        found = [each for each in actions.actions(layer, known.values()) if each.playbook.cause == "feature_left"]

    assert [(each.members, [other.members for other in each.also]) for each in found] == [
        ((("feature_id", "export"),), [(("feature_id", "export"),)])
    ]
    assert {found[0].playbook.name, found[0].also[0].playbook.name} == {"adopters_fall", "tried_and_dropped"}


def test_different_causes_about_one_feature_know_of_each_other(health, known):
    planted = [*PLANTED["tried_and_dropped"][0], *PLANTED["tickets_on_one_feature"][0]]
    with health.planted(*planted) as layer:
        found = {each.id: each for each in actions.actions(layer, known.values())}

    assert "tickets_on_one_feature:import" in next(each for key, each in found.items() if each.playbook.cause == "feature_left").related


def test_what_is_worth_too_little_is_not_told(health, known):
    """Two of twenty-four customers that ask far more than others are too few for a playbook that asks for three."""
    with health.planted(tickets(12, "c10"), tickets(12, "c11")) as layer:
        assert actions.actions(layer, [known["many_tickets"]]) == []


def test_what_nothing_is_loaded_for_is_said_to_be_so(health, known):
    with health.planted("DELETE FROM freshness WHERE table_name = 'work_item'") as layer:
        found = actions.found(layer, known.values())

    assert tuple(sorted(found.unloaded)) == ("bugs_crowd_out", "objective_slips", "releases_late", "work_ages", "work_off_objectives")


def test_a_company_without_revenue_gets_recommendations_all_the_same(health, known):
    """Eight customers ask about the import anyway, and seven because of the trouble, of whom three are among the eight."""
    gone = ("DELETE FROM subscription_period", "DELETE FROM freshness WHERE table_name = 'subscription_period'")
    with health.planted(*PLANTED["tickets_on_one_feature"][0], *gone) as layer:
        found = one(layer, known, "tickets_on_one_feature")

    assert (found.prize.money, found.prize.accounts) == (None, 8 + 7 - 3)


@pytest.mark.parametrize(
    ("n", "needed", "margin", "against", "level", "weakest"),
    [
        (40, 20, 0.2, [False, False], "high", "n"),
        (39, 20, 0.2, [False, False], "medium", "n"),
        (20, 20, 0.5, [False, False], "medium", "n"),
        (99, 20, 0.1, [False, False], "medium", "margin"),
        (99, 20, 0.09, [False, False], "low", "margin"),
        (99, 20, 0.5, [False, True], "medium", "checks"),
        (99, 20, 0.5, [True, True], "low", "checks"),
        (99, 20, 0.5, [False, None], "high", "checks"),
        (99, 20, 0.5, [], "medium", "checks"),
    ],
)
def test_the_weakest_part_decides_how_sure_it_is(n, needed, margin, against, level, weakest):
    sure = Confidence.of(n, needed, margin, against)

    assert (sure.level, sure.weakest) == (level, weakest)


def test_the_slope_is_the_middle_of_all_slopes():
    """Theil and Sen: 10, 12, 14, 90, 18 rise by 2 a period whatever the fourth says; the median is 14."""
    assert asking.slope([10, 12, 14, 90, 18]) == pytest.approx(2 / 14)
    assert asking.slope([1, 2, 3]) is None
    assert asking.slope([0, 0, 0, 5]) is None
