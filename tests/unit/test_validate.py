"""What `python -m metrics validate` finds in files of definitions, and the place that it points at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data import workspace
from metrics import validate
from metrics.validate import Finding

SAID = "description: Said., owner: ana, good: up, tests: [{not_below: 0}]"


def findings(root: Path, text: str, level: str | None = None) -> list[Finding]:
    (root / "metrics").mkdir(exist_ok=True)
    (root / "metrics" / "own.yml").write_text(text, encoding="utf-8")
    return [one for one in validate.findings(workspace.load(root)) if level in (None, one.level)]


def word_at(text: str, found: Finding) -> str:
    """The word that stands where a finding points."""
    assert found.problem.line is not None
    assert found.problem.column is not None
    told = re.match(r"[\w-]+", text.splitlines()[found.problem.line - 1][found.problem.column - 1 :])
    return told[0] if told else ""


@pytest.mark.parametrize(
    ("text", "word", "field", "remedy"),
    [
        ("a: {count_distinct: acount_id, in: events, SAID}", "acount_id", "count_distinct", "account_id"),
        ("a: {count: '*', in: eventz, SAID}", "eventz", "in", "events"),
        ("a: {count: '*', in: tickets, where: \"priority = 'x' and name = 'y'\", SAID}", "name", "where", "account.name or feature.name"),
        ("a:\n  count: '*'\n  in: events\n  where: |\n    event = 'x'\n    and planet = 'y'\n  good: up", "planet", "where", "Known:"),
        ("a: {count: '*', in: events, where: \"value > 1 or read_csv('x') = 1\", SAID}", "read_csv", "where", "Allowed:"),
        ("a: {count: '*', in: events, wher: x, SAID}", "wher", "wher", "where"),
        ("a: {ratio: mrrr, to: mrr, SAID}", "mrrr", "ratio", "mrr"),
        ("a: {ratio: mrr, to: mrrr, SAID}", "mrrr", "to", "mrr"),
        ("a: {formula: '2 * (mrr + mrrr)', SAID}", "mrrr", "formula", "mrr"),
        ("a: {count: '*', in: events, drivers: [arr, mrrr], SAID}", "mrrr", "drivers", "mrr"),
        ("a: {count: '*', in: events, tests: [{sums_to: [mrrr]}]}", "mrrr", "tests", "mrr"),
        ("a: {count: '*', in: events, targets: {2030: 1, 2026-Q9: 2}, SAID}", "2026-Q9", "targets", "2026-Q4"),
        ("a: {count: '*', in: events, time: closed_at, SAID}", "closed_at", "time", "occurred_at"),
    ],
)
def test_an_error_points_at_the_word_and_says_what_would_be_right(tmp_path: Path, text: str, word: str, field: str, remedy: str) -> None:
    text = text.replace("SAID", SAID)

    errors = findings(tmp_path, text, "error")

    assert [(word_at(text, one), one.problem.field, one.problem.file) for one in errors] == [(word, field, "metrics/own.yml")]
    assert remedy in (errors[0].problem.remedy or "")


def test_a_circle_is_told_once_and_not_by_those_that_stand_on_it(tmp_path: Path) -> None:
    text = "one: {ratio: two, to: mrr}\ntwo: {formula: three + 1}\nthree: {ratio: one, to: mrr}\nabove: {ratio: one, to: mrr}"

    errors = findings(tmp_path, text, "error")

    assert len(errors) == 1
    assert (
        "made of itself (one → three → two → one)" in errors[0].problem.message or "(one → two → three → one)" in errors[0].problem.message
    )


def test_what_is_made_of_a_broken_metric_is_not_told_as_broken_too(tmp_path: Path) -> None:
    errors = findings(tmp_path, "bad: {count: '*', in: eventz}\nuses: {ratio: bad, to: mrr}", "error")

    assert [one.problem.message for one in errors] == ['bad: unknown fact "eventz"']


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("{count: '*', in: tickets, where: \"a = 1 and b = 2\"}", "{count: '*', in: tickets, where: \"(b = 2) AND a=1\"}"),
        ("{count: '*', in: tickets, where: \"priority in ('x', 'y')\"}", "{count: '*', in: tickets, where: \"priority IN ('y','x')\"}"),
        ("{sum: mrr, in: subscriptions, time: valid_from}", "{sum: mrr, in: subscriptions, format: money, good: down}"),
        ("{count: '*', in: tickets, where: \"account.plan = 'pro'\"}", "{where: \"plan = 'pro'\", count: '*', in: tickets}"),
        ("{ratio: mrr, to: arr}", "{to: arr, ratio: mrr, format: percent}"),
        ("{formula: 2 * mrr + arr}", "{formula: '2*mrr  +  arr'}"),
        ("{count: '*', in: events, include: [test, internal]}", "{count: '*', in: events, include: [internal, test]}"),
    ],
)
def test_the_same_computed_under_two_names_is_told_with_both(tmp_path: Path, one: str, two: str) -> None:
    one, two = (
        text.replace("a = 1", "reopens = 1").replace("a=1", "reopens=1").replace("b = 2", "channel = 'mail'") for text in (one, two)
    )
    warnings = findings(tmp_path, f"first: {one}\nsecond: {two}", "warning")

    said = [one.problem for one in warnings if "computes the same" in one.problem.message]
    assert [(problem.message, problem.line, problem.column) for problem in said] == [
        ("second: computes the same as first (metrics/own.yml:1)", 2, 1)
    ]


@pytest.mark.parametrize(
    "other",
    [
        "{count: '*', in: tickets, where: \"priority = 'low'\"}",
        "{count: '*', in: tickets, where: \"priority = 'high'\", time: first_resolved_at}",
        "{count: '*', in: tickets, where: \"priority = 'high'\", include: [test]}",
        "{count: '*', in: tickets, where: \"priority = 'high'\", over_last: 7 days}",
        "{count_distinct: account_id, in: tickets, where: \"priority = 'high'\"}",
    ],
)
def test_what_differs_in_anything_that_is_computed_is_no_duplicate(tmp_path: Path, other: str) -> None:
    warnings = findings(tmp_path, f"first: {{count: '*', in: tickets, where: \"priority = 'high'\"}}\nsecond: {other}", "warning")

    assert not [one for one in warnings if "computes the same" in one.problem.message]


def test_a_definition_of_the_company_that_replaces_a_built_in_one_is_no_duplicate(tmp_path: Path) -> None:
    own = f"active_accounts: {{count_distinct: account_id, in: events, where: is_meaningful, {SAID}}}"

    assert findings(tmp_path, own) == []


def test_a_finding_carries_its_place_and_its_remedy_apart_from_its_message(tmp_path: Path) -> None:
    found = findings(tmp_path, f"a:\n  count: '*'\n  in: eventz\n  {SAID.replace(', ', chr(10) + '  ')}")

    assert [one.to_dict() for one in found] == [
        {
            "level": "error",
            "message": 'a: unknown fact "eventz"',
            "file": "metrics/own.yml",
            "line": 3,
            "column": 7,
            "field": "in",
            "remedy": "Did you mean events?",
            "text": 'metrics/own.yml:3:7 a: unknown fact "eventz". Did you mean events?',
        }
    ]


def test_one_file_is_judged_over_the_saved_definitions_and_alone(tmp_path: Path) -> None:
    findings(tmp_path, "saved: {count: '*', in: eventz}")
    draft = tmp_path / "draft.yml"
    draft.write_text(f"fresh: {{ratio: mrr, to: nothing, {SAID}}}")

    found = [one for one in validate.findings(workspace.load(tmp_path), draft) if one.problem.file == str(draft)]

    assert [one.problem.message for one in found] == ['fresh: unknown metric "nothing"']


def test_a_metric_in_two_files_of_the_company_is_told_with_both(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "a.yml").write_text(f"twice: {{count: '*', in: events, {SAID}}}")

    errors = findings(tmp_path, f"twice: {{count: '*', in: tickets, {SAID}}}", "error")

    assert [(one.problem.message, one.problem.file) for one in errors] == [('"twice" is defined in metrics/a.yml too', "metrics/own.yml")]
