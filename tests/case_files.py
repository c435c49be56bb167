"""Reads tests/cases/*.yml: a company, its metrics, and requests with the rows that they must give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.company import Company
from tests.evaluator_calendar import Where
from tests.evaluator_rows import Row

FOLDER = Path(__file__).parent / "cases"
PARTS = {"name", "why", "ask", "rows", "sql", "problem", "company", "definitions"}


@dataclass(frozen=True)
class Case:
    """One request on one company, and what must come back: `rows`, the rows of `sql`, or a Problem that says `problem`."""

    file: str
    name: str
    why: str
    company: Company
    ask: dict[str, Any]
    rows: list[dict[str, Any]] | None = None
    sql: str | None = None
    problem: list[str] | None = None
    expressions: dict[str, Where] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What the test is called."""
        return f"{self.file}: {self.name}"


def read(name: str) -> list[Case]:
    """The cases of one file."""
    content = yaml.load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    expressions = {sql: python(text) for sql, text in content.get("expressions", {}).items()}
    return [_case(name, content, block, expressions) for block in content["cases"]]


def every() -> list[Case]:
    """All cases of all files."""
    return [case for path in sorted(FOLDER.glob("*.yml")) for case in read(path.stem)]


def python(text: str) -> Where:
    """A Python condition over `row`, the evaluator's side of a `where`."""
    condition = compile(text, "expression", "eval")

    def where(row: Row) -> bool:
        return bool(eval(condition, {"row": row, "date": str}))

    return where


def _case(file: str, content: Mapping[str, Any], block: Mapping[str, Any], expressions: dict[str, Where]) -> Case:
    assert not (unknown := set(block) - PARTS), f"{file}.yml: a case has no part {unknown}"
    assert block.get("why"), f"{file}.yml: {block['name']} does not say why"
    head = {**content["company"], **block.get("company", {})}
    tables = {name: _rows(name, table) for name, table in {**content["company"]["tables"], **head["tables"]}.items()}
    company = Company(**{"metrics": content["metrics"], **head, "tables": tables})
    unsaved = {"definitions": block["definitions"]} if "definitions" in block else {}
    expected = block.get("rows")
    rows = [_full(row) for row in expected] if expected is not None else None
    ask = {**_full_ask(block["ask"]), **unsaved}
    return Case(file, block["name"], block["why"], company, ask, rows, block.get("sql"), block.get("problem"), expressions)


def _rows(name: str, table: Mapping[str, Any] | list[Any]) -> list[dict[str, Any]]:
    """Rows from {columns, rows}; a row without its own id gets one."""
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]] if isinstance(table, Mapping) else table
    key = "response_id" if name == "survey_response" else f"{name}_id"
    if name in ("event", "ticket", "survey_response", "idea", "opportunity", "release", "work_item"):
        rows = [{key: f"{name[0]}{number}", **row} for number, row in enumerate(rows, 1)]
    return rows


def _full(row: Mapping[str, Any]) -> dict[str, Any]:
    """An expected row: complete unless it says otherwise."""
    days = {key: str(row[key]) for key in ("period", "cohort") if row.get(key) is not None}
    return {**row, **days, "complete": row.get("complete", True)}


def _full_ask(ask: Mapping[str, Any]) -> dict[str, Any]:
    many = {key: [ask[key]] if isinstance(ask[key], str) else list(ask[key]) for key in ("metrics", "by") if key in ask}
    moments = {key: str(ask[key]) for key in ("since", "until") if key in ask}
    return {**ask, **many, **moments}
