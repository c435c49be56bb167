"""The SQL for another engine: what stays as it is, what is bound, what is written in, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.errors import Problem
from metrics import __main__ as command
from metrics.dialects import translate
from metrics.dialects.clickhouse import SETTINGS
from tests import warehouse
from tests.company import Company

ELSEWHERE = pytest.mark.parametrize("dialect", ["postgres", "clickhouse"])


def test_duckdb_is_returned_unchanged() -> None:
    assert translate("SELECT  $a -- so\n", {"a": "1", "b": "2"}, "duckdb") == ("SELECT  $a -- so\n", {"a": "1", "b": "2"})


def test_an_unknown_dialect_is_told_with_those_that_exist() -> None:
    with pytest.raises(Problem, match="duckdb, postgres, clickhouse"):
        translate("SELECT 1", {}, "oracle")


def test_postgres_binds_as_psycopg_takes_it_and_every_other_per_cent_is_doubled() -> None:
    sql, bound = translate("SELECT f.a = $one AND f.a LIKE '%(x)s' FROM event AS f", {"one": "1", "two": "2"}, "postgres")

    assert "f.a = %(one)s" in sql
    assert "LIKE '%%(x)s' ESCAPE ''" in sql
    assert bound == {"one": "1"}
    assert "LIKE '%' " in translate("SELECT f.a LIKE '%' FROM event AS f", {}, "postgres")[0]  # nothing bound: psycopg does not look


def test_clickhouse_binds_texts_and_carries_its_settings() -> None:
    sql, bound = translate("SELECT f.a = $one FROM event AS f", {"one": "1"}, "clickhouse")

    assert "f.a = {one: String}" in sql
    assert sql.endswith(f"SETTINGS {SETTINGS}")
    assert bound == {"one": "1"}


@ELSEWHERE
def test_the_part_of_a_date_is_written_in(dialect: str) -> None:
    sql, bound = translate("SELECT date_part($part, f.occurred_at) FROM event AS f", {"part": "hour"}, dialect)

    assert "EXTRACT(HOUR FROM f.occurred_at)" in sql
    assert bound == {}


@ELSEWHERE
@pytest.mark.parametrize(
    "form",
    [
        "date_part('century', f.occurred_at)",
        "list_sum(f.attrs)",
        "TRY_CAST(f.event_name AS DATE)",
        "f.surprise // 2",
        "json_extract_string(f.attrs, '$.a.b')",
    ],
)
def test_a_form_that_is_not_known_to_hold_is_refused(dialect: str, form: str) -> None:
    with pytest.raises(Problem, match=f"has no form in {dialect}"):
        translate(f"SELECT {form} FROM event AS f", {}, dialect)


def test_explain_prints_the_sql_of_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    company = Company(
        tables={"event": [], "account": [], "person": []}, loaded_until="2026-02-01", metrics={"n": {"count": "*", "in": "events"}}
    )
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(warehouse.build(company, tmp_path)))
    asked = ["explain", "n", "--where", "event = 'it''s'", "--dialect", "clickhouse"]

    assert command.main(asked) == 0
    printed = capsys.readouterr().out
    assert "f.event_name = 'it''s'" in printed
    assert printed.startswith("-- ")
    assert SETTINGS in printed

    assert command.main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "{where_1: String}" in told["sql"]
    assert told["parameters"] == {"where_1": "it's"}
