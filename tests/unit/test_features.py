"""features.yml: which events and tickets belong to a feature, which events count as use, which features there are."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from data import derive
from data.errors import Problem
from tests.drafts import draft_of, insert, make_workspace

EXPORT = """
features:
  export: {name: Export, area: Reporting, owner: ana, released_at: 2026-03-02, eligible_plans: [pro, enterprise],
           events: [report_exported], where: "attrs.format <> 'preview'", tickets: {tags: [export]}}
"""


def features_of(connection: duckdb.DuckDBPyConnection, table: str = "event") -> dict[str, str | None]:
    return dict(connection.execute(f"SELECT {table}_id, feature_id FROM {table}").fetchall())


def event(event_id: str, name: str = "report_exported", **other: object) -> dict:
    return {"event_id": event_id, "event_name": name, **other}


def test_events_are_matched_by_name_and_condition(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, features=EXPORT)
    with draft_of(workspace) as draft:
        insert(
            draft.connection,
            "event",
            event("plain", attrs={"format": "csv"}),
            event("preview", attrs={"format": "preview"}),
            event("without", attrs={}),
            event("no attrs"),
            event("other", "invited"),
            event("given", "invited", feature_id="sharing"),
            event("given too", feature_id="sharing"),
        )
        derive.run(draft.connection, workspace)
        found = features_of(draft.connection)
    assert found == {
        "plain": "export",
        "preview": None,
        "without": "export",
        "no attrs": "export",
        "other": None,
        "given": "sharing",
        "given too": "sharing",
    }


@pytest.mark.parametrize(
    ("where", "matched"),
    [
        ("attrs.pages > 9", {"ten"}),
        ("attrs.pages * 2 >= 20", {"ten"}),
        ("attrs.pages IN (9, 10)", {"nine", "ten"}),
        ("attrs.pages BETWEEN 9 AND 9.5", {"nine"}),
        ("attrs.pages = '10'", {"ten"}),
        ("attrs.wide", {"ten"}),
        ("NOT attrs.wide", {"nine", "none"}),
        ("attrs.wide = true", {"ten"}),
        ("not contains(attrs.kind, 'x')", {"ten", "none"}),
        ("attrs.kind IS NULL", {"ten", "none"}),
        ("NOT (attrs.kind IS NULL)", {"nine"}),
        ("""attrs."$lib/1" = 'web'""", {"nine"}),
        ("event = 'report_exported' AND value > 1", {"ten"}),
        ("attrs.pages / 0 > 1", set()),
    ],
)
def test_conditions_over_attributes(tmp_path: Path, where: str, matched: set[str]) -> None:
    quoted = where.replace("'", "''")
    workspace = make_workspace(tmp_path, features=f"features:\n  export: {{events: [report_exported], where: '{quoted}'}}\n")
    with draft_of(workspace) as draft:
        insert(
            draft.connection,
            "event",
            event("nine", attrs={"pages": 9, "wide": False, "kind": "x y", "$lib/1": "web"}, value=1),
            event("ten", attrs={"pages": 10, "wide": True}, value=2),
            event("none", attrs={"pages": "many"}),
        )
        derive.run(draft.connection, workspace)
        found = {name for name, feature in features_of(draft.connection).items() if feature}
    assert found == matched


def test_the_first_feature_in_the_file_has_an_event_that_two_claim(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, features="features:\n  b: {events: [opened]}\n  a: {events: [opened, closed]}\n")
    with draft_of(workspace) as draft:
        insert(draft.connection, "event", event("1", "opened"), event("2", "closed"))
        derive.run(draft.connection, workspace)
        assert features_of(draft.connection) == {"1": "b", "2": "a"}


def test_changed_rules_apply_to_what_is_loaded_already(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, features="features:\n  old: {events: [opened], tickets: {tags: [x]}}\n")
    with draft_of(workspace) as draft:
        insert(draft.connection, "event", event("1", "opened"), event("2", "opened", feature_id="given"))
        insert(draft.connection, "ticket", {"ticket_id": "1", "tags": "x"})
        derive.run(draft.connection, workspace)
        assert features_of(draft.connection) == {"1": "old", "2": "given"}

        derive.run(draft.connection, make_workspace(tmp_path, features="features:\n  new: {events: [opened]}\n"))
        assert features_of(draft.connection) == {"1": "new", "2": "given"}
        assert features_of(draft.connection, "ticket") == {"1": None}
        derive.run(draft.connection, make_workspace(tmp_path))
        assert features_of(draft.connection) == {"1": None, "2": "given"}


@pytest.mark.parametrize("tags", ["export", "billing,Export", "a; export ", "a|EXPORT", '["a", "export"]', "[export]"])
def test_tickets_are_matched_by_a_whole_tag(tmp_path: Path, tags: str) -> None:
    workspace = make_workspace(tmp_path, features=EXPORT)
    with draft_of(workspace) as draft:
        rows = ({"ticket_id": "hit", "tags": tags}, {"ticket_id": "near", "tags": "exports, re-export"}, {"ticket_id": "none"})
        insert(draft.connection, "ticket", *rows)
        derive.run(draft.connection, workspace)
        assert features_of(draft.connection, "ticket") == {"hit": "export", "near": None, "none": None}


def test_meaningful_events_are_all_or_those_listed(tmp_path: Path) -> None:
    def meaningful() -> dict[str, bool]:
        return dict(draft.connection.execute("SELECT event_id, is_meaningful FROM event").fetchall())

    everything = make_workspace(tmp_path)
    with draft_of(everything) as draft:
        insert(draft.connection, "event", event("1", "invited"), event("2", "seen"), event("3", "pinged", is_meaningful=False))
        derive.run(draft.connection, everything)
        assert meaningful() == {"1": True, "2": True, "3": False}
        derive.run(draft.connection, make_workspace(tmp_path, features="meaningful: [invited, pinged]\n"))
        assert meaningful() == {"1": True, "2": False, "3": True}
        derive.run(draft.connection, make_workspace(tmp_path))
        assert meaningful() == {"1": True, "2": True, "3": True}


def test_features_come_from_the_file_from_sources_and_from_facts(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, "{timezone: Europe/Paris, currency: EUR}", EXPORT)
    with draft_of(workspace) as draft:
        insert(draft.connection, "feature", {"feature_id": "sharing", "name": "Sharing", "source": "roadmap"})
        insert(draft.connection, "event", event("1", "x", feature_id="seen"), event("2", "x", feature_id="sharing"))
        insert(draft.connection, "idea", {"idea_id": "1", "feature_id": "asked for"})
        for _ in range(2):
            derive.run(draft.connection, workspace)
        found = draft.connection.execute("""
          SELECT feature_id, name, area, CAST(released_at AS VARCHAR), CAST(released_at_day AS VARCHAR), eligible_plans, source
          FROM feature ORDER BY 1""").fetchall()
    assert found == [
        ("asked for", "asked for", None, None, None, None, "facts"),
        ("export", "Export", "Reporting", "2026-03-02 00:00:00+01", "2026-03-02", "pro, enterprise", "features.yml"),
        ("seen", "seen", None, None, None, None, "facts"),
        ("sharing", "Sharing", None, None, None, None, "roadmap"),
    ]


def test_the_file_completes_a_feature_that_a_source_knows(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, features=EXPORT)
    with draft_of(workspace) as draft:
        insert(draft.connection, "feature", {"feature_id": "export", "name": "Exports v2", "owner": "bo", "source": "roadmap"})
        derive.run(draft.connection, workspace)
        found = draft.connection.execute("SELECT name, owner, eligible_plans, source FROM feature").fetchall()
    assert found == [("Export", "ana", "pro, enterprise", "roadmap")]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("getenv('HOME') = 'x'", "features.yml:3:12 getenv(…) is not allowed in an expression"),
        ("formt = 'x'", 'features.yml:3:12 unknown column "formt" in where'),
        ("account.plan = 'pro'", 'unknown column "account.plan" in where'),
        ("attrs.a.b = 'x'", 'unknown column "attrs.a.b" in where'),
        ("value = 'abc'", "features.yml:3:12 this condition cannot be computed: Conversion Error"),
        ("abs(event) > 1", "features.yml:3:12 this condition cannot be computed: Binder Error"),
        ("CAST(event AS INTEGER) = 1", "features.yml:3:12 this condition cannot be computed: Conversion Error"),
    ],
)
def test_a_condition_that_is_not_allowed_is_named_with_its_line(tmp_path: Path, where: str, said: str) -> None:
    workspace = make_workspace(tmp_path, features=f'features:\n  export:\n    where: "{where}"\n')
    with draft_of(workspace) as draft:
        insert(draft.connection, "event", event("1", value=3))
        with pytest.raises(Problem) as raised:
            derive.run(draft.connection, workspace)
    assert said in str(raised.value)
