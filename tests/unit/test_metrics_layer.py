"""What pages, scripts and the command line get from the layer beside values: rows, explanations, members, errors in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import metrics
from data import workspace
from data.errors import Problem
from data.store import Store
from metrics import checks, validate
from metrics.layer import Layer
from tests import warehouse
from tests.company import Company

EVENTS = [
    # event, when, name, person, account, feature, meaningful
    ("e1", "2026-01-05T09:00", "report_exported", "p1", "a1", "export", True),
    ("e2", "2026-01-06T09:00", "report_exported", "p1", "a1", "export", True),
    ("e3", "2026-01-06T10:00", "opened", "p2", "a2", None, False),
    ("e4", "2026-01-13T10:00", "report_exported", "p2", "a2", "export", True),
    ("e5", "2026-01-13T11:00", "report_exported", "p3", "a3", "export", True),
]


def company() -> Company:
    keys = ("event_id", "occurred_at", "event_name", "person_id", "account_id", "feature_id", "is_meaningful")
    return Company(
        tables={
            "account": [
                {"account_id": "a1", "name": "Alder", "plan": "pro"},
                {"account_id": "a2", "name": "Birch", "plan": "basic"},
                {"account_id": "a3", "name": "Ours", "plan": "pro", "is_test": True},
            ],
            "event": [dict(zip(keys, row, strict=True)) for row in EVENTS],
            "subscription_period": [
                {"subscription_id": "s1", "account_id": "a1", "plan": "pro", "mrr": 100, "status": "active", "valid_from": "2026-01-01"},
            ],
        },
        loaded_until="2026-01-19",
        loaded_since="2026-01-01",
        timezone="Europe/Paris",
        metrics={
            "regular_exporters": {
                "count_distinct": "account_id",
                "in": "events",
                "where": "event = 'report_exported'",
                "at_least": 2,
                "description": "Accounts that exported twice.",
                "owner": "ana",
                "good": "up",
                "tests": [{"not_below": 0}],
            },
            "exporters": {
                "count_distinct": "account_id",
                "in": "events",
                "where": "event = 'report_exported'",
                "description": "Accounts that exported.",
                "owner": "ana",
                "good": "up",
                "tests": [{"not_above": 1}],
            },
        },
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return warehouse.build(company(), tmp_path_factory.mktemp("layer"))


@pytest.fixture(scope="module")
def layer(folder: Path) -> Layer:
    return metrics.open(workspace.load(folder))


def test_the_rows_behind_a_number_are_as_many_as_it_counts(layer: Layer) -> None:
    rows = layer.rows("meaningful_events", since="2026-01-05", until="2026-01-12")

    assert rows.total == 2
    assert list(rows.frame["event_id"]) == ["e2", "e1"]
    assert list(rows.frame["account"]) == ["Alder", "Alder"]


def test_a_mark_of_a_chart_opens_only_its_own_rows(layer: Layer) -> None:
    rows = layer.rows("events_count", since="2026-01-01", until="2026-01-19", members={"account.plan": "basic"})

    assert sorted(rows.frame["event_id"]) == ["e3", "e4"]


def test_rows_of_what_did_it_often_enough_are_those_of_whom_it_counts(layer: Layer) -> None:
    rows = layer.rows("regular_exporters", since="2026-01-01", until="2026-01-19")

    assert (rows.total, sorted(rows.frame["event_id"])) == (2, ["e1", "e2"])
    assert "rows_of_entity" not in rows.frame


def test_rows_are_cut_at_a_limit_but_their_number_is_told(layer: Layer) -> None:
    rows = layer.rows("events_count", since="2026-01-01", until="2026-01-19", limit=1)

    assert (len(rows.frame), rows.total) == (1, 4)


def test_the_rows_of_a_ratio_are_those_of_its_first_part_or_of_the_one_named(layer: Layer) -> None:
    first = layer.rows("events_per_active_account", since="2026-01-01", until="2026-01-19")
    money = layer.rows("arpa", since="2026-01-01", until="2026-01-19", part="paying_accounts")

    assert first.total == 3
    assert list(money.frame["account_id"]) == ["a1"]


def test_rows_of_what_is_not_loaded_are_none(layer: Layer) -> None:
    assert layer.rows("events_count", since="2027-01-01", until="2027-02-01").total == 0


def test_an_explanation_tells_definition_source_and_what_was_left_out(layer: Layer) -> None:
    told = layer.explain("exporters", grain="week", where="account.plan = 'pro'")

    assert "report_exported" in told.definition
    assert told.lineage == {"exporters": "event"}
    assert [(source.name, source.table, source.rows) for source in told.sources] == [("books", "event", 5)]
    assert told.left_out == {"deleted": 0, "test": 1, "internal": 0}
    assert "$where_1" in told.sql
    assert "account.plan" in told.runnable
    assert "'pro'" in told.runnable


def test_the_explained_sql_runs_as_it_is_and_gives_the_number(layer: Layer) -> None:
    told = layer.explain("exporters", grain=None, since="2026-01-05", until="2026-01-19", where="account.plan = 'pro'")

    with layer.reader.open() as snapshot:
        assert snapshot.cursor.execute(told.runnable).fetchall() == [(1,)]


def test_a_range_of_its_own_is_by_default_up_to_the_last_loaded_moment(layer: Layer) -> None:
    told = layer.query("events_count", grain="week").to_dict()

    assert (told["since"], told["until"]) == ("2025-10-27", "2026-01-19")
    assert len(told["rows"]) == 12
    assert told["rows"][-1] == {"period": "2026-01-12", "events_count": 1, "complete": True}
    assert told["loaded_until"] == {"events": "2026-01-18T23:00:00Z"}


def test_every_dimension_that_is_offered_can_be_asked_for(layer: Layer) -> None:
    for name in layer.metrics:
        for dimension in layer.dimensions(name):
            layer.compile(name, by=(dimension,), since="2026-01-01", until="2026-02-01")


def test_dimensions_are_those_that_every_part_has(layer: Layer) -> None:
    assert "feature_id" in layer.dimensions("events_count")
    assert "feature_id" not in layer.dimensions("tickets_per_active_account") or "priority" not in layer.dimensions(
        "tickets_per_active_account"
    )
    assert layer.members("account.plan") == ["pro", "basic"]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"names": ["mrrr"]}, ("unknown metric", "mrr")),
        ({"names": []}, ("at least one metric",)),
        ({"names": ["mrr"], "grain": "decade"}, ("grain", "decade")),
        ({"names": ["mrr"], "grain": "hour"}, ("days, not hours",)),
        ({"names": ["mrr"], "by": ["feature_id"]}, ("feature_id", "mrr_day")),
        ({"names": ["events_count"], "by": ["lower(event)"]}, ("not a column",)),
        ({"names": ["events_count"], "since": "yesterday"}, ("neither a date nor a time",)),
        ({"names": ["events_count"], "since": "2026-02-01", "until": "2026-01-01"}, ("range is empty",)),
        ({"names": ["events_count"], "compare": "sometime"}, ("compare",)),
        ({"names": ["events_count"], "timezone": "Mars/Olympus"}, ("time zone",)),
        ({"names": ["events_count"], "week_start": "friday"}, ("monday or sunday",)),
        ({"names": ["events_count"], "top": 3}, ("dimension",)),
        ({"names": ["events_count"], "where": "read_csv('x')"}, ("read_csv", "not allowed")),
        ({"names": ["events_count"], "grain": "hour", "since": "2020-01-01", "until": "2026-01-01"}, ("20,000",)),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(layer: Layer, ask: dict, words: tuple[str, ...]) -> None:
    with pytest.raises(Problem) as said:
        layer.query(*ask.pop("names"), **ask)

    assert all(word in str(said.value) for word in words), str(said.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wau: {count_distinct: account_id, in: event}", ("company.yml:1", 'unknown fact "event"', "events")),
        ("wau: {count_distinct: account_id}", ("company.yml:1", "in is missing")),
        ("wau: {counts: '*', in: events}", ("company.yml:1", "no verb", "count")),
        ("wau: {count: '*', sum: value, in: events}", ("2 verbs", "Exactly one")),
        ("wau: {count: '*', in: events, wehre: is_meaningful}", ("company.yml:1:31", 'unknown key "wehre"', "where")),
        ("wau: {count: '*', in: events, where: featur = 1}", ("company.yml:1", 'unknown column "featur"', "feature_id")),
        ("wau: {count: '*', in: events, where: \"x.y.z.w = 1\"}", ("company.yml:1", "not allowed")),
        ("wau: {sum: '*', in: events}", ("needs a column",)),
        ("wau: {sum: plan, in: events, over_last: a week}", ("over_last", "7 days")),
        ("a: {ratio: b, to: mrr}\nb: {ratio: a, to: mrr}", ("made of itself", "a → b → a")),
        ("a: {ratio: mrr, to: paying}", ('unknown metric "paying"', "Did you mean")),
        ("Wau: {count: '*', in: events}", ("cannot name a metric",)),
        ("wau: {count: '*', in: events, good: higher}", ("good is one of",)),
        ("wau: {count: '*', in: events, time: closed_at}", ('no time "closed_at"', "occurred_at")),
        ("wau: {snapshot: value, in: events}", ("one row a day",)),
        ("wau: [1]", ("must be a mapping",)),
        ("wau: {count: '*', in: events", ("not valid YAML",)),
        ("wau: {count: '*', in: events}\nwau: {count: '*', in: tickets}", ("stands here twice", "line 1")),
        ("wau: {percentile: value, in: events}", ("needs at",)),
        ("wau: {count: '*', in: events, at_least: 0}", ("at_least is a whole number",)),
        ("wau: {count: '*', in: events, per: planet}", ("person or account",)),
    ],
)
def test_a_wrong_definition_is_named_with_file_and_line(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "company.yml").write_text(text)

    errors = [str(one.problem) for one in validate.findings(workspace.load(tmp_path)) if one.level == "error"]

    assert any(all(word in error for word in words) for error in errors), errors


def test_a_definition_that_says_too_little_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "own.yml").write_text("wau: {count: '*', in: events, targets: {2020-Q1: 5, 2026-Q9: 1}}")

    said = " ".join(str(one.problem) for one in validate.findings(workspace.load(tmp_path)))

    assert all(
        word in said
        for word in ("own.yml:1", "no description", "no owner", "no test", "whether up is good", "in the past (2020-Q1)", "2026-Q9")
    )


def test_every_built_in_metric_is_fully_described_and_computes(layer: Layer) -> None:
    assert not [str(one.problem) for one in validate.findings(workspace.Workspace(Path("nowhere")))]
    assert len(layer.metrics) >= 24
    for name, metric in layer.metrics.items():
        assert metric.format, name
        layer.query(name, grain="month")


def test_a_broken_promise_of_a_definition_is_told(layer: Layer) -> None:
    assert checks.failures(layer, layer.metrics["exporters"]) == ["2026-01: 2.00 is above 1"]
    assert checks.failures(layer, layer.metrics["net_new_mrr"]) == []


def test_a_saved_definition_is_used_at_the_next_question(folder: Path) -> None:
    layer = metrics.open(workspace.load(folder))
    assert "fresh" not in layer.metrics
    (folder / "metrics" / "fresh.yml").write_text("fresh: {count: '*', in: events}")

    assert layer.query("fresh", since="2026-01-01", until="2026-01-19").rows[0]["fresh"] == 4
    (folder / "metrics" / "fresh.yml").unlink()


def test_a_metric_may_be_called_as_a_table_or_a_word_of_sql(layer: Layer) -> None:
    named = {"event": {"count": "*", "in": "events"}, "order": {"count": "*", "in": "events"}, "frame": {"ratio": "event", "to": "order"}}

    row = layer.query("event", "order", "frame", definitions=named, grain="month", since="2026-01-01", until="2026-02-01").rows[0]

    assert (row["event"], row["order"], row["frame"]) == (4, 4, 1.0)


def command(folder: Path, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "TRANSVERSE_WORKSPACE": str(folder)}
    return subprocess.run([sys.executable, "-m", "metrics", *words], capture_output=True, text=True, env=told, input=text, timeout=60)


def test_the_command_line_answers_in_the_shape_that_programs_rely_on(folder: Path) -> None:
    done = command(folder, "query", "mrr", "--grain", "month", "--since", "2026-01-01", "--until", "2026-02-01", "--json")

    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["metrics"] == ["mrr"]
    assert told["timezone"] == "Europe/Paris"
    assert told["rows"] == [{"period": "2026-01-01", "mrr": 100.0, "complete": False}]


def test_the_command_line_takes_an_unsaved_definition_from_standard_input(folder: Path) -> None:
    asked = ("query", "mine", "--definition", "-", "--since", "2026-01-01", "--until", "2026-01-19", "--csv")
    done = command(folder, *asked, text='{"mine": {"count": "*", "in": "events", "where": "event = \'opened\'"}}')

    assert done.stdout.splitlines() == ["mine,complete", "1,True"]


def test_a_wrong_call_ends_with_2_and_one_line(folder: Path) -> None:
    done = command(folder, "query", "mrrr")

    assert done.returncode == 2
    assert done.stderr.strip() == 'unknown metric "mrrr". Did you mean mrr or mrr_churn?'


def test_validate_ends_with_1_when_a_promise_is_broken(folder: Path) -> None:
    done = command(folder, "validate", "--json")

    assert done.returncode == 1
    assert "2.00 is above 1" in json.loads(done.stdout)["findings"][0]["message"]


def test_the_other_verbs_print_for_people_and_for_programs(folder: Path) -> None:
    listed = json.loads(command(folder, "list", "--json").stdout)["metrics"]
    assert set(listed[0]) == {"name", "label", "description", "owner", "good", "kind", "format"}
    assert "exporters" in command(folder, "list").stdout
    assert "report_exported" in command(folder, "show", "exporters").stdout
    assert json.loads(command(folder, "show", "arpa", "--json").stdout)["lineage"] == {"mrr": "mrr_day", "paying_accounts": "mrr_day"}
    assert "\nWITH\n" in command(folder, "explain", "mrr", "--grain", "month").stdout
    assert "generation" in command(folder, "query", "mrr", "--grain", "month").stdout


def test_a_store_of_another_version_is_told_with_the_way_out(tmp_path: Path) -> None:
    root = warehouse.build(company(), tmp_path)
    with Store(root, timezone="Europe/Paris").draft() as draft:
        draft.connection.execute("DROP TABLE feature_once")
        draft.publish(sources={}, audits=[])

    with pytest.raises(Problem, match=r"made by another version.*feature_once") as told:
        metrics.open(workspace.load(root)).query("feature_events", by=("feature.name",), since="2026-01-01")
    assert told.value.remedy == "Load once more: python -m connectors sync"
