"""Definitions written into their files: one is changed and the rest stays byte for byte; who changed it is kept, and the way back."""

from pathlib import Path

import pytest

from data import journal, workspace
from data.errors import Problem
from metrics import blocks, editing, load

FILE = """# Ours. Ask ana before you change a thing.

one:   # the first
  label: One
  # counted since the board asked
  count: "*"
  in: events
  tests: [{not_below: 0}]

# about money
two: {sum: value, in: events, tests: [{not_below: 0}]}


three:
    count: '*'
    in: tickets
    # it is about
    # tickets
    description: |
      Tickets, all of
      them.
    tests: [{not_below: 0}]
# the end
"""


@pytest.fixture
def here(tmp_path):
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "ours.yml").write_text(FILE, encoding="utf-8")
    return workspace.load(tmp_path)


def known(here):
    return load.catalogue(here.definitions)


def saved(here, name, block, reason="because"):
    book = journal.open_journal(here.root)
    editing.save(here, editing.edit(here, name, block, known(here)), book.definitions, author="Ana", reason=reason)
    return (here.definitions / "ours.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_one_definition_is_replaced_and_the_rest_stays_byte_for_byte(here, name):
    block = f"{name}:\n  count: '*'\n  in: deals_of_mine\n".replace("deals_of_mine", "opportunities")
    was = blocks.cut(FILE, "ours.yml", name)

    assert saved(here, name, block) == FILE.replace(was, block)


def test_only_the_keys_that_differ_are_written_anew(here):
    was = blocks.cut(FILE, "ours.yml", "three")

    now = blocks.revised(
        was, "three", {"count": "*", "in": "tickets", "where": "reopens > 0", "description": "Reopened.", "tests": [{"not_below": 0}]}
    )

    assert now == was.replace("    # it is about", "    where: reopens > 0\n    # it is about").replace(
        "|\n      Tickets, all of\n      them.", "Reopened."
    )


def test_lines_end_as_they_do_in_the_file():
    text = "a:\r\n  count: '*'\r\n  in: events\r\n"

    assert blocks.replaced(text, "f", "b", "b:\n  count: '*'\n  in: ideas\n") == text + "\r\nb:\r\n  count: '*'\r\n  in: ideas\r\n"


def test_a_new_one_goes_below_into_a_file_of_its_own_and_undone_it_is_as_before(here):
    (here.definitions / "own.yml").write_text("# kept\nmine: {count: '*', in: events}\n", encoding="utf-8")
    before = (here.definitions / "own.yml").read_bytes()

    saved(here, "fresh", "fresh:\n  count: '*'\n  in: ideas\n", "the board asked")
    assert known(here)["fresh"].file == "metrics/own.yml"
    change = journal.open_journal(here.root).definitions.history("fresh")[0]
    assert (change.author, change.reason, change.before, change.after) == (
        "Ana",
        "the board asked",
        None,
        "fresh:\n  count: '*'\n  in: ideas\n",
    )

    saved(here, "fresh", change.before, "not after all")
    assert (here.definitions / "own.yml").read_bytes() == before
    assert [one.reason for one in journal.open_journal(here.root).definitions.history("fresh")] == ["not after all", "the board asked"]


def test_a_built_in_one_is_written_whole_and_comes_back_when_that_is_undone(here):
    built_in = known(here)["active_accounts"]
    text = editing.source(here, built_in).replace("where: is_meaningful", "where: not is_meaningful")

    saved(here, "active_accounts", text)
    assert known(here)["active_accounts"].spec.leaf.where == "not is_meaningful"

    saved(here, "active_accounts", None)
    assert known(here)["active_accounts"] == built_in
    assert not (here.definitions / "own.yml").exists()


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(here):
    made = editing.edit(here, "one", "one: {count: '*', in: ideas}", known(here))
    (here.definitions / "ours.yml").write_text(FILE + "# by another\n", encoding="utf-8")

    with pytest.raises(Problem, match="by somebody else meanwhile"):
        editing.save(here, made, journal.open_journal(here.root).definitions, author="Ana", reason="because")
    assert (here.definitions / "ours.yml").read_text(encoding="utf-8") == FILE + "# by another\n"
    assert journal.open_journal(here.root).definitions.history("one") == []


def test_without_author_or_reason_nothing_is_written(here):
    made = editing.edit(here, "one", "one: {count: '*', in: ideas}", known(here))

    with pytest.raises(Problem, match="an author and a reason"):
        editing.save(here, made, journal.open_journal(here.root).definitions, author=" ", reason="because")
    assert (here.definitions / "ours.yml").read_text(encoding="utf-8") == FILE


def test_what_the_history_cannot_keep_is_not_written(here):
    class Full:
        def record(self, **told):
            raise Problem("the disk is full")

    with pytest.raises(Problem, match="the disk is full"):
        editing.save(here, editing.edit(here, "one", "one: {count: '*', in: ideas}", known(here)), Full(), author="Ana", reason="because")
    assert (here.definitions / "ours.yml").read_text(encoding="utf-8") == FILE


@pytest.mark.parametrize(
    ("name", "block", "said"),
    [
        ("One", "One: {count: '*', in: events}", "cannot name a metric"),
        ("one", "one: {count: '*', in: eventz}", "unknown fact"),
        ("one", "one: {count: '*', in: events, where: planet = 'x'}", "unknown column"),
        ("mrr", "mrr: {count: '*', in: events, where: nonsense}", "unknown column"),
        ("nothing", None, "not among the definitions"),
    ],
)
def test_what_would_be_wrong_is_refused(here, name, block, said):
    with pytest.raises(Problem, match=said):
        editing.edit(here, name, block, known(here))


def test_what_others_are_computed_from_is_not_taken_out(here):
    (here.definitions / "more.yml").write_text("share: {ratio: one, to: two}\n", encoding="utf-8")

    with pytest.raises(Problem, match="one is used by share"):
        editing.edit(here, "one", None, known(here))


def test_only_files_of_the_workspace_are_written(here, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "theirs.yml"
    outside.write_text("four: {count: '*', in: events}\n", encoding="utf-8")
    (here.definitions / "linked.yml").symlink_to(outside)

    with pytest.raises(Problem, match="not a file of this workspace"):
        editing.edit(here, "four", "four: {count: '*', in: ideas}", known(here))


def test_definitions_that_share_a_line_are_left_to_people(here):
    Path(here.definitions / "flow.yml").write_text("{four: {count: '*', in: events}, five: {count: '*', in: ideas}}\n", encoding="utf-8")

    with pytest.raises(Problem, match="shares lines with others"):
        editing.edit(here, "four", "four: {count: '*', in: ideas}", known(here))


def test_what_is_typed_is_told_with_the_line_of_its_file(here):
    found, above = editing.lint(here, "three:\n  count: '*'\n  in: ticketz\n", known(here))

    assert (found[0].level, found[0].problem.line, found[0].problem.file, found[0].problem.remedy) == (
        "error",
        3,
        "metrics/ours.yml",
        "Did you mean tickets?",
    )
    assert FILE.splitlines()[above].startswith("three:")


@pytest.mark.parametrize(
    ("text", "said"), [("", "0 definitions"), ("a: {}\nb: {}", "2 definitions"), ("other: {}", "cannot be renamed"), ("a: [", "YAML")]
)
def test_one_definition_is_edited_at_a_time(here, text, said):
    assert said in editing.lint(here, text, known(here), "one")[0][0].problem.message
