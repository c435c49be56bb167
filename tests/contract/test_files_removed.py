"""What sources.yml no longer names does not count any more, and nothing of it is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loads import Company

HEAD = "company: {timezone: UTC}\nsources:\n"
BLOCK = """  NAME:
    connector: files
    path: exports
    tables:
      account: {file: a.csv, columns: {account_id: id, name: name}}
      event: {file: e.csv, columns: {event_id: id, occurred_at: time}}
"""


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.write("a.csv", "id,name\n1,one\n2,two\n")
    made.write("e.csv", "id,time\n1,2026-01-01\n2,2026-01-02\n")
    says(made, BLOCK)
    made.load()
    return made


def says(made: Company, text: str, name: str = "exports") -> None:
    (made.root / "sources.yml").write_text(HEAD + text.replace("NAME", name))


def live(made: Company) -> list[tuple[object, ...]]:
    return made.rows(
        """SELECT (SELECT count(*) FROM account WHERE deleted_at IS NULL), (SELECT count(*) FROM event WHERE deleted_at IS NULL),
        (SELECT count(*) FROM freshness)"""
    )


def test_a_source_that_is_renamed_does_not_count_twice(company: Company) -> None:
    says(company, BLOCK, "files")

    company.load()

    assert live(company) == [(2, 2, 2)]
    assert company.rows("SELECT DISTINCT source FROM freshness") == [("files",)]
    assert company.rows("SELECT DISTINCT source FROM account WHERE deleted_at IS NULL") == [("files",)]


def test_a_table_that_is_no_longer_named_does_not_count(company: Company) -> None:
    says(company, "".join(line for line in BLOCK.splitlines(keepends=True) if "event" not in line))

    assert company.load().published
    assert live(company) == [(2, 0, 1)]
    assert not company.load().published


def test_what_is_named_again_is_there_again_even_if_its_files_are_gone(company: Company) -> None:
    says(company, BLOCK.replace("NAME", "other").replace("a.csv", "b.csv").replace("e.csv", "b.csv").replace("time", "name"))
    company.write("b.csv", "id,name\n9,2026-01-01\n")
    company.load()
    assert live(company) == [(1, 1, 2)]
    (company.exports / "e.csv").unlink()

    says(company, BLOCK)
    company.load()

    assert live(company) == [(2, 2, 2)]
    assert company.rows("SELECT count(*) FROM account WHERE deleted_at IS NOT NULL") == [(1,)]


def test_a_sources_yml_that_names_nothing_is_taken_for_a_slip(company: Company) -> None:
    (company.root / "sources.yml").write_text("company: {timezone: UTC}\n")

    company.load()

    assert live(company) == [(2, 2, 2)]


def test_a_failure_that_is_known_costs_no_draft(company: Company) -> None:
    says(company, BLOCK.replace("columns: {account_id: id", "columns: {account_id: nosuch"))
    company.write("a.csv", "id,name\n1,one\n2,two\n3,three\n")
    assert company.sync().published
    (company.exports / "e.csv").touch()
    says(company, BLOCK.replace("path: exports", "path: nowhere"))
    assert company.sync().published

    again = company.sync()

    assert (again.published, again.copy_seconds, again.sources[0].state) == (False, 0.0, "failed")
    assert "there is no folder" in str(again.sources[0].error)
    assert live(company) == [(2, 2, 2)]


def test_the_name_of_a_source_is_a_name(company: Company) -> None:
    says(company, BLOCK, "../elsewhere")

    assert "is no name for a source" in company.failure()
