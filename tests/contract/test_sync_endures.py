"""A sync that cannot finish leaves what is published, says so in words, and the next one succeeds."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from connectors.sync import sync
from data import derive, workspace
from data.errors import Problem
from data.store import Store

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
