"""A key that no file of a workspace knows is told with file, line, what it stands in, and what it may have meant."""

import pytest

from data import channels, workspace
from data.errors import Problem
from metrics.insight.alerts import rule
from metrics.insight.priorities import frameworks
from metrics.insight.review import templates
from metrics.load import catalogue

RULE = "more: {metric: tickets_created, when: {%s: 500, %s: 30}, tell: [ops]}"


def alerts(space):
    _, (broken,) = rule.read_all(space)
    raise broken.problem


def definitions(space):
    catalogue(space.root / "metrics")


def framework(space):
    raise frameworks.shelf(space).problems[0]


def review(space):
    raise templates.shelf(space, catalogue()).problems[0]


@pytest.mark.parametrize(
    ("file", "text", "read", "said"),
    [
        ("sources.yml", "compny: {}", channels.read, 'sources.yml:1:1 unknown key "compny". Did you mean company?'),
        ("sources.yml", "company:\n  nam: Acme", channels.read, 'sources.yml:2:3 company: unknown key "nam". Did you mean name?'),
        ("features.yml", "features:\n  a: {are: x}", channels.read, 'feature a: unknown key "are". Did you mean area?'),
        (
            "metrics/own.yml",
            "n: {count: '*', in: events, lable: N}",
            definitions,
            'own.yml:1:29 n: unknown key "lable". Did you mean label?',
        ),
        ("alerts/channels.yml", "ops: {ulr: x}", channels.read, 'alerts/channels.yml:1:7 ops: unknown key "ulr". Did you mean url?'),
        ("alerts/own.yml", RULE % ("above", "at_least"), alerts, 'more: above: unknown key "at_least".'),
        ("alerts/own.yml", "more: {metrc: tickets_created}", alerts, 'more: unknown key "metrc". Did you mean metric?'),
        ("priorities/own.yml", "a: {plan: {}}", framework, 'priorities/own.yml:1:5 a: unknown key "plan". Did you mean plane?'),
        ("reviews/own.yml", "a: {cadense: week}", review, 'reviews/own.yml:1:5 a: unknown key "cadense".'),
    ],
)
def test_a_key_that_is_not_known_is_told(tmp_path, file, text, read, said):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)

    with pytest.raises(Problem) as told:
        read(workspace.load(tmp_path))

    assert said in str(told.value)
