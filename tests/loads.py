"""A company's folder for tests of connectors: files, a sources.yml, syncs, and what is in the store afterwards."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from connectors.sync import Result, sync
from data import workspace as workspaces
from data.reader import Reader
from data.workspace import Workspace

Row = tuple[Any, ...]


@dataclass
class Company:
    """`Company(tmp_path)` has a folder `exports` and no sources."""

    root: Path

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    def write(self, name: str, text: str | bytes, *, at: float | None = None) -> Path:
        """Writes a file of the export; `at` sets when it was changed, in seconds."""
        path = self.exports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dedent(text).lstrip("\n").encode() if isinstance(text, str) else text)
        if at is not None:
            os.utime(path, (at, at))
        return path

    def says(self, tables: str, *, head: str = "", company: str = "timezone: UTC, currency: EUR") -> None:
        """Writes sources.yml with one source `exports`: its `tables`, and what else stands in its block."""
        block = indent(dedent(head).strip("\n"), "    ")
        body = indent(dedent(tables).strip("\n"), "      ")
        self.exports.mkdir(parents=True, exist_ok=True)
        lines = [f"company: {{{company}}}", "sources:", "  exports:", "    connector: files", "    path: exports"]
        text = "\n".join([*lines, *([block] if block else []), "    tables:", body])
        (self.root / "sources.yml").write_text(text + "\n", encoding="utf-8")

    @property
    def workspace(self) -> Workspace:
        return workspaces.load(self.root)

    def sync(self, *names: str, full: bool = False) -> Result:
        return sync(self.workspace, names, full=full)

    def load(self, *names: str, full: bool = False) -> Result:
        """A sync in which no source may fail."""
        result = self.sync(*names, full=full)
        assert not result.failed, [source.error for source in result.sources]
        return result

    def failure(self) -> str:
        """What a sync says of its one source, which must fail."""
        result = self.sync()
        assert [source.state for source in result.sources] == ["failed"]
        return str(result.sources[0].error)

    def rows(self, statement: str) -> list[Row]:
        """An answer of the published generation; times are in the company's zone."""
        with Reader(self.root, self.workspace.company.timezone).open() as snapshot:
            return snapshot.cursor.execute(statement).fetchall()

    def rejects(self) -> list[Row]:
        """(file, line, column, value, reason) of what was refused."""
        return self.rows("SELECT file, line, column_name, value, reason FROM reject ORDER BY ALL")

    def findings(self) -> list[Row]:
        """(table, name, count) of what a load found, without the standing checks."""
        return self.rows("SELECT table_name, name, row_count FROM finding WHERE run_id IS NOT NULL ORDER BY ALL")
