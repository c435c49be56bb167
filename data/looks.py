"""When each vendor was last asked for what is new, what came of it, and when it will be asked again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from data import files


@dataclass(frozen=True)
class Look:
    """A vendor was asked `at` a moment; `error` is what went wrong; it is not asked again before `pause` has passed."""

    at: datetime
    error: str | None
    pause: timedelta

    @property
    def next(self) -> datetime | None:
        """When it is asked again; None when that is at the next sync."""
        return self.at + self.pause if self.pause else None


def _file(root: Path, source: str) -> Path:
    return root / "landing" / source / "inbox" / ".asked"


def last(root: Path, source: str) -> Look | None:
    """The last look of a source; None when there was none."""
    path = _file(root, source)
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    return Look(datetime.fromisoformat(told["at"]), told["error"], timedelta(seconds=told["pause"]))


def note(root: Path, source: str, look: Look) -> None:
    """Writes down a look."""
    told = {"at": look.at.isoformat(), "error": look.error, "pause": look.pause.total_seconds()}
    files.replace_text(_file(root, source), json.dumps(told))
