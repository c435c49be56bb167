"""What a store holds on disk: numbered generations, each a warehouse and its manifest, and CURRENT, which names one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from data.errors import Problem


@dataclass(frozen=True)
class Layout:
    """Where everything of a store lies. `root` is the workspace's `store` folder."""

    root: Path

    @property
    def current(self) -> Path:
        """The file whose one line is the published number."""
        return self.root / "CURRENT"

    @property
    def generations(self) -> Path:
        """The folder of whole generations."""
        return self.root / "generations"

    @property
    def drafts(self) -> Path:
        """The folder of unfinished ones; whatever lies here without a writer is rubbish."""
        return self.root / "drafts"

    @property
    def spill(self) -> Path:
        """Where queries put what exceeds their memory: outside the generations, so that a prune cannot take it."""
        return self.root / "spill"

    def generation(self, number: int) -> Path:
        """The folder of one generation."""
        return self.generations / str(number)

    def warehouse(self, number: int) -> Path:
        """The database file of one generation."""
        return self.generation(number) / "warehouse.duckdb"

    def readers(self, number: int) -> Path:
        """The file on which every reader of a generation holds a shared lock, and a prune asks for an exclusive one."""
        return self.generation(number) / "readers.lock"

    def numbers(self) -> list[int]:
        """The generations on disk, oldest first."""
        if not self.generations.is_dir():
            return []
        return sorted(int(entry.name) for entry in self.generations.iterdir() if entry.name.isdecimal())

    def read_current(self) -> int | None:
        """The published number, None when nothing is published yet. Raises Problem when CURRENT holds no number."""
        try:
            text = self.current.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise Problem(f"cannot be read: {error}", str(self.current), remedy=self.remedy()) from None
        if not text.isdecimal():
            raise Problem(f'holds "{text[:40]}" where the number of a generation is expected', str(self.current), 1, remedy=self.remedy())
        return int(text)

    def read_manifest(self, number: int) -> Manifest:
        """The manifest of a generation. Raises Problem when the generation or its manifest is missing or damaged."""
        path = self.generation(number) / "manifest.json"
        try:
            return Manifest.parse(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise Problem(f"generation {number} is not in the store", str(path), remedy=self.remedy(number)) from None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise Problem(f"the manifest of generation {number} is damaged ({error})", str(path), remedy=self.remedy(number)) from None

    def remedy(self, lost: int | None = None) -> str:
        """What to do when a generation is lost: go back to the newest other one, or load anew."""
        others = [number for number in self.numbers() if number != lost]
        if others:
            return f"Run `python -m data rollback {others[-1]}` to publish generation {others[-1]}."
        return f"Remove {self.current} and run `python -m connectors sync` to load anew."


@dataclass(frozen=True)
class Manifest:
    """What a generation holds and where it came from.

    `version` is the code's, `sources` maps a source to what its connector says of it (`loaded_until` among others), `rows`
    counts each table, `rejects` the refused rows, `audits` are the results of the checks, `tests` maps each metric to the
    results of its definition's tests, `copy_seconds` is what the copy of the parent took.
    """

    generation: int
    parent: int | None
    created_at: datetime
    version: str
    schema_version: int
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    rejects: int = 0
    audits: list[dict[str, Any]] = field(default_factory=list)
    copy_seconds: float = 0.0
    tests: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """The manifest that JSON text holds. Raises ValueError, TypeError or KeyError when it holds none."""
        found = json.loads(text)
        return cls(**{**found, "created_at": datetime.fromisoformat(found["created_at"])})

    def text(self) -> str:
        """The manifest as JSON; times are ISO 8601."""
        return json.dumps(asdict(self), indent=2, default=lambda value: value.isoformat()) + "\n"
