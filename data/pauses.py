"""Sources that somebody has paused: syncs leave them out until they are resumed, and what they have loaded stays."""

from __future__ import annotations

from pathlib import Path

from data import files

_FILE = ".paused"


def paused(root: Path) -> frozenset[str]:
    """The names of the paused sources of a workspace."""
    path = root / _FILE
    return frozenset(path.read_text(encoding="utf-8").split()) if path.exists() else frozenset()


def pause(root: Path, name: str, *, on: bool) -> None:
    """Pauses a source, or lets it go on."""
    names = paused(root) | {name} if on else paused(root) - {name}
    files.replace_text(root / _FILE, "".join(f"{each}\n" for each in sorted(names)))
