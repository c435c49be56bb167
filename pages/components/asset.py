"""The style sheets and scripts beside the components."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "assets"


@cache
def asset(name: str) -> str:
    """The text of a file in pages/components/assets."""
    return (_FOLDER / name).read_text(encoding="utf-8")
