"""Templates of reviews: the built-in ones can be used, a company's own go over them, and what is wrong is told with its place."""

import json

import pytest

from data import workspace as workspaces
from data import yaml_file
from data.errors import Problem
from metrics import __main__ as command
from metrics import load
from metrics.insight.review import templates as review_templates


def read(text):
    told = yaml_file.parse(text, "reviews/own.yml")
    return review_templates.read(next(iter(told)), told, load.catalogue())


def shelf(root):
    return review_templates.shelf(workspaces.load(root), load.catalogue())


def test_the_built_in_reviews_cover_week_month_quarter_and_launch(tmp_path):
    found = shelf(tmp_path)

    assert found.problems == ()
    assert {name: one.cadence for name, one in found.kept.items()} == {
        "weekly": "week", "monthly": "month", "quarterly": "quarter", "launch": "release",
    }  # fmt: skip
    for one in found.kept.values():
        kinds = [part.kind for part in one.sections]
        assert {"exceptions", "actions", "comments", "releases"} <= set(kinds)


def test_a_template_of_the_company_goes_over_the_built_in_one(tmp_path):
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "own.yml").write_text(
        "weekly: {label: Ours, sections: [{kind: releases}]}\nboard: {sections: [{kind: actions}]}\n"
    )
    found = shelf(tmp_path)

    assert found.named("weekly").label == "Ours"
    assert found.named("board").label == "Board"
    assert "monthly" in found.kept


def test_a_wrong_template_takes_no_other_away_and_is_not_replaced_in_silence(tmp_path):
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "own.yml").write_text("weekly:\n  sections:\n    - {kind: numbers, metrics: [mrrr]}\n")
    found = shelf(tmp_path)

    assert sorted(found.kept) == ["launch", "monthly", "quarterly"]
    with pytest.raises(Problem) as refused:
        found.named("weekly")
    assert str(refused.value).startswith('reviews/own.yml:3:32 weekly: unknown metric "mrrr". Did you mean mrr')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: {}", "own.yml:1 a: sections must be a list"),
        ("a: {cadense: week}", 'unknown key "cadense". Did you mean cadence or audience?'),
        ("a: {cadence: weekly, sections: [{kind: text, text: b}]}", 'there is no cadence "weekly". Did you mean week?'),
        ("a: {sections: [{title: b}]}", "a: kind is missing"),
        ("a: {sections: [{kind: charts}]}", 'there is no kind "charts"'),
        ("a: {sections: [{kind: six_twelve}]}", "a section of six_twelve needs metrics"),
        ("a: {sections: [{kind: releases, metrics: [mrr]}]}", "a section of releases takes no metrics"),
        ("a: {sections: [{kind: numbers, metrics: [mrr], by: [account.plan]}]}", "takes no by"),
        ("a: {sections: [{kind: impact}]}", "own.yml:1:23 a: a section of impact is about one release"),
        ("a: {sections: [{kind: text}]}", "a section of text needs a text"),
        ("a: {sections: [{kind: numbers, metrics: [user_retention]}]}", "has rows of its own (retention)"),
        ("a: {sections: [{kind: releases, most: 0}]}", "most is a whole number from 1 to 100"),
        ("a: {label: 5, sections: [{kind: releases}]}", "a: label must be a text"),
        (
            "a: {sections: [{kind: drivers, metrics: [mrr], by: [account.plann]}]}",
            'no dimension "account.plann". Did you mean account.plan',
        ),
        ("a: {sections: [{kind: releases, title: A}, {kind: actions, title: A}]}", 'a: two sections are called "A"'),
        ("a: {sections: [{kind: numbers, metrics: [mrr]}, {kind: numbers, metrics: [csat]}]}", 'two sections are called "Numbers"'),
        ("Big: {sections: []}", '"Big" must be a name of small letters'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, said):
    with pytest.raises(Problem) as refused:
        read(text)

    assert said in str(refused.value)
    assert str(refused.value).startswith("reviews/own.yml:1")


def test_a_score_has_one_number_a_period():
    assert read("a: {sections: [{kind: numbers, metrics: [nps]}]}").metrics == ("nps",)


def test_validate_checks_templates_too(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "own.yml").write_text("a:\n  sections: [{kind: numbers, metrics: [mrrr]}]\n")

    assert command.main(["validate", "--json"]) == 1
    (found,) = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["level"] == "error"]
    assert (found["file"], found["line"], found["field"]) == ("reviews/own.yml", 2, "metrics")
    assert "mrr" in found["remedy"]
