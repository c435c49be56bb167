"""What the layers below the pages say comes out in the reader's language, whole, however it was put together."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from data import expressions, workspace, yaml_file
from data.errors import Problem
from data.journal import open_journal
from metrics import load, validate
from metrics.insight.actions import playbooks
from pages.components import i18n
from pages.components.relay import relayed
from tests.loads import Company

#: Words that stand in almost every English sentence, and in no French one.
ENGLISH = re.compile(
    r"\b(the|is|are|not|of|must|has|have|no|there|and|or|with|such|be|it|its|cannot|which|unknown|Did|Known|Write|Use|Add|a list)\b"
)
#: What stays as it is written: values in quotes, YAML, code, addresses.
KEPT = re.compile(r"/\S+|« [^»]* »|\"[^\"]*\"|'[^']*'|\[[^\]]*\]|{[^}]*}|`[^`]*`|\(\d+\)|Valeurs connues : [^;]*|fonctions [^;]*")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def english(text: str) -> list[str]:
    """The English words of what a French reader reads."""
    with i18n.use("fr"):
        return ENGLISH.findall(KEPT.sub("", relayed(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('there is no source "crm". Known: exports, b.', "il n’y a pas de source « crm ». Valeurs connues : exports, b."),
        (
            'sources.yml:3:4 there is no connector "fils". Did you mean files or stripe?',
            "sources.yml:3:4 il n’y a pas de connecteur « fils ». Vouliez-vous dire files ou stripe ?",
        ),
        ("mrr: has no test", "mrr : n’a aucun test"),
        (
            "nothing was published: generation 3 could not be written (disk full); nothing is published",
            "rien n’a été publié : la génération 3 n’a pas pu être écrite (disk full) ; rien n’est publié",
        ),
        (
            'a: there is no source "x". None is defined.; b: the rates cannot be read: oh. Export it again.',
            "a : il n’y a pas de source « x ». Rien n’est défini. ; b : les taux ne peuvent pas être lus : oh. Exportez-le à nouveau.",
        ),
        ("Catalog Error: Table with name x does not exist!", "Catalog Error: Table with name x does not exist!"),
        ("", ""),
    ],
)
def test_a_text_is_said_in_french_as_far_as_it_is_known(text: str, expected: str) -> None:
    with i18n.use("fr"):
        assert relayed(text) == expected
    with i18n.use("en"):
        assert relayed(text) == text


def test_figures_are_written_as_the_reader_does() -> None:
    with i18n.use("fr"):
        assert relayed("the segment has 12,345 accounts") == "le segment a 12\u202f345 comptes"
    with i18n.use("fr_CA"):
        assert relayed("the segment has 12,345 accounts") == "le segment a 12\xa0345 comptes"


SOURCES = [
    "acount: {file: accounts.csv, columns: {account_id: id}}",
    "account: {file: acounts.csv, columns: {account_id: id}}",
    "account: {fil: accounts.csv, columns: {account_id: id}}",
    "account: {file: accounts.csv, columns: {name: name}}",
    "account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    nmae: name",
    "account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    seats: seats +",
    "account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    seats: read_text('x')",
    "account:\n  file: accounts.csv\n  types: {seats: NUMBER}\n  columns: {account_id: id}",
    "account: {file: book.xlsx, columns: {account_id: id}}",
]


@pytest.mark.parametrize("tables", SOURCES)
def test_a_wrong_source_is_told_in_french(company: Company, tables: str) -> None:
    company.write("accounts.csv", "id,name,seats\n1,one,1\n")
    company.write("book.xlsx", b"PK\x03\x04" + b"\0" * 100)
    company.says(tables)

    assert english(company.failure()) == []


DEFINITIONS = [
    "mine: 3",
    "mine: {cuont: '*', in: events}",
    "mine: {count: '*', in: evnts}",
    "mine: {count: '*', in: events, where: nothing = 1}",
    "mine: {count: '*', in: events, where: 'event_name ='}",
    "mine: {ratio: nothing, to: mrr}",
    "mine: {count: '*', in: events, good: more}",
    "mine: {count: '*', in: events, label: Mine}",
    "mine: {count: '*', sum: amount, in: events}",
    "mine: {count: '*', in: events, tests: [{not_blow: 0}]}",
    "mine: {count: '*', in: events, targets: {2020-Q1: 3}}",
    "mine: {count: '*', in: events}\nmine: {count: '*', in: events}",
    "mine: {steps: [], within: 7}",
    "[1, 2]",
]


@pytest.mark.parametrize("text", DEFINITIONS)
def test_what_the_lint_of_definitions_finds_is_told_in_french(text: str) -> None:
    found = validate.unsaved(text, "metrics/own.yml", load.catalogue())
    told = [said for one in found for said in (one.problem.message, one.problem.remedy) if said]

    assert told
    assert [said for said in told if english(said)] == []


@pytest.mark.parametrize("text", ["mine: 3", "mine: {label: A, wehn: x}", "mine: {}", "Mine: {label: A}"])
def test_what_is_wrong_with_a_playbook_is_told_in_french(text: str) -> None:
    found = playbooks.unsaved(text, "playbooks/own.yml", load.catalogue())

    assert found
    assert [said for one in found for said in (one.problem.message, one.problem.remedy) if said and english(said)] == []


REFUSALS: dict[str, Callable[[Path], object]] = {
    "empty segment": lambda root: open_journal(root).segments.save("Mine", []),
    "no name": lambda root: open_journal(root).segments.save("", ["a"]),
    "long name": lambda root: open_journal(root).segments.save("x" * 900, ["a"]),
    "huge segment": lambda root: open_journal(root).segments.save("Mine", map(str, range(200_000))),
    "removed segment": lambda root: open_journal(root).segments.remove("nothing"),
    "no number": lambda root: open_journal(root).targets.set("mrr", "2026-Q4", float("nan")),
    "empty note": lambda root: open_journal(root).annotations.add(date(2026, 1, 1), " "),
    "half an expression": lambda root: expressions.check("1 +"),
    "open quote": lambda root: expressions.check("name = 'x"),
    "forbidden function": lambda root: expressions.check("read_text('x')"),
    "key twice": lambda root: yaml_file.parse("a: 1\na: 2", "x.yml"),
    "no file": lambda root: yaml_file.read(root / "nothing.yml"),
    "no workspace": lambda root: workspace.load(root / "gone"),
    "no metric": lambda root: validate.known("mrrr", load.catalogue()),
}


@pytest.mark.parametrize("refused", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_in_french(tmp_path: Path, refused: Callable[[Path], object]) -> None:
    with pytest.raises(Problem) as found:
        refused(tmp_path)

    assert english(found.value.message) == []
    assert english(found.value.remedy or "") == []


def test_what_is_wrong_with_a_refused_row_is_told_in_french(company: Company) -> None:
    company.write("accounts.csv", "id,name,seats\n1,one,many\n,two,2\n3,three,2.5\n")
    company.says("account: {file: accounts.csv, types: {seats: BIGINT}, columns: {account_id: id, name: name, seats: seats}}")
    company.load()
    details = [detail for detail, *_rest in company.rows("SELECT DISTINCT detail FROM reject")]

    assert len(details) > 1
    assert [detail for detail in details if english(detail)] == []


def test_the_measure_of_english_bites() -> None:
    assert english("this is a text that nobody put into the catalogue")
