"""Every format that the files connector reads, and how it finds how a file is written."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from tests.loads import Company

EVENTS = """
event:
  file: {file}
  columns: {{event_id: id, occurred_at: time, event_name: name, value: amount}}
"""
EXPECTED = [("1", "opened", 1.5), ("2", "closed, later", 2.0), ("3", 'said "no"', None)]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def loaded(company: Company) -> list[tuple[object, ...]]:
    return company.rows("SELECT event_id, event_name, value FROM event ORDER BY event_id")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'id,time,name,amount\n1,2026-01-01,opened,1.5\n2,2026-01-02,"closed, later",2\n3,2026-01-03,"said ""no""",\n'),
        ("semicolon.csv", 'id;time;name;amount\n1;2026-01-01;opened;1.5\n2;2026-01-02;closed, later;2\n3;2026-01-03;"said ""no""";\n'),
        (
            "bar.txt",
            'id|time|name|amount\n1|2026-01-01|opened|1.5\n2|2026-01-02|closed, later|2\n3|2026-01-03|"said ""no""";|\n'.replace(";|", "|"),
        ),
        ("a.tsv", 'id\ttime\tname\tamount\n1\t2026-01-01\topened\t1.5\n2\t2026-01-02\tclosed, later\t2\n3\t2026-01-03\t"said ""no"""\t\n'),
        ("crlf.csv", 'id,time,name,amount\r\n1,2026-01-01,opened,1.5\r\n2,2026-01-02,"closed, later",2\r\n3,2026-01-03,"said ""no""",\r\n'),
        (
            "mixed-ends.csv",
            'id,time,name,amount\r\n1,2026-01-01,opened,1.5\n2,2026-01-02,"closed, later",2\r\n3,2026-01-03,"said ""no""",\n',
        ),
        ("backslash.csv", 'id,time,name,amount\n1,2026-01-01,opened,1.5\n2,2026-01-02,"closed, later",2\n3,2026-01-03,"said \\"no\\"",\n'),
        ("bom.csv", '\ufeffid,time,name,amount\n1,2026-01-01,opened,1.5\n2,2026-01-02,"closed, later",2\n3,2026-01-03,"said ""no""",\n'),
        ("no-end.csv", 'id,time,name,amount\n1,2026-01-01,opened,1.5\n2,2026-01-02,"closed, later",2\n3,2026-01-03,"said ""no""",'),
        (
            "a.jsonl",
            """{"id": 1, "time": "2026-01-01", "name": "opened", "amount": 1.5}
{"id": 2, "time": "2026-01-02", "name": "closed, later", "amount": 2}

{"id": 3, "time": "2026-01-03", "name": "said \\"no\\"", "amount": null}
""",
        ),
    ],
)
def test_a_format_is_read_as_it_stands(company: Company, name: str, text: str) -> None:
    company.write(name, text.encode())
    company.says(EVENTS.format(file=name))

    company.load()

    assert loaded(company) == EXPECTED
    assert company.rejects() == []


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_gzip_is_unpacked(company: Company, name: str) -> None:
    plain = "id,time,name,amount\n1,2026-01-01,opened,1\n" if "csv" in name else '{"id":1,"time":"2026-01-01","name":"opened","amount":1}\n'
    company.write(name, gzip.compress(plain.encode()))
    company.says(EVENTS.format(file=name))

    company.load()

    assert loaded(company) == [("1", "opened", 1.0)]


def test_parquet_keeps_its_types(company: Company) -> None:
    company.exports.mkdir()
    duckdb.connect().execute(
        f"""COPY (SELECT 7 AS id, TIMESTAMP '2026-01-01 10:00:00' AS time, 'opened' AS name, 1.5::DOUBLE AS amount, true AS beta)
        TO '{company.exports}/a.parquet' (FORMAT parquet)"""
    )
    company.says(EVENTS.format(file="a.parquet") + "  attrs: {beta: beta, twice: amount * 2}\n")

    company.load()

    assert loaded(company) == [("7", "opened", 1.5)]
    assert company.rows("SELECT attrs FROM event") == [('{"beta":true,"twice":3.0}',)]


@pytest.mark.parametrize("file", ["events", "events/*.csv", "events/2026-*.csv"])
def test_folders_and_patterns_name_many_files(company: Company, file: str) -> None:
    company.write("events/2026-01.csv", "id,time,name,amount\n1,2026-01-01,opened,1\n")
    company.write("events/2026-02.csv", "id,time,name,amount\n2,2026-02-01,opened,2\n")
    company.write("other.csv", "id,time,name,amount\n3,2026-02-01,opened,2\n")
    company.says(EVENTS.format(file=file))

    company.load()

    assert company.rows("SELECT event_id FROM event ORDER BY 1") == [("1",), ("2",)]


def test_files_of_one_block_may_be_written_differently(company: Company) -> None:
    company.write("events/a.csv", "id,time,name,amount\n1,2026-01-01,opened,1\n")
    company.write("events/b.csv", "name;amount;id;time\nclosed;2;2;2026-02-01\n")
    company.says(EVENTS.format(file="events/*.csv"))

    company.load()

    assert loaded(company) == [("1", "opened", 1.0), ("2", "closed", 2.0)]


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "Müller & Söhne"), ("cp1252", "Müller – Söhne"), ("utf-8-sig", "Müller"), ("utf-8", "北京 Łódź")]
)
def test_the_encoding_is_found(company: Company, encoding: str, name: str) -> None:
    company.write("a.csv", f"id,name\n1,plain\n2,{name}\n".encode(encoding))
    company.says("account: {file: a.csv, columns: {account_id: id, name: name}}")

    company.load()

    assert company.rows("SELECT name FROM account WHERE account_id = '2'") == [(name,)]


def test_a_declared_encoding_holds(company: Company) -> None:
    company.write("a.csv", "id,name\n1,Привет\n".encode("cp1251"))
    company.says("account: {file: a.csv, encoding: windows-1251, columns: {account_id: id, name: name}}")

    company.load()

    assert company.rows("SELECT name FROM account") == [("Привет",)]


def test_how_a_file_is_written_is_written_down(company: Company) -> None:
    company.write("a.csv", "id;name\n1;one\n")
    company.says("account: {file: a.csv, columns: {account_id: id, name: name}}")

    company.load()

    (found,) = company.rows(
        "SELECT cursor ->> '$.dialect.delimiter', cursor ->> '$.dialect.encoding' FROM sync_state WHERE source = 'exports'"
    )
    assert found == (";", "utf-8")


def test_a_file_without_a_header_has_numbered_columns(company: Company) -> None:
    company.write("a.csv", "1,one\n2,two\n")
    company.says("account: {file: a.csv, header: false, columns: {account_id: column0, name: column1}}")

    company.load()

    assert company.rows("SELECT account_id, name FROM account ORDER BY 1") == [("1", "one"), ("2", "two")]


def test_a_header_may_have_blanks_signs_and_capitals(company: Company) -> None:
    company.write("a.csv", "Account ID,e-mail,NAME\nA-1,,one\n")
    company.says('account: {file: a.csv, columns: {account_id: Account ID, name: \'"NAME" || "e-mail"\', owner: name}}')

    company.load()

    assert company.rows("SELECT account_id, owner FROM account") == [("A-1", "one")]


def test_columns_that_are_not_mapped_are_not_loaded(company: Company) -> None:
    company.write("a.csv", "id,secret\n1,hidden-word\n")
    company.says("account: {file: a.csv, columns: {account_id: id}}")

    company.load()

    assert "hidden-word" not in str(company.rows("FROM account"))


def test_nested_json_is_reached_by_its_path(company: Company) -> None:
    company.write("a.jsonl", '{"id": 1, "company": {"name": "Acme", "size": {"seats": 7}}, "tags": ["x", "y"]}\n')
    company.says(
        """
        account:
          file: a.jsonl
          columns: {account_id: id, name: company.name, seats: company.size.seats}
          attrs: {company: company, tags: tags, seats: company.size.seats}
        """
    )

    company.load()

    expected = '{"company":{"name":"Acme","size":{"seats":7}},"tags":["x","y"],"seats":7}'
    assert company.rows("SELECT name, seats, attrs FROM account") == [("Acme", 7, expected)]


def test_only_the_latest_file_when_asked(company: Company) -> None:
    company.write("day-1.csv", "id,name\n1,one\n", at=1_700_000_000)
    company.write("day-2.csv", "id,name\n2,two\n", at=1_700_000_100)
    company.says("account: {file: day-*.csv, only_latest: true, columns: {account_id: id, name: name}}")

    company.load()

    assert company.rows("SELECT account_id FROM account") == [("2",)]


def test_a_key_of_json_may_come_late_or_only_in_some_files(company: Company) -> None:
    lines = [f'{{"id": {number}, "time": "2026-01-01"}}' for number in range(20_000)]
    company.write("events/1.jsonl", "\n".join([*lines, '{"id": "last", "time": "2026-01-01", "name": "late"}']).encode())
    company.says("event: {file: events, columns: {event_id: id, occurred_at: time, event_name: name}}")
    company.load()

    company.write("events/2.jsonl", b'{"id": "more", "time": "2026-01-02"}\n')
    company.load()

    assert company.rows("SELECT event_id FROM event WHERE event_name = 'late'") == [("last",)]
    assert company.rows("SELECT count(*) FROM event") == [(20_002,)]
