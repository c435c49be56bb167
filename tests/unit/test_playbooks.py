"""Playbooks as they are written: what is read, what is refused and where, and how a company's own go over the built-in ones."""

import pytest

from data.errors import Problem
from data.workspace import Workspace
from metrics import load
from metrics.insight.actions import playbooks
from metrics.insight.actions.playbook import Against, Expect, Number, Worth

CATALOGUE = load.catalogue()
WRITTEN = """
quiet_plans:
  label: A plan goes quiet
  description: Fewer accounts of a plan use the product.
  team: product
  each: account.plan
  numbers:
    active: active_accounts
    before: {metric: active_accounts, ago: 4 weeks, where: "account.region = 'north'"}
    slope: {metric: active_accounts, trend: 8 weeks}
    share: {formula: active / before, format: percent, label: What is left}
  when: active < 0.8 * before and slope < 0
  n: before
  at_least: 5
  worth: {accounts: 2, mrr_share: 0.05}
  action: Ask {member} what happened; {share} are left.
  expect: {metric: active_accounts, change: +10 %, within: 6 weeks}
  against: [{when: before > 100, says: "It was large ({before})."}]
"""


def own(tmp_path, text, name="own.yml"):
    (tmp_path / "playbooks").mkdir(exist_ok=True)
    (tmp_path / "playbooks" / name).write_text(text, encoding="utf-8")
    return Workspace(tmp_path)


def test_a_playbook_is_read_as_it_is_written(tmp_path):
    one = playbooks.load(own(tmp_path, WRITTEN), CATALOGUE)["quiet_plans"]

    assert (one.each, one.n, one.at_least, one.worth) == (("account.plan",), "before", 5, Worth(2, 0.05))
    assert one.numbers[:3] == (
        Number("active", metric="active_accounts"),
        Number("before", metric="active_accounts", ago=28, where="account.region = 'north'"),
        Number("slope", metric="active_accounts", trend=8),
    )
    assert one.expect == Expect("active_accounts", 10.0, "%", 42, 28)
    assert one.against == (Against("before > 100", "It was large ({before})."),)
    assert (one.file, one.line) == ("playbooks/own.yml", 2)


@pytest.mark.parametrize(
    ("change", "was", "target"), [("+10 %", 50, 55), ("-30 %", 50, 35), ("+5 points", 0.2, 0.25), ("-3", 50, 47), (0.5, 2, 2.5)]
)
def test_what_is_expected_follows_from_what_it_was(change, was, target, tmp_path):
    text = WRITTEN.replace("change: +10 %", f"change: {change}" if isinstance(change, float) else f'change: "{change}"')
    expect = playbooks.load(own(tmp_path, text), CATALOGUE)["quiet_plans"].expect

    assert expect.target(was) == pytest.approx(target)


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "said"),
    [
        ("team: product", "team: legal", 5, "team", "team is one of"),
        ("team: product", "tem: product", 5, "tem", 'unknown key "tem"'),
        ("  team: product\n", "", 3, "team", "team is missing"),
        ("active: active_accounts\n", "active: active_acounts\n", 8, "active", 'unknown metric "active_acounts"'),
        ("account.region = 'north'", "account.regon = 'north'", 9, "where", 'unknown column "account.regon"'),
        ("each: account.plan", "each: account.plam", 8, "active", "cannot be split by account.plam"),
        ("active / before", "activ / before", 11, "formula", 'there is no number "activ"'),
        ("trend: 8 weeks", "trend: eight weeks", 10, "trend", "trend is a stretch"),
        ("active < 0.8", "aktive < 0.8", 12, "when", 'there is no number "aktive"'),
        ("n: before", "n: before > 1", 13, "n", "is true or false"),
        ("at_least: 5", "at_least: 0", 14, "at_least", "a whole number from 1"),
        ("mrr_share: 0.05", "mrr_share: 5", 15, "mrr_share", "a share from 0 to 1"),
        ("{share} are", "{shares} are", 16, "action", 'there is no number "shares"'),
        ("{share} are", "{share are", 16, "action", "is not closed"),
        ("change: +10 %", "change: ten", 17, "change", "a change is written as"),
        ("metric: active_accounts, change", "metric: activ_accounts, change", 17, "metric", 'unknown metric "activ_accounts"'),
        ("metric: active_accounts, change", "metric: account_retention, change", 17, "metric", "one number is measured"),
        ("within: 6 weeks", "within: 3 weeks", 17, "within", "still looks at days before the decision"),
        ("when: before > 100", "when: befor > 100", 18, "when", 'there is no number "befor"'),
        ("({before})", "({befor})", 18, "says", 'there is no number "befor"'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(before, after, line, field, said, tmp_path):
    assert before in WRITTEN
    with pytest.raises(Problem) as refused:
        playbooks.load(own(tmp_path, WRITTEN.replace(before, after)), CATALOGUE)

    assert (refused.value.file, refused.value.line, refused.value.field) == ("playbooks/own.yml", line, field)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("{metric: use_to_feature_funnel}", "say which of its cells"),
        ("{metric: mrr, show: entered}", "no cells to show"),
        ("{metric: mrr, of: account}", "only a number of accounts is of an account"),
        ("{metric: releases_count}", "cannot be split by account.plan"),
        ("{metric: mrr, formula: active}", "a metric's name, or a mapping with metric or formula"),
        ("{formula: share * 2}", 'there is no number "share"'),
    ],
)
def test_a_number_that_cannot_be_is_refused(number, said, tmp_path):
    text = WRITTEN.replace("    active: active_accounts\n", f"    wrong: {number}\n    active: active_accounts\n")
    with pytest.raises(Problem) as refused:
        playbooks.load(own(tmp_path, text), CATALOGUE)

    assert said in refused.value.message


def test_a_playbook_of_the_same_name_replaces_the_built_in_one(tmp_path):
    text = WRITTEN.replace("quiet_plans:", "use_falls:")
    known = playbooks.load(own(tmp_path, text), CATALOGUE)

    assert known["use_falls"].label == "A plan goes quiet"
    assert len(known) == len(playbooks.load(Workspace(tmp_path / "none"), CATALOGUE))


def test_one_name_in_two_of_the_companys_files_is_refused(tmp_path):
    own(tmp_path, WRITTEN, "more.yml")
    with pytest.raises(Problem) as refused:
        playbooks.load(own(tmp_path, WRITTEN), CATALOGUE)

    assert '"quiet_plans" is in playbooks/more.yml too' in refused.value.message


def test_everything_that_is_wrong_is_listed_and_what_is_left_unsaid_is_a_warning(tmp_path):
    text = WRITTEN.replace("team: product", "team: legal") + WRITTEN.replace("quiet_plans", "other").replace(
        '  against: [{when: before > 100, says: "It was large ({before})."}]\n', ""
    ).replace("slope < 0", "active > 0")
    found = playbooks.findings(own(tmp_path, text), CATALOGUE)

    assert [(one.level, one.problem.line) for one in found] == [("error", 5), ("warning", 21), ("warning", 25)]
    assert [one.problem.message for one in found[1:]] == [
        "other looks for nothing that speaks against it",
        'other: nothing speaks of "slope"',
    ]


def test_a_file_that_is_no_yaml_is_a_finding(tmp_path):
    found = playbooks.findings(own(tmp_path, "a: [1"), CATALOGUE)

    assert [(one.level, one.problem.file) for one in found] == [("error", "playbooks/own.yml")]
    assert playbooks.unsaved("- a list", "playbooks/own.yml", CATALOGUE)[0].level == "error"


def test_unsaved_playbooks_go_over_the_saved_ones():
    saved = playbooks.load(Workspace(playbooks.BUILT_IN / "none"), CATALOGUE)

    assert "quiet_plans" in playbooks.over(saved, WRITTEN, "playbooks/own.yml", CATALOGUE)
    assert "quiet_plans" not in saved
