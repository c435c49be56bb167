"""`python -m metrics actions`, and `validate` with playbooks: what is printed, and how they end."""

import json

import pytest

from data import derive, workspace
from data.store import Store
from metrics.__main__ import main
from tests import planted
from tests.planted import UNTIL
from tests.troubles import PLANTED


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A workspace that is published as any, with one trouble in it."""
    folder = tmp_path_factory.mktemp("command")
    (folder / "sources.yml").write_text(
        "company: {name: Tiny, timezone: UTC, currency: EUR}\nsources: {books: {connector: files, tables: {}}}\n"
    )
    with Store(folder, timezone="UTC").draft() as draft:
        planted.load(draft.connection)
        for statement in PLANTED["use_falls"][0]:
            draft.connection.execute(statement)
        derive.make(draft.connection, workspace.load(folder), today=UNTIL)
        draft.publish(sources={}, audits=[])
    return folder


@pytest.fixture(autouse=True)
def here(root, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(root))


def test_recommendations_are_told_with_what_they_rest_on(capsys):
    assert main(["actions"]) == 0
    said = capsys.readouterr().out

    assert "Paying accounts use the product less  [use_falls]" in said
    assert "They had 8 meaningful events in four weeks, 36 in the four before." in said
    assert "1 account, 100 EUR of MRR at risk · confidence medium: it rests on 1 (at least 1)" in said
    assert "1 recommendations of 34 playbooks" in said


def test_the_json_has_every_number_with_where_it_comes_from(capsys):
    assert main(["actions", "--json", "--team", "customer success"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["actions"]

    assert (told["id"], told["team"], told["accounts"]) == ("use_falls", "customer success", ["c06"])
    assert told["prize"] == {"kind": "at risk", "accounts": 1, "mrr": 100, "says": None}
    before = next(one for one in told["evidence"] if one["name"] == "before")
    assert (before["metric"], before["value"], before["since"], before["until"]) == ("meaningful_events", 36, "2026-04-06", "2026-05-04")
    assert told["expect"] == {"metric": "meaningful_events", "change": 30, "unit": "%", "within_days": 42, "over_days": 28}
    assert [one["speaks"] for one in told["against"]] == [False, False]


def test_other_teams_and_earlier_days_have_nothing_to_do(capsys):
    assert main(["actions", "--team", "sales"]) == 0
    assert "0 recommendations" in capsys.readouterr().out
    assert main(["actions", "--playbook", "use_falls", "--until", "2026-05-04"]) == 0
    assert "0 recommendations of 1 playbooks" in capsys.readouterr().out


def test_a_playbook_that_does_not_exist_is_a_wrong_call(capsys):
    assert main(["actions", "--playbook", "use_fals"]) == 2
    assert "Did you mean use_falls?" in capsys.readouterr().err


def test_validate_checks_playbooks_too(capsys, root):
    (root / "playbooks").mkdir()
    try:
        (root / "playbooks" / "own.yml").write_text("mine: {label: Mine, team: legal}\n")
        assert main(["validate", "--json"]) == 1
        found = json.loads(capsys.readouterr().out)["findings"]
        assert main(["actions"]) == 2
    finally:
        (root / "playbooks" / "own.yml").unlink()
        (root / "playbooks").rmdir()

    assert [(one["file"], one["line"], one["level"]) for one in found] == [("playbooks/own.yml", 1, "error")]
