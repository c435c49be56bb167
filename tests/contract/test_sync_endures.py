"""A sync that cannot finish leaves what is published, says so in words, and the next one succeeds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from connectors import loading, prepare
from connectors.context import Context
from connectors.sync import sync
from data import derive, workspace
from data.errors import Problem
from data.store import Store
from tests.loads import Company

SOURCES = """
company: {name: Small, timezone: UTC, currency: EUR}
sources:
  books:
    connector: files
    path: .
    tables:
      account: {file: accounts.csv, columns: {account_id: id, created_at: made}}
"""


def test_an_engine_error_after_loading_publishes_nothing_and_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sources.yml").write_text(SOURCES)
    (tmp_path / "accounts.csv").write_text("id,made\na1,2026-01-01\n")

    def out_of_memory(*_: object, **__: object) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate")

    with monkeypatch.context() as patch:
        patch.setattr(derive, "run", out_of_memory)
        with pytest.raises(Problem, match="nothing was published: Out of Memory"):
            sync(workspace.load(tmp_path))
    assert Store(tmp_path).current() is None

    assert sync(workspace.load(tmp_path)).published


@dataclass
class Overheard:
    """A connection that remembers what it was told to add rows with."""

    connection: duckdb.DuckDBPyConnection
    heard: list[exp.Expression] = field(default_factory=list)

    def execute(self, statement: str, values: object = None) -> duckdb.DuckDBPyConnection:
        if statement.split()[0] in ("INSERT", "MERGE"):
            self.heard.append(sqlglot.parse_one(statement, read="duckdb"))
        return self.connection.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def test_no_statement_of_a_load_reads_the_table_that_it_adds_rows_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB 2.0 may read rows that are half written when one statement does both: "Corrupted uncompressed string segment"."""
    company, heard = Company(tmp_path), list[exp.Expression]()
    company.says("event: {file: events, mode: snapshot, columns: {event_id: id, occurred_at: time, event_name: name}}")
    for number in range(5):
        rows = f"id,time,name\n{number},2026-01-01,a\n{number},2026-01-01,b\nx,2026-01-01,{number}\nbad,soon,c\n"
        company.write(f"events/{number}.csv", rows, at=1e9 + number)
    load = loading.load

    def overheard(context: Context, *args: Any) -> loading.Done:
        given = Overheard(context.connection, heard)
        return load(replace(context, connection=given), *args)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "load", overheard)
    monkeypatch.setattr(prepare, "_GROUP_FILES", 2)
    company.load()

    assert company.rows("SELECT event_id, event_name FROM event ORDER BY 1") == [*((str(n), "a") for n in range(5)), ("x", "4")]
    filled = [statement.find(exp.Table) for statement in heard]
    assert sum(table is not None and table.name == "event" for table in filled) == 3, "a statement for each two files"
    for statement, table in zip(heard, filled, strict=True):
        read = [each.name for each in statement.find_all(exp.Table) if each is not table or isinstance(statement, exp.Merge)]
        assert table is not None
        assert table.name not in read, statement.sql()
