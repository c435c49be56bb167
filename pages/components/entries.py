"""A list of metrics to read through: name, meaning, keeper, number and small curve. An entry opens what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pages.components import report, trust
from pages.components.drawing import drawing
from pages.components.i18n import _


@dataclass(frozen=True)
class Entry:
    """One metric, its texts written out. `spark` are the values of its curve, the last `unfinished` ones drawn dashed.

    `facts` are small texts under the meaning; `problem` says in place of a number why there is none, `failing` what the tests of
    its definition found wrong with it.
    """

    id: str
    label: str
    meaning: str = ""
    facts: tuple[str, ...] = ()
    value: str = ""
    note: str = ""
    spark: tuple[float | None, ...] = ()
    unfinished: int = 0
    problem: str = ""
    failing: str = ""


def entries(found: Sequence[Entry], *, key: str, title: str, on_pick: Callable[[str], None]) -> None:
    """Draws the list; a click on an entry calls `on_pick(its id)` before the page runs again."""

    rows = [(entry.label, entry.problem or f"{entry.value} {entry.note}".strip(), " · ".join(_said(entry))) for entry in found]
    report.listed(title, (_("Name"), _("Value"), _("In words")), rows)
    told = [asdict(entry) | {"spoken": _spoken(entry), "fails": trust.word()} for entry in found]
    _entries(key=key, data={"title": title, "entries": told}, picked=on_pick)


def _said(entry: Entry) -> list[str]:
    """What is written under the name."""
    return [part for part in (entry.failing, entry.meaning, *entry.facts) if part]


def _spoken(entry: Entry) -> str:
    """The entry in one sentence, for those who hear it."""
    said = (entry.label, entry.problem or entry.value or _("no number"), trust.word() if entry.failing else "", entry.meaning)
    return ". ".join(part.rstrip(".") for part in said if part)


_entries = drawing("entries", '<div class="list"><ol></ol></div>')
