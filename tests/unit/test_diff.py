"""What `python -m metrics diff` says of a change before it is saved, and what `show` and `explain` say of a metric."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import metrics
from connectors.sync import sync
from data import workspace
from data.errors import Problem
from metrics import audit, lineage
from metrics.__main__ import main
from metrics.asked import Asked
from metrics.diff import diff
from metrics.layer import Layer
from metrics.plan import ROUTES, plan
from tests import warehouse
from tests.company import Company

Command = Callable[..., tuple[int, str]]

#: a1 opens on 3, 10 and 17 January and 5 February, a2 (of plan basic) on 4 January; a3 is ours, a test account.
EVENTS = [
    {"event_id": f"e{number}", "occurred_at": when, "event_name": "open", "account_id": account, "person_id": "p1"}
    for number, (when, account) in enumerate(
        [("2026-01-03", "a1"), ("2026-01-10", "a1"), ("2026-01-17", "a1"), ("2026-02-05", "a1"), ("2026-01-04", "a2"), ("2026-01-05", "a3")]
    )
]
DEFINITIONS = {
    "opens": {"count": "*", "in": "events", "where": "event = 'open'", "tests": [{"not_below": 0}, {"not_above": 2}], "drivers": ["twice"]},
    "twice": {"formula": "2 * opens"},
    "share": {"ratio": "opens", "to": "twice"},
    "far": {"formula": "share + 1"},
    "so_far": {"cumulative": "opens"},
    "from_noon": {"median": "value", "in": "events"},
    "apart": {"count_distinct": "account_id", "in": "events"},
    "days": {"stickiness": {"event": "event = 'open'", "entity": "account"}, "in": "events"},
}
COMPANY = Company(
    {
        "account": [{"account_id": "a1", "plan": "pro"}, {"account_id": "a2", "plan": "basic"}, {"account_id": "a3", "is_test": True}],
        "event": EVENTS,
    },
    "2026-02-10T12:00",
    loaded_since="2026-01-01",
    metrics=DEFINITIONS,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return warehouse.build(COMPANY, tmp_path_factory.mktemp("diff"))


@pytest.fixture(scope="module")
def layer(folder: Path) -> Layer:
    return metrics.open(workspace.load(folder))


def only_pro(**more: Any) -> dict[str, Any]:
    return {"opens": {"count": "*", "in": "events", "where": "event = 'open' and account.plan = 'pro'"}, **more}


def test_each_of_the_last_months_stands_before_and_after(layer: Layer) -> None:
    told = diff(layer, "opens", only_pro()).to_dict()

    assert (told["metric"], told["grain"], told["since"], told["until"]) == ("opens", "month", "2025-02-01", "2026-02-11")
    assert len(told["rows"]) == 13
    assert told["rows"][-2:] == [
        {"period": "2026-01-01", "before": 4, "after": 3, "change": -1, "complete": True},
        {"period": "2026-02-01", "before": 1, "after": 1, "change": 0, "complete": False},
    ]
    assert {row["before"] for row in told["rows"][:-2]} == {None}, "nothing is loaded of the months before"


def test_what_is_computed_from_the_metric_is_affected_and_nothing_else(layer: Layer) -> None:
    told = diff(layer, "opens", only_pro()).to_dict()

    assert [(one["name"], one["changed"], one["problem"]) for one in told["affected"]] == [
        ("twice", 1, None),
        ("share", 0, None),
        ("far", 0, None),
        ("so_far", 2, None),
    ]
    assert told["affected"][0]["rows"][-2] == {"period": "2026-01-01", "before": 8, "after": 6, "change": -2, "complete": True}


def test_a_new_metric_has_nothing_before(layer: Layer) -> None:
    told = diff(layer, "fresh", {"fresh": {"count": "*", "in": "events"}}, since="2026-01-01", until="2026-02-01").to_dict()

    assert told["rows"] == [{"period": "2026-01-01", "before": None, "after": 4, "change": None, "complete": True}]
    assert told["definition"]["before"] is None


def test_a_kind_with_rows_of_its_own_is_joined_on_their_keys(layer: Layer) -> None:
    changed = {"days": {"stickiness": {"event": "event = 'open'", "entity": "account", "cumulative": True}, "in": "events"}}

    told = diff(layer, "days", changed, grain="day", since="2026-01-01", until="2026-02-01").to_dict()

    # a2 was active on one day, a1 on three; cumulative, both on one or more, and a1 on two or more.
    rows = {row["active_periods"]: (row["before"], row["after"]) for row in told["rows"] if row["before"] or row["after"]}
    assert rows == {1: (1, 2), 2: (rows[2][0], 1), 3: (1, 1)}
    assert rows[2][0] in (0, None)


def test_rows_can_be_told_apart_by_a_dimension_and_a_grain(layer: Layer) -> None:
    told = diff(layer, "opens", only_pro(), grain="week", since="2025-12-29", until="2026-01-12", by=["account.plan"])

    found = {(str(row.keys["period"]), row.keys["account.plan"]): (row.before, row.after) for row in told.rows}
    assert found["2025-12-29", "basic"] == (1, None)
    assert found["2025-12-29", "pro"] == (1, 1)


@pytest.mark.parametrize(
    ("name", "definitions", "words"),
    [
        ("opens", {"opens": {"count": "*", "in": "events", "where": "planet = 1"}}, 'unknown column "planet"'),
        ("openz", {"opens": {"count": "*", "in": "events"}}, 'unknown metric "openz"'),
        ("opens", {"opens": {"ratio": "share", "to": "twice"}}, "made of itself"),
        ("opens", "opens: [", "not valid YAML"),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused(layer: Layer, name: str, definitions: Any, words: str) -> None:
    with pytest.raises(Problem) as said:
        diff(layer, name, definitions)

    assert words in str(said.value)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command on a workspace, in this process; gives its exit code and what it printed."""

    def ran(folder: Path, *words: str, text: str = "") -> tuple[int, str]:
        monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(folder))
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        done = main(words)
        said = capsys.readouterr()
        return done, said.out + said.err

    return ran


def test_diff_prints_both_definitions_and_the_rows(folder: Path, run: Command) -> None:
    done, said = run(folder, "diff", "opens", "--definition", "-", text=json.dumps(only_pro()))

    assert done == 0
    assert "+  where: event = 'open' and account.plan = 'pro'" in said
    assert ["2026-01-01", "4", "3", "-1"] in [line.split() for line in said.splitlines()]
    assert "twice is computed from it: 1 of 13 rows change" in said


def test_diff_of_a_definition_that_is_far_too_long_is_refused(folder: Path, run: Command) -> None:
    done, said = run(folder, "diff", "opens", "--definition", "-", text="# \n" * 1_000_000)

    assert (done, said) == (2, "definition is longer than 100,000 characters. Split it, and leave out what is not needed.\n")


def test_explain_stays_runnable_and_begins_with_its_plan(folder: Path, run: Command, layer: Layer) -> None:
    done, said = run(folder, "explain", "opens", "--grain", "month", "--since", "2026-01-01", "--where", "plan = 'pro'")

    plan_lines = [line for line in said.splitlines() if line.startswith("--")]
    assert done == 0
    assert plan_lines[1:] == [
        "-- events is loaded until 2026-02-10T12:00:00Z",
        "-- opens: count over events (table event) at occurred_at",
        "--   2 stretches of time, 2026-01-01 to 2026-02-10T12:00:00+00:00",
        f"--   route: calendar, since {ROUTES['calendar']}",
        "--   rows left out: 1 of test accounts",
    ]
    with layer.reader.open() as snapshot:
        assert [row[1] for row in snapshot.cursor.execute(said).fetchall()] == [3, 1]


@pytest.mark.parametrize(
    ("name", "asked", "route"),
    [
        ("opens", {"grain": "month"}, "calendar"),
        ("opens", {}, "one range"),
        ("opens", {"grain": "day", "compare": "previous", "since": "2026-01-05", "until": "2026-01-08"}, "calendar"),
        ("opens", {"grain": "month", "compare": "year"}, "calendar"),
        ("mrr", {"grain": "month"}, "none"),
        ("weekly_active_accounts", {"grain": "month"}, "running sum"),
        ("days", {"grain": "day"}, "rows of its own"),
        ("so_far", {"grain": "day"}, "running total"),
        ("from_noon", {"since": "2026-01-05T12:00", "until": "2026-01-08T12:00", "grain": "day", "compare": "previous"}, "list of moments"),
    ],
)
def test_the_plan_names_the_route_that_the_sql_takes(layer: Layer, name: str, asked: dict[str, Any], route: str) -> None:
    told = plan(layer, (name,), Asked(**asked))

    assert {step.route for step in told.steps} == {route}
    assert told.to_dict()["steps"][0]["why"] == ROUTES[route]


def test_each_stretch_that_is_read_has_a_step_of_its_own(layer: Layer) -> None:
    told = plan(layer, ("opens",), Asked(grain="week", since="2026-01-12", until="2026-01-19", compare="previous"))

    assert [(step.cte, step.since, step.until) for step in told.steps] == [
        ("opens", "2026-01-12", "2026-01-19"),
        ("opens_compared", "2026-01-05", "2026-01-12"),
    ]


def test_show_goes_from_the_number_back_to_the_connector(folder: Path, layer: Layer) -> None:
    parts = [part.to_dict() for part in lineage.parts(layer, "share")]

    assert parts == [
        {
            "metric": "opens",
            "kind": "count",
            "fact": "events",
            "time": "occurred_at",
            "table": "event",
            "feeds": [{"source": "books", "connector": "files", "table": "event", "rows": 6, "loaded_until": "2026-02-10T12:00:00Z"}],
        }
    ]


def test_show_tells_what_each_test_found_last(tmp_path: Path, run: Command) -> None:
    (tmp_path / "e.csv").write_text("id,at,name\n1,2026-01-05,open\n2,2026-01-06,open\n3,2026-01-07,open\n")
    fill = "{event: {file: e.csv, columns: {event_id: id, occurred_at: at, event_name: name}}}"
    (tmp_path / "sources.yml").write_text(f"sources: {{books: {{connector: files, path: '.', tables: {fill}}}}}")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "own.yml").write_text(json.dumps(DEFINITIONS))
    assert run(tmp_path, "show", "opens")[1].count("untested: ") == 2

    sync(workspace.load(tmp_path), audit=audit.at_publish)
    shown = json.loads(run(tmp_path, "show", "opens", "--json")[1])

    assert [(test["test"], test["state"], test["failures"], test["generation"]) for test in shown["tests"]] == [
        ("not_below 0", "ok", [], 1),
        ("not_above 2", "failed", ["2026-01: 3.00 is above 2"], 1),
    ]
    assert shown["drivers"] == ["twice"]
    assert shown["parts"][0]["feeds"][0]["connector"] == "files"
    assert shown["sql"].startswith("WITH")
    printed = run(tmp_path, "show", "opens")[1]
    assert "failed: not_above 2; 2026-01: 3.00 is above 2" in printed
    assert "← source books (files): 3 rows" in printed
