"""What cannot be loaded is kept with its place and its reason; the good rows load, and nothing turns into nothing in silence."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.loads import Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def account_with_seats(company: Company, *seats: str) -> None:
    company.write("a.csv", "id,seats\n" + "".join(f'{number},"{value}"\n' for number, value in enumerate(seats, start=1)))
    company.says("account: {file: a.csv, columns: {account_id: id, seats: seats}}")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("7.9", "changed_value"),
        ("7,9", "bad_value"),
        ("7abc", "bad_value"),
        ("seven", "bad_value"),
        ("9223372036854775808", "bad_value"),
        ("1 000", "bad_value"),
        ("0x1F", "changed_value"),
    ],
)
def test_a_whole_number_that_is_none_is_refused(company: Company, value: str, reason: str) -> None:
    account_with_seats(company, "5", value, "6")

    result = company.load()

    assert company.rejects() == [("a.csv", 3, "seats", value, reason)]
    assert company.rows("SELECT account_id, seats FROM account ORDER BY 1") == [("1", 5), ("3", 6)]
    assert (result.sources[0].rows_in, result.sources[0].rows_out, result.sources[0].rejects) == (3, 2, 1)


@pytest.mark.parametrize(
    ("value", "number"), [("7", 7), (" 7 ", 7), ("7.0", 7), ("+7", 7), ("007", 7), ("-3", -3), ("1e3", 1000), ("", None)]
)
def test_another_spelling_of_a_whole_number_is_that_number(company: Company, value: str, number: int | None) -> None:
    account_with_seats(company, value)

    company.load()

    assert company.rows("SELECT seats FROM account") == [(number,)]
    assert company.rejects() == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1.23456", "changed_value"),
        ("1e-5", "changed_value"),
        ("12,50", "bad_value"),
        ("$5", "bad_value"),
        ("1.5 EUR", "bad_value"),
        ("NaN", "bad_value"),
    ],
)
def test_money_is_not_rounded(company: Company, value: str, reason: str) -> None:
    company.write("s.csv", f'id,start,mrr\n1,2026-01-01,10.50\n2,2026-01-01,"{value}"\n3,2026-01-01,1.2300000\n')
    company.says("subscription_period: {file: s.csv, columns: {subscription_id: id, valid_from: start, mrr: mrr}}")

    company.load()

    assert company.rejects() == [("s.csv", 3, "mrr", value, reason)]
    assert [(key, float(mrr)) for key, mrr in company.rows("SELECT subscription_id, mrr FROM subscription_period ORDER BY 1")] == [
        ("1", 10.5),
        ("3", 1.23),
    ]


@pytest.mark.parametrize(
    ("value", "reason"), [("nan", "bad_value"), ("inf", "bad_value"), ("9007199254740993", "changed_value"), ("3 h", "bad_value")]
)
def test_a_number_is_a_number(company: Company, value: str, reason: str) -> None:
    company.write("e.csv", f"id,time,n\n1,2026-01-01,0.1\n2,2026-01-01,{value}\n")
    company.says("event: {file: e.csv, columns: {event_id: id, occurred_at: time, value: n}}")

    company.load()

    assert company.rejects() == [("e.csv", 3, "value", value, reason)]


@pytest.mark.parametrize("value", ["2026-02-30", "2026-01-01 25:00", "2026-01-01x", "01/02/2026", "yesterday", "infinity", "20260101"])
def test_a_time_that_is_none_is_refused(company: Company, value: str) -> None:
    company.write("e.csv", f"id,time\n1,2026-01-01\n2,{value}\n")
    company.says("event: {file: e.csv, columns: {event_id: id, occurred_at: time}}")

    company.load()

    assert company.rejects() == [("e.csv", 3, "occurred_at", value, "bad_value")]


def test_a_day_does_not_lose_its_time_in_silence(company: Company) -> None:
    company.write("n.csv", "name,day,value\nvisits,2026-01-01,1\nvisits,2026-01-02 00:00:00,2\nvisits,2026-01-03 10:00:00,3\n")
    company.says("number: {file: n.csv, columns: {name: name, day: day, value: value}}")

    company.load()

    assert company.rejects() == [("n.csv", 4, "day", "2026-01-03 10:00:00", "changed_value")]


def test_words_for_true_and_false(company: Company) -> None:
    company.write("a.csv", "id,test\n1,TRUE\n2,no\n3,1\n4,maybe\n5,\n")
    company.says("account: {file: a.csv, columns: {account_id: id, is_test: test}}")

    company.load()

    assert company.rows("SELECT account_id, is_test FROM account ORDER BY 1") == [("1", True), ("2", False), ("3", True), ("5", None)]
    assert company.rejects() == [("a.csv", 5, "is_test", "maybe", "bad_value")]


def test_lines_that_are_no_rows_are_kept_with_their_line(company: Company) -> None:
    company.write("a.csv", 'id,name,seats\n1,one,1\n2,two\n3,three,3,3\n4,"fo"ur,4\n5,five,5\n')
    company.says("account: {file: a.csv, columns: {account_id: id, name: name, seats: seats}}")

    result = company.load()

    assert [(file, line, reason) for file, line, _, _, reason in company.rejects()] == [
        ("a.csv", line, "malformed_line") for line in (3, 4, 5)
    ]
    assert company.rejects()[0][3] == "2,two"
    assert company.rows("SELECT account_id FROM account ORDER BY 1") == [("1",), ("5",)]
    assert result.sources[0].rows_in == 5


def test_lines_with_bytes_that_are_no_utf8_are_kept_and_the_others_load(company: Company) -> None:
    company.write("a.csv", "id,name\n1,Zoë\n2,".encode() + b"\xff\xfe" + "\n3,Łódź\n".encode())
    company.says("account: {file: a.csv, columns: {account_id: id, name: name}}")

    company.load()

    assert [(line, reason) for _, line, _, _, reason in company.rejects()] == [(3, "malformed_line")]
    assert company.rows("SELECT name FROM account ORDER BY 1") == [("Zoë",), ("Łódź",)]


def test_lines_are_counted_over_values_of_several_lines_and_blank_ones(company: Company) -> None:
    company.write("a.csv", 'id,name,seats\n1,"one\nand\nmore",1\n\n2,two,x\n3,three\n4,four,y\n')
    company.says("account: {file: a.csv, columns: {account_id: id, name: name, seats: seats}}")

    company.load()

    assert [(line, value) for _, line, _, value, reason in company.rejects() if reason == "bad_value"] == [(6, "x"), (8, "y")]


def test_broken_json_lines_are_kept_with_their_line_and_text(company: Company) -> None:
    company.write("a.jsonl", '{"id": 1, "seats": 1}\n\n{"id": 2, "seats":\n[3]\n{"id": 4, "seats": "many"}\n{"id": 5, "seats": 5}\n')
    company.says("account: {file: a.jsonl, columns: {account_id: id, seats: seats}}")

    company.load()

    assert company.rejects() == [
        ("a.jsonl", 3, None, '{"id": 2, "seats":', "malformed_line"),
        ("a.jsonl", 4, None, "[3]", "malformed_line"),
        ("a.jsonl", 5, "seats", "many", "bad_value"),
    ]


def test_the_first_row_of_a_key_loads_and_later_ones_that_differ_are_refused(company: Company) -> None:
    company.write("a.csv", "id,name\nA,first\nB,b\nA,second\nA,first\nB,b\nA,third\n")
    company.says("account: {file: a.csv, columns: {account_id: id, name: name}}")

    result = company.load()

    assert company.rows("SELECT account_id, name FROM account ORDER BY 1") == [("A", "first"), ("B", "b")]
    assert (result.sources[0].rows_in, result.sources[0].rows_out, result.sources[0].rejects, result.sources[0].repeats) == (6, 2, 2, 2)
    assert company.rejects() == [("a.csv", 4, "account_id", "A", "duplicate_key"), ("a.csv", 7, "account_id", "A", "duplicate_key")]


def test_a_row_without_its_key_is_refused(company: Company) -> None:
    company.write("a.csv", "id,name\n,nameless\nB,b\n")
    company.says("account: {file: a.csv, columns: {account_id: id, name: name}}")

    company.load()

    assert company.rejects() == [("a.csv", 2, "account_id", None, "missing_key")]


def test_a_figure_of_the_whole_company_has_no_account(company: Company) -> None:
    company.write("n.csv", "name,day,value,account\nvisits,2026-01-01,1,\nvisits,2026-01-01,2,A\nvisits,2026-01-01,3,\n")
    company.says("number: {file: n.csv, columns: {name: name, day: day, value: value, account_id: account}}")

    company.load()
    company.load(full=True)

    assert company.rows("SELECT account_id, value FROM number ORDER BY 2") == [(None, 1.0), ("A", 2.0)]
    assert [reason for *_, reason in company.rejects()] == ["duplicate_key"]


def test_an_expression_that_fails_refuses_its_row_only(company: Company) -> None:
    company.write("e.csv", "id,time\n1,31/12/2025\n2,yesterday\n")
    company.says("event: {file: e.csv, columns: {event_id: id, occurred_at: \"strptime(time, '%d/%m/%Y')\"}}")

    company.load()

    assert company.rejects() == [("e.csv", 3, "occurred_at", "yesterday", "bad_value")]
    assert company.rows("SELECT event_id, occurred_at_day::VARCHAR FROM event") == [("1", "2025-12-31")]


def test_a_declared_type_is_checked_where_the_file_is_read(company: Company) -> None:
    company.write("a.csv", "id,arr\n1,1200\n2,a lot\n3,1.234567\n")
    company.says(
        "account: {file: a.csv, types: {arr: 'DECIMAL(18,4)'}, columns: {account_id: id, seats: 'CASE WHEN arr > 1000 THEN 10 ELSE 1 END'}}"
    )

    company.load()

    assert company.rejects() == [("a.csv", 3, "arr", "a lot", "bad_value"), ("a.csv", 4, "arr", "1.234567", "changed_value")]
    assert company.rows("SELECT account_id, seats FROM account") == [("1", 10)]


def test_calculated_money_must_be_rounded_by_whoever_calculates_it(company: Company) -> None:
    company.write("s.csv", "id,start,arr\n1,2026-01-01,100\n")
    block = "subscription_period: {{file: s.csv, types: {{arr: DOUBLE}}, columns: {{subscription_id: id, valid_from: start, mrr: '{}'}}}}"
    company.says(block.format("arr / 12"))
    company.load()
    assert [(column, reason) for _, _, column, _, reason in company.rejects()] == [("mrr", "changed_value")]

    company.says(block.format("round(arr / 12, 4)"))
    company.load()

    assert [str(mrr) for (mrr,) in company.rows("SELECT mrr FROM subscription_period")] == ["8.3333"]
    assert company.rejects() == []


def test_rejects_are_replaced_when_their_file_is_loaded_again(company: Company) -> None:
    account_with_seats(company, "5", "x")
    company.load()
    company.load(full=True)
    assert len(company.rejects()) == 1

    account_with_seats(company, "5", "6")
    company.load()

    assert company.rejects() == []
    assert company.rows("SELECT seats FROM account ORDER BY 1") == [(5,), (6,)]


def test_words_that_mean_nothing_can_be_declared(company: Company) -> None:
    company.write("a.csv", "id,seats\n1,NULL\n2,n/a\n3,\n")
    company.says("account: {file: a.csv, nulls: ['', 'NULL', 'n/a'], columns: {account_id: id, seats: seats}}")

    company.load()

    assert company.rows("SELECT count(*), count(seats) FROM account") == [(3, 0)]
    assert company.rejects() == []


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_quote_that_is_never_closed_costs_its_own_line_only(company: Company, ends: str) -> None:
    lines = ["id,name,seats", "1,one,1", '2,"two,2', "3,three,3", '4,"four",4', "5,five,x", '6,"six,6', "7,seven,7", ""]
    company.write("a.csv", ends.join(lines).encode())
    company.says("account: {file: a.csv, columns: {account_id: id, name: name, seats: seats}}")

    result = company.load()

    assert company.rows("SELECT account_id FROM account ORDER BY 1") == [("1",), ("3",), ("4",), ("7",)]
    assert company.rejects() == [
        ("a.csv", 3, None, '2,"two,2', "malformed_line"),
        ("a.csv", 6, "seats", "x", "bad_value"),
        ("a.csv", 7, None, '6,"six,6', "malformed_line"),
    ]
    assert result.sources[0].rows_in == 7


def test_a_row_of_which_nobody_can_say_whether_it_belongs_is_refused(company: Company) -> None:
    company.write("a.csv", "id,day\n1,31/12/2025\n2,soon\n3,31/12/2015\n")
    company.says("account: {file: a.csv, where: \"strptime(day, '%d/%m/%Y') > '2020-01-01'\", columns: {account_id: id}}")

    company.load()

    assert company.rows("SELECT account_id FROM account") == [("1",)]
    assert company.rejects() == [("a.csv", 3, "where", "soon", "bad_value")]


def test_rows_of_parquet_are_counted_from_one(company: Company) -> None:
    company.exports.mkdir()
    duckdb.connect().execute(
        f"COPY (SELECT i AS id, CASE i WHEN 3 THEN 7.5 ELSE i END AS seats FROM range(1, 6) AS r(i)) TO '{company.exports}/a.parquet'"
    )
    company.says("account: {file: a.parquet, columns: {account_id: id, seats: seats}}")

    company.load()

    assert company.rejects() == [("a.parquet", 3, "seats", "7.5", "changed_value")]


def test_a_value_longer_than_any_parser_likes_is_kept(company: Company) -> None:
    company.write("a.csv", f'id,name,seats\n1,"{"x" * 300_000}",1\n2,two,many\n')
    company.says("account: {file: a.csv, columns: {account_id: id, name: name, seats: seats}}")

    company.load()

    assert company.rows("SELECT account_id, length(name) FROM account") == [("1", 300_000)]
    assert company.rejects() == [("a.csv", 3, "seats", "many", "bad_value")]
