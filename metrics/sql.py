"""Names and lists as SQL text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime


def quote(name: str) -> str:
    """A name as SQL, quoted where it must be."""
    return name if name.isidentifier() else '"' + name.replace('"', '""') + '"'


def listed(moments: Sequence[date | datetime | None], kind: str) -> str:
    """A list of dates or times as SQL."""
    return "[" + ", ".join("NULL" if one is None else f"'{one.isoformat()}'" for one in moments) + f"]::{kind}[]"
