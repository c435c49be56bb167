"""The tests that definitions carry: what each finds, where it is run, and that a failing one stops no publish."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import metrics
from connectors.sync import sync
from data import workspace
from data.errors import Problem
from data.reader import Reader
from metrics import audit, checks, load
from tests import warehouse
from tests.company import Company

EVENTS = [
    {"event_id": "e1", "occurred_at": "2026-01-05", "event_name": "open", "account_id": "a1", "value": 3},
    {"event_id": "e2", "occurred_at": "2026-01-06", "event_name": "open", "account_id": "a2", "value": 4},
    {"event_id": "e3", "occurred_at": "2026-02-02", "event_name": "save", "account_id": "a1", "value": 5},
]
COUNTS = {
    "opens": {"count": "*", "in": "events", "where": "event = 'open'"},
    "saves": {"count": "*", "in": "events", "where": "event = 'save'"},
}


def told(root: Path, tests: list[Any], **definition: Any) -> list[str]:
    """What the tests of a metric find: of all events, unless the definition says otherwise. January has 2, February 1."""
    mine = {"count": "*", "in": "events", **definition, "tests": tests}
    layer = metrics.open(workspace.load(build(root, {**COUNTS, "mine": mine})))
    return checks.failures(layer, layer.metrics["mine"])


def build(root: Path, definitions: dict[str, Any], loaded_until: str = "2026-03-01") -> Path:
    return warehouse.build(Company({"event": EVENTS}, loaded_until, loaded_since="2026-01-01", metrics=definitions), root)


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ([{"not_below": 1}, {"not_above": 2}], []),
        ([{"not_below": 2}], ["2026-02: 1.00 is below 2"]),
        ([{"not_above": 1.5}], ["2026-01: 2.00 is above 1.5"]),
        ([{"sums_to": ["opens", "saves"]}], []),
        (
            [{"sums_to": ["opens", "opens"]}],
            ["2026-01: 2.00 is not the sum of opens, opens (4.00)", "2026-02: 1.00 is not the sum of opens, opens (0.00)"],
        ),
        ([{"not_below": 0, "not_above": 1}], ["2026-01: 2.00 is above 1"]),
    ],
)
def test_a_promise_is_held_against_each_of_the_months(tmp_path: Path, tests: list[Any], expected: list[str]) -> None:
    assert told(tmp_path, tests) == expected


@pytest.mark.parametrize(("age", "expected"), [("1 hour", ["the data is older than 1 hour"]), ("3 hours", []), ("1 day", [])])
def test_max_age_is_counted_from_the_moment_up_to_which_all_is_loaded(tmp_path: Path, age: str, expected: list[str]) -> None:
    until = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    mine = {"mine": {"count": "*", "in": "events", "tests": [{"max_age": age}]}}
    layer = metrics.open(workspace.load(build(tmp_path, mine, loaded_until=until)))

    assert checks.failures(layer, layer.metrics["mine"]) == expected


def test_a_metric_that_cannot_be_computed_says_so_and_the_others_are_judged(tmp_path: Path) -> None:
    definitions = {
        "wrong": {"count": "*", "in": "events", "where": "value = 'abc'", "tests": [{"not_below": 0}]},
        "right": {"count": "*", "in": "events", "tests": [{"not_above": 1}]},
    }
    layer = metrics.open(workspace.load(build(tmp_path, definitions)))

    found = checks.judge(layer)

    assert "cannot be computed" in found["wrong"].failures[0]
    assert found["right"].failures == ["2026-01: 2.00 is above 1"]


def test_a_publish_takes_what_can_only_hold_to_hold_and_stops_when_its_time_is_up(tmp_path: Path) -> None:
    definitions = {
        "counted": {"count": "*", "in": "events", "tests": [{"not_below": 0}]},
        "share": {"ratio": "counted", "to": "counted", "tests": [{"not_below": 0}]},
        "bound": {"count": "*", "in": "events", "tests": [{"not_below": 0}, {"not_above": 1}]},
        "summed": {"sum": "value", "in": "events", "tests": [{"not_below": 0}]},
    }
    layer = metrics.open(workspace.load(build(tmp_path, definitions)))
    own = [layer.metrics[name] for name in definitions]

    assert {name: verdict.failures for name, verdict in checks.judge(layer, own, seconds=60).items()} == {
        "counted": [], "share": [], "bound": ["2026-01: 2.00 is above 1"], "summed": []
    }  # fmt: skip
    assert {name for name, verdict in checks.judge(layer, own, seconds=0).items() if verdict.outcomes} == {"counted", "share"}


def test_a_circle_of_definitions_is_no_end_of_the_tests(tmp_path: Path) -> None:
    definitions = {
        "one": {"ratio": "two", "to": "two", "tests": [{"not_below": 0}]},
        "two": {"ratio": "one", "to": "one", "tests": [{"not_below": 0}]},
    }
    layer = metrics.open(workspace.load(build(tmp_path, definitions)))

    found = checks.judge(layer, seconds=60)

    assert "made of itself" in found["one"].failures[0]
    assert found["active_accounts"].failures == []


def example(gives: Any, rows: Any = None, **ask: Any) -> list[Any]:
    exports = [
        {"occurred_at": "2026-01-05T10:00", "account_id": "a1", "event_name": "exported"},
        {"occurred_at": "2026-01-11T23:59:59", "account_id": "a2", "event_name": "exported", "attrs": {"size": 7}},
        {"occurred_at": "2026-01-12", "account_id": "a2", "event_name": "opened"},
    ]
    asked = {"grain": "week", "since": "2026-01-05", "until": "2026-01-19", **ask}
    return [{"equals": {"rows": rows or {"event": exports}, "ask": {key: value for key, value in asked.items() if value}, "gives": gives}}]


@pytest.mark.parametrize(
    ("definition", "tests", "expected"),
    [
        ({"where": "event = 'exported'"}, example([2, 0]), []),
        ({"where": "event = 'exported'"}, example([2, 1]), ["the example gives [2, 0], expected [2, 1]"]),
        ({"where": "event = 'exported'"}, example([2]), ["the example gives [2, 0], expected 2"]),
        ({"where": "attrs.size = 7"}, example(1, grain=None), []),
        ({"count": None, "average": "attrs.size"}, example([7.0, None]), []),
        ({}, example([{"period": "2026-01-05", "mine": 2, "complete": True}, {"period": "2026-01-12", "mine": 1}]), []),
        ({}, example([{"account_id": "a1", "mine": 1}, {"account_id": "a2", "mine": 2}], grain=None, by=["account_id"]), []),
        ({}, example([{"mine": 3}], grain=None, until="2026-02-01"), []),
    ],
)
def test_an_example_is_computed_on_its_own_rows_and_on_nothing_else(
    tmp_path: Path, definition: dict[str, Any], tests: list[Any], expected: list[str]
) -> None:
    definition = {key: value for key, value in {"count": "*", "in": "events", **definition}.items() if value}
    layer = metrics.open(workspace.load(build(tmp_path, {"mine": {**definition, "tests": tests}})))

    assert checks.failures(layer, layer.metrics["mine"]) == expected


def test_an_example_has_what_derives_from_its_rows() -> None:
    rows = {"subscription_period": [{"subscription_id": "s1", "account_id": "a1", "plan": "pro", "mrr": 120, "valid_from": "2026-01-05"}]}
    arr = {"formula": "12 * mrr", "tests": example([1440, 1440], rows)}

    known = load.catalogue(None, {"yearly": arr})
    layer = metrics.Layer(workspace.Workspace(Path("nowhere")), catalogue=known)

    assert checks.judge(layer, [known["yearly"]])["yearly"].failures == []


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"not_under": 0}, ("a test is one of", "not_below")),
        ({"not_below": "0"}, ("takes a number",)),
        ({"max_age": "soon"}, ("stretch",)),
        ({"sums_to": "mrr"}, ("a list of metrics",)),
        ({"equals": 3}, ("rows, ask and gives",)),
        ({"equals": {"rows": {"events": []}, "ask": {"until": "2026-01-12"}, "gives": 0}}, ('no table "events"', "event")),
        (
            {"equals": {"rows": {"event": [{"event": "x"}]}, "ask": {"until": "2026-01-12"}, "gives": 0}},
            ('no column "event"', "event_name"),
        ),
        ({"equals": {"rows": {}, "ask": {"since": "2026-01-12"}, "gives": 0}}, ("until among them",)),
        ({"equals": {"rows": {}, "ask": {"until": "2026-01-12", "grein": "day"}, "gives": 0}}, ('no option "grein"', "grain")),
        ({"equals": {"rows": {}, "ask": {"until": 5}, "gives": 0}}, ("until cannot be 5",)),
        ({"equals": {"rows": {}, "ask": {"until": "2026-01-12"}, "gives": 0, "take": 1}}, ('no key "take"',)),
    ],
)
def test_a_test_that_is_not_in_form_is_refused_when_it_is_read(test: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(Problem) as said:
        load.catalogue(None, {"mine": {"count": "*", "in": "events", "tests": [test]}})

    assert all(word in str(said.value) for word in words), said.value
    assert (said.value.line, said.value.file) == (1, "definition")


SOURCES = """
sources:
  books: {connector: files, path: files, tables: {event: {file: e.csv, columns: {event_id: id, occurred_at: at, event_name: name}}}}
"""


@pytest.fixture
def company(tmp_path: Path) -> workspace.Workspace:
    """A workspace whose one file holds two events."""
    (tmp_path / "sources.yml").write_text(SOURCES)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "e.csv").write_text("id,at,name\n1,2026-01-05,open\n2,2026-01-06,open\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "own.yml").write_text(
        json.dumps({"mine": {"count": "*", "in": "events", "tests": [{"not_below": 0}, {"not_above": 1}, *example([3, 0], {"event": []})]}})
    )
    return workspace.load(tmp_path)


def test_a_publish_keeps_what_the_tests_found_in_its_manifest(company: workspace.Workspace) -> None:
    result = sync(company, audit=audit.at_publish)

    standing = audit.standing(metrics.open(company))
    assert result.published
    assert standing["mine"].failures == ["2026-01: 2.00 is above 1", "the example gives [0, 0], expected [3, 0]"]
    assert [(one.test, len(one.failures)) for one in standing["mine"].outcomes] == [
        ("not_below 0", 0),
        ("not_above 1", 1),
        ("equals an example of 0 rows", 1),
    ]
    assert standing["active_accounts"].failures == []


def test_the_age_of_the_data_is_judged_when_it_is_looked_at(company: workspace.Workspace) -> None:
    (company.definitions / "own.yml").write_text(
        '{"mine": {"count": "*", "in": "events", "tests": [{"max_age": "3650 days"}, {"max_age": "1 day"}]}}'
    )
    sync(company, audit=audit.at_publish)

    with Reader(company.root).open() as snapshot:
        assert [one["failures"] for one in snapshot.manifest.tests["mine"]["outcomes"]] == [[], []]
    assert audit.standing(metrics.open(company))["mine"].failures == ["the data is older than 1 day"]


def test_what_was_found_of_another_definition_does_not_stand(company: workspace.Workspace) -> None:
    sync(company, audit=audit.at_publish)
    layer = metrics.open(company)
    assert "mine" in audit.standing(layer)

    (company.definitions / "own.yml").write_text(
        '{"mine": {"count": "*", "in": "events", "where": "value > 1", "tests": [{"not_above": 1}]}}'
    )

    assert "mine" not in audit.standing(layer)
    assert "active_accounts" in audit.standing(layer)


@pytest.mark.parametrize("definitions", ["mine: [", "mine: {count: '*', in: nowhere}"])
def test_definitions_that_cannot_be_read_stop_no_publish(company: workspace.Workspace, definitions: str) -> None:
    (company.definitions / "own.yml").write_text(definitions)

    assert sync(company, audit=audit.at_publish).published


def test_an_audit_that_dies_stops_no_publish(company: workspace.Workspace) -> None:
    def dies(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    assert sync(company, audit=dies).published
    with Reader(company.root).open() as snapshot:
        assert snapshot.manifest.tests == {}
        assert snapshot.cursor.execute("SELECT count(*) FROM event").fetchall() == [(2,)]


def test_an_interrupt_while_they_run_publishes_nothing(company: workspace.Workspace) -> None:
    def interrupted(*_: Any) -> dict[str, Any]:
        raise RuntimeError("Query interrupted")

    with pytest.raises(KeyboardInterrupt):
        sync(company, audit=interrupted)
    assert Reader(company.root).generation() is None


def test_an_example_is_not_computed_again_for_each_publish(company: workspace.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync(company, audit=audit.at_publish)
    checks._examples.clear()  # as in another process
    (company.root / "files" / "e.csv").write_text("id,at,name\n1,2026-01-05,open\n2,2026-01-06,open\n3,2026-01-07,open\n")
    monkeypatch.setattr("metrics.examples.wrong", lambda *_: pytest.fail("computed again"))

    assert sync(company, audit=audit.at_publish).published
    assert audit.standing(metrics.open(company))["mine"].failures == [
        "2026-01: 3.00 is above 1",
        "the example gives [0, 0], expected [3, 0]",
    ]
