"""A draft to derive in: a workspace from the text of its files, and rows as a loader would write them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from data import workspace
from data.schema import TABLES, TIME
from data.store import Draft, Store
from data.workspace import Workspace


def make_workspace(root: Path, company: str = "{name: Acme, timezone: UTC, currency: EUR}", features: str = "") -> Workspace:
    """Writes sources.yml (its company line) and features.yml and reads the workspace."""
    root.mkdir(exist_ok=True)
    (root / "sources.yml").write_text(f"company: {company}\n", encoding="utf-8")
    (root / "features.yml").write_text(features, encoding="utf-8")
    return workspace.load(root)


@contextmanager
def draft_of(found: Workspace) -> Iterator[Draft]:
    """A draft of the workspace's store."""
    with Store(found.root, found.company.timezone).draft() as draft:
        yield draft


def insert(connection: duckdb.DuckDBPyConnection, table: str, *rows: dict[str, Any]) -> None:
    """Inserts rows of the source `test`; times are text, and the local day is put beside each."""
    known = TABLES[table].columns
    for row in rows:
        full = {"source": "test", **row}
        values = {column: f"CAST(${number} AS {known[column]})" for number, column in enumerate(full, 1)}
        days = {f"{column}_day": f"CAST({value} AS DATE)" for column, value in values.items() if known[column] == TIME}
        values |= {day: value for day, value in days.items() if day in known}
        given = [json.dumps(value) if column == "attrs" else value for column, value in full.items()]
        connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})", given)


def period(subscription: str, mrr: float, valid_from: str, valid_to: str | None = None, **other: Any) -> dict[str, Any]:
    """A subscription period of account `a`, active, in euros unless told otherwise."""
    own = {"subscription_id": subscription, "mrr": mrr, "valid_from": valid_from, "valid_to": valid_to}
    return {"account_id": "a", "plan": "pro", "currency": "EUR", "status": "active", **own, **other}
