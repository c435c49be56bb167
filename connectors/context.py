"""What a connector is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from connectors.landing import Landing
from data.workspace import Workspace
from data.yaml_file import Mapping

#: Takes a line for people and the share that is done, 0 to 1.
Progress = Callable[[str, float], None]


def silent(_line: str, _share: float) -> None:
    """Progress that nobody sees."""


@dataclass(frozen=True)
class Context:
    """One sync of one source: the draft's `connection`, the source's `block` of sources.yml, its landing folder.

    `generation` is the published one, from which the draft was copied. `work` is a folder for files that the sync needs only
    while it runs; `full` reads everything again, `sample` only the beginning of what a vendor has.
    """

    workspace: Workspace
    name: str
    block: Mapping
    connection: duckdb.DuckDBPyConnection
    landing: Landing
    work: Path
    run_id: str
    now: datetime
    generation: int | None = None
    full: bool = False
    sample: bool = False
    progress: Progress = silent

    @property
    def sources(self) -> Mapping:
        """The `sources` of sources.yml, for errors about the block itself."""
        return self.workspace.sources


@dataclass(frozen=True)
class Loaded:
    """What a sync of one source did. `changed` is False when the store holds what it held before.

    Of the rows read (`rows_in`) some are loaded (`rows_out`), some refused, and some repeat others (`repeats`).

    `loaded_until` (aware, exclusive) is the moment up to which the source is complete; `notes` are lines for people, `landed`
    the (path, hash) of the landing copies that are in the store now; `problem` is what of the source was not believed, and why.
    """

    rows_in: int = 0
    rows_out: int = 0
    rejects: int = 0
    repeats: int = 0
    changed: bool = False
    tables: tuple[str, ...] = ()
    loaded_until: datetime | None = None
    notes: tuple[str, ...] = ()
    landed: frozenset[tuple[str, str]] = frozenset()
    problem: str | None = None
