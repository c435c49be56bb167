"""What is wrong in sources.yml is told in one line: which file, which line, what, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loads import Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.write("accounts.csv", "id,name,seats,since\n1,one,1,2026-01-01\n")
    made.write("users.csv", "uid,account\nu1,1\nu1,2\nu2,2\n")
    made.write("other.csv", "a;b;c\n1;2;3\n")
    made.write("book.xlsx", b"PK\x03\x04" + b"\0" * 100)
    made.write("blob.csv", b"id,name\n\0\0\0\1\2\3")
    made.write("latin.csv", "id,name\n1,Müller\n".encode("latin-1"))
    made.write("array.json", b'[{"id": 1}]')
    made.write("cut.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c")
    made.write("cut.parquet", b"PAR1 this is not all of it")
    return made


@pytest.mark.parametrize(
    ("tables", "line", "words"),
    [
        # tables start on line 7 of sources.yml
        ("acount: {file: accounts.csv, columns: {account_id: id}}", 7, ['no table "acount"', "Did you mean account"]),
        ("account: {file: acounts.csv, columns: {account_id: id}}", 7, ['no file matches "acounts.csv"', "Did you mean accounts.csv"]),
        ("account: {fil: accounts.csv, columns: {account_id: id}}", 7, ['unknown key "fil"', "Did you mean file"]),
        ("account: {columns: {account_id: id}}", 7, ['lacks the key "file"']),
        ("account: {file: accounts.csv}", 7, ['lacks the key "columns"']),
        ("account: {file: accounts.csv, columns: {name: name}}", 7, ["account needs account_id"]),
        ("account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    nmae: name", 11, ['no column "nmae"', "Did you mean name"]),
        (
            "account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    name: nmae",
            11,
            ['accounts.csv has no column "nmae"', "name"],
        ),
        ("account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    seats: seats * 2", 11, ["seats * 2", "types"]),
        ("account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    seats: seats +", 11, ["cannot be read"]),
        ("account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    seats: read_text('x')", 11, ["read_text", "not allowed"]),
        ("account:\n  file: accounts.csv\n  columns:\n    account_id: id\n    seats: (SELECT 1)", 11, ["not allowed"]),
        ("account:\n  file: accounts.csv\n  where: nothing > 1\n  columns: {account_id: id}", 9, ['no column "nothing"']),
        ("account:\n  file: accounts.csv\n  columns: {account_id: id}\n  audits:\n    sane: seat > 1", 11, ['no column "seat"', "seats"]),
        ("account:\n  file: accounts.csv\n  types: {seats: NUMBER}\n  columns: {account_id: id}", 9, ['no type "NUMBER"', "BIGINT"]),
        ("account:\n  file: accounts.csv\n  types: {seat: BIGINT}\n  columns: {account_id: id}", 9, ['no column "seat"', "seats"]),
        ("account:\n  file: accounts.csv\n  mode: replace\n  columns: {account_id: id}", 9, ["'append' or 'snapshot'", "replace"]),
        ("account:\n  file: accounts.csv\n  delimiter: ';;'\n  columns: {account_id: id}", 9, ["delimiter"]),
        ("account:\n  file: accounts.csv\n  encoding: utf-9\n  columns: {account_id: id}", 9, ['no encoding "utf-9"']),
        ("account: {file: other.csv, columns: {account_id: id}}", 7, ['other.csv has no column "id"', "a, b, c"]),
        ("account: {file: book.xlsx, columns: {account_id: id}}", 7, ["book.xlsx is a zip archive or an Excel workbook", "CSV"]),
        ("account: {file: blob.csv, columns: {account_id: id}}", 7, ["blob.csv is not text"]),
        ("account: {file: latin.csv, encoding: utf-8, columns: {account_id: id}}", 7, ["latin.csv is not UTF-8", "windows-1252"]),
        ("account: {file: array.json, columns: {account_id: id}}", 7, ["one JSON array", "JSON lines"]),
        ("account: {file: cut.csv.gz, columns: {account_id: id}}", 7, ["cut short"]),
        ("account: {file: cut.parquet, columns: {account_id: id}}", 7, ["not a whole Parquet file"]),
        ("account: {file: ../accounts.csv, columns: {account_id: id}}", 7, ["outside the source's path"]),
        (
            "account:\n  file: accounts.csv\n  join:\n    u: {file: users.csv, on: {name: uid}}\n  columns: {account_id: id}",
            10,
            ["users.csv has 2 rows for uid 'u1'", "tells its rows apart"],
        ),
        (
            "account:\n  file: accounts.csv\n  join:\n    u: {file: users.csv, on: uid}\n  columns: {account_id: id}",
            10,
            ['accounts.csv has no column "uid"'],
        ),
        (
            "account:\n  file: accounts.csv\n  join:\n    u: {file: user.csv, on: {id: account}}\n  columns: {account_id: id}",
            10,
            ['no file matches "user.csv"', "users.csv"],
        ),
        (
            "account:\n- {file: accounts.csv, columns: {account_id: id}}\n- {file: a.csv, mode: snapshot, columns: {account_id: id}}",
            9,
            ["differ in their mode"],
        ),
        ("{}", 6, ["tables must say what fills each table"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(company: Company, tables: str, line: int, words: list[str]) -> None:
    company.says(tables)

    said = company.failure()

    assert said.startswith((f"sources.yml:{line}:", f"sources.yml:{line} ")), said
    assert "\n" not in said
    for word in words:
        assert word in said, said


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("as_of: soon", ['"soon" is neither a day nor a time', "2026-01-31"]),
        ("as_of: {file: until.txt}", ["until.txt cannot be read"]),
        ("as_of: {day: 2026-01-01}", ["as_of is a day, or {file: NAME}"]),
        ("timezone: Mars/Olympus", ['unknown time zone "Mars/Olympus"', "Europe/Paris"]),
        ("tabels: {}", ['unknown key "tabels"', "Did you mean tables"]),
    ],
)
def test_what_is_wrong_with_a_source_is_told_with_its_place(company: Company, head: str, words: list[str]) -> None:
    company.says("account: {file: accounts.csv, columns: {account_id: id}}", head=head)

    said = company.failure()

    assert said.startswith("sources.yml:6:"), said
    for word in words:
        assert word in said, said


def test_a_folder_that_is_not_there(company: Company) -> None:
    path = company.root / "sources.yml"
    company.says("account: {file: accounts.csv, columns: {account_id: id}}")
    path.write_text(path.read_text().replace("path: exports", "path: nowhere"))

    assert company.failure().startswith("sources.yml:5:")
    assert "there is no folder" in company.failure()


def test_a_variable_that_is_not_set(company: Company) -> None:
    path = company.root / "sources.yml"
    company.says("account: {file: accounts.csv, columns: {account_id: id}}")
    path.write_text(path.read_text().replace("path: exports", "path: ${NO_SUCH_FOLDER}"))

    assert "sources.yml:5:" in company.failure()
    assert "${NO_SUCH_FOLDER} is set neither" in company.failure()


def test_a_connector_that_does_not_exist(company: Company) -> None:
    path = company.root / "sources.yml"
    company.says("account: {file: accounts.csv, columns: {account_id: id}}")
    path.write_text(path.read_text().replace("connector: files", "connector: flies"))

    assert company.failure() == 'sources.yml:4:16 there is no connector "flies". Did you mean files?'


def test_a_failure_leaves_what_was_loaded(company: Company) -> None:
    company.says("account: {file: accounts.csv, columns: {account_id: id}}")
    company.load()
    company.says("account: {file: accounts.csv, columns: {account_id: uid}}")

    company.failure()

    assert company.rows("SELECT account_id FROM account") == [("1",)]


def test_an_expression_cannot_reach_beyond_its_files(company: Company) -> None:
    for text in (
        "getenv('HOME')",
        "current_setting('x')",
        "(FROM account)",
        "id; DROP TABLE account",
        "read_csv('/etc/passwd')",
    ):
        company.says(f'account: {{file: accounts.csv, columns: {{account_id: id, name: "{text}"}}}}')
        result = company.sync()
        assert "sources.yml:7:" in str(result.sources[0].error), text
