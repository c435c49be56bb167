"""Asks the metrics layer and compares what it says with what was expected."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

import metrics
from data import workspace
from data.store import Store
from tests import warehouse
from tests.case_files import Case
from tests.company import Company

Rows = Sequence[Mapping[str, Any]]

#: The columns that tell the rows of a kind with rows of its own apart.
SHAPE_KEYS = ("active_periods", "cohort", "offset", "step", "status", "kind", "from", "to", "from_seconds", "to_seconds", "elapsed_days")


class Companies:
    """Workspaces of companies under one folder; the same company is built once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folders: dict[str, Path] = {}
        self._layers: dict[Path, metrics.Layer] = {}

    def folder(self, company: Company) -> Path:
        """The workspace that holds a company."""
        key = repr(company)
        if key not in self._folders:
            self._folders[key] = warehouse.build(company, self.root / str(len(self._folders)))
        return self._folders[key]

    def layer(self, company: Company) -> metrics.Layer:
        """The metrics layer over a company."""
        folder = self.folder(company)
        if folder not in self._layers:
            self._layers[folder] = metrics.open(workspace.load(folder))
        return self._layers[folder]

    def select(self, company: Company, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a query on the company's published warehouse, apart from the layer."""
        store = Store(self.folder(company), timezone=company.timezone)
        copy = self.folder(company) / "copy.duckdb"
        shutil.copyfile(store.layout.warehouse(store.current() or 0), copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute("SET timezone = $1", [company.timezone])
            found = connection.execute(sql, parameters or {})
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def rows(layer: metrics.Layer, ask: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the JSON that the layer gives for a request; JSON has no NaN and no infinity."""
    options = {key: value for key, value in ask.items() if key != "metrics"}
    said = layer.query(*ask["metrics"], **options).to_dict()
    return list(json.loads(json.dumps(said, allow_nan=False))["rows"])


def same(found: Rows, expected: Rows | None, ask: Mapping[str, Any], why: str = "") -> None:
    """Fails when two answers differ, whatever the order of their rows, and shows both."""
    wanted, got = _keyed(expected or [], ask), _keyed(found, ask)
    differing = [key for key in sorted(wanted | got, key=str) if not equal(wanted.get(key), got.get(key))]
    assert len(got) == len(found), f"a row stands twice in {found}"
    assert not differing, "\n".join([why, *(f"{key}\n  expected {wanted.get(key)}\n  got      {got.get(key)}" for key in differing)])


def busy(rows: Rows, ask: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of members that have anything but 0 and null in some period: whether an idle member is a row is nobody's worry."""
    keys, idle = ask.get("by", []), {"period", "complete", *SHAPE_KEYS, *ask.get("by", [])}
    if not keys:
        return list(rows)
    known = {tuple(row[key] for key in keys) for row in rows if any(row[name] for name in row if name not in idle)}
    return [row for row in rows if tuple(row[key] for key in keys) in known]


def shown_sql_agrees(layer: metrics.Layer, case: Case, companies: Companies) -> None:
    """Fails when the SQL that an answer shows, run apart from the layer, gives other numbers: infinity in place of null, say."""
    result = layer.query(*case.ask["metrics"], **{key: value for key, value in case.ask.items() if key != "metrics"})
    names = [name for name in result.frame.columns if name not in ("period", "cohort", "complete", *case.ask.get("by", ()))]
    selected = companies.select(case.company, result.sql, dict(result.parameters))
    assert len(selected) == len(result.rows)
    for row, shown in zip(result.rows, selected, strict=True):
        assert equal({name: row[name] for name in names}, {name: shown[name] for name in names}), f"{row} is not {shown}"


def failing(asked: Sequence[Case], companies: Companies) -> set[str]:
    """The cases that a layer of its own, which has cached nothing, gets wrong: in its answer or in the SQL that it shows."""
    found = set()
    for case in asked:
        layer = metrics.open(workspace.load(companies.folder(case.company)))
        try:
            same(rows(layer, case.ask), case.rows, case.ask)
            shown_sql_agrees(layer, case, companies)
        except AssertionError:
            found.add(case.name)
    return found


def _keyed(rows: Rows, ask: Mapping[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by period and members; without a grain the period says nothing, unless it stands beside another key."""
    hourly = ask.get("grain") == "hour"
    found = {}
    for row in rows:
        shaped = [key for key in SHAPE_KEYS if key in row]
        keys = [*(("period",) if ask.get("grain") or shaped else ()), *ask.get("by", []), *shaped]
        key = tuple(_key(row[key], hourly and key in ("period", "cohort")) for key in keys if key in row)
        found[key] = {name: row[name] for name in row if name not in ("period", *keys)}
    return found


def _key(value: Any, is_hour: bool) -> Any:
    return datetime.fromisoformat(value) if is_hour else value


def equal(wanted: Mapping[str, Any] | None, got: Mapping[str, Any] | None) -> bool:
    """Whether two rows say the same; numbers may differ by what adding in another order does."""
    if wanted is None or got is None or set(wanted) != set(got):
        return False
    return all(_same_value(wanted[name], got[name]) for name in wanted)


def _same_value(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(got, bool) or wanted is None or got is None:
        return wanted is got
    if isinstance(wanted, int | float | Decimal) and isinstance(got, int | float | Decimal):
        return bool(float(got) == pytest.approx(float(wanted), rel=1e-9, abs=1e-9))
    return bool(wanted == got)
