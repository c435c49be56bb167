"""Playbooks written at a screen: checked as they are typed, put into their file, kept with a reason, taken back."""

import pytest

from data import journal
from data.errors import Problem
from data.workspace import Workspace
from metrics import editing, load
from metrics.insight.actions import playbook_edits, playbooks
from tests.unit.test_playbooks import WRITTEN

CATALOGUE = load.catalogue()


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    return Workspace(tmp_path)


def known(workspace):
    return playbooks.load(workspace, CATALOGUE)


def edit(workspace, name, block):
    return playbook_edits.edit(workspace, name, block, known(workspace), CATALOGUE)


def test_a_new_playbook_is_written_into_a_file_of_the_company_and_taken_back(workspace):
    book = journal.open_journal(workspace.root)
    editing.save(workspace, edit(workspace, "quiet_plans", WRITTEN), book.definitions, author="ana", reason="asked for")
    assert known(workspace)["quiet_plans"].file == "playbooks/own.yml"
    assert playbook_edits.source(workspace, known(workspace)["quiet_plans"]) == WRITTEN.lstrip("\n")

    (change,) = book.definitions.history("quiet_plans", "playbooks")
    assert (change.author, change.reason, change.before) == ("ana", "asked for", None)
    assert book.definitions.history("quiet_plans") == []  # a metric of the same name has a history of its own
    editing.save(workspace, edit(workspace, "quiet_plans", None), book.definitions, author="ana", reason="no use")
    assert "quiet_plans" not in known(workspace)
    assert not (workspace.playbooks / "own.yml").exists()


def test_a_built_in_playbook_that_is_changed_is_written_whole_into_the_workspace(workspace):
    built_in = known(workspace)["use_falls"]
    text = playbook_edits.source(workspace, built_in).replace("0.5 * before", "0.4 * before")
    made = edit(workspace, "use_falls", text)

    assert (made.file, made.was, made.after) == ("playbooks/own.yml", None, text)
    assert "+    when: pays > 0 and before >= 20 and uses < 0.4 * before and uses > 0" in made.diff


def test_what_stands_around_a_playbook_stays_byte_for_byte(workspace):
    workspace.playbooks.mkdir()
    other = WRITTEN.replace("quiet_plans", "other").lstrip("\n")
    (workspace.playbooks / "disagreements.yml").write_text(f"# ours\n{WRITTEN.lstrip()}\n# the other\n{other}", encoding="utf-8")
    made = edit(workspace, "quiet_plans", WRITTEN.lstrip().replace("at_least: 5", "at_least: 7"))

    assert made.file == "playbooks/disagreements.yml"
    assert made.text == f"# ours\n{WRITTEN.lstrip().replace('at_least: 5', 'at_least: 7')}\n# the other\n{other}"


@pytest.mark.parametrize(
    ("name", "block", "said"),
    [
        ("quiet_plans", WRITTEN.replace("active < 0.8", "aktive < 0.8"), 'no number "aktive"'),
        ("quiet_plans", WRITTEN + WRITTEN.replace("quiet_plans", "other"), "holds 2 playbooks"),
        ("quiet_plans", "# nothing", "holds 0 playbooks"),
        ("other", WRITTEN, "cannot be renamed"),
        ("use_falls", None, "not among the playbooks of this workspace"),
    ],
)
def test_what_cannot_be_written_is_refused(workspace, name, block, said):
    with pytest.raises(Problem) as refused:
        edit(workspace, name, block)

    assert said in refused.value.message


def test_a_playbook_that_is_typed_is_judged_line_by_line():
    (wrong,) = playbook_edits.lint(WRITTEN.replace("team: product", "team: legal"), CATALOGUE)

    assert (wrong.level, wrong.problem.line, wrong.problem.file) == ("error", 5, "playbooks/own.yml")
    assert playbook_edits.lint(WRITTEN, CATALOGUE) == []


def test_a_file_outside_of_the_workspaces_folders_is_never_written(workspace):
    for file in ("playbooks/../sources.yml", "sources.yml", "/etc/passwd"):
        with pytest.raises(Problem, match="is not a file"):
            editing.path_of(workspace, file)
