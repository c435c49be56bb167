"""A company with one source that is a fake vendor: its sources.yml, syncs, and what is loaded beside what must be."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from tests.fakes import Rows, vendor
from tests.fakes.server import Fake
from tests.loads import Company


@dataclass
class ApiCompany(Company):
    """`ApiCompany(tmp_path, "hubspot", fake)`: the source has the vendor's name, and asks the fake."""

    name: str = ""
    fake: Fake | None = None

    def connects(self, head: str = "") -> None:
        """Writes sources.yml, and sets the secrets that it names."""
        found = vendor(self.name)
        os.environ.update(found.SECRETS)
        url = self.fake.url if self.fake else ""
        block = f"{found.BLOCK.strip().replace('FAKE_URL', url)}\nbase_url: {url}\npause: 0.01\nrate: 10000\n{head}"
        text = f"company: {{timezone: UTC, currency: EUR}}\nsources:\n  {self.name}:\n{indent(block, '    ')}"
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "sources.yml").write_text(text, encoding="utf-8")

    def loaded(self) -> dict[str, Rows]:
        """What is loaded, as text, of the tables that the vendor's fake compares."""
        return {table: self._table(table, columns) for table, columns in vendor(self.name).COMPARED.items()}

    def _table(self, table: str, columns: tuple[str, ...]) -> Rows:
        shown = ", ".join(_shown(table, name) for name in columns)
        found: list[tuple[Any, ...]] = self.rows(f"SELECT {shown} FROM {table} WHERE deleted_at IS NULL AND source = '{self.name}'")
        assert len(found) == len(set(found)), f"{table} holds a row twice"
        return set(found)


def _shown(table: str, name: str) -> str:
    """A column as text: `attrs.key` is a value of attrs, and ids of accounts and persons are the vendor's own."""
    if name.startswith("attrs."):
        return f"attrs ->> '$.\"{name[6:]}\"'"
    own = name in ("account_id", "person_id") and not table.startswith("staged.")
    return f"coalesce(attrs ->> 'source_{name}', {name})" if own else f"CAST({name} AS VARCHAR)"


def made(root: Path, name: str, fake: Fake, head: str = "") -> ApiCompany:
    """A company that asks this fake."""
    company = ApiCompany(root, name, fake)
    company.connects(head)
    return company
